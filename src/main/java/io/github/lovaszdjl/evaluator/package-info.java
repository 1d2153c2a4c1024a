/**
 * Evaluators for semantic segmentation, all of them reductions of one confusion matrix, or of one
 * for every channel where channels are binary problems of their own.
 *
 * <p>Begin with {@link io.github.lovaszdjl.evaluator.MeanIoU}; {@link
 * io.github.lovaszdjl.evaluator.PixelAccuracy} can read what it counts. A {@code PixelCounter},
 * {@code ClassCounter} or {@code BinaryCounter}, counts a batch; {@link
 * io.github.lovaszdjl.evaluator.ConfusionEvaluator} keeps one {@link
 * io.github.lovaszdjl.evaluator.ConfusionMatrix} a pass and evaluator, or one a channel, and each
 * evaluator says how they become a number. Nothing here calls another package but {@code internal}.
 */
package io.github.lovaszdjl.evaluator;
