/**
 * Networks for semantic segmentation, and models on disk that describe themselves.
 *
 * <p>Begin with {@link io.github.lovaszdjl.model.SegmentationModels}, which saves and loads models,
 * and {@link io.github.lovaszdjl.model.UNet}, a network that fits into any DJL program. {@link
 * io.github.lovaszdjl.model.ModelDescription} is what a saved model says of itself; {@link
 * io.github.lovaszdjl.model.SegmentationNetwork} is the seam for another kind of network, {@link
 * io.github.lovaszdjl.model.Decision} that for another way from logits to labels.
 *
 * <p>The package knows the normalization of {@code dataset} and the mean IoU of {@code evaluator};
 * {@code translator} and {@code training} build on it. The translator of a saved model is found by
 * the name of its factory, as DJL finds it.
 */
package io.github.lovaszdjl.model;
