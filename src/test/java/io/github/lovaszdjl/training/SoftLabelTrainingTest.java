package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.translate.Batchifier;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.loss.JaccardMetricLoss;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.SegmentationModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Mix-up and distillation. */
class SoftLabelTrainingTest {

    private static final int IGNORED = 255;

    @TempDir private Path folder;

    @Test
    void partsAreOfTheBetaDistribution() {
        for (double alpha : new double[] {1e-4, 0.2, 1, 3}) {
            SplittableRandom random = new SplittableRandom(5);
            double[] drawn =
                    IntStream.range(0, 20_000)
                            .mapToDouble(i -> MixUp.beta(alpha, random))
                            .toArray();
            double mean = Arrays.stream(drawn).average().orElseThrow();
            double variance =
                    Arrays.stream(drawn).map(x -> (x - 0.5) * (x - 0.5)).average().orElseThrow();
            // Five standard deviations of the mean, and of the variance at most as much.
            assertEquals(0.5, mean, 0.02, "alpha " + alpha);
            assertEquals(1 / (4 * (2 * alpha + 1)), variance, 0.01, "alpha " + alpha);
            assertTrue(Arrays.stream(drawn).allMatch(x -> x >= 0 && x <= 1));
        }
    }

    @Test
    void mixturesFollowFromSeedEpochAndBatch() {
        MixUp mixture = MixUp.draw(0.4, 7, 2, 3, 8);
        assertEquals(mixture.part(), MixUp.draw(0.4, 7, 2, 3, 8).part());
        assertArrayEquals(mixture.order(), MixUp.draw(0.4, 7, 2, 3, 8).order());
        assertNotEquals(mixture.part(), MixUp.draw(0.4, 8, 2, 3, 8).part());
        assertNotEquals(mixture.part(), MixUp.draw(0.4, 7, 3, 3, 8).part());
        assertNotEquals(mixture.part(), MixUp.draw(0.4, 7, 2, 4, 8).part());
        assertTrue(mixture.part() >= 0.5 && mixture.part() <= 1);
        assertArrayEquals(
                IntStream.range(0, 8).toArray(), Arrays.stream(mixture.order()).sorted().toArray());
    }

    private static Batch batch(NDManager manager, float[] images, int[] labels, Shape ofLabels) {
        long n = ofLabels.get(0);
        Shape shape = new Shape(n, images.length / n / (ofLabels.size() / n));
        return new Batch(
                manager.newSubManager(),
                new NDList(manager.create(images, shape.addAll(ofLabels.slice(1)))),
                new NDList(manager.create(labels, ofLabels)),
                (int) n,
                Batchifier.STACK,
                Batchifier.STACK,
                0,
                1);
    }

    /** Two images of one channel and four pixels, three classes. */
    @Test
    void mixedBatchesAreThoseOfTheFormula() {
        float[] images = {1, 2, 3, 4, 10, 20, 30, 40};
        int[] labels = {0, 1, 2, IGNORED, 0, 2, IGNORED, 1};
        int seed = IntStream.range(0, 100).filter(s -> swaps(s)).findFirst().orElseThrow();
        double part = MixUp.draw(1, seed, 1, 1, 2).part();
        SoftTargets targets =
                new SoftTargets(new SoftLabelPlan(1, 0), seed, IGNORED, 3, Optional.empty(), false);
        try (NDManager manager = NDManager.newBaseManager()) {
            Batch mixed = targets.apply(batch(manager, images, labels, new Shape(2, 2, 2)), 1, 1);
            float[] data = mixed.getData().head().toFloatArray();
            double[] target = new double[24];
            Arrays.fill(target, IGNORED);
            for (int n = 0; n < 2; n++) {
                for (int i = 0; i < 4; i++) {
                    float own = images[4 * n + i];
                    float other = images[4 * (1 - n) + i];
                    assertEquals(part * own + (1 - part) * other, data[4 * n + i], 1e-5);
                    int one = labels[4 * n + i];
                    int two = labels[4 * (1 - n) + i];
                    for (int c = 0; c < 3 && one != IGNORED && two != IGNORED; c++) {
                        target[12 * n + 4 * c + i] =
                                (one == c ? part : 0) + (two == c ? 1 - part : 0);
                    }
                }
            }
            NDArray got = mixed.getLabels().head();
            assertEquals(new Shape(2, 3, 2, 2), got.getShape());
            float[] numbers = got.toFloatArray();
            for (int i = 0; i < target.length; i++) {
                assertEquals(target[i], numbers[i], 1e-6);
            }
        }
    }

