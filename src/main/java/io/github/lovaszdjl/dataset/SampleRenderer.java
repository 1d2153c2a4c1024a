package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.RgbImage;
import java.util.Optional;

/**
 * Makes the sample of an epoch from decoded files: size, augmentation and normalization. Image and
 * labels are seen through one window, of one random draw.
 *
 * @param augmentation the random changes
 * @param fixedSize the size of all samples; without it, each has that of its image
 * @param normalization how 8-bit samples become the network's input
 * @param seed the seed of the random changes
 * @param ignoreLabel the label where the sample is padded
 */
record SampleRenderer(
        Augmentation augmentation,
        Optional<ImageSize> fixedSize,
        Normalization normalization,
        long seed,
        int ignoreLabel) {

    /** Returns a renderer that differs in this alone. */
    SampleRenderer with(Normalization other) {
        return new SampleRenderer(augmentation, fixedSize, other, seed, ignoreLabel);
    }

    /** Returns the size of the sample of an image. */
    ImageSize size(ImageSize image) {
        return fixedSize.orElse(image);
    }

    /**
     * Renders a sample; its pixels are computed when they are asked for.
     *
     * @param decoded the files
     * @param position the sample's place in the split
     * @param epoch the epoch, from 0
     */
    RenderedSample render(DecodedSample decoded, int position, int epoch) {
        RgbImage image = RgbImage.of(decoded.image());
        ImageSize target = size(decoded.size());
        Augmentation.Draw draw = augmentation.draw(Seeds.sample(seed, epoch, position));
        return new RenderedSample(
                image,
                decoded.labels(),
                draw.rows(image.height(), target.height()),
                draw.columns(image.width(), target.width()),
                inputs(draw),
                ignoreLabel);
    }

    /** The network's input for each channel and sample value. */
    private float[][] inputs(Augmentation.Draw draw) {
        float[][] inputs = new float[RgbImage.CHANNELS][256];
        for (int c = 0; c < inputs.length; c++) {
            for (int value = 0; value < 256; value++) {
                inputs[c][value] = normalization.apply(draw.light(value), c);
            }
        }
        return inputs;
    }
}
