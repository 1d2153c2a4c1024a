/**
 * The pictures that runs and predictions come with, as PNG.
 *
 * <p>{@link io.github.lovaszdjl.app.picture.Montage} shows predictions of several models side by
 * side, {@link io.github.lovaszdjl.app.picture.ContactSheet} samples of a data set, {@link
 * io.github.lovaszdjl.app.picture.PredictionPictures} the label map and overlay of one image,
 * {@link io.github.lovaszdjl.app.picture.Confusion} a confusion matrix, {@link
 * io.github.lovaszdjl.app.picture.Curves} scores by epoch. {@link
 * io.github.lovaszdjl.app.picture.Palette} gives each class its colour, and {@link
 * io.github.lovaszdjl.app.picture.Pictures} has text, legends and files for all of them.
 *
 * <p>Calls {@code table} and the library; {@code run}, {@code page}, {@code importer} and {@code
 * command} call it.
 */
package io.github.lovaszdjl.app.picture;
