package io.github.lovaszdjl.dataset;

import ai.djl.util.Progress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the files of a {@link NamedDataset} are, and how they come there. */
interface DatasetSource {

    /** Returns the folder of the set, whether or not it is there. */
    Path root(NamedDataset.Card card);

    /** Returns where the files come from; none where nothing is downloaded. */
    default List<URI> addresses() {
        return List.of();
    }

    /** Tells whether the set comes with the project. */
    default boolean isEmbedded() {
        return false;
    }

    /** Tells whether the folder holds the set. */
    default boolean isPresent(NamedDataset.Card card) {
        Path root = root(card);
        return Files.isRegularFile(root.resolve(ClassNames.FILE_NAME))
                && card.splits().keySet().stream()
                        .allMatch(s -> Files.isDirectory(root.resolve(s)));
    }

    /**
     * Brings the set, which is not present.
     *
     * @param progress told of bytes and then of files, or null
     * @throws IOException if it cannot be had; says why, and what to do
     */
    void fetch(NamedDataset.Card card, Progress progress) throws IOException;
}
