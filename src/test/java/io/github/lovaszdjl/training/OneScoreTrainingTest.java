package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import io.github.lovaszdjl.loss.LovaszSigmoidLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.SegmentationModels;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings of one score a pixel, on bright rectangles before a dark ground. */
class OneScoreTrainingTest {

    private static final int IGNORED = 255;
    private static final int SIZE = 32;

    @TempDir private Path folder;

    private Path root;
    private Path checkpoint;

    @BeforeEach
    void drawRectangles() throws IOException {
        root = folder.resolve("data");
        checkpoint = folder.resolve("checkpoint.zip");
        draw("train", 5, 1);
        draw("val", 2, 2);
        Files.write(root.resolve("classes.txt"), List.of("ground", "rectangle"));
    }

    private void draw(String split, int count, long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < count; i++) {
            BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_3BYTE_BGR);
            BufferedImage labels = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
            int left = random.nextInt(16);
            int top = random.nextInt(16);
            for (int y = 0; y < SIZE; y++) {
                for (int x = 0; x < SIZE; x++) {
                    boolean inside = x >= left && x < left + 16 && y >= top && y < top + 12;
                    int grey = (inside ? 180 : 20) + random.nextInt(50);
                    image.setRGB(x, y, grey << 16 | grey << 8 | grey);
                    labels.getRaster().setSample(x, y, 0, y == 0 ? IGNORED : inside ? 1 : 0);
                }
            }
            write(image, root.resolve(split).resolve("images").resolve(i + ".png"));
            write(labels, root.resolve(split).resolve("labels").resolve(i + ".png"));
        }
    }

    private static void write(BufferedImage image, Path png) throws IOException {
        Files.createDirectories(png.getParent());
        ImageIO.write(image, "png", png.toFile());
    }

    private static TrainingPlan.Builder tiny() {
        return TrainingPlan.builder()
                .optEpochs(4)
                .optBatchSize(2)
                .optCropHeight(SIZE)
                .optCropWidth(SIZE)
                .optBaseWidth(2)
                .optDepth(2)
                .optLearningRate(0.02f);
    }

    private static Loss hinge() {
        return LovaszHingeLoss.builder().optName("hinge").optIgnoreLabel(IGNORED).build();
    }

    private static Loss sigmoid() {
        return LovaszSigmoidLoss.builder().optName("sigmoid").optIgnoreLabel(IGNORED).build();
    }

    private SegmentationTraining.Builder training(TrainingPlan plan, Loss loss) {
        OptionalInt ignored = OptionalInt.of(IGNORED);
        return SegmentationTraining.builder()
                .setPlan(plan)
                .setLoss(loss)
                .optDecision(Decision.SCORE_ABOVE_ZERO)
                .setTrainingSet(plan.trainingSet(root, ignored))
                .setValidationSet(plan.evaluationSet(root, "val", ignored));
    }

    private static BooleanSupplier after(int batches) {
        AtomicInteger count = new AtomicInteger();
        return () -> count.incrementAndGet() >= batches;
    }

    private static float[] parameters(TrainingResult result) {
        List<NDArray> flat =
                result.model().getBlock().getParameters().values().stream()
                        .map(parameter -> parameter.getArray().flatten())
                        .toList();
        try (NDArray all = NDArrays.concat(new NDList(flat))) {
            return all.toFloatArray();
        }
    }

    @Test
    void resumesBitForBit() throws Exception {
        TrainingPlan plan = tiny().build();
        Loss loss =
                LossSchedule.builder()
                        .add(1, hinge())
                        .add(
                                3,
                                WeightedLoss.builder()
                                        .add(0.5f, hinge())
                                        .add(1, sigmoid())
                                        .optName("sum")
                                        .build())
                        .build();
        float[] expected;
        List<EpochReport> reports;
        try (TrainingResult whole = training(plan, loss).build().run()) {
            expected = parameters(whole);
            reports = whole.epochs();
        }
        // Who calls all of an image rectangle has a fifth.
        assertTrue(reports.get(3).validation().iou(1) > 0.4, reports.toString());
        // Three batches an epoch; in the middle of the third.
        Path best = folder.resolve("best");
        training(plan, loss)
                .optCheckpoint(checkpoint)
                .optBestModel(best)
                .optStop(after(8))
                .build()
                .run()
                .close();
        assertEquals(2, SegmentationTraining.reports(checkpoint).size());
        try (TrainingResult rest =
                training(plan, loss)
                        .optCheckpoint(checkpoint)
                        .optBestModel(best)
                        .build()
                        .resume()) {
            assertArrayEquals(expected, parameters(rest));
            assertEquals(Decision.SCORE_ABOVE_ZERO, rest.description().decision());
            for (int i = 0; i < reports.size(); i++) {
                EpochReport a = reports.get(i);
                EpochReport b = rest.epochs().get(i);
                assertEquals(a.losses(), b.losses());
                assertEquals(a.validation().toString(), b.validation().toString());
            }
            EpochReport highest = rest.best().orElseThrow();
            try (var model = SegmentationModels.load(best)) {
                assertEquals(
                        highest.validation().toString(),
                        SegmentationTraining.evaluate(
                                        model,
                                        plan.evaluationSet(root, "val", OptionalInt.of(IGNORED)))
                                .toString());
            }
        }
    }

    /** The hinge is 0, with all its gradients, once all pixels are right by the margin. */
    @Test
    void resumesWhereThereIsNothingLeftToLearn() throws Exception {
        // One image, whose batch is the same every time.
        for (int i = 1; i < 5; i++) {
            Files.delete(root.resolve("train/images/" + i + ".png"));
            Files.delete(root.resolve("train/labels/" + i + ".png"));
        }
        TrainingPlan plan =
                tiny().optEpochs(60)
                        .optLearningRate(0.02f)
                        .optBaseWidth(4)
                        .optAugmentation(Augmentation.builder().optRandomCrop(true).build())
                        .build();
        float[] expected;
        int epochs;
        try (TrainingResult whole = training(plan, hinge()).build().run()) {
            expected = parameters(whole);
            List<Float> losses =
                    whole.epochs().stream().map(report -> report.losses().get("hinge")).toList();
            epochs = losses.indexOf(0f);
            assertTrue(epochs > 0 && epochs < 59, losses::toString);
        }
        training(plan, hinge())
                .optCheckpoint(checkpoint)
                .optStop(after(2 * epochs)) // asked after the batch and after the epoch
                .build()
                .run()
                .close();
        assertEquals(epochs, SegmentationTraining.reports(checkpoint).size());
        try (TrainingResult rest =
                training(plan, hinge()).optCheckpoint(checkpoint).build().resume()) {
            assertEquals(0f, rest.epochs().get(epochs).losses().get("hinge"));
            assertArrayEquals(expected, parameters(rest));
        }
    }

    @Test
    void anotherOutputIsNotResumed() throws IOException {
        TrainingPlan plan = tiny().optEpochs(1).build();
        Loss loss = SegmentationCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build();
        training(plan, loss)
                .optDecision(Decision.HIGHEST_LOGIT)
                .optCheckpoint(checkpoint)
                .build()
                .run()
                .close();
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> training(plan, loss).optCheckpoint(checkpoint).build().resume());
        assertTrue(e.getMessage().startsWith("network: expected UNet as in"), e.getMessage());
        assertTrue(e.getMessage().endsWith("got UNet, score-above-zero"), e.getMessage());
    }

    @Test
    void oneScoreTellsTwoClassesApart() throws IOException {
        Files.write(root.resolve("classes.txt"), List.of("ground", "rectangle", "disc"));
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                training(tiny().build(), hinge())
                                        .optAllowMissingClasses(true)
                                        .optCheckpoint(checkpoint)
                                        .build()
                                        .run());
        assertEquals(
                "training: classes: expected 2, which one score a pixel tells apart, got 3",
                e.getMessage());
        assertFalse(Files.exists(checkpoint));
    }
}
