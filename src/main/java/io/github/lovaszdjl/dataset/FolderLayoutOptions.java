package io.github.lovaszdjl.dataset;

import java.util.LinkedHashMap;
import java.util.Map;

/** The options of a {@link FolderLayout}. */
abstract sealed class FolderLayoutOptions permits FolderLayout.Builder {

    final Map<String, String> options = new LinkedHashMap<>();

    abstract FolderLayout.Builder self();

    private FolderLayout.Builder put(String name, Object value) {
        options.put(name, value.toString());
        return self();
    }

    /**
     * Sets which class id stands for which value or colour of label files.
     *
     * @param labelMap rules as {@link LabelMapping#parse} reads them, such as {@code "0=0,255=1"};
     *     by default values are ids, and colours are those of the classes
     * @return this builder
     */
    public FolderLayout.Builder optLabelMap(String labelMap) {
        return put(LayoutOptions.LABEL_MAP, labelMap);
    }

    /**
     * Sets the id that is ignored, unless the data set has one of its own.
     *
     * @param ignoreLabel the id, 0 to 255
     * @return this builder
     */
    public FolderLayout.Builder optIgnoreLabel(int ignoreLabel) {
        return put(LayoutOptions.IGNORE_LABEL, ignoreLabel);
    }

    /**
     * Sets the folder of the images.
     *
     * @param images a folder in that of the split, or in the root where lists or shares make the
     *     splits; {@code SPLIT} as a part of it stands for the split, and then it is a folder in
     *     the root: {@code images/SPLIT}; "images" by default
     * @return this builder
     */
    public FolderLayout.Builder optImages(String images) {
        return put(LayoutOptions.IMAGES, images);
    }

    /**
     * Sets the folder of the label files. It may be that of the images: files with the suffix of
     * one are not the other's; without suffixes, JPEG files are images and the others label files.
     *
     * @param labels a folder, as {@link #optImages} has it; "labels" by default
     * @return this builder
     */
    public FolderLayout.Builder optLabels(String labels) {
        return put(LayoutOptions.LABELS, labels);
    }

    /**
     * Sets what stands between the name and the extension of an image. Files without it are left
     * out.
     *
     * @param suffix such as "_leftImg8bit"; none by default
     * @return this builder
     */
    public FolderLayout.Builder optImageSuffix(String suffix) {
        return put(LayoutOptions.IMAGE_SUFFIX, suffix);
    }

    /**
     * Sets what stands between the name and the extension of a label file. Files without it are
     * left out.
     *
     * @param suffix such as "_mask"; none by default
     * @return this builder
     */
    public FolderLayout.Builder optLabelSuffix(String suffix) {
        return put(LayoutOptions.LABEL_SUFFIX, suffix);
    }

    /**
     * Sets what train, val and test are called in this folder.
     *
     * @param names such as "train=training,val=validation"
     * @return this builder
     */
    public FolderLayout.Builder optSplitNames(String names) {
        return put(LayoutOptions.SPLIT_NAMES, names);
    }

    /**
     * Has the splits made by lists of names: {@code train.txt} and so on, a name a line, with or
     * without its extension.
     *
     * @param lists the folder of the lists, in the root; "." for the root
     * @return this builder
     */
    public FolderLayout.Builder optLists(String lists) {
        return put(LayoutOptions.LISTS, lists);
    }

    /**
     * Has the splits made of one folder by a draw, which depends on the names and {@link
     * #optSplitSeed} alone. Train is what remains.
     *
     * @param val the share of val, 0 to below 1
     * @param test the share of test, 0 to below 1
     * @return this builder
     */
    public FolderLayout.Builder optShares(double val, double test) {
        put(LayoutOptions.VAL, val);
        return put(LayoutOptions.TEST, test);
    }

    /**
     * Sets the seed of the draw of {@link #optShares}.
     *
     * @param seed the seed; 0 by default
     * @return this builder
     */
    public FolderLayout.Builder optSplitSeed(long seed) {
        return put(LayoutOptions.SPLIT_SEED, seed);
    }

    /**
     * Keeps samples together in {@link #optShares}, such as the frames of one drive.
     *
     * @param expression a regular expression that matches the beginning of every name; names with
     *     the same match, or the same first group of it, stay together: "[^_]*" is what comes
     *     before the first "_"
     * @return this builder
     */
    public FolderLayout.Builder optGroups(String expression) {
        return put(LayoutOptions.GROUPS, expression);
    }

    /**
     * Sets how many channels images have. Grey ones have 3, too, which are equal; those of another
     * number need a normalization.
     *
     * @param channels the number, 1 to {@value Normalization#MAX_CHANNELS}; 3 by default
     * @return this builder
     */
    public FolderLayout.Builder optChannels(int channels) {
        return put(LayoutOptions.CHANNELS, channels);
    }

    /**
     * Sets how samples become the network's input, unless the data set is told otherwise, and how
     * many channels images have.
     *
     * @param normalization the mean and deviation of each channel, as {@link ChannelStatistics}
     *     computes them; {@link Normalization#imageNet()} by default, of three channels
     * @return this builder
     */
    public FolderLayout.Builder optNormalization(Normalization normalization) {
        put(LayoutOptions.MEAN, LayoutOptions.text(normalization.mean()));
        put(LayoutOptions.STD, LayoutOptions.text(normalization.std()));
        return optChannels(normalization.channels());
    }
}
