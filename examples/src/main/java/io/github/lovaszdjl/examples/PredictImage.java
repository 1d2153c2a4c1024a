package io.github.lovaszdjl.examples;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import io.github.lovaszdjl.model.SegmentationModels;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Loads a saved model, which describes itself, and colours the classes of an image. */
public final class PredictImage {

    private PredictImage() {}

    /**
     * Predicts.
     *
     * @param args the model's folder, the image, the PNG to write
     * @throws IOException if a file cannot be read or written
     * @throws MalformedModelException if the folder holds no model of this library
     * @throws TranslateException if the prediction fails
     */
    public static void main(String... args)
            throws IOException, MalformedModelException, TranslateException {
        if (args.length != 3) {
            System.err.println("expected MODEL_FOLDER IMAGE PNG");
            System.exit(2);
        }
        Image image = ImageFactory.getInstance().fromFile(Path.of(args[1]));
        try (ZooModel<Image, CategoryMask> model = SegmentationModels.load(Path.of(args[0]));
                Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
            CategoryMask mask = predictor.predict(image);
            Pictures.write(Path.of(args[2]), coloured(mask));
            System.out.printf("%s: %s%n", args[2], mask.getClasses());
        }
    }

    private static BufferedImage coloured(CategoryMask mask) {
        List<Color> colors = Palette.of(mask.getClasses());
        int[][] labels = mask.getMask();
        BufferedImage picture =
                new BufferedImage(labels[0].length, labels.length, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < labels.length; y++) {
            for (int x = 0; x < labels[y].length; x++) {
                picture.setRGB(x, y, colors.get(labels[y][x]).getRGB());
            }
        }
        return picture;
    }
}
