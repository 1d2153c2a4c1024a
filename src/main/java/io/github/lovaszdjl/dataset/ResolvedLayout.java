package io.github.lovaszdjl.dataset;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

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
