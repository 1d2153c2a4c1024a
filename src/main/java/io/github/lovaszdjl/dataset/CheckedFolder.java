package io.github.lovaszdjl.dataset;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What {@link FolderSegmentationDataset#prepare()} found, to be sent to processes that open the
 * same data set without checking it again.
 *
 * <pre>{@code
 * CheckedFolder found = CheckedFolder.of(dataset);                       // here
 * FolderSegmentationDataset same =
 *         found.builder(folder, files).setSampling(16, true).build(); // elsewhere
 * }</pre>
 *
 * <p>There, samples have the same indices, sizes and random draws as here. Their files are asked of
 * a {@link FileSource} when they are first decoded, so that a process has those alone that it uses.
 * Instances are immutable.
 */
public final class CheckedFolder implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Brings the files of samples. */
    @FunctionalInterface
    public interface FileSource {

        /** A source of nothing, where all files are in place. */
        FileSource IN_PLACE = (name, fingerprint, file) -> {};

        /**
         * Has a file in place. Called before each use of it, by several threads.
         *
         * @param name its path below the folder of the data set, with '/' between folders
         * @param fingerprint tells its contents, see {@link CheckedFolder#fingerprint}
         * @param file where to have it
         * @throws IOException if it cannot be had
         */
        void take(String name, String fingerprint, Path file) throws IOException;
    }

    /** Gives the contents of a folder without a look at its files. */
    @FunctionalInterface
    interface Opener {
        FolderContents open(Path root, int channels) throws IOException;
    }

    /** The split. */
    private final String split;

    /** The options of the layout by name. */
    private final Map<String, String> layout;

    /** The id that is ignored, or null. */
    private final Integer ignoreLabel;

    /** The names of the classes, by id. */
    private final List<String> classNames;

    /** Their colours. */
    private final List<Integer> colours;

    /** The samples in their order. */
    private final List<Sample> samples;

    /**
     * A sample, with paths below the folder of the data set.
     *
     * @param files the names of image and label file
     * @param prints their sizes and hashes, (2, 2)
     */
    private record Sample(
            int position,
            String name,
            String[] files,
            int height,
            int width,
            int orientation,
            long[] pixels,
            long ignored,
            long[][] prints)
            implements Serializable {}

    private CheckedFolder(FolderSegmentationDataset data) throws IOException {
        split = data.getSplit();
        layout = Map.copyOf(data.layout.checked().options());
        ignoreLabel = data.ignoreLabel.isPresent() ? data.ignoreLabel.getAsInt() : null;
        FolderContents contents = data.contents();
        ClassNames classes = ClassNames.read(ClassNames.file(contents.root()), 256);
        classNames = classes.names();
        colours = classes.colours();
        samples = contents.samples().stream().map(s -> sample(contents, s)).toList();
    }

    /**
     * Returns what a data set found.
     *
     * @param data the data set
     * @return what its {@link FolderSegmentationDataset#prepare()} found
     * @throws IOException if the names of its classes cannot be read any more
     * @throws IllegalStateException before {@code prepare()}
     */
    public static CheckedFolder of(FolderSegmentationDataset data) throws IOException {
        return new CheckedFolder(data);
    }

    private static Sample sample(FolderContents contents, CheckedSample sample) {
        return new Sample(
                sample.files().position(),
                sample.files().name(),
                new String[] {
                    contents.name(sample.files().image()), contents.name(sample.files().labels())
                },
                sample.size().height(),
                sample.size().width(),
                sample.orientation(),
                sample.pixels(),
                sample.ignored(),
                new long[][] {
                    {sample.image().size(), sample.image().hash()},
                    {sample.labels().size(), sample.labels().hash()}
                });
    }

    /**
     * Returns what tells the contents of a file from others.
     *
     * @param file the file
     * @return its size, a hyphen and the first 64 bits of its SHA-256 in hexadecimal
     * @throws IOException if it cannot be read
     */
    public static String fingerprint(Path file) throws IOException {
        return Fingerprint.of(Files.readAllBytes(file)).toString();
    }

    /**
     * Begins the data set in a folder, of the same split, layout and ignore label.
     *
     * @param root the folder
     * @param source brings the files of samples into it
     * @return a builder; sampling must be set
     */
    public FolderSegmentationDataset.Builder builder(Path root, FileSource source) {
        FolderSegmentationDataset.Builder builder =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit(split)
                        .optLayout(FolderLayout.of(layout));
        builder.found = (folder, channels) -> open(folder, channels, source);
        if (ignoreLabel != null) {
            builder.optIgnoreLabel(ignoreLabel);
        }
        return builder;
    }

    private FolderContents open(Path root, int channels, FileSource source) throws IOException {
        ClassNames classes = new ClassNames(classNames, colours);
        LabelDecoder decoder = LabelDecoder.of(root, classes, FolderLayout.of(layout).labelMap());
        OptionalInt ignored =
                ignoreLabel == null ? OptionalInt.empty() : OptionalInt.of(ignoreLabel);
        return new FolderContents(
                root,
                new SampleCheck(classNames.size(), ignored, decoder, channels),
                classNames,
                samples.stream().map(sample -> checked(root, sample)).toList(),
                source);
    }

    private static CheckedSample checked(Path root, Sample s) {
        return new CheckedSample(
                new SampleFiles(
                        s.position, s.name, root.resolve(s.files[0]), root.resolve(s.files[1])),
                new ImageSize(s.height, s.width),
                s.orientation,
                s.pixels,
                s.ignored,
                new Fingerprint(s.prints[0][0], s.prints[0][1]),
                new Fingerprint(s.prints[1][0], s.prints[1][1]));
    }
}
