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
import java.util.Arrays;
import javax.imageio.ImageIO;

/**
 * Predicts the class of each pixel of an image. Takes the folder of a saved model, by default the
 * one that {@link TrainOwnFolder} leaves, the image and the picture to write, in which every class
 * has a colour; prints the share of each class.
 */
public final class PredictImage {

    private PredictImage() {}

    public static void main(String... args)
            throws IOException, MalformedModelException, TranslateException {
        Path model = Path.of(args.length > 0 ? args[0] : "runs/own-folder/best");
        Path image =
                Path.of(args.length > 1 ? args[1] : "datasets/earth/test/images/y0256_x0768.jpg");
        Path output = Path.of(args.length > 2 ? args[2] : "runs/labels.png");
        CategoryMask labels = predict(model, image);
        for (int id = 0; id < labels.getClasses().size(); id++) {
            System.out.printf("%s %.3f%n", labels.getClasses().get(id), share(labels, id));
        }
        Files.createDirectories(output.toAbsolutePath().getParent());
        ImageIO.write(paint(labels), "png", output.toFile());
    }

    /** Returns the labels, which are the places of the classes' names, [height][width]. */
    static CategoryMask predict(Path folder, Path image)
            throws IOException, MalformedModelException, TranslateException {
        try (ZooModel<Image, CategoryMask> model = SegmentationModels.load(folder);
                Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
            // Large images take much memory; TiledPredictor does the same in tiles.
            return predictor.predict(ImageFactory.getInstance().fromFile(image));
        }
    }

    static double share(CategoryMask labels, int id) {
        return Arrays.stream(labels.getMask())
                .flatMapToInt(Arrays::stream)
                .mapToDouble(label -> label == id ? 1 : 0)
                .average()
                .orElseThrow();
    }

    static BufferedImage paint(CategoryMask labels) {
        int[][] mask = labels.getMask();
        float classes = labels.getClasses().size();
        BufferedImage picture =
                new BufferedImage(mask[0].length, mask.length, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < mask.length; y++) {
            for (int x = 0; x < mask[y].length; x++) {
                picture.setRGB(x, y, Color.HSBtoRGB(mask[y][x] / classes, 0.7f, 0.9f));
            }
        }
        return picture;
    }
}
