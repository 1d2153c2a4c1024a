/** Losses for semantic segmentation. */
package io.github.lovaszdjl.loss;
