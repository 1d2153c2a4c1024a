package io.github.lovaszdjl.training;

import java.io.IOException;

/**
 * A part of a training that acts at its events. The checkpoint, the best model, the guard against
 * losses that are not finite and the progress are such parts; more are added with {@link
 * SegmentationTraining.Builder#optCallback}:
 *
 * <pre>{@code
 * TrainingCallback firstLosses =
 *         new TrainingCallback() {
 *             @Override
 *             public void onBatch(TrainingState state, TrainingBatch batch) {
 *                 if (state.epoch() == 1) {
 *                     System.out.println(batch.losses());
 *                 }
 *             }
 *         };
 * }</pre>
 *
 * <p>All methods are called on the thread of the training, which waits for them. They must not
 * change weights, optimizer or batch: a training that is resumed would come to other numbers. What
 * they throw ends the training.
 */
public interface TrainingCallback {

    /**
     * Called once, when network and optimizer are ready and before the first epoch.
     *
     * @param state where the training stands: before its first epoch, or after the last one of the
     *     checkpoint it resumes from
     * @throws IOException if a file cannot be read or written
     */
    default void onStart(TrainingState state) throws IOException {}

    /**
     * Called after the backward pass of a batch, before the step that changes the weights, which
     * may be that of a later batch, see {@link UpdatePlan}. Not called for a batch that is skipped.
     *
     * @param state where the training stands
     * @param batch the batch and its losses
     * @throws IOException if a file cannot be read or written
     */
    default void onGradients(TrainingState state, TrainingBatch batch) throws IOException {}

    /**
     * Called after every batch, with or without a step.
     *
     * @param state where the training stands
     * @param batch the batch and its losses, none where it was skipped
     * @throws IOException if a file cannot be read or written
     */
    default void onBatch(TrainingState state, TrainingBatch batch) throws IOException {}

    /**
     * Called after every round of a training {@linkplain SegmentationTraining.Builder#optRounds in
     * rounds}, in which batches are trained elsewhere: {@link #onGradients} and {@link #onBatch}
     * are not called.
     *
     * @param report what the round did
     * @throws IOException if a file cannot be read or written
     */
    default void onRound(RoundReport report) throws IOException {}

    /**
     * Called when an epoch is trained and not yet validated, before its checkpoint is written.
     *
     * @param state where the training stands
     * @param trained what the epoch came to, with an empty confusion matrix
     * @throws IOException if a file cannot be read or written
     */
    default void onEpochTrained(TrainingState state, EpochReport trained) throws IOException {}

    /**
     * Called when an epoch is validated, before its report is written beside the checkpoint: a
     * training that is killed in between validates the epoch again, and calls this again.
     *
     * @param state where the training stands; its reports are those of the epochs before
     * @param report what the epoch came to
     * @throws IOException if a file cannot be read or written
     */
    default void onEpochValidated(TrainingState state, EpochReport report) throws IOException {}

    /**
     * Called once at the end, whether all epochs are done or the training was asked to stop, and
     * not where it failed.
     *
     * @param state where the training stands
     * @throws IOException if a file cannot be read or written
     */
    default void onEnd(TrainingState state) throws IOException {}
}
