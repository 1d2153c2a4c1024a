package io.github.lovaszdjl.dataset;

import ai.djl.util.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Checks the files of samples: both of a sample can be decoded and have one size, the image has the
 * channels of the data set, and each label is a class or the ignore label.
 *
 * @param classes the number of classes
 * @param ignoreLabel the label to ignore, if there is one
 * @param decoder makes ids of what label files store
 * @param channels the number of channels of an image
 */
record SampleCheck(int classes, OptionalInt ignoreLabel, LabelDecoder decoder, int channels) {

    /**
     * Decodes all samples, on all cores.
     *
     * @param found the files
     * @param progress counts the samples, or null
     * @param message says what the progress is of
     * @return the samples with what is known of their contents
     * @throws MalformedDatasetException for the first sample by name, not by time, so that every
     *     run reports the same one
     */
    List<CheckedSample> checkAll(List<SampleFiles> found, Progress progress, String message)
            throws IOException {
        if (progress != null) {
            progress.reset(message, found.size());
            progress.start(0);
        }
        CheckedSample[] checked = new CheckedSample[found.size()];
        Optional<IOException> failure =
                IntStream.range(0, checked.length)
                        .parallel()
                        .mapToObj(
                                i -> {
                                    Optional<IOException> fault = Optional.empty();
                                    try {
                                        checked[i] = check(found.get(i));
                                    } catch (IOException e) {
                                        fault = Optional.of(e);
                                    }
                                    if (progress != null) {
                                        synchronized (progress) {
                                            progress.increment(1);
                                        }
                                    }
                                    return fault;
                                })
                        .flatMap(Optional::stream)
                        .findFirst();
        if (progress != null) {
            progress.end();
        }
        if (failure.isPresent()) {
            throw failure.get();
        }
        return List.of(checked);
    }

    private CheckedSample check(SampleFiles files) throws IOException {
        // Read once, for the decoder and the fingerprint.
        byte[] image = ImageFiles.readImageBytes(files.image());
        byte[] labels = ImageFiles.readLabelBytes(files.labels());
        DecodedSample decoded = DecodedSample.decode(files, image, labels, decoder);
        checkChannels(files.image(), decoded);
        long[] pixels = count(files.labels(), decoded.labels());
        long ignored = decoded.labels().ids().length - Arrays.stream(pixels).sum();
        return new CheckedSample(
                files,
                decoded.size(),
                decoded.orientation(),
                pixels,
                ignored,
                Fingerprint.of(image),
                Fingerprint.of(labels));
    }

    /**
     * Checks that an image has the channels of the data set.
     *
     * @throws MalformedDatasetException if it has others
     */
    void checkChannels(Path file, DecodedSample decoded) throws MalformedDatasetException {
        ImageFiles.checkChannels(
                file,
                decoded.image(),
                channels,
                "the channels of the data set, " + channels + " (--channels)");
    }

    /**
     * Counts the valid pixels of each class.
     *
     * @param file the label file, for messages
     * @param labels what is in it
     * @throws MalformedDatasetException if a label is neither a class nor the ignore label
     */
    long[] count(Path file, LabelImage labels) throws MalformedDatasetException {
        int[] counts = labels.histogram();
        int ignored = ignoreLabel.orElse(-1);
        for (int id = classes; id < counts.length; id++) {
            if (counts[id] > 0 && id != ignored) {
                throw new MalformedDatasetException(
                        file, ids(), id + " in " + counts[id] + " pixel(s)" + aboutMasks(counts));
            }
        }
        long[] pixels = new long[classes];
        Arrays.setAll(pixels, c -> c == ignored ? 0 : counts[c]);
        return pixels;
    }

    /**
     * Checks that a label map gives ids of classes and the ignore label alone, used or not.
     *
     * @param root the folder of the data set, for the message
     * @param mapping the label map
     * @throws MalformedDatasetException if it gives another one
     */
    void checkIds(Path root, LabelMapping mapping) throws MalformedDatasetException {
        for (int id : mapping.ids()) {
            if (id >= classes && id != ignoreLabel.orElse(-1)) {
                throw new MalformedDatasetException(
                        root, "a label map to " + ids(), id + " in " + mapping);
            }
        }
    }

    /** Returns the ids that a label may have, in words. */
    private String ids() {
        String orIgnored =
                ignoreLabel.isPresent()
                        ? " or the ignore label " + ignoreLabel.getAsInt()
                        : " (no ignore label is set)";
        return "class ids 0 to " + (classes - 1) + orIgnored;
    }

    /** Who is told of 255 alone ignores it, and trains on background. */
    private static String aboutMasks(int[] counts) {
        int all = Arrays.stream(counts).sum();
        return counts[255] > 0 && counts[0] + counts[255] == all
                ? " and nothing but 0 beside it, as in a black and white mask; the label map"
                        + " 0=0,255=1 (--label-map) makes 255 class 1 (to ignore 255 would leave"
                        + " no class but 0)"
                : "";
    }
}
