package io.github.lovaszdjl.dataset;

import ai.djl.training.dataset.Dataset;
import ai.djl.util.Progress;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/** A data set that is known by its name: {@code prepare} fetches it first where it is not here. */
abstract class NamedSegmentationDataset extends FolderDataset {

    private final NamedDataset set;

    NamedSegmentationDataset(NamedBuilder<?> builder) {
        super(builder.located());
        set = builder.set;
    }

    @Override
    void obtain(Progress progress) throws IOException {
        set.fetch(progress);
    }

    /**
     * Builds a data set that is known by its name.
     *
     * @param <T> the builder itself
     */
    abstract static class NamedBuilder<T extends NamedBuilder<T>> extends FolderBuilder<T> {

        private static final Map<Dataset.Usage, String> SPLITS =
                Map.of(
                        Dataset.Usage.TRAIN, "train",
                        Dataset.Usage.VALIDATION, "val",
                        Dataset.Usage.TEST, "test");

        private NamedDataset set;

        NamedBuilder(NamedDataset set) {
            split = "train";
            set.getIgnoreLabel().ifPresent(this::optIgnoreLabel);
            setSource(set);
        }

        /** Has the set be another one: from other archives, or in another folder. */
        final T setSource(NamedDataset set) {
            this.set = set;
            layout = set.card().layout();
            return self();
        }

        /** The folder is known when the data set is built: properties name it. */
        private T located() {
            root = set.root();
            return resolve();
        }

        /**
         * Sets which part of the data is read.
         *
         * @param usage TRAIN, the default, VALIDATION or TEST
         * @return this builder
         * @throws IllegalArgumentException if the set has no such part
         */
        public T optUsage(Dataset.Usage usage) {
            String name = SPLITS.get(usage);
            if (name == null || !set.getSplits().containsKey(name)) {
                throw new IllegalArgumentException(
                        "usage: expected that of a split of "
                                + set.getName()
                                + " ("
                                + String.join(", ", set.getSplits().keySet())
                                + "), got "
                                + String.valueOf(usage).toLowerCase(Locale.ROOT));
            }
            split = name;
            return self();
        }
    }
}
