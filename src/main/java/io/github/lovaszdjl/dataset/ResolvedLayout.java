package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The options that are given, with those of the {@code dataset.json} of a folder.
 *
 * @param layout both, or what was given if the file is wrong
 * @param fault what is wrong with the file, or null
 */
record ResolvedLayout(FolderLayout layout, MalformedDatasetException fault) {

    static ResolvedLayout of(Path root, FolderLayout given) {
        try {
            return new ResolvedLayout(given.over(FolderLayout.read(root)), null);
        } catch (MalformedDatasetException e) {
            return new ResolvedLayout(given, e);
        } catch (IllegalArgumentException e) {
            return new ResolvedLayout(
                    given,
                    new MalformedDatasetException(
                            root.resolve(FolderLayout.FILE_NAME),
                            e.getMessage() + ", with the options that are given"));
        }
    }

    /**
     * Returns this with what is wrong about the channels of images, if something is.
     *
     * @param root the folder
     * @param given how samples become the network's input, if the data set is told
     */
    ResolvedLayout with(Path root, Optional<Normalization> given) {
        int channels =
                layout.channels()
                        .orElse(given.map(Normalization::channels).orElse(ImageSamples.RGB));
        Optional<Normalization> used = given.or(layout::normalization);
        if (fault != null
                || used.isEmpty() && channels == ImageSamples.RGB
                || used.isPresent() && used.get().channels() == channels) {
            return this;
        }
        return new ResolvedLayout(
                layout,
                used.isEmpty()
                        ? new MalformedDatasetException(
                                root,
                                String.format(
                                        "a mean and a deviation for each of the %d channels (mean"
                                                + " and std, which 'lovasz datasets stats'"
                                                + " computes)",
                                        channels),
                                "none")
                        : new MalformedDatasetException(
                                root,
                                "a normalization of its " + channels + " channels",
                                "one of " + used.get().channels()));
    }

    /**
     * Returns both.
     *
     * @throws MalformedDatasetException if the file is wrong
     */
    FolderLayout checked() throws MalformedDatasetException {
        if (fault != null) {
            throw fault;
        }
        return layout;
    }

    /** Returns the options but for the ignore label, which is known of every data set. */
    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>(layout.options());
        settings.remove(LayoutOptions.IGNORE_LABEL);
        return settings;
    }
}
