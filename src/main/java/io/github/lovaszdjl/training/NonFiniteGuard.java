package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.dataset.Batch;
import ai.djl.util.Pair;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Stops a training at a loss that is NaN or infinite, before it changes the weights, and at the end
 * of an epoch whose weights are; keeps a copy of the batch.
 */
final class NonFiniteGuard implements TrainingCallback {

    private static final String HINT = "; a smaller learning rate may help, in a new training";

    private final SegmentationDataset data;
    private final Optional<Path> badBatches;
    private final TrainingFaults faults;

    /** The names of the last batch that changed the weights in this epoch. */
    private List<String> before = List.of();

    /**
     * @param data the data set that the batches are of
     * @param badBatches the folder to save a copy of a bad batch to, if there is one
     * @param faults tells what there is to go back to
     */
    NonFiniteGuard(SegmentationDataset data, Optional<Path> badBatches, TrainingFaults faults) {
        this.data = data;
        this.badBatches = badBatches;
        this.faults = faults;
    }

    @Override
    public void onGradients(TrainingState state, TrainingBatch batch) {
        if (batch.number() == 1) {
            before = List.of();
        }
        Map.Entry<String, Float> loss = batch.losses().entrySet().iterator().next();
        if (Float.isFinite(loss.getValue())) {
            return;
        }
        String parts =
                batch.losses().size() == 1
                        ? ""
                        : batch.losses().entrySet().stream()
                                .skip(1)
                                .map(part -> part.getKey() + " " + part.getValue())
                                .collect(Collectors.joining(", ", " (", ")"));
        boolean first = state.epoch() == 1 && batch.number() == 1;
        String cause = "";
        if (!areFinite(state.model().getBlock())) {
            cause =
                    first
                            ? "; the weights that the training begins with are not finite"
                            : "; the weights are not finite since the batch before"
                                    + (before.isEmpty() ? "" : ", of " + Names.some(before));
        }
        throw fault(
                String.format(
                        "%s: expected a finite number, got %s%s",
                        loss.getKey(), loss.getValue(), parts),
                cause,
                first ? "" : HINT,
                state,
                batch);
    }

    @Override
    public void onBatch(TrainingState state, TrainingBatch batch) {
        if (!batch.isSkipped()) {
            before = data.getNames(batch.batch());
        } else if (batch.number() == 1) {
            before = List.of();
        }
        // No batch comes whose loss would tell, and what follows is saved.
        if (batch.isLast()) {
            checkWeights(state, batch);
        }
    }

    /** Throws where the weights are not finite after the last batch, which is told already. */
    void checkWeights(TrainingState state, TrainingBatch batch) {
        if (!areFinite(state.model().getBlock())) {
            throw fault(
                    "weights: expected finite numbers after the step, got NaN or infinity",
                    batch.isSkipped() ? " and the batch before, of " + Names.some(before) : "",
                    HINT,
                    state,
                    batch);
        }
    }

    static boolean areFinite(Block block) {
        for (Pair<String, Parameter> parameter : block.getParameters()) {
            NDArray array = parameter.getValue().getArray();
            // 0, or NaN where one is NaN or infinite.
            try (NDScope copies = new NDScope();
                    NDArray zeros = array.sub(array);
                    NDArray sum = zeros.sum();
                    NDArray number = sum.toType(DataType.FLOAT64, true)) {
                // Of an array on a GPU, DJL makes a copy that its manager keeps.
                copies.suppressNotUsedWarning();
                if (number.getDouble() != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private NonFiniteLossException fault(
            String fault, String cause, String hint, TrainingState state, TrainingBatch bad) {
        Batch batch = bad.batch();
        List<String> names = data.getNames(batch);
        List<Path> images = data.getImagePaths(batch);
        String saved = "";
        Optional<Path> file = Optional.empty();
        Exception unsaved = null;
        if (badBatches.isPresent()) {
            try {
                List<String> files =
                        images.isEmpty() ? names : images.stream().map(Path::toString).toList();
                file =
                        Optional.of(
                                new BadBatch(state.epoch(), bad.number(), files, bad.losses())
                                        .save(batch, badBatches.get()));
                saved = "; the batch is saved as " + file.get();
            } catch (IOException | RuntimeException e) {
                // What led here matters more.
                unsaved = e;
                saved = "; the batch cannot be saved: " + e.getMessage();
            }
        }
        NonFiniteLossException e =
                new NonFiniteLossException(
                        String.format(
                                "%s in epoch %d, batch %d, of %s%s%s%s%s",
                                fault,
                                state.epoch(),
                                bad.number(),
                                Names.some(names),
                                cause,
                                saved,
                                faults.lastCheckpoint(state.epoch() - 1),
                                hint),
                        state.epoch(),
                        bad.number(),
                        images,
                        file);
        if (unsaved != null) {
            e.addSuppressed(unsaved);
        }
        return e;
    }
}
