/**
 * Losses for semantic segmentation.
 *
 * <p>Begin with {@link io.github.lovaszdjl.loss.LovaszSoftmaxLoss} for several classes, {@link
 * io.github.lovaszdjl.loss.LovaszHingeLoss} or {@link io.github.lovaszdjl.loss.LovaszSigmoidLoss}
 * for a mask, {@link io.github.lovaszdjl.loss.WeightedLoss} for sums and {@link
 * io.github.lovaszdjl.loss.AuxiliaryLoss} for networks of several outputs; every loss is a {@link
 * io.github.lovaszdjl.loss.SegmentationLoss}. Inside, {@code InputReader} checks and counts what a
 * loss is given. Of the Lovász losses {@code HostComputation} or {@code DeviceComputation}, both a
 * {@code LovaszComputation}, does the rest: classes named Host are plain loops, those named Device
 * NDArray operations. {@code JaccardWeights} is the maths of both. Calls go from the losses to the
 * computations, from these to the weights and sorts, and to {@code internal}; to no other package.
 *
 * <p>A loss is that of the batch it is given. Where a batch comes in parts, one for each of several
 * devices or one after another before a step, every part has a loss of its own, and the gradients
 * of the parts add up: DJL takes their sum, not their mean ({@link
 * io.github.lovaszdjl.training.DataParallelTrainer} takes the mean). Of {@link
 * io.github.lovaszdjl.loss.LovaszSoftmaxLoss}, {@link io.github.lovaszdjl.loss.LovaszHingeLoss},
 * {@link io.github.lovaszdjl.loss.LovaszSigmoidLoss}, {@link io.github.lovaszdjl.loss.SoftDiceLoss}
 * and {@link io.github.lovaszdjl.loss.SoftJaccardLoss} this is the overlap in each part, which is
 * not that in the whole: a class that stands in one part alone counts there and not in the others,
 * and pixels are ranked within their part. Per image these losses are means over images, and two
 * parts with as many images that have a valid pixel give twice the gradient of the whole; so do
 * pixel-wise losses of parts of the same weight. With n such parts, {@code Sgd} takes a step n
 * times as long, which a smaller learning rate makes up for; {@code Adam} hardly sees the
 * difference.
 */
package io.github.lovaszdjl.loss;