    private static boolean swaps(int seed) {
        return MixUp.draw(1, seed, 1, 1, 2).order()[0] == 1;
    }

    @Test
    void aBatchWithoutAPixelLeftIsNotMixedAndWithoutAPlanItIsTheSame() {
        float[] images = {1, 2, 3, 4};
        int[] labels = {0, IGNORED, IGNORED, 1};
        int seed = IntStream.range(0, 100).filter(s -> swaps(s)).findFirst().orElseThrow();
        try (NDManager manager = NDManager.newBaseManager()) {
            Batch batch = batch(manager, images, labels, new Shape(2, 1, 2));
            Batch mixed =
                    new SoftTargets(
                                    new SoftLabelPlan(1, 0),
                                    seed,
                                    IGNORED,
                                    2,
                                    Optional.empty(),
                                    false)
                            .apply(batch, 1, 1);
            assertArrayEquals(images, mixed.getData().head().toFloatArray());
            assertArrayEquals(
                    new float[] {1, IGNORED, 0, IGNORED, IGNORED, 0, IGNORED, 1},
                    mixed.getLabels().head().toFloatArray());
            SoftTargets none =
                    new SoftTargets(SoftLabelPlan.NONE, seed, IGNORED, 2, Optional.empty(), false);
            assertSame(batch, none.apply(batch, 1, 1));
        }
    }

    private static TrainingPlan.Builder tiny() {
        return TrainingPlan.builder()
                .optEpochs(2)
                .optBatchSize(2)
                .optCropHeight(32)
                .optCropWidth(32)
                .optBaseWidth(2)
                .optDepth(2)
                .optLearningRate(1e-2f);
    }

    private static Loss soft() {
        return WeightedLoss.builder()
                .add(1, SegmentationCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build())
                .add(1, JaccardMetricLoss.builder().optIgnoreLabel(IGNORED).build())
                .build();
    }

    private SegmentationTraining.Builder training(TrainingPlan plan, Loss loss) {
        Path root = folder.resolve("data");
        return SegmentationTraining.builder()
                .setPlan(plan)
                .setLoss(loss)
                .optAllowMissingClasses(true)
                .setTrainingSet(plan.trainingSet(root, OptionalInt.empty()))
                .setValidationSet(plan.evaluationSet(root, "val", OptionalInt.empty()));
    }

    private Path teacher() throws IOException {
        Path saved = folder.resolve("teacher");
        EarthTiles.copy(folder.resolve("data"), "train", 4);
        EarthTiles.copy(folder.resolve("data"), "val", 2);
        Loss loss = SegmentationCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build();
        try (TrainingResult result = training(tiny().optSeed(9).build(), loss).build().run()) {
            SegmentationModels.save(result.model(), result.description(), saved);
        }
        return saved;
    }

    private static float[] weights(Model model) {
        List<Float> values = new ArrayList<>();
        for (Parameter parameter : model.getBlock().getParameters().values()) {
            for (float value : parameter.getArray().toFloatArray()) {
                values.add(value);
            }
        }
        float[] all = new float[values.size()];
        IntStream.range(0, all.length).forEach(i -> all[i] = values.get(i));
        return all;
    }

