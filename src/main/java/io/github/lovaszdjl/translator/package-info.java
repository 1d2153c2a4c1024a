/**
 * From an image to the label of each of its pixels.
 *
 * <p>Begin with {@link io.github.lovaszdjl.translator.SegmentationTranslator} for images that a
 * network can see whole, by DJL's predictor, and {@link
 * io.github.lovaszdjl.translator.TiledPredictor} for images of any size, which covers them with
 * tiles that overlap and blends those. {@link io.github.lovaszdjl.translator.TestTimeAugmentation}
 * has it predict several views of each. {@link
 * io.github.lovaszdjl.translator.SegmentationTranslatorFactory} is what DJL and saved models know
 * by name.
 *
 * <p>The package builds on {@code model}, and on the normalization of {@code dataset}; {@code
 * training} evaluates with it.
 */
package io.github.lovaszdjl.translator;
