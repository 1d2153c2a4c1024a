package io.github.lovaszdjl.dataset;

import ai.djl.util.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What is in a folder of a data set: its classes and the samples of a split, all checked.
 *
 * @param root the folder
 * @param check what the labels were checked for
 * @param classNames the names of the classes
 * @param samples the samples, in the order of their names or of a subset
 * @param source brings their files
 */
record FolderContents(
        Path root,
        SampleCheck check,
        List<String> classNames,
        List<CheckedSample> samples,
        CheckedFolder.FileSource source) {

    /**
     * Finds the files and checks them all.
     *
     * @param root the folder
     * @param split the name of the split
     * @param layout where the files are, and what label files store
     * @param ignoreLabel the label to ignore, if there is one
     * @param channels the number of channels of an image
     * @param limit the largest number of samples to take
     * @param progress counts the samples checked, or null
     * @throws MalformedDatasetException if a file or folder is missing or not what it should be
     * @throws IOException if a folder cannot be listed
     */
    static FolderContents read(
            Path root,
            String split,
            FolderLayout layout,
            OptionalInt ignoreLabel,
            int channels,
            long limit,
            Progress progress)
            throws IOException {
        // Ids are bytes; where none is ignored, 255 is needed for padding.
        int most = ignoreLabel.isPresent() ? 256 : AugmentedDataset.DEFAULT_PADDING;
        ClassNames classes = ClassNames.of(root, most);
        LabelDecoder decoder = LabelDecoder.of(root, classes, layout.labelMap());
        SampleCheck check = new SampleCheck(classes.names().size(), ignoreLabel, decoder, channels);
        if (layout.labelMap().isPresent()) {
            check.checkIds(root, layout.labelMap().get());
        }
        List<SampleFiles> found = SampleFinder.find(root, layout, split);
        found = found.subList(0, (int) Math.min(limit, found.size()));
        if (found.isEmpty()) {
            throw new MalformedDatasetException(
                    layout.place(root, split), "at least one image", "none");
        }
        List<CheckedSample> samples = check.checkAll(found, progress, "Checking " + split);
        return new FolderContents(
                root, check, classes.names(), samples, CheckedFolder.FileSource.IN_PLACE);
    }

    /** Returns some of the samples. */
    FolderContents subset(List<Long> indices) {
        return new FolderContents(
                root, check, classNames, indices.stream().map(this::sample).toList(), source);
    }

    /**
     * Returns a sample.
     *
     * @throws IndexOutOfBoundsException if there is no such sample
     */
    CheckedSample sample(long index) {
        return samples.get(Math.toIntExact(Objects.checkIndex(index, (long) samples.size())));
    }

    /** Decodes the files of a sample anew; they may have changed since they were checked. */
    DecodedSample decode(long index) throws IOException {
        CheckedSample sample = sample(index);
        SampleFiles files = sample.files();
        source.take(name(files.image()), sample.image().toString(), files.image());
        source.take(name(files.labels()), sample.labels().toString(), files.labels());
        DecodedSample decoded = DecodedSample.read(files, check.decoder());
        check.checkChannels(files.image(), decoded);
        check.count(files.labels(), decoded.labels());
        return decoded;
    }

    /** Decodes the labels of a sample anew. */
    LabelImage decodeLabels(long index) throws IOException {
        return decode(index).labels();
    }

    /** Counts the valid pixels, (samples, classes). */
    long[][] countPixels() {
        return samples.stream().map(sample -> sample.pixels().clone()).toArray(long[][]::new);
    }

    /**
     * Tells whether the labels look like black and white masks whose foreground, 255, is ignored.
     *
     * @param missing the classes without a valid pixel
     */
    boolean looksLikeMasks(List<String> missing) {
        return classNames.size() > 1
                && check.ignoreLabel().equals(OptionalInt.of(255))
                && samples.stream().anyMatch(sample -> sample.ignored() > 0)
                && missing.equals(classNames.subList(1, classNames.size()));
    }

    /** Returns the image and the label file of each sample, named by their paths below the root. */
    List<SegmentationDataset.Item> items() {
        return samples.stream()
                .flatMap(
                        sample ->
                                Stream.of(
                                        item(sample.files().image(), sample.image()),
                                        item(sample.files().labels(), sample.labels())))
                .toList();
    }

    private SegmentationDataset.Item item(Path file, Fingerprint fingerprint) {
        return new SegmentationDataset.Item(name(file), fingerprint.toString());
    }

    /** Returns the path of a file below the root. */
    String name(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }
}
