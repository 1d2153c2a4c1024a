package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Names;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the folder of a data set is to be read, where that is not as {@link
 * FolderSegmentationDataset} does by default: what label files store, where the files are, and how
 * they are split.
 *
 * <pre>{@code
 * FolderLayout masks =
 *         FolderLayout.builder()
 *                 .optLabels("masks")
 *                 .optLabelSuffix("_mask")
 *                 .optLabelMap("0=0,255=1")
 *                 .optShares(0.1, 0.2)
 *                 .build();
 * }</pre>
 *
 * <p>Every option has a name and can be written as text, as the app's flags are, and in a file
 * {@code dataset.json} in the folder, {@code {"labels": "masks", "val": 0.1}}. What is set here
 * goes before that file.
 *
 * <p>Instances are immutable.
 */
public final class FolderLayout {

    /** The file that describes the data set it lies in. */
    public static final String FILE_NAME = "dataset.json";

    private static final FolderLayout STANDARD = new FolderLayout(Map.of());

    private final Map<String, String> options;
    private final Optional<LabelMapping> labelMap;
    private final OptionalInt ignoreLabel;
    private final OptionalInt channels;
    private final Optional<Normalization> normalization;
    private final Map<String, String> splitNames;
    private final Optional<SplitShares> shares;

    private FolderLayout(Map<String, String> given) {
        Map<String, String> checked = new LinkedHashMap<>();
        // In one order, so that equal layouts are written alike.
        LayoutOptions.NAMES.stream()
                .filter(given::containsKey)
                .forEach(n -> checked.put(n, given.get(n)));
        labelMap =
                Optional.ofNullable(checked.get(LayoutOptions.LABEL_MAP)).map(LabelMapping::parse);
        labelMap.ifPresent(map -> checked.put(LayoutOptions.LABEL_MAP, map.toString()));
        ignoreLabel = LayoutOptions.ignoreLabel(checked);
        normalization = LayoutOptions.normalization(checked);
        channels = LayoutOptions.channels(checked, normalization);
        LayoutOptions.checkPlaces(checked);
        splitNames = LayoutOptions.splitNames(checked);
        shares = SplitShares.of(checked);
        options = Collections.unmodifiableMap(checked);
    }

    /**
     * Returns the layout that {@link FolderSegmentationDataset} describes.
     *
     * @return the layout without an option
     */
    public static FolderLayout standard() {
        return STANDARD;
    }

    /**
     * Makes a layout of options that are written as text.
     *
     * @param options the options by name, such as {@code label-map}
     * @return the layout
     * @throws IllegalArgumentException if a name or a value is wrong, or options contradict each
     *     other; the message begins with the name
     */
    public static FolderLayout of(Map<String, String> options) {
        for (String name : options.keySet()) {
            if (!LayoutOptions.NAMES.contains(name)) {
                throw new IllegalArgumentException(
                        Names.unknown("option", name, LayoutOptions.NAMES));
            }
        }
        return new FolderLayout(options);
    }

    /**
     * Reads the file {@value #FILE_NAME} of a folder. The folder of Cityscapes is known without.
     *
     * @param root the folder of a data set
     * @return its options; none where there is no such file
     * @throws MalformedDatasetException if it is no JSON object of options, or one is wrong
     */
    public static FolderLayout read(Path root) throws MalformedDatasetException {
        return Cityscapes.isRoot(root)
                ? Cityscapes.LAYOUT
                : DescriptionFile.read(root.resolve(FILE_NAME));
    }

    /**
     * Returns a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns these options and those of another layout that are not set here.
     *
     * @param other the other layout
     * @return both
     * @throws IllegalArgumentException if options contradict each other
     */
    public FolderLayout over(FolderLayout other) {
        Map<String, String> both = new LinkedHashMap<>(other.options);
        both.putAll(options);
        return new FolderLayout(both);
    }

    /**
     * Returns the splits of a folder.
     *
     * @param root the folder of a data set
     * @return which of train, val and test there are
     */
    public List<String> splits(Path root) {
        return List.of("train", LayoutOptions.VAL, LayoutOptions.TEST).stream()
                .filter(s -> hasSplit(root, s))
                .toList();
    }

