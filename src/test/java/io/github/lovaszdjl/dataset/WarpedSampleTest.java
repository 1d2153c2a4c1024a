package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lovaszdjl.internal.ImageSamples;
import java.awt.geom.AffineTransform;
import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntBinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each kind of change on its own, and all of them. */
class WarpedSampleTest {

    /** Input = sample / 255. */
    private static final Normalization PLAIN =
            new Normalization(List.of(0f, 0f, 0f), List.of(1f, 1f, 1f));

    private static final int IGNORED = 255;
    private static final int WIDTH = 40;
    private static final int HEIGHT = 30;

    /** Red tells the column, green the row, blue that a pixel is none of padding. */
    private static final DecodedSample PLACES =
            sample(WIDTH, HEIGHT, (x, y) -> 5 * x << 16 | 7 * y << 8 | 255);

    /** What moves or hides pixels. */
    private static final Map<String, UnaryOperator<Augmentation.Builder>> PLACING =
            Map.of(
                    "quarter turns", b -> b.optQuarterTurns(true),
                    "rotation", b -> b.optRotation(180),
                    "elastic", b -> b.optElastic(34, 4),
                    "cutout", b -> b.optCutout(3, 8),
                    "all",
                            b ->
                                    b.optQuarterTurns(true)
                                            .optRotation(20)
                                            .optElastic(60, 6)
                                            .optCutout(1, 5));

    /** What changes the image alone. */
    private static final Map<String, UnaryOperator<Augmentation.Builder>> PAINTING =
            Map.of(
                    "saturation", b -> b.optSaturation(0.8f),
                    "hue", b -> b.optHue(0.3f),
                    "blur", b -> b.optBlur(0.5, 2),
                    "noise", b -> b.optNoise(0.1f));

