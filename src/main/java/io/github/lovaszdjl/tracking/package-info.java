/**
 * Sends the metrics of a training to the tools that people compare trainings with.
 *
 * <p>{@link io.github.lovaszdjl.tracking.TensorBoardLog} writes the event files of TensorBoard and
 * {@link io.github.lovaszdjl.tracking.MlflowLog} sends to a server of MLflow; each is a {@link
 * io.github.lovaszdjl.training.TrainingCallback}. Both need nothing but Java: TensorBoard's format
 * is a few fields, and MLflow has a REST interface.
 *
 * <p>Uses {@code training}; no other package uses this one.
 */
package io.github.lovaszdjl.tracking;
