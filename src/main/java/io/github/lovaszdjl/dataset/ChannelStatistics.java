package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The mean and the standard deviation of each channel of a data set, over all pixels of all images.
 *
 * <p>They are those of whole numbers, added without rounding, so that neither the order of the
 * images nor the number of threads changes a digit. The memory is that of one image a thread.
 *
 * @param pixels the number of pixels
 * @param mean the mean of each channel, in units where 1 is white
 * @param std the standard deviation of each channel, likewise: the root of the mean squared
 *     distance from the mean
 */
public record ChannelStatistics(long pixels, List<Double> mean, List<Double> std) {

    /** 255 and 65535 are white alike. */
    private static final int WIDE = 65535 / 255;

    private static final BigDecimal WHITE = BigDecimal.valueOf(65535);

    /**
     * Copies the values.
     *
     * @param pixels the number of pixels
     * @param mean the mean of each channel
     * @param std the standard deviation of each channel
     */
    public ChannelStatistics {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
    }

    /**
     * Reads all images of a data set, on all cores.
     *
     * @param data the data set, of as many channels as its normalization has; prepared if it is not
     * @return mean and standard deviation of its images, before augmentation
     * @throws IOException if the data cannot be read or is not what it should be
     */
    public static ChannelStatistics of(FolderSegmentationDataset data) throws IOException {
        data.prepare();
        int channels = data.getNormalization().channels();
        try {
            return LongStream.range(0, data.size())
                    .parallel()
                    .mapToObj(index -> Sums.of(data, index, channels))
                    .reduce(Sums::plus)
                    .orElseThrow()
                    .statistics();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Returns the normalization by these values.
     *
     * @return the normalization
     * @throws IllegalArgumentException if a channel has one value everywhere
     */
    public Normalization normalization() {
        return new Normalization(
                mean.stream().map(Double::floatValue).toList(),
                std.stream().map(Double::floatValue).toList());
    }

    /** Sums over samples of 16 bits, for each channel. */
    private record Sums(long pixels, BigInteger[] values, BigInteger[] squares) {

        static Sums of(FolderSegmentationDataset data, long index, int channels) {
            try {
                return of(ImageSamples.of(data.decode(index).image(), channels));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Sums of(ImageSamples image) {
            int channels = image.channels();
            // 2^27 squares of 16 bits are less than 2^59.
            long[] values = new long[channels];
            long[] squares = new long[channels];
            byte[] narrow = image.narrow();
            int pixels = image.width() * image.height();
            for (int i = 0, in = 0; i < pixels; i++) {
                for (int c = 0; c < channels; c++, in++) {
                    long sample =
                            narrow != null ? (narrow[in] & 0xff) * WIDE : image.wide()[in] & 0xffff;
                    values[c] += sample;
                    squares[c] += sample * sample;
                }
            }
            return new Sums(pixels, whole(values), whole(squares));
        }

        private static BigInteger[] whole(long[] sums) {
            return Arrays.stream(sums).mapToObj(BigInteger::valueOf).toArray(BigInteger[]::new);
        }

        Sums plus(Sums other) {
            return new Sums(
                    pixels + other.pixels,
                    plus(values, other.values),
                    plus(squares, other.squares));
        }

        private static BigInteger[] plus(BigInteger[] a, BigInteger[] b) {
            BigInteger[] sums = new BigInteger[a.length];
            Arrays.setAll(sums, c -> a[c].add(b[c]));
            return sums;
        }

        ChannelStatistics statistics() {
            MathContext digits = MathContext.DECIMAL64;
            BigInteger count = BigInteger.valueOf(pixels);
            BigDecimal unit = WHITE.multiply(new BigDecimal(count));
            Double[] mean = new Double[values.length];
            Double[] std = new Double[values.length];
            for (int c = 0; c < values.length; c++) {
                mean[c] = new BigDecimal(values[c]).divide(unit, digits).doubleValue();
                // n Σ v² − (Σ v)² is n² times the variance.
                BigInteger spread = count.multiply(squares[c]).subtract(values[c].pow(2));
                std[c] = new BigDecimal(spread).sqrt(digits).divide(unit, digits).doubleValue();
            }
            return new ChannelStatistics(pixels, List.of(mean), List.of(std));
        }
    }
}