    @Test
    void aTeacherIsAPartOfTheLabelsAndATrainingWithItResumesBitForBit() throws Exception {
        Path saved = teacher();
        TrainingPlan plan = tiny().optSoftLabels(new SoftLabelPlan(0.4f, 0.25f, 2)).build();
        assertIsAPart(saved);
        float[] expected;
        try (TrainingResult whole = training(plan, soft()).optTeacher(saved).build().run()) {
            expected = weights(whole.model());
        }
        Path checkpoint = folder.resolve("run").resolve("checkpoint.zip");
        int[] asked = new int[1];
        SegmentationTraining first =
                training(plan, soft())
                        .optTeacher(saved)
                        .optCheckpoint(checkpoint)
                        .optStop(() -> ++asked[0] >= 2)
                        .build();
        first.run().close();
        SegmentationTraining second =
                training(plan, soft()).optTeacher(saved).optCheckpoint(checkpoint).build();
        try (TrainingResult resumed = second.resume()) {
            assertArrayEquals(expected, weights(resumed.model()));
        }
        try (TrainingResult plain = training(tiny().build(), soft()).build().run()) {
            assertNotEquals(Arrays.toString(expected), Arrays.toString(weights(plain.model())));
        }
        // Another teacher, or none, is another training.
        TrainingPlan less = tiny().optSoftLabels(new SoftLabelPlan(0.4f, 0)).build();
        assertRefused(
                "distill: expected 0.25",
                () -> training(less, soft()).optCheckpoint(checkpoint).build().resume());
    }

