package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;
import java.util.Optional;

/**
 * Makes the sample of an epoch from decoded files: size, augmentation and normalization. Image and
 * labels are seen through one window, of one random draw.
 *
 * @param augmentation the random changes
 * @param fixedSize the size of all samples; without it, each has that of its image
 * @param normalization how samples become the network's input
 * @param light by which normalization light changes: that of a network, whatever becomes of samples
 * @param seed the seed of the random changes
 * @param ignoreLabel the label where the sample is padded
 */
record SampleRenderer(
        Augmentation augmentation,
        Optional<ImageSize> fixedSize,
        Normalization normalization,
        Normalization light,
        long seed,
        int ignoreLabel) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the augmentation is not for images of so many channels
     */
    SampleRenderer {
        augmentation.checkChannels(normalization.channels());
    }

    SampleRenderer(
            Augmentation augmentation,
            Optional<ImageSize> fixedSize,
            Normalization normalization,
            long seed,
            int ignoreLabel) {
        this(augmentation, fixedSize, normalization, normalization, seed, ignoreLabel);
    }

    /** Returns a renderer that differs in the normalization alone. */
    SampleRenderer with(Normalization other) {
        return new SampleRenderer(augmentation, fixedSize, other, light, seed, ignoreLabel);
    }

    /** Returns the size of the sample of an image. */
    ImageSize size(ImageSize image) {
        return fixedSize.orElse(image);
    }

    /**
     * Renders a sample. Its pixels are computed when they are asked for, unless they depend on each
     * other.
     *
     * @param decoded the files
     * @param stream the random stream: the sample's place in the split, unless it is a repetition
     * @param epoch the epoch, from 0
     */
    WholeSample render(DecodedSample decoded, long stream, int epoch) {
        ImageSamples image = ImageSamples.of(decoded.image(), normalization.channels());
        ImageSize target = size(decoded.size());
        AugmentationDraw draw = augmentation.draw(Seeds.sample(seed, epoch, stream));
        if (!augmentation.keepsRows()) {
            return new WarpedSample(
                    image, decoded.labels(), target, augmentation, draw, inputs(draw), ignoreLabel);
        }
        return new RenderedSample(
                image,
                decoded.labels(),
                draw.rows(image.height(), target.height()),
                draw.columns(image.width(), target.width()),
                inputs(draw),
                ignoreLabel);
    }

    /** The network's input for each channel. */
    private ChannelInput[] inputs(AugmentationDraw draw) {
        ChannelInput[] inputs = new ChannelInput[normalization.channels()];
        for (int c = 0; c < inputs.length; c++) {
            inputs[c] = ChannelInput.of(normalization, light, c, draw);
        }
        return inputs;
    }
}
