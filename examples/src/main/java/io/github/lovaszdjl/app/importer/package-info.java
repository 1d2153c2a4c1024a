/**
 * Turns annotations of other formats into folders that {@link
 * io.github.lovaszdjl.dataset.FolderSegmentationDataset} reads.
 *
 * <p>A {@code Region} fills the pixels of an annotation: by the rule of the format's own tool
 * ({@code CocoPolygon}, {@code RunLengths}, {@code BrushRle}), else by the centres of pixels
 * ({@code PolygonFill}, {@code EllipseFill}).
 */
package io.github.lovaszdjl.app.importer;