    /** Two pixels, two classes, of one logit each, against the formula. */
    @Test
    void atAnotherTemperatureTheTeacherHasALossOfItsOwn() {
        double[] z = {0.4, -1.5};
        double[] taught = {1.2, -0.3};
        double[] labels = {1, 0};
        double d = 0.25;
        double temperature = 3;
        double expected = 0;
        for (int i = 0; i < 2; i++) {
            double q = sigmoid(taught[i] / temperature);
            expected += (1 - d) * entropy(labels[i], sigmoid(z[i])) / 2;
            expected += d * temperature * temperature * entropy(q, sigmoid(z[i] / temperature)) / 2;
        }
        Shape shape = new Shape(1, 2, 2);
        Loss loss =
                DistilledLoss.of(
                        new SegmentationCrossEntropyLoss(),
                        new SoftLabelPlan(0, 0.25f, 3),
                        Optional.empty());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(new double[] {z[0], z[1], 0, 0}, shape);
            NDArray teacher = manager.create(new double[] {taught[0], taught[1], 0, 0}, shape);
            NDList both =
                    new NDList(
                            manager.create(new double[] {1, 0, 0, 1}, shape),
                            teacher.div(temperature).softmax(1));
            double value = loss.evaluate(both, new NDList(logits)).getDouble();
            assertEquals(expected, value, 1e-12);
        }
    }

    @Test
    void aTeacherMayHaveAnotherLossThanTheLabels() {
        double d = 0.25;
        double temperature = 2;
        double[] z = {-0.4, 1.5};
        double[] taught = {1.2, -0.3};
        Shape shape = new Shape(1, 2, 1, 2);
        Loss lovasz = new LovaszSoftmaxLoss();
        DistilledLoss loss =
                (DistilledLoss)
                        DistilledLoss.of(
                                lovasz,
                                new SoftLabelPlan(0, (float) d, (float) temperature),
                                Optional.of(new SegmentationCrossEntropyLoss()));
        // Both pixels are of class 0: of sorted errors e and G = 2 the weights are 1/2 each.
        double own = (2 - sigmoid(z[0]) - sigmoid(z[1])) / 2;
        double told = 0;
        for (int i = 0; i < 2; i++) {
            told += entropy(sigmoid(taught[i] / temperature), sigmoid(z[i] / temperature)) / 2;
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.create(new double[] {z[0], z[1], 0, 0}, shape));
            NDArray teacher = manager.create(new double[] {taught[0], taught[1], 0, 0}, shape);
            NDList labels =
                    new NDList(
                            manager.zeros(new Shape(1, 1, 2), DataType.INT32),
                            teacher.div(temperature).softmax(1));
            assertEquals(
                    (1 - d) * own + d * temperature * temperature * told,
                    loss.evaluate(labels, logits).getDouble(),
                    1e-7);
            assertEquals(own, loss.with(lovasz).evaluate(labels, logits).getDouble(), 1e-7);
            Loss ofTeacher = loss.teacher().orElseThrow();
            assertEquals(told, ofTeacher.evaluate(labels, logits).getDouble(), 1e-12);
        }
    }

    @Test
    void aLovaszTrainingWithATeacherResumesBitForBit() throws Exception {
        Path saved = teacher();
        Loss lovasz = LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build();
        Loss told = SegmentationCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build();
        TrainingPlan plan = tiny().optSoftLabels(new SoftLabelPlan(0, 0.25f)).build();
        List<Shape> seen = new ArrayList<>();
        TrainingCallback labels =
                new TrainingCallback() {
                    @Override
                    public void onBatch(TrainingState state, TrainingBatch batch) {
                        batch.batch().getLabels().forEach(array -> seen.add(array.getShape()));
                    }
                };
        float[] expected;
        Path checkpoint = folder.resolve("run").resolve("checkpoint.zip");
        try (TrainingResult whole =
                training(plan, lovasz)
                        .optTeacher(saved)
                        .optDistillLoss(told)
                        .optCallback(labels)
                        .build()
                        .run()) {
            expected = weights(whole.model());
            Map<String, Float> losses = whole.epochs().get(1).losses();
            assertEquals(
                    List.of("distilled", lovasz.getName(), "teacher"),
                    List.copyOf(losses.keySet()));
            assertEquals(
                    0.75 * losses.get(lovasz.getName()) + 0.25 * losses.get("teacher"),
                    losses.get("distilled"),
                    1e-5);
        }
        // Two epochs of two batches: labels of one class a pixel, and what the teacher says.
        List<Shape> ofBatch = List.of(new Shape(2, 32, 32), new Shape(2, 4, 32, 32));
        assertEquals(Collections.nCopies(4, ofBatch).stream().flatMap(List::stream).toList(), seen);
        int[] asked = new int[1];
        training(plan, lovasz)
                .optTeacher(saved)
                .optDistillLoss(told)
                .optCheckpoint(checkpoint)
                .optStop(() -> ++asked[0] >= 2)
                .build()
                .run()
                .close();
        SegmentationTraining.Builder second =
                training(plan, lovasz).optTeacher(saved).optCheckpoint(checkpoint);
        Loss other = JaccardMetricLoss.builder().optIgnoreLabel(IGNORED).build();
        assertRefused(
                "distillLoss: expected " + told.getName() + " as in the checkpoint",
                () -> second.optDistillLoss(other).build().resume());
        try (TrainingResult resumed = second.optDistillLoss(told).build().resume()) {
            assertArrayEquals(expected, weights(resumed.model()));
        }
    }

    private static double sigmoid(double z) {
        return 1 / (1 + Math.exp(-z));
    }

    private static double entropy(double y, double p) {
        return -y * Math.log(p) - (1 - y) * Math.log(1 - p);
    }

    /** The labels that a joint loss sees are those of mix-up, too. */
    @Test
    void aJointLossIsOfMixedSamples() throws Exception {
        EarthTiles.copy(folder.resolve("data"), "train", 4);
        EarthTiles.copy(folder.resolve("data"), "val", 2);
        // More batches than an epoch has.
        UpdatePlan joint = UpdatePlan.builder().optAccumulate(3).optJointLoss(true).build();
        TrainingPlan plan =
                tiny().optEpochs(1)
                        .optUpdates(joint)
                        .optSoftLabels(new SoftLabelPlan(0.4f, 0))
                        .build();
        List<Shape> seen = new ArrayList<>();
        TrainingCallback labels =
                new TrainingCallback() {
                    @Override
                    public void onBatch(TrainingState state, TrainingBatch batch) {
                        seen.add(batch.batch().getLabels().head().getShape());
                    }
                };
        training(plan, soft()).optCallback(labels).build().run().close();
        Shape soft = new Shape(2, 4, 32, 32);
        assertEquals(List.of(soft, soft), seen);
    }

    private void assertIsAPart(Path saved) throws Exception {
        float[] pixels = new float[3 * 32 * 32];
        IntStream.range(0, pixels.length).forEach(i -> pixels[i] = (float) Math.sin(i));
        int[] labels = IntStream.range(0, 32 * 32).map(i -> i % 5 == 4 ? IGNORED : i % 5).toArray();
        TrainingPlan plan = tiny().build();
        TrainingSetup setup = training(plan, soft()).setup();
        setup.dataSets().values().forEach(SoftLabelTrainingTest::prepare);
        try (NDManager manager = NDManager.newBaseManager();
                Model model = SegmentationModels.load(saved);
                SoftTargets targets =
                        new SoftTargets(
                                new SoftLabelPlan(0, 0.25f),
                                1,
                                IGNORED,
                                4,
                                Optional.of(Teacher.load(saved, setup.description())),
                                false)) {
            Batch batch = batch(manager, pixels, labels, new Shape(1, 32, 32));
            float[] said =
                    model.getBlock()
                            .forward(
                                    new ParameterStore(manager, false),
                                    new NDList(batch.getData().head()),
                                    false)
                            .head()
                            .softmax(1)
                            .toType(DataType.FLOAT32, false)
                            .toFloatArray();
            float[] target = targets.apply(batch, 1, 1).getLabels().head().toFloatArray();
            for (int c = 0; c < 4; c++) {
                for (int i = 0; i < labels.length; i++) {
                    int at = c * labels.length + i;
                    double own = labels[i] == c ? 0.75 : 0;
                    double expected = labels[i] == IGNORED ? IGNORED : own + 0.25 * said[at];
                    assertEquals(expected, target[at], 1e-6);
                }
            }
        }
    }

    private static void prepare(io.github.lovaszdjl.dataset.SegmentationDataset data) {
        try {
            data.prepare();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() throws Exception {
        Path saved = teacher();
        Loss lovasz = LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build();
        TrainingPlan mixing = tiny().optSoftLabels(new SoftLabelPlan(0.2f, 0)).build();
        TrainingPlan learning = tiny().optSoftLabels(new SoftLabelPlan(0, 0.5f)).build();
        assertRefused(
                "loss: expected losses that take class probabilities for labels, as mixup is 0.2"
                        + " and distill 0.0, got LovaszSoftmaxLoss; a Lovász loss",
                () -> training(mixing, lovasz).build().check());
        Loss sum = WeightedLoss.builder().add(1, soft()).add(1, lovasz).optName("all").build();
        assertRefused(
                "loss: expected losses that take class probabilities",
                () -> training(mixing, sum).build().check());
        assertRefused(
                "distill: expected 0 without a teacher, got 0.5",
                () -> training(learning, soft()).build().check());
        assertRefused(
                "distill: expected above 0 with a teacher, got 0",
                () -> training(mixing, soft()).optTeacher(saved).build().check());
        assertRefused(
                "loss: expected losses that take class probabilities for labels, as mixup is 0.2",
                () ->
                        training(
                                        tiny().optSoftLabels(new SoftLabelPlan(0.2f, 0.5f)).build(),
                                        lovasz)
                                .optTeacher(saved)
                                .optDistillLoss(soft())
                                .build()
                                .check());
        assertRefused(
                "distillLoss: expected none without a teacher, got",
                () -> training(tiny().build(), lovasz).optDistillLoss(soft()).build().check());
        assertRefused(
                "distillLoss: expected a loss that takes class probabilities for labels, got Lov",
                () ->
                        training(learning, lovasz)
                                .optTeacher(saved)
                                .optDistillLoss(sum)
                                .build()
                                .check());
        Loss schedule = LossSchedule.builder().add(1, soft()).add(2, soft()).build();
        assertRefused(
                "distillLoss: expected one loss for all epochs, got",
                () ->
                        training(learning, lovasz)
                                .optTeacher(saved)
                                .optDistillLoss(schedule)
                                .build()
                                .check());
        assertRefused("mixup: expected", () -> new SoftLabelPlan(-1, 0));
        assertRefused("distill: expected", () -> new SoftLabelPlan(0, 1.5f));
        assertRefused("distillTemperature: expected", () -> new SoftLabelPlan(0, 0.5f, 0));
        assertRefused("distillTemperature: expected 1.0", () -> new SoftLabelPlan(0.5f, 0, 2));
        training(learning, soft()).optTeacher(saved).build().check();
        assertThrows(
                IOException.class,
                () ->
                        training(learning, soft())
                                .optTeacher(folder.resolve("none"))
                                .build()
                                .check());
    }

    private static void assertRefused(String start, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.startsWith(start), message);
    }
}
