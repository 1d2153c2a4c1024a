/**
 * Data sets of images and label maps in folders, with joint augmentation.
 *
 * <p>DJL brings no data set with masks, and its transforms for data and for labels cannot share a
 * random draw. {@link io.github.lovaszdjl.dataset.FolderSegmentationDataset} reads pairs of images
 * and label files, checks them all before training starts, and changes both of a pair by the same
 * {@link io.github.lovaszdjl.dataset.Augmentation}. Its samples depend on seed and epoch alone, so
 * that a run can be repeated with any number of threads. {@link
 * io.github.lovaszdjl.dataset.Normalization} turns 8-bit samples into the network's input, in
 * training and in prediction alike.
 *
 * <p>{@link io.github.lovaszdjl.dataset.SegmentationDatasets} knows published sets by name and
 * fetches them into that form.
 *
 * <p>Not here: instance or boundary labels, more than 256 classes, images of more than 8 bits at
 * their full depth.
 */
package io.github.lovaszdjl.dataset;
