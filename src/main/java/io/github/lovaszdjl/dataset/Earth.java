package io.github.lovaszdjl.dataset;

import java.util.List;
import java.util.OptionalInt;

/**
 * Land cover of the planet in 222 tiles: ocean, land, ice and lake. It comes with the project and
 * is not downloaded.
 *
 * <pre>{@code
 * Earth train =
 *         Earth.builder().optUsage(Dataset.Usage.TRAIN).setSampling(16, true).build();
 * train.prepare();
 * }</pre>
 *
 * <p>It lies in {@code datasets/earth} of the folder that the system property {@code lovasz.home}
 * names, else of the working folder. Batches are those of {@link FolderSegmentationDataset}.
 */
public final class Earth extends NamedSegmentationDataset {

    static final NamedDataset SET =
            new NamedDataset(
                    new NamedDataset.Card(
                            "earth",
                            "land cover of the planet",
                            List.of("ocean", "land", "ice", "lake"),
                            NamedDataset.splits(177, 14, 31),
                            "128x128",
                            OptionalInt.empty(),
                            "public domain"),
                    new ProjectFolder());

    private Earth(Builder builder) {
        super(builder);
    }

    /**
     * Returns a builder.
     *
     * @return a new builder, of the split "train"
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds the data set. Sampling must be set. */
    public static final class Builder extends NamedBuilder<Builder> {

        private Builder() {
            super(SET);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Builds the data set; nothing is fetched or read yet.
         *
         * @return the data set
         * @throws NullPointerException if the sampling is not set
         */
        public Earth build() {
            return new Earth(this);
        }
    }
}
