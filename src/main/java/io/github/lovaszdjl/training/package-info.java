/**
 * Trains and evaluates segmentation networks.
 *
 * <p>Begin with {@link io.github.lovaszdjl.training.SegmentationTraining}, which takes a {@link
 * io.github.lovaszdjl.training.TrainingPlan}, a loss, two data sets and a network. It checks them
 * ({@code TrainingChecks}), makes model, optimizer and trainer ({@code TrainingSession}, {@code
 * StepTrainer}) and runs the {@code TrainingLoop}, the page to read first, in which an {@code
 * EpochTraining} trains the epochs. The loop tells {@link
 * io.github.lovaszdjl.training.TrainingCallback}s: {@code NonFiniteGuard}, {@code BestModel}, those
 * of the user, {@code CheckpointWriter} and {@link io.github.lovaszdjl.training.TrainingProgress}.
 * A training that resumes starts at a {@code ResumePoint}: a {@code Checkpoint}, of which {@code
 * TrainingSettings} and {@code DataFiles} are compared, and the {@code EpochHistory} beside it.
 *
 * <p>{@code EpochInRounds} trains an epoch by a {@link io.github.lovaszdjl.training.RoundExecutor},
 * in whose processes a {@link io.github.lovaszdjl.training.PartTrainer} takes the steps of a part
 * of a {@link io.github.lovaszdjl.training.Round}.
 *
 * <p>{@link io.github.lovaszdjl.training.SegmentationEvaluation} counts what a model predicts; it
 * validates every epoch. Optimizers whose state can be saved ({@link
 * io.github.lovaszdjl.training.ResumableOptimizer}), schedules of the learning rate ({@link
 * io.github.lovaszdjl.training.Schedule}) and a trainer for several devices ({@link
 * io.github.lovaszdjl.training.DataParallelTrainer}) can be used with plain DJL.
 *
 * <p>Uses {@code loss}, {@code evaluator}, {@code dataset}, {@code model} and {@code translator};
 * none of them uses this package.
 */
package io.github.lovaszdjl.training;
