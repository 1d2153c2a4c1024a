package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import io.github.lovaszdjl.internal.WholeFile;
import io.github.lovaszdjl.model.SegmentationModels;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Keeps the model of the epoch with the highest mean IoU on the validation set.
 *
 * @param folder the folder it is saved to
 */
record BestModel(Path folder) implements TrainingCallback {

    /** Returns the folder beside it, for the weights themselves where these are their average. */
    BestModel raw() {
        return new BestModel(folder.resolveSibling(folder.getFileName() + "-raw"));
    }

    /** Throws where the model is lost: the epoch it is of does not come again. */
    void check() throws IOException {
        try {
            SegmentationModels.load(folder).close();
        } catch (MalformedModelException | IOException e) {
            throw new IOException(
                    "the best model of the epochs before is lost: " + e.getMessage(), e);
        }
    }

    /** Deletes what a training left that was killed while it saved. */
    @Override
    public void onStart(TrainingState state) throws IOException {
        WholeFile.deleteLeftovers(folder, "unfinished-");
    }

    @Override
    public void onEpochValidated(TrainingState state, EpochReport report) throws IOException {
        if (TrainingResult.best(state.reports()).map(report::isBetterThan).orElse(true)) {
            save(state);
        }
    }

    void save(TrainingState state) throws IOException {
        SegmentationModels.save(state.model(), state.description(), folder);
    }
}
