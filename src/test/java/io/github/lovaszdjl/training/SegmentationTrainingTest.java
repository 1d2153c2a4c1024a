package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.MalformedDatasetException;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.translator.SegmentationTranslator;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentationTrainingTest {

    @TempDir private Path root;

    /** Four tiles of earth to train on, two to validate on. */
    @BeforeEach
    void copyTiles() throws IOException {
        EarthTiles.copy(root, "train", 4);
        EarthTiles.copy(root, "val", 2);
    }

    private static TrainingPlan.Builder tiny() {
        return TrainingPlan.builder()
                .optEpochs(2)
                .optBatchSize(2)
                .optCropHeight(32)
                .optCropWidth(32)
                .optBaseWidth(2)
                .optDepth(2);
    }

    private static WeightedLoss usual(int ignoreLabel) {
        return WeightedLoss.builder()
                .add(
                        0.5f,
                        SegmentationCrossEntropyLoss.builder()
                                .optName("ce")
                                .optIgnoreLabel(ignoreLabel)
                                .build())
                .add(
                        1,
                        LovaszSoftmaxLoss.builder()
                                .optName("lovasz")
                                .optIgnoreLabel(ignoreLabel)
                                .build())
                .optName("sum")
                .build();
    }

    /** DJL's own guard: such a loss is a mistake, as of one whose gradient is cut. */
    @Test
    void aLossWithoutGradientsIsNoticedAtTheFirstStep() {
        Loss constant =
                new Loss("constant") {
                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        NDArray scores = predictions.singletonOrThrow();
                        return scores.mul(scores.zerosLike()).sum();
                    }
                };
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class,
                        () -> train(tiny().build(), constant, OptionalInt.empty()));
        assertTrue(e.getMessage().contains("Gradient values are all zeros"), e.getMessage());
    }

    private TrainingResult train(TrainingPlan plan, Loss loss, OptionalInt ignoreLabel)
            throws IOException {
        return train(plan, loss, ignoreLabel, new TrainingProgress() {});
    }

    private TrainingResult train(
            TrainingPlan plan, Loss loss, OptionalInt ignoreLabel, TrainingProgress progress)
            throws IOException {
        return run(
                plan,
                loss,
                plan.trainingSet(root, ignoreLabel),
                plan.evaluationSet(root, "val", ignoreLabel),
                progress);
    }

    private static TrainingResult run(
            TrainingPlan plan,
            Loss loss,
            FolderSegmentationDataset training,
            FolderSegmentationDataset validation,
            TrainingProgress progress)
            throws IOException {
        return builder(plan, loss, training, validation).optProgress(progress).build().run();
    }

    private static SegmentationTraining.Builder builder(
            TrainingPlan plan,
            Loss loss,
            FolderSegmentationDataset training,
            FolderSegmentationDataset validation) {
        return SegmentationTraining.builder()
                .setPlan(plan)
                .setLoss(loss)
                .setTrainingSet(training)
                .setValidationSet(validation);
    }

    private static List<float[]> weights(TrainingResult result) {
        List<float[]> weights = new ArrayList<>();
        result.model()
                .getBlock()
                .getParameters()
                .forEach(p -> weights.add(p.getValue().getArray().toFloatArray()));
        return weights;
    }

    @Test
    void samePlanGivesSameBits() throws IOException {
        TrainingPlan plan = tiny().build();
        try (TrainingResult first = train(plan, usual(255), OptionalInt.empty());
                TrainingResult second = train(plan, usual(255), OptionalInt.empty());
                TrainingResult other =
                        train(tiny().optSeed(2).build(), usual(255), OptionalInt.empty())) {
            List<float[]> a = weights(first);
            List<float[]> b = weights(second);
            for (int i = 0; i < a.size(); i++) {
                assertArrayEquals(a.get(i), b.get(i));
            }
            for (int e = 0; e < 2; e++) {
                assertEquals(first.epochs().get(e).losses(), second.epochs().get(e).losses());
                assertEquals(
                        first.epochs().get(e).validation().toString(),
                        second.epochs().get(e).validation().toString());
            }
            assertNotEquals(first.epochs().get(0).losses(), other.epochs().get(0).losses());
        }
    }

    @Test
    void partsAreReportedUnweightedAndProgressIsTold() throws IOException {
        List<String> told = new ArrayList<>();
        TrainingProgress progress =
                new TrainingProgress() {
                    @Override
                    public void onBatch(
                            int epoch,
                            int batch,
                            int batches,
                            int images,
                            Map<String, Float> losses) {
                        told.add(epoch + ":" + batch + "/" + batches);
                    }

                    @Override
                    public void onEpoch(EpochReport report) {
                        told.add("epoch " + report.epoch());
                    }
                };
        try (TrainingResult result =
                train(tiny().build(), usual(255), OptionalInt.empty(), progress)) {
            assertEquals(List.of("1:1/2", "1:2/2", "epoch 1", "2:1/2", "2:2/2", "epoch 2"), told);
            for (EpochReport report : result.epochs()) {
                assertEquals(List.of("sum", "ce", "lovasz"), List.copyOf(report.losses().keySet()));
                assertEquals(
                        report.losses().get("sum"),
                        0.5f * report.losses().get("ce") + report.losses().get("lovasz"),
                        1e-5f);
                assertEquals(2 * 128 * 128, report.validation().total());
                assertEquals(0, report.skippedBatches());
            }
            float start = result.epochs().get(0).learningRate();
            assertEquals(tiny().build().learningRate(), start);
            assertEquals(start / 2, result.epochs().get(1).learningRate(), 1e-7f);
            assertEquals(
                    List.of("ocean", "land", "ice", "lake"), result.description().classNames());
        }
    }

    @Test
    void batchesWithoutAValidPixelAreSkippedAndCounted() throws IOException {
        // Of the four training tiles every pixel is ignored in three: at batch size 1 three of
        // four batches, wherever the shuffling puts them, the first one included.
        try (Stream<Path> files = Files.list(root.resolve("train").resolve("labels"))) {
            for (Path file : files.sorted().limit(3).toList()) {
                ImageIO.write(constant(200), "png", file.toFile());
            }
        }
        TrainingPlan plan = tiny().optBatchSize(1).optEpochs(3).build();
        try (TrainingResult result = train(plan, usual(200), OptionalInt.of(200))) {
            for (EpochReport report : result.epochs()) {
                assertEquals(3, report.skippedBatches());
                assertTrue(report.losses().get("sum") > 0);
            }
        }
    }

    @Test
    void learnsWhatItSees() throws IOException {
        TrainingPlan plan =
                tiny().optEpochs(40)
                        .optBaseWidth(8)
                        .optCropHeight(64)
                        .optCropWidth(64)
                        .optLearningRate(1e-2f)
                        .build();
        FolderSegmentationDataset seen = plan.evaluationSet(root, "train", OptionalInt.empty());
        try (TrainingResult result = train(plan, usual(255), OptionalInt.empty())) {
            ConfusionMatrix matrix = SegmentationTraining.evaluate(result.model(), seen);
            assertEquals(4 * 128 * 128, matrix.total());
            assertTrue(matrix.pixelAccuracy() > 0.9, "accuracy " + matrix.pixelAccuracy());
            float first = result.epochs().get(0).losses().get("sum");
            float last = result.epochs().get(39).losses().get("sum");
            assertTrue(last < first / 2, first + " to " + last);
        }
    }

    @Test
    void nanStopsWithEpochAndBatch() {
        Loss broken =
                new Loss("broken") {
                    private int calls;

                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        NDArray value = predictions.singletonOrThrow().mean();
                        // Asked twice a batch: the sixth question is of the third batch.
                        return ++calls < 6 ? value : value.mul(Float.NaN);
                    }
                };
        String message =
                assertThrows(
                                ArithmeticException.class,
                                () -> train(tiny().build(), broken, OptionalInt.empty()))
                        .getMessage();
        assertTrue(message.contains("broken") && message.contains("epoch 2, batch 1"), message);
    }

    @Test
    void badDataIsRefusedBeforeTraining() throws IOException {
        List<Integer> batches = new ArrayList<>();
        TrainingProgress progress =
                new TrainingProgress() {
                    @Override
                    public void onBatch(
                            int epoch,
                            int batch,
                            int count,
                            int images,
                            Map<String, Float> losses) {
                        batches.add(batch);
                    }
                };
        Path images = root.resolve("train").resolve("images");
        Path broken;
        try (Stream<Path> files = Files.list(images)) {
            broken = files.sorted().reduce((a, b) -> b).orElseThrow();
        }
        Files.write(broken, new byte[] {1, 2, 3});
        String message =
                assertThrows(
                                MalformedDatasetException.class,
                                () ->
                                        train(
                                                tiny().build(),
                                                usual(255),
                                                OptionalInt.empty(),
                                                progress))
                        .getMessage();
        assertTrue(message.contains(broken.getFileName().toString()), message);
        assertEquals(List.of(), batches);
    }

    @Test
    void trainsOnCamvidWithItsIgnoreLabel() throws IOException {
        Path camvid = Path.of("..", "shared", "data", "camvid-240x180");
        Assumptions.assumeTrue(
                Files.isDirectory(camvid), "CamVid is not here: " + camvid.toAbsolutePath());
        TrainingPlan plan = tiny().optEpochs(1).optBatchSize(61).build();
        try (TrainingResult result =
                run(
                        plan,
                        usual(11),
                        plan.trainingSet(camvid, OptionalInt.of(11)),
                        plan.evaluationSet(camvid, "val", OptionalInt.of(11)),
                        new TrainingProgress() {})) {
            ConfusionMatrix matrix = result.epochs().get(0).validation();
            assertEquals(11, matrix.classes());
            assertTrue(matrix.total() < 101L * 240 * 180);
        }
    }

    @Test
    void everyUpdateLearns() throws IOException {
        // One update in all: had it the rate 0, the rate would not matter.
        TrainingPlan slow = tiny().optEpochs(1).optBatchSize(4).optLearningRate(1e-4f).build();
        TrainingPlan fast = tiny().optEpochs(1).optBatchSize(4).optLearningRate(1e-2f).build();
        try (TrainingResult a = train(slow, usual(255), OptionalInt.empty());
                TrainingResult b = train(fast, usual(255), OptionalInt.empty())) {
            assertEquals(1e-4f, a.epochs().get(0).learningRate());
            assertFalse(Arrays.equals(weights(a).get(0), weights(b).get(0)));
        }
    }

    @Test
    void batchesAreThoseOfTheDataSet() throws IOException {
        TrainingPlan plan = tiny().optEpochs(1).build();
        FolderSegmentationDataset single =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit("train")
                        .setSampling(1, true)
                        .optSize(32, 32)
                        .build();
        List<String> told = new ArrayList<>();
        TrainingProgress progress =
                new TrainingProgress() {
                    @Override
                    public void onBatch(
                            int epoch,
                            int batch,
                            int batches,
                            int images,
                            Map<String, Float> losses) {
                        told.add(batch + "/" + batches);
                    }
                };
        run(
                        plan,
                        usual(255),
                        single,
                        plan.evaluationSet(root, "val", OptionalInt.empty()),
                        progress)
                .close();
        assertEquals(List.of("1/4", "2/4", "3/4", "4/4"), told);
    }

    @Test
    void modelDescribesTheNormalizationItSaw() throws IOException {
        TrainingPlan plan = tiny().optEpochs(1).build();
        Normalization own = new Normalization(List.of(0.5f, 0.5f, 0.5f), List.of(1f, 1f, 1f));
        FolderSegmentationDataset training = normalized("train", own);
        try (TrainingResult result =
                run(
                        plan,
                        usual(255),
                        training,
                        normalized("val", own),
                        new TrainingProgress() {})) {
            assertEquals(own, result.description().normalization());
        }
        FolderSegmentationDataset other = plan.evaluationSet(root, "val", OptionalInt.empty());
        assertThrows(
                IllegalArgumentException.class,
                () -> run(plan, usual(255), training, other, new TrainingProgress() {}));
    }

    private FolderSegmentationDataset normalized(String split, Normalization normalization) {
        return FolderSegmentationDataset.builder()
                .setRoot(root)
                .setSplit(split)
                .setSampling(2, false)
                .optSize(32, 32)
                .optNormalization(normalization)
                .build();
    }

    @Test
    void nothingValidInAnEpochIsRefused() throws IOException {
        // Every label of the four tiles is turned into the one that is ignored.
        try (Stream<Path> files = Files.list(root.resolve("train").resolve("labels"))) {
            for (Path file : files.toList()) {
                ImageIO.write(constant(200), "png", file.toFile());
            }
        }
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> train(tiny().build(), usual(200), OptionalInt.of(200)))
                        .getMessage();
        assertTrue(message.contains("expected a valid pixel"), message);
    }

    @Test
    void oneClassIsRefused() throws IOException {
        Files.writeString(root.resolve("classes.txt"), "everything\n");
        for (String split : new String[] {"train", "val"}) {
            try (Stream<Path> files = Files.list(root.resolve(split).resolve("labels"))) {
                for (Path file : files.toList()) {
                    ImageIO.write(constant(0), "png", file.toFile());
                }
            }
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> train(tiny().build(), usual(255), OptionalInt.empty()));
    }

    @Test
    void fileThatGoesBadLaterIsNamed() throws IOException {
        TrainingPlan plan = tiny().build();
        FolderSegmentationDataset training = plan.trainingSet(root, OptionalInt.empty());
        training.prepare();
        Files.delete(training.getImagePath(2));
        String message =
                assertThrows(
                                IOException.class,
                                () ->
                                        run(
                                                plan,
                                                usual(255),
                                                training,
                                                plan.evaluationSet(
                                                        root, "val", OptionalInt.empty()),
                                                new TrainingProgress() {}))
                        .getMessage();
        assertTrue(message.contains(training.getName(2)), message);
    }

    @Test
    void scoresOfMixedSizesAreThoseOfThePredictor() throws Exception {
        // Cut one validation image and its labels: no image is padded to the size of the other.
        for (String kind : new String[] {"images", "labels"}) {
            try (Stream<Path> files = Files.list(root.resolve("val").resolve(kind))) {
                Path file = files.sorted().findFirst().orElseThrow();
                BufferedImage cut = ImageIO.read(file.toFile()).getSubimage(0, 0, 100, 90);
                String name = file.getFileName().toString();
                ImageIO.write(
                        cut, "png", file.resolveSibling(name.split("[.]")[0] + ".png").toFile());
                if (!name.endsWith(".png")) {
                    Files.delete(file);
                }
            }
        }
        TrainingPlan plan = tiny().build();
        FolderSegmentationDataset val = plan.evaluationSet(root, "val", OptionalInt.empty());
        try (TrainingResult result = train(plan, usual(255), OptionalInt.empty());
                Predictor<Image, CategoryMask> predictor =
                        result.model()
                                .newPredictor(new SegmentationTranslator(result.description()))) {
            ConfusionMatrix expected = new ConfusionMatrix(4);
            val.prepare();
            for (int i = 0; i < val.size(); i++) {
                int[][] truth = val.readLabels(i);
                Image image = ImageFactory.getInstance().fromImage(val.readImage(i));
                int[][] mask = predictor.predict(image).getMask();
                for (int y = 0; y < truth.length; y++) {
                    for (int x = 0; x < truth[y].length; x++) {
                        expected.add(truth[y][x], mask[y][x]);
                    }
                }
            }
            assertEquals(
                    expected.toString(),
                    SegmentationTraining.evaluate(result.model(), val).toString());
        }
    }

    private static BufferedImage constant(int label) {
        BufferedImage image = new BufferedImage(128, 128, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < 128; y++) {
            for (int x = 0; x < 128; x++) {
                image.getRaster().setSample(x, y, 0, label);
            }
        }
        return image;
    }
}
