package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.model.PretrainedWeights;
import io.github.lovaszdjl.training.SegmentationTraining;
import java.io.IOException;
import java.nio.file.Path;

/** What a training starts from in place of new weights alone. */
public sealed interface TrainingStart permits TrainingStart.Init, TrainingStart.Pretrained {

    /** Tells a training of it. */
    void apply(SegmentationTraining.Builder builder) throws IOException;

    /**
     * A saved model to start from.
     *
     * @param folder its folder, or that of a run
     * @param withClassifier whether its last layer is taken too
     */
    record Init(Path folder, boolean withClassifier) implements TrainingStart {

        @Override
        public void apply(SegmentationTraining.Builder builder) throws IOException {
            builder.optInitialModel(RunFolder.model("--init", folder), withClassifier);
        }

        /** Returns it in words. */
        @Override
        public String toString() {
            return "the weights of " + folder + (withClassifier ? "" : " without its classifier");
        }
    }

    /** A file of weights to start from. */
    record Pretrained(PretrainedWeights weights) implements TrainingStart {

        @Override
        public void apply(SegmentationTraining.Builder builder) {
            builder.optWeights(weights);
        }

        /** Returns it in words. */
        @Override
        public String toString() {
            return "the weights in "
                    + weights.file()
                    + (weights.hasClassifier() ? "" : " without their classifier");
        }
    }
}
