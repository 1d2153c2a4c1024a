package io.github.lovaszdjl.dataset;

import ai.djl.util.Progress;
import java.io.IOException;
import java.nio.file.Path;

/** The folder {@code datasets} of this project. */
record ProjectFolder() implements DatasetSource {

    @Override
    public Path root(NamedDataset.Card card) {
        Path folder = Path.of("datasets", card.name());
        String home = System.getProperty("lovasz.home");
        return home == null || home.isEmpty() ? folder : Path.of(home).resolve(folder);
    }

    @Override
    public boolean isEmbedded() {
        return true;
    }

    @Override
    public void fetch(NamedDataset.Card card, Progress progress) throws IOException {
        throw new IOException(
                root(card)
                        + ": expected the data set "
                        + card.name()
                        + ", there is none; -Dlovasz.home=FOLDER says which folder has datasets/"
                        + card.name());
    }
}