    /**
     * Tells whether a folder has a split; whether that is sound is another question.
     *
     * @param root the folder of a data set
     * @param split the name of the split
     * @return whether it has
     */
    public boolean hasSplit(Path root, String split) {
        if (shares.isPresent()) {
            return shares.get().has(split);
        }
        if (options.containsKey(LayoutOptions.LISTS)) {
            return Files.isRegularFile(list(root, split));
        }
        String images = options.getOrDefault(LayoutOptions.IMAGES, LayoutOptions.IMAGES);
        return Files.isDirectory(
                LayoutOptions.namesSplit(images) ? images(root, split) : splitFolder(root, split));
    }

    /** The ids of the values or colours of label files, if they are not the ids. */
    Optional<LabelMapping> labelMap() {
        return labelMap;
    }

    /**
     * Returns the id that is ignored.
     *
     * @return the id, if one is set
     */
    public OptionalInt ignoreLabel() {
        return ignoreLabel;
    }

    /**
     * Returns how many channels images have.
     *
     * @return the number, if it is set or a normalization is
     */
    public OptionalInt channels() {
        return channels;
    }

    /**
     * Returns how samples become the network's input.
     *
     * @return the normalization, if one is set
     */
    public Optional<Normalization> normalization() {
        return normalization;
    }

    /** The shares of the splits, where all files are in one folder. */
    Optional<SplitShares> shares() {
        return shares;
    }

    /** Tells whether lists name the samples of a split. */
    boolean hasLists() {
        return options.containsKey(LayoutOptions.LISTS);
    }

    /** What a split consists of: a folder or a list. */
    Path place(Path root, String split) {
        if (hasLists()) {
            return list(root, split);
        }
        Path images = images(root, split);
        return images.startsWith(splitFolder(root, split)) ? splitFolder(root, split) : images;
    }

    /** The list of a split. */
    Path list(Path root, String split) {
        return root.resolve(options.get(LayoutOptions.LISTS))
                .resolve(name(split) + ".txt")
                .normalize();
    }

    /** The folder of the images of a split. */
    Path images(Path root, String split) {
        return folder(
                root, split, options.getOrDefault(LayoutOptions.IMAGES, LayoutOptions.IMAGES));
    }

    /** The folder of the label files of a split. */
    Path labels(Path root, String split) {
        return folder(
                root, split, options.getOrDefault(LayoutOptions.LABELS, LayoutOptions.LABELS));
    }

    /** What stands between the name of an image and the extension. */
    String imageSuffix() {
        return options.getOrDefault(LayoutOptions.IMAGE_SUFFIX, "");
    }

    /** What stands between the name of a label file and the extension. */
    String labelSuffix() {
        return options.getOrDefault(LayoutOptions.LABEL_SUFFIX, "");
    }

    private Path folder(Path root, String split, String place) {
        if (LayoutOptions.namesSplit(place)) {
            Path folder = root;
            for (Path part : Path.of(place)) {
                String text = part.toString();
                folder = folder.resolve(text.equals(LayoutOptions.SPLIT) ? name(split) : text);
            }
            return folder;
        }
        Path parent = shares.isPresent() || hasLists() ? root : splitFolder(root, split);
        Path folder = parent.resolve(place);
        // Left as it is where it says nothing else: messages show it as it was given.
        return place.equals(".") ? parent : folder;
    }

    private Path splitFolder(Path root, String split) {
        return root.resolve(name(split));
    }

    private String name(String split) {
        return splitNames.getOrDefault(split, split);
    }

    /**
     * Returns the options that are set, as text.
     *
     * @return the values by name
     */
    public Map<String, String> options() {
        return options;
    }

    /** Returns the options that are set. */
    @Override
    public String toString() {
        return options.toString();
    }

    /** Builds a {@link FolderLayout}. Options that contradict each other fail in build. */
    public static final class Builder extends FolderLayoutOptions {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the layout.
         *
         * @return the layout
         * @throws IllegalArgumentException if an option is wrong, or some contradict each other
         */
        public FolderLayout build() {
            return new FolderLayout(options);
        }
    }
}
