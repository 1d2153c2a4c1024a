/**
 * Turns annotations of other formats into folders that {@link
 * io.github.lovaszdjl.dataset.FolderSegmentationDataset} reads.
 *
 * <p>Begin with {@link io.github.lovaszdjl.app.importer.DatasetImport}: it has an {@code
 * AnnotationFormat} read the source, finds the images, and writes each with its label map to an
 * {@code ImportFolder}. A format has a reader of its own ({@code CocoReader}, {@code
 * LabelMeReader}, {@code LabelStudioReader}, {@code CvatReader}, {@code VocReader}) and a line in
 * {@link io.github.lovaszdjl.app.importer.ImportFormat}.
 *
 * <p>What a reader finds on an image are {@code Instance}s, each with a {@code Region} that fills
 * its pixels: by the rule of the format's own tool ({@code CocoPolygon}, {@code LabelMePolygon},
 * {@code LabelMeCircle}, {@code RunLengths}, {@code BrushRle}, {@code PngMask}), else by the
 * centres of pixels ({@code PolygonFill}, {@code EllipseFill}). {@code InstanceLabelling} paints
 * one over the other.
 *
 * <p>Calls {@code run}, {@code picture}, {@code table} and the library; {@code command} calls it.
 */
package io.github.lovaszdjl.app.importer;
