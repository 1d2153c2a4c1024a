package io.github.lovaszdjl.translator;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import io.github.lovaszdjl.internal.ImageSamples;
import io.github.lovaszdjl.internal.RgbImage;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * From an image to the class of each of its pixels.
 *
 * <p>The network sees exactly the values that it sees in training, and sees the image at its own
 * size: nothing is scaled, the network pads where it must. The label map has the size of the image,
 * and its labels are what the model's {@linkplain ModelDescription#decision() decision} comes to.
 *
 * <p>Images are predicted one by one, since they may differ in size; {@link
 * ai.djl.inference.Predictor#batchPredict(List)} takes any mixture.
 *
 * <p>Instances are immutable and may be shared between threads.
 */
public final class SegmentationTranslator implements Translator<Image, CategoryMask> {

    private final List<String> classNames;

    private final Decision decision;

    private final NetworkInput input;

    /**
     * Creates a translator for a model.
     *
     * @param description the description of the model
     */
    public SegmentationTranslator(ModelDescription description) {
        classNames = description.classNames();
        decision = description.decision();
        input = new NetworkInput(description.normalization());
    }

    @Override
    public Batchifier getBatchifier() {
        return null;
    }

    @Override
    public NDList processInput(TranslatorContext ctx, Image image) {
        NDManager manager = ctx.getNDManager();
        return new NDList(input.of(manager, pixels(manager, image, input.channels())));
    }

    static ImageSamples pixels(NDManager manager, Image image, int channels) {
        if (image.getWrappedImage() instanceof BufferedImage decoded) {
            return ImageSamples.of(decoded, channels);
        }
        if (channels != ImageSamples.RGB) {
            throw new IllegalArgumentException(
                    "image: expected one of Java's, as the model has "
                            + channels
                            + " channels, got another");
        }
        // (H, W, 3), red first: the order that RgbImage has too.
        try (NDArray array = image.toNDArray(manager, Image.Flag.COLOR)) {
            return ImageSamples.of(
                    new RgbImage(image.getWidth(), image.getHeight(), array.toByteArray()));
        }
    }

    @Override
    public CategoryMask processOutput(TranslatorContext ctx, NDList list) {
        NDArray logits = list.head(); // (1, channels, H, W)
        int height = Math.toIntExact(logits.size(2));
        int width = Math.toIntExact(logits.size(3));
        long[] labels;
        try (NDArray decided = decision.labels(logits)) {
            labels = decided.toLongArray();
        }
        int[][] mask = new int[height][width];
        for (int y = 0, i = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                mask[y][x] = (int) labels[i++];
            }
        }
        return new CategoryMask(classNames, mask);
    }
}