    private static DecodedSample sample(int width, int height, IntBinaryOperator pixel) {
        byte[] ids = new byte[width * height];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (byte) id(i % width, i / width);
        }
        return new DecodedSample(
                TestFiles.rgb(width, height, pixel), new LabelImage(width, height, ids), 1);
    }

    /** Ids of neighbours differ, and none is odd, as the mean of two could be. */
    private static int id(int x, int y) {
        return 2 * ((7 * x + 11 * y) % 100);
    }

    private static Stream<Arguments> placing() {
        return PLACING.keySet().stream()
                .flatMap(name -> Stream.of(false, true).map(scaled -> Arguments.of(name, scaled)));
    }

    private static SampleRenderer renderer(Augmentation augmentation, int height, int width) {
        return new SampleRenderer(
                augmentation, Optional.of(new ImageSize(height, width)), PLAIN, 3, IGNORED);
    }

    private static WarpedSample warped(
            DecodedSample sample, int height, int width, AugmentationDraw draw) {
        return warped(sample, height, width, draw, PLAIN);
    }

    private static WarpedSample warped(
            DecodedSample sample,
            int height,
            int width,
            AugmentationDraw draw,
            Normalization normalization) {
        return new WarpedSample(
                ImageSamples.of(sample.image(), 3),
                sample.labels(),
                new ImageSize(height, width),
                Augmentation.none(),
                draw,
                inputs(normalization, draw),
                IGNORED);
    }

    private static ChannelInput[] inputs(Normalization normalization, AugmentationDraw draw) {
        return IntStream.range(0, normalization.channels())
                .mapToObj(c -> ChannelInput.of(normalization, normalization, c, draw))
                .toArray(ChannelInput[]::new);
    }

    private static AugmentationDraw placed(boolean flipX, int turns, double scale, double angle) {
        return draw(flipX, turns, scale, angle, 0, 0);
    }

    private static AugmentationDraw draw(
            boolean flipX, int turns, double scale, double angle, double blur, double noise) {
        return new AugmentationDraw(
                flipX, false, turns, scale, angle, 0.5, 0.5, 0, 1, 1, 0, blur, noise, 1, 2, 3);
    }

    /** The image says where each pixel comes from, so that its label is known. */
    @ParameterizedTest
    @MethodSource("placing")
    void labelsMoveExactlyAsTheirImage(String name, boolean scaled) {
        Augmentation.Builder builder =
                Augmentation.builder().optHorizontalFlip(true).optRandomCrop(true);
        if (scaled) {
            builder.optVerticalFlip(true).optScale(0.5, 2);
        }
        int height = 26;
        int width = 36;
        SampleRenderer renderer = renderer(PLACING.get(name).apply(builder).build(), height, width);
        int sure = 0;
        int hidden = 0;
        for (int epoch = 0; epoch < 40; epoch++) {
            WholeSample sample = renderer.render(PLACES, 1, epoch);
            float[] values = sample.values();
            int[] labels = sample.labels();
            for (int i = 0; i < labels.length; i++) {
                float blue = values[2 * labels.length + i];
                if (blue == 0) {
                    assertEquals(IGNORED, labels[i]);
                    assertEquals(0, values[i]);
                    assertEquals(0, values[labels.length + i]);
                    hidden++;
                    continue;
                }
                assertEquals(1, blue);
                Set<Integer> expected = new HashSet<>();
                // Positions are known to the rounding of a float, times 51 or 36.
                for (double error : new double[] {-1e-4, 1e-4}) {
                    for (double other : new double[] {-1e-4, 1e-4}) {
                        int x = (int) Math.floor(values[i] * 51 + 0.5 + error);
                        int y = (int) Math.floor(values[labels.length + i] * 255 / 7 + 0.5 + other);
                        expected.add(id(x, y));
                    }
                }
                assertTrue(expected.contains(labels[i]), "epoch " + epoch + ", pixel " + i);
                sure += expected.size() == 1 ? 1 : 0;
            }
        }
        // Without rotation, some scales take many pixels from just between two.
        assertTrue(sure > 0.5 * (40 * height * width - hidden), sure + " sure");
        assertTrue(hidden > 0, "something hidden");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void quarterTurnsAreExact(int turns) {
        DecodedSample sample = sample(7, 5, (x, y) -> 0x010307 * (x + 7 * y));
        boolean upright = turns % 2 == 0;
        int height = upright ? 5 : 7;
        int width = upright ? 7 : 5;
        WarpedSample turned = warped(sample, height, width, placed(false, turns, 1, 0));
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int[] from =
                        switch (turns) {
                            case 1 -> new int[] {6 - y, x};
                            case 2 -> new int[] {6 - x, 4 - y};
                            case 3 -> new int[] {y, 4 - x};
                            default -> new int[] {x, y};
                        };
                assertEquals(id(from[0], from[1]), turned.labels(y)[x]);
                float blue = (7 * (from[0] + 7 * from[1]) & 0xff) / 255f;
                assertEquals(blue, turned.values()[2 * 35 + y * width + x]);
            }
        }
    }

    @Test
    void rotationByARightAngleIsAQuarterTurn() {
        DecodedSample sample = sample(31, 31, (x, y) -> 8 * x << 16 | 8 * y);
        WarpedSample turned = warped(sample, 31, 31, placed(true, 1, 1, 0));
        WarpedSample rotated = warped(sample, 31, 31, placed(true, 0, 1, 90));
        assertArrayEquals(turned.labels(), rotated.labels());
        assertArrayEquals(turned.values(), rotated.values(), 1e-5f);
    }

    /** The way from image to sample as transforms of the JDK, one after the other. */
    @ParameterizedTest
    @ValueSource(doubles = {-150, -30, 7.5, 45, 179})
    void rotationIsThatOfTheJdk(double degrees) throws Exception {
        AffineTransform way = new AffineTransform();
        way.rotate(Math.toRadians(-degrees), WIDTH / 2.0, HEIGHT / 2.0);
        // Of 60 columns and 45 rows, those in the middle, or one before it.
        way.translate(-10, -8);
        way.scale(1.5, 1.5);
        way.translate(WIDTH, 0);
        way.scale(-1, 1);
        WarpedSample sample = warped(PLACES, HEIGHT, WIDTH, placed(true, 0, 1.5, degrees));
        float[] values = sample.values();
        int count = 0;
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            Point2D pixel = new Point2D.Double(i % WIDTH + 0.5, i / WIDTH + 0.5);
            Point2D from = way.inverseTransform(pixel, null);
            boolean within =
                    from.getX() > 0.5
                            && from.getX() < WIDTH - 0.5
                            && from.getY() > 0.5
                            && from.getY() < HEIGHT - 0.5;
            if (within) {
                assertEquals(from.getX() - 0.5, values[i] * 51, 1e-3);
                assertEquals(from.getY() - 0.5, values[WIDTH * HEIGHT + i] * 255 / 7, 1e-3);
                count++;
            }
        }
        assertTrue(count > 800, count + " pixels");
    }

    /** The way that samples have without the newer changes. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 0.6, 1.7})
    void withoutTurnsItIsWhatRowsAndColumnsGive(double scale) {
        AugmentationDraw draw =
                new AugmentationDraw(
                        true, true, 0, scale, 0, 0.3, 0.9, 0.1f, 1.2f, 1, 0, 0, 0, 1, 2, 3);
        Normalization normalization = Normalization.imageNet();
        RenderedSample rows =
                new RenderedSample(
                        ImageSamples.of(PLACES.image(), 3),
                        PLACES.labels(),
                        draw.rows(HEIGHT, 33),
                        draw.columns(WIDTH, 50),
                        inputs(normalization, draw),
                        IGNORED);
        WarpedSample whole = warped(PLACES, 33, 50, draw, normalization);
        assertArrayEquals(rows.labels(), whole.labels());
        // Normalised before or after interpolation.
        assertArrayEquals(rows.values(), whole.values(), scale == 1 ? 0 : 2e-6f);
    }

    @Test
    void samplesOf16BitsKeepTheirPrecision() {
        BufferedImage image = new BufferedImage(300, 2, BufferedImage.TYPE_USHORT_GRAY);
        IntStream.range(0, 600)
                .forEach(i -> image.getRaster().setSample(i % 300, i / 300, 0, 40_000 + i));
        DecodedSample sample = new DecodedSample(image, new LabelImage(300, 2, new byte[600]), 1);
        Augmentation turns = Augmentation.builder().optQuarterTurns(true).build();
        Normalization one = Normalization.none(1);
        SampleRenderer renderer = new SampleRenderer(turns, Optional.empty(), one, 3, IGNORED);
        int upright = 0;
        for (int epoch = 0; epoch < 20; epoch++) {
            int turn = turns.draw(Seeds.sample(3, epoch, 0)).quarterTurns();
            if (turn % 2 == 0) {
                float[] values = renderer.render(sample, 0, epoch).values();
                for (int i = 0; i < 600; i++) {
                    int from = turn == 0 ? i : 599 - i;
                    assertEquals((40_000 + from) / 65535f, values[i], 1e-7f);
                }
                upright++;
            }
        }
        assertTrue(upright > 0, "no turn drawn");
    }

    @ParameterizedTest
    @ValueSource(strings = {"saturation", "hue", "blur", "noise"})
    void changesOfTheImageLeaveTheLabels(String name) {
        Augmentation.Builder base =
                Augmentation.builder()
                        .optHorizontalFlip(true)
                        .optScale(0.7, 1.4)
                        .optRandomCrop(true);
        SampleRenderer plain = renderer(base.build(), 20, 50);
        SampleRenderer changed = renderer(PAINTING.get(name).apply(base).build(), 20, 50);
        for (int epoch = 0; epoch < 5; epoch++) {
            WholeSample before = plain.render(PLACES, 2, epoch);
            WholeSample after = changed.render(PLACES, 2, epoch);
            assertArrayEquals(before.labels(), after.labels());
            assertFalse(Arrays.equals(before.values(), after.values()), "epoch " + epoch);
            for (int i = 0; i < 3 * 1000; i++) {
                float value = after.values()[i];
                if (after.labels()[i % 1000] == IGNORED) {
                    assertEquals(0, value);
                } else {
                    assertTrue(value >= 0 && value <= 1);
                }
            }
        }
    }

    @Test
    void aSampleDependsOnSeedEpochAndPositionAlone() {
        Augmentation.Builder builder = PLACING.get("all").apply(Augmentation.builder());
        PAINTING.values().forEach(change -> change.apply(builder));
        SampleRenderer first = renderer(builder.build(), 20, 20);
        SampleRenderer second = renderer(builder.build(), 20, 20);
        List<float[]> values =
                IntStream.range(0, 6)
                        .mapToObj(i -> first.render(PLACES, i % 3, i / 3).values())
                        .toList();
        for (int i = 5; i >= 0; i--) {
            assertArrayEquals(values.get(i), second.render(PLACES, i % 3, i / 3).values());
            for (int j = 0; j < i; j++) {
                assertFalse(Arrays.equals(values.get(i), values.get(j)));
            }
        }
    }

    /** The weights of each pixel are computed anew, in two dimensions. */
    @Test
    void blurIsAMeanOfThePixelsWithin() {
        double sigma = 1.4;
        int radius = (int) Math.ceil(3 * sigma);
        DecodedSample noise = sample(20, 20, (x, y) -> 0x9e3779b9 * (x + 20 * y + 1) >>> 8);
        WarpedSample sharp = warped(noise, 24, 18, draw(false, 0, 1, 25, 0, 0));
        WarpedSample blurred = warped(noise, 24, 18, draw(false, 0, 1, 25, sigma, 0));
        float[] before = sharp.values();
        float[] after = blurred.values();
        int[] labels = sharp.labels();
        assertTrue(Arrays.stream(labels).anyMatch(label -> label == IGNORED));
        for (int i = 0; i < after.length; i++) {
            int pixel = i % labels.length;
            double sum = 0;
            double weights = 0;
            for (int j = 0; j < labels.length; j++) {
                int dx = j % 18 - pixel % 18;
                int dy = j / 18 - pixel / 18;
                if (labels[j] != IGNORED && Math.abs(dx) <= radius && Math.abs(dy) <= radius) {
                    double weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
                    sum += weight * before[i - pixel + j];
                    weights += weight;
                }
            }
            // Float rounding of about ten sums of values up to 1.
            assertEquals(labels[pixel] == IGNORED ? 0 : sum / weights, after[i], 1e-5);
        }
    }

    @Test
    void noiseIsGaussianAndIndependent() {
        int size = 100;
        int plane = size * size;
        DecodedSample grey = sample(size, size, (x, y) -> 0x808080);
        float[] values = warped(grey, size, size, draw(false, 0, 1, 0, 0, 0.1)).values();
        double[] noise = new double[3 * plane];
        Arrays.setAll(noise, i -> (values[i] - 128 / 255.0) / 0.1);
        // Four standard deviations of each statistic; the seed is fixed.
        assertEquals(0, Arrays.stream(noise).average().orElseThrow(), 4 / Math.sqrt(3 * plane));
        assertEquals(
                1,
                Arrays.stream(noise).map(v -> v * v).average().orElseThrow(),
                4 * Math.sqrt(2 / (3.0 * plane)));
        long far = Arrays.stream(noise).filter(v -> Math.abs(v) > 2).count();
        assertEquals(0.0455, far / (3.0 * plane), 4 * Math.sqrt(0.0455 / (3 * plane)));
        for (int lag : new int[] {1, size, plane}) {
            double sum = 0;
            for (int i = lag; i < noise.length; i++) {
                sum += noise[i] * noise[i - lag];
            }
            assertEquals(0, sum / (noise.length - lag), 4 / Math.sqrt(noise.length - lag));
        }
    }

    @Test
    void holesAreSquaresOfIgnoredMeans() {
        Augmentation one = Augmentation.builder().optCutout(1, 5).build();
        int[] hits = new int[HEIGHT * WIDTH];
        int whole = 0;
        for (int epoch = 0; epoch < 500; epoch++) {
            WholeSample sample = renderer(one, HEIGHT, WIDTH).render(PLACES, 0, epoch);
            int[] labels = sample.labels();
            int[] cut =
                    IntStream.range(0, labels.length).filter(i -> labels[i] == IGNORED).toArray();
            int[] columns = Arrays.stream(cut).map(i -> i % WIDTH).distinct().sorted().toArray();
            int rows = cut[cut.length - 1] / WIDTH - cut[0] / WIDTH + 1;
            assertTrue(rows <= 5 && columns.length <= 5);
            assertEquals(rows * columns.length, cut.length);
            assertEquals(columns.length - 1, columns[columns.length - 1] - columns[0]);
            whole += cut.length == 25 ? 1 : 0;
            for (int i : cut) {
                hits[i]++;
                assertEquals(0, sample.values()[2 * labels.length + i]);
            }
        }
        // All but the holes whose centre is within 2 of an edge: 36 · 26 of 40 · 30 places.
        assertEquals(500 * 0.78, whole, 4 * Math.sqrt(500 * 0.78 * 0.22));
        assertTrue(hits[0] > 0 && hits[hits.length - 1] > 0, "corners are cut, too");
    }

    @Test
    void aHoleMayTakeTheWholeSample() {
        Augmentation all = Augmentation.builder().optCutout(1, 65536).build();
        WholeSample sample = renderer(all, HEIGHT, WIDTH).render(PLACES, 0, 0);
        assertTrue(Arrays.stream(sample.labels()).allMatch(label -> label == IGNORED));
        assertArrayEquals(new float[3 * HEIGHT * WIDTH], sample.values());
    }

    @Test
    void aPartHasTheValuesOfTheWhole() {
        SampleRenderer renderer =
                renderer(PLACING.get("all").apply(Augmentation.builder()).build(), 20, 30);
        WholeSample sample = renderer.render(PLACES, 0, 0);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray whole = manager.create(sample.values()).reshape(1, 3, 20, 30);
            assertEquals(whole.get(":, :, 4:9, 7:20"), sample.pixels(manager, 4, 7, 5, 13));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> sample.pixels(manager, 4, 20, 5, 11));
        }
        assertArrayEquals(Arrays.copyOfRange(sample.labels(), 60, 90), sample.labels(2));
        assertThrows(IndexOutOfBoundsException.class, () -> sample.labels(20));
    }

    @Test
    void oneColumnAndOnePixelAreSamples() {
        Augmentation.Builder builder = PLACING.get("all").apply(Augmentation.builder());
        PAINTING.values().forEach(change -> change.apply(builder));
        DecodedSample pixel = sample(1, 1, (x, y) -> 0x4080c0);
        for (int width : new int[] {1, 9}) {
            WholeSample sample = renderer(builder.build(), 1, width).render(pixel, 0, 0);
            assertEquals(3 * width, sample.values().length);
            assertEquals(width, sample.labels().length);
        }
    }
}
