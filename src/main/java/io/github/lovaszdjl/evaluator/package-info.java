/**
 * Evaluators for semantic segmentation.
 *
 * <p>Begin with {@link io.github.lovaszdjl.evaluator.MeanIoU}; {@link
 * io.github.lovaszdjl.evaluator.PixelAccuracy} and {@link io.github.lovaszdjl.evaluator.ClassScore}
 * (precision, recall, F1) can read what it counts. All three are a {@link
 * io.github.lovaszdjl.evaluator.ConfusionEvaluator}, which keeps one {@link
 * io.github.lovaszdjl.evaluator.ConfusionMatrix} a pass, or one a channel where channels are binary
 * problems of their own. What one matrix does not tell is a {@link
 * io.github.lovaszdjl.evaluator.ScoreEvaluator}, which keeps a score that is defined in a class of
 * its own and needs no engine: {@link io.github.lovaszdjl.evaluator.FineGrainedIoU} ({@link
 * io.github.lovaszdjl.evaluator.FineGrainedScores}), {@link
 * io.github.lovaszdjl.evaluator.BoundaryIoU} ({@link
 * io.github.lovaszdjl.evaluator.BoundaryCounts}), {@link
 * io.github.lovaszdjl.evaluator.HausdorffDistance} ({@link
 * io.github.lovaszdjl.evaluator.HausdorffDistances}) and {@link
 * io.github.lovaszdjl.evaluator.CalibrationError} ({@link
 * io.github.lovaszdjl.evaluator.CalibrationBins}).
 *
 * <p>A {@code PixelCounter}, {@code ClassCounter} or {@code BinaryCounter}, reads a batch. Nothing
 * here calls another package but {@code internal}.
 */
package io.github.lovaszdjl.evaluator;
