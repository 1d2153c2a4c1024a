/** A U-Net for semantic segmentation, and models on disk that describe themselves. */
package io.github.lovaszdjl.model;
