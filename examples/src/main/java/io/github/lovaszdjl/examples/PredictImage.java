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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** Loads a saved model, which describes itself, and colours the classes of an image. */
public final class PredictImage {

    private PredictImage() {}

    /**
     * Predicts and ends the process: 0 done, 1 failed, 2 wrong arguments.
     *
     * @param args the model's folder, the image, the PNG to write
     */
    public static void main(String... args) {
        if (args.length != 3) {
            System.err.println("error: expected MODEL_FOLDER IMAGE PNG");
            System.exit(2);
        }
        try {
            predict(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]));
        } catch (IOException | MalformedModelException | TranslateException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(1);
        }
    }

    static void predict(Path modelFolder, Path imageFile, Path png)
            throws IOException, MalformedModelException, TranslateException {
        try (ZooModel<Image, CategoryMask> model = SegmentationModels.load(modelFolder);
                Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
            CategoryMask mask = predictor.predict(read(imageFile));
            Pictures.write(png, coloured(mask));
            System.out.printf("%s: %s%n", png, mask.getClasses());
        }
    }

    private static Image read(Path file) throws IOException {
        BufferedImage image = Files.isRegularFile(file) ? ImageIO.read(file.toFile()) : null;
        if (image == null) {
            throw new IOException(file + ": expected a PNG or JPEG image");
        }
        return ImageFactory.getInstance().fromImage(image);
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
