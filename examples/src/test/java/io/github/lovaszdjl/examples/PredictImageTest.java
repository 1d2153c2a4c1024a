package io.github.lovaszdjl.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.modality.cv.output.CategoryMask;
import io.github.lovaszdjl.training.TrainingPlan;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictImageTest {

    private static final Path EARTH = Path.of("datasets", "earth");
    private static final Path IMAGE = EARTH.resolve("test/images/y0256_x0768.jpg");
    private static final Path TRUTH = EARTH.resolve("test/labels/y0256_x0768.png");

    @TempDir private Path folder;

    /** 0.92 of them where this was measured. */
    @Test
    void mostPixelsGetTheirClass() throws Exception {
        TrainingPlan plan =
                TrainingPlan.builder()
                        .optEpochs(3)
                        .optCropHeight(64)
                        .optCropWidth(64)
                        .optBaseWidth(4)
                        .optDepth(2)
                        .optLearningRate(1e-2f)
                        .build();
        TrainOwnFolder.train(plan, EARTH, folder);
        Path model = folder.resolve("best");
        Path picture = folder.resolve("pictures").resolve("labels.png");
        PredictImage.main(model.toString(), IMAGE.toString(), picture.toString());

        CategoryMask labels = PredictImage.predict(model, IMAGE);
        assertEquals(List.of("ocean", "land", "ice", "lake"), labels.getClasses());
        BufferedImage painted = ImageIO.read(picture.toFile());
        Raster truth = ImageIO.read(TRUTH.toFile()).getRaster();
        int width = truth.getWidth();
        int height = truth.getHeight();
        assertEquals(width, painted.getWidth());
        assertEquals(height, painted.getHeight());
        int right = 0;
        double[] pixels = new double[4];
        Map<Integer, Integer> colours = new HashMap<>();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int label = labels.getMask()[y][x];
                right += label == truth.getSample(x, y, 0) ? 1 : 0;
                pixels[label]++;
                colours.putIfAbsent(label, painted.getRGB(x, y));
                assertEquals(colours.get(label), painted.getRGB(x, y));
            }
        }
        double share = (double) right / (width * height);
        assertTrue(share > 0.8, () -> "right " + share);
        assertEquals(colours.size(), new HashSet<>(colours.values()).size());
        for (int id = 0; id < pixels.length; id++) {
            assertEquals(pixels[id] / (width * height), PredictImage.share(labels, id), 1e-9);
        }
    }
}
