/** Data sets of images and label maps in folders, with joint augmentation. */
package io.github.lovaszdjl.dataset;
