package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.ImageFiles;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.model.SegmentationModels;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images of other channels than three are trained on, and a model that is loaded predicts them. */
class ChannelsTrainingTest {

    private static final Path TIFF = Path.of("src", "test", "resources", "tiff");

    private static final int HEIGHT = 18;

    private static final int WIDTH = 21;

    /** Of 8 and 16 bits. */
    private static final List<String> NAMES = List.of("8", "16");

    @TempDir private Path folder;

    private static int label(int x, int y) {
        return (x + y) / 5 % 2;
    }

    private void write(int channels, String kind) throws IOException {
        Path images = Files.createDirectories(folder.resolve("data/train/images"));
        Path labels = Files.createDirectories(folder.resolve("data/train/labels"));
        Files.write(folder.resolve("data/classes.txt"), List.of("dark", "bright"));
        BufferedImage map = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            map.getRaster().setSample(i % WIDTH, i / WIDTH, 0, label(i % WIDTH, i / WIDTH));
        }
        for (String name : NAMES) {
            Path tiff = TIFF.resolve(name + "-" + channels + "-" + kind + ".tif");
            Files.copy(tiff, images.resolve(name + ".tif"));
            ImageIO.write(map, "png", labels.resolve(name + ".png").toFile());
        }
    }

    private FolderSegmentationDataset.Builder data(int channels) {
        return FolderSegmentationDataset.builder()
                .setRoot(folder.resolve("data"))
                .optNormalization(
                        new Normalization(
                                Collections.nCopies(channels, 0.5f),
                                Collections.nCopies(channels, 0.3f)));
    }

    @ParameterizedTest
    @CsvSource({"2, tiles", "4, lzw"})
    void aLoadedModelPredictsWhatValidationCounted(int channels, String kind) throws Exception {
        TrainingPlan plan = TrainingTesting.plan().optEpochs(1).build();
        write(channels, kind);
        Path best = folder.resolve("best");
        ConfusionMatrix counted;
        try (TrainingResult result =
                SegmentationTraining.builder()
                        .setPlan(plan)
                        .setLoss(TrainingTesting.loss())
                        .setTrainingSet(plan.trainingSet(data(channels)))
                        .setValidationSet(plan.evaluationSet(data(channels), "train"))
                        .optBestModel(best)
                        .build()
                        .run()) {
            counted = result.epochs().get(0).validation();
        }

        ConfusionMatrix predicted = new ConfusionMatrix(2);
        try (ZooModel<Image, CategoryMask> model = SegmentationModels.load(best);
                Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
            for (String name : NAMES) {
                Path file = folder.resolve("data/train/images").resolve(name + ".tif");
                BufferedImage image = ImageFiles.readImage(file, channels);
                int[][] mask =
                        predictor.predict(ImageFactory.getInstance().fromImage(image)).getMask();
                long[][] counts = new long[2][2];
                for (int i = 0; i < WIDTH * HEIGHT; i++) {
                    int x = i % WIDTH;
                    int y = i / WIDTH;
                    counts[label(x, y)][mask[y][x]]++;
                }
                predicted.add(ConfusionMatrix.of(counts));
            }
        }
        assertEquals(2L * WIDTH * HEIGHT, counted.total());
        assertEquals(counted.toString(), predicted.toString());
    }
}
