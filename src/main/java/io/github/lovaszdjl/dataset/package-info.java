/**
 * Data sets of images and label maps, with joint augmentation.
 *
 * <p>DJL brings no data set with masks, and its transforms for data and for labels cannot share a
 * random draw. Begin with {@link io.github.lovaszdjl.dataset.FolderSegmentationDataset}: it reads
 * pairs of images and label files, checks them all before training starts, and changes both of a
 * pair by the same {@link io.github.lovaszdjl.dataset.Augmentation}. Its samples depend on seed and
 * epoch alone, so that a run can be repeated with any number of threads. A data set of your own
 * implements {@link io.github.lovaszdjl.dataset.SegmentationDataset}, which is all that training
 * and evaluation ask for.
 *
 * <p>The way of a sample: {@code SampleFiles} finds the pair, {@code SampleCheck} checks it, {@code
 * DecodedSample} decodes it, {@code SampleRenderer} cuts, augments and normalises it, {@code
 * PaddingBatchifier} makes it part of a batch. {@link
 * io.github.lovaszdjl.dataset.SegmentationDatasets} knows published sets by name and fetches them
 * into that form. {@link io.github.lovaszdjl.dataset.Normalization} turns samples into the
 * network's input, in training and in prediction alike.
 *
 * <p>This package calls {@code internal} alone; {@code model}, {@code translator} and {@code
 * training} call it.
 *
 * <p>Not here: labels of instances, more than 256 classes.
 */
package io.github.lovaszdjl.dataset;
