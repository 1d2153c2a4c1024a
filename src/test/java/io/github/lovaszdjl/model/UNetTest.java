package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Pair;
import io.github.lovaszdjl.Engines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UNetTest {

    private static final int CLASSES = 4;

    private NDManager manager;
    private ParameterStore store;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(17);
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 7", "17, 33", "16, 16", "1, 40", "128, 128"})
    void logitsHaveTheSizeOfTheImage(int height, int width) {
        UNet net = net(4, new Shape(1, 3, 128, 128), DataType.FLOAT32);
        NDArray images = manager.randomNormal(new Shape(2, 3, height, width));
        NDArray logits = forward(net, images, false);
        assertEquals(new Shape(2, CLASSES, height, width), logits.getShape());
        assertTrue(logits.isNaN().none().getBoolean());
        assertArrayEquals(
                new Shape[] {logits.getShape()},
                net.getOutputShapes(new Shape[] {images.getShape()}));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, false", "5, 7, false", "17, 33, false", "8, 9, false", "5, 7, true"})
    void oddSizesGiveTheLogitsOfTheImageExtendedByItsEdge(int height, int width, boolean training) {
        int depth = 3;
        UNet net = net(depth, new Shape(1, 3, 8, 8), DataType.FLOAT32);
        NDArray images = manager.randomNormal(new Shape(2, 3, height, width));
        int tall = (height + 7) / 8 * 8;
        int wide = (width + 7) / 8 * 8;
        float[] in = images.toFloatArray();
        float[] extended = new float[2 * 3 * tall * wide];
        for (int i = 0; i < extended.length; i++) {
            int plane = i / (tall * wide);
            int y = Math.min(i / wide % tall, height - 1);
            int x = Math.min(i % wide, width - 1);
            extended[i] = in[(plane * height + y) * width + x];
        }
        NDArray whole = manager.create(extended, new Shape(2, 3, tall, wide));
        NDArray reference = training ? train(net, whole) : forward(net, whole, false);
        NDArray expected = reference.get(":, :, :" + height + ", :" + width);
        NDArray actual = training ? train(net, images) : forward(net, images, false);
        assertArrayEquals(expected.toFloatArray(), actual.toFloatArray());
    }

    @Test
    void parametersAreThoseOfTheDrawing() {
        int w = 5;
        UNet net =
                UNet.builder()
                        .setClasses(CLASSES)
                        .optInputChannels(2)
                        .optBaseWidth(w)
                        .optDepth(2)
                        .build();
        net.initialize(manager, DataType.FLOAT32, new Shape(1, 2, 12, 9));
        long encoder =
                unit(2, w, 3)
                        + unit(w, w, 3)
                        + unit(w, 2 * w, 3)
                        + unit(2 * w, 2 * w, 3)
                        + unit(2 * w, 4 * w, 3)
                        + unit(4 * w, 4 * w, 3);
        long decoder =
                unit(4 * w, 2 * w, 1)
                        + unit(4 * w, 2 * w, 3)
                        + unit(2 * w, 2 * w, 3)
                        + unit(2 * w, w, 1)
                        + unit(2 * w, w, 3)
                        + unit(w, w, 3);
        long classifier = w * CLASSES + CLASSES;
        long actual =
                net.getParameters().values().stream().mapToLong(p -> p.getShape().size()).sum();
        assertEquals(encoder + decoder + classifier, actual);
    }

    /** Weights, and scale, shift, mean and variance of the normalisation. */
    private static long unit(long in, long out, long kernel) {
        return in * out * kernel * kernel + 4 * out;
    }

    /**
     * In FLOAT64, where central differences with a step of 1e-6 are good to about 1e-8 of the
     * loss's scale: 1e-5 of the derivative leaves room. Sizes with and without padding.
     */
    @ParameterizedTest
    @CsvSource({"8, 8", "6, 7", "5, 8"})
    void gradientsOfAllParametersAndOfTheInputAreThoseOfDifferences(int height, int width) {
        UNet net = net(2, new Shape(2, 3, height, width), DataType.FLOAT64);
        NDArray images = manager.randomNormal(new Shape(2, 3, height, width), DataType.FLOAT64);
        NDArray weights =
                manager.randomNormal(new Shape(2, CLASSES, height, width), DataType.FLOAT64);
        images.setRequiresGradient(true);
        List<Pair<String, NDArray>> arrays = trained(net);
        arrays.add(new Pair<>("input", images));

        backward(net, images, weights);
        for (Pair<String, NDArray> pair : arrays) {
            NDArray array = pair.getValue();
            NDArray gradient = array.getGradient().duplicate();
            double norm = Math.sqrt(gradient.pow(2).sum().getDouble());
            assertTrue(norm > 1e-6, pair.getKey() + " has no gradient");
            NDArray random = manager.randomNormal(array.getShape(), DataType.FLOAT64);
            for (NDArray direction : List.of(gradient.div(norm), random)) {
                double expected = gradient.mul(direction).sum().getDouble();
                double step = 1e-6;
                double up = lossAt(net, images, weights, array, direction.mul(step));
                double down = lossAt(net, images, weights, array, direction.mul(-step));
                double actual = (up - down) / (2 * step);
                assertEquals(expected, actual, 1e-5 * (norm + 1), pair.getKey());
            }
        }
    }

    private double lossAt(
            UNet net, NDArray images, NDArray weights, NDArray array, NDArray difference) {
        byte[] before = array.toByteArray();
        NDArray saved = array.duplicate();
        array.setRequiresGradient(false);
        array.addi(difference);
        double loss = train(net, images).mul(weights).sum().getDouble();
        saved.copyTo(array);
        array.setRequiresGradient(true);
        assertArrayEquals(before, array.toByteArray());
        return loss;
    }

    @ParameterizedTest
    @CsvSource({"16, 16", "13, 10"})
    void garbageCollectionBetweenForwardAndBackwardChangesNoBit(int height, int width) {
        UNet net = net(2, new Shape(2, 3, height, width), DataType.FLOAT32);
        NDArray images = manager.randomNormal(new Shape(2, 3, height, width));
        NDArray weights = manager.randomNormal(new Shape(2, CLASSES, height, width));
        List<byte[]> expected = null;
        for (int round = 0; round < 12; round++) {
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.zeroGradients();
                NDArray loss = forward(net, images, true).mul(weights).sum();
                if (round > 0) {
                    System.gc();
                    churn();
                }
                collector.backward(loss);
            }
            List<byte[]> actual = new ArrayList<>();
            for (Pair<String, NDArray> pair : trained(net)) {
                NDArray gradient = pair.getValue().getGradient();
                actual.add(gradient.toByteArray());
                gradient.subi(gradient.duplicate());
            }
            if (expected == null) {
                expected = actual;
            }
            for (int i = 0; i < actual.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i), "round " + round);
            }
        }
    }

    /** Overwrites memory that was freed too early. */
    private void churn() {
        for (int i = 0; i < 200; i++) {
            manager.create(new float[] {i, -i, 1e30f}).close();
            manager.full(new Shape(1 + i * 7), 1e30f).close();
        }
    }

    @Test
    void sameSeedGivesTheSameNetwork() {
        List<byte[]> first = null;
        for (int round = 0; round < 2; round++) {
            Engine.getInstance().setRandomSeed(3);
            UNet net = net(2, new Shape(1, 3, 12, 12), DataType.FLOAT32);
            NDArray images = manager.randomNormal(new Shape(2, 3, 12, 12));
            List<byte[]> values = new ArrayList<>();
            for (Parameter parameter : net.getParameters().values()) {
                values.add(parameter.getArray().toByteArray());
            }
            values.add(train(net, images).toByteArray());
            if (first == null) {
                first = values;
            }
            for (int i = 0; i < values.size(); i++) {
                assertArrayEquals(first.get(i), values.get(i));
            }
        }
    }

    @Test
    void weightsHaveTheVarianceOfHe() {
        UNet net = net(3, new Shape(1, 3, 8, 8), DataType.FLOAT32);
        for (Pair<String, Parameter> pair : net.getParameters()) {
            Parameter parameter = pair.getValue();
            if (parameter.getType() == Parameter.Type.WEIGHT && parameter.getShape().size() > 999) {
                Shape shape = parameter.getShape();
                double fanIn = shape.size() / (double) shape.get(0);
                double variance = parameter.getArray().pow(2).mean().getFloat();
                // The mean of 1000 squares of normal values is off by 4.5 %; five times that.
                assertEquals(2 / fanIn, variance, 0.23 * 2 / fanIn, pair.getKey());
            }
        }
    }

    @Test
    void trainingMovesRunningStatisticsByATenth() {
        UNet net = net(2, new Shape(2, 3, 8, 8), DataType.FLOAT32);
        NDArray images = manager.randomNormal(new Shape(2, 3, 8, 8));
        NDArray mean =
                net.getParameters().values().stream()
                        .filter(p -> p.getType() == Parameter.Type.RUNNING_MEAN)
                        .findFirst()
                        .orElseThrow()
                        .getArray();
        // MXNet takes the statistics along on the way back.
        NDArray weights = manager.ones(new Shape(2, CLASSES, 8, 8));
        backward(net, images, weights);
        float[] once = mean.toFloatArray();
        backward(net, images, weights);
        float[] twice = mean.toFloatArray();
        // From 0: first 0.1 of the batch's mean, then 0.9 × 0.1 + 0.1 of it.
        for (int i = 0; i < once.length; i++) {
            assertEquals(1.9f * once[i], twice[i], 1e-6f);
            assertTrue(Math.abs(once[i]) > 1e-4f);
        }
    }

    @Test
    void evaluationChangesNothingAndSeesEachImageAlone() {
        UNet net = net(2, new Shape(2, 3, 8, 8), DataType.FLOAT32);
        NDArray images = manager.randomNormal(new Shape(2, 3, 8, 8));
        float[] training = train(net, images).toFloatArray();
        List<byte[]> before = values(net);
        NDArray together = forward(net, images, false);
        NDArray alone = forward(net, images.get("1:2"), false);
        List<byte[]> after = values(net);
        for (int i = 0; i < before.size(); i++) {
            assertArrayEquals(before.get(i), after.get(i));
        }
        // Sums of some hundred products in another order.
        assertArrayEquals(together.get("1:2").toFloatArray(), alone.toFloatArray(), 1e-4f);
        assertFalse(Arrays.equals(training, together.toFloatArray()));
    }

    @ParameterizedTest
    @CsvSource({"16, 16, false", "16, 16, true", "13, 7, false", "13, 7, true"})
    void onlyLogitsOutliveTheForwardPass(int height, int width, boolean training) {
        UNet net = net(2, new Shape(2, 3, height, width), DataType.FLOAT32);
        try (NDManager batch = manager.newSubManager()) {
            NDArray images = batch.randomNormal(new Shape(2, 3, height, width));
            NDArray logits = training ? train(net, images) : forward(net, images, false);
            assertEquals(2, batch.getManagedArrays().size());
            assertTrue(batch.getManagedArrays().containsAll(List.of(images, logits)));
        }
    }

    @Test
    void learnsToTellColours() {
        try (Model model = Model.newInstance("colours")) {
            model.setBlock(UNet.builder().setClasses(2).optBaseWidth(4).optDepth(2).build());
            Loss loss = Loss.softmaxCrossEntropyLoss("loss", 1, 1, true, true);
            Optimizer optimizer =
                    Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build();
            try (Trainer trainer =
                    model.newTrainer(new DefaultTrainingConfig(loss).optOptimizer(optimizer))) {
                trainer.initialize(new Shape(1, 3, 10, 10));
                NDManager m = trainer.getManager();
                NDArray left = m.zeros(new Shape(2, 1, 10, 5));
                NDArray labels = left.concat(left.add(1), 3); // (N, 1, H, W)
                NDArray noise = m.randomNormal(0, 0.2f, new Shape(2, 3, 10, 10), DataType.FLOAT32);
                NDArray images = labels.sub(0.5f).broadcast(2, 3, 10, 10).add(noise);
                for (int step = 0; step < 30; step++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDList logits = trainer.forward(new NDList(images));
                        collector.backward(loss.evaluate(new NDList(labels), logits));
                    }
                    trainer.step();
                }
                NDArray logits = trainer.evaluate(new NDList(images)).singletonOrThrow();
                assertArrayEquals(
                        labels.toType(DataType.INT64, true).toLongArray(),
                        logits.argMax(1).toLongArray());
            }
        }
    }

    @Test
    void aBatchWithOneValuePerChannelCannotBeTrained() {
        UNet net = net(2, new Shape(1, 3, 4, 4), DataType.FLOAT32);
        NDArray image = manager.ones(new Shape(1, 3, 3, 4));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> forward(net, image, true));
        assertTrue(e.getMessage().contains("(1, 3, 3, 4)"), e.getMessage());
        assertEquals(new Shape(1, CLASSES, 3, 4), forward(net, image, false).getShape());
    }

    @Test
    void otherInputsAreRejected() {
        UNet net = net(2, new Shape(1, 3, 4, 4), DataType.FLOAT32);
        for (Shape shape :
                List.of(new Shape(3, 8, 8), new Shape(1, 4, 8, 8), new Shape(1, 3, 0, 8))) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> forward(net, manager.zeros(shape), false));
            assertEquals("input: expected (N, 3, H, W), got " + shape, e.getMessage());
        }
    }

    @Test
    void buildersNeedSensibleNumbers() {
        assertFails("classes: expected at least 1, got 0", UNet.builder());
        assertFails(
                "inputChannels: expected at least 1, got 0",
                UNet.builder().setClasses(2).optInputChannels(0));
        assertFails(
                "baseWidth: expected 1 to 65536, got -1",
                UNet.builder().setClasses(2).optBaseWidth(-1));
        assertFails("depth: expected 1 to 10, got 11", UNet.builder().setClasses(2).optDepth(11));
    }

    private static void assertFails(String message, UNet.Builder builder) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, builder::build);
        assertEquals(message, e.getMessage());
    }

    private UNet net(int depth, Shape input, DataType type) {
        UNet net = UNet.builder().setClasses(CLASSES).optBaseWidth(3).optDepth(depth).build();
        net.initialize(manager, type, input);
        return net;
    }

    private NDArray forward(UNet net, NDArray images, boolean training) {
        return net.forward(store, new NDList(images), training).singletonOrThrow();
    }

    private NDArray train(UNet net, NDArray images) {
        return Engines.inTraining(() -> forward(net, images, true));
    }

    private void backward(UNet net, NDArray images, NDArray weights) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(forward(net, images, true).mul(weights).sum());
        }
    }

    private static List<Pair<String, NDArray>> trained(UNet net) {
        List<Pair<String, NDArray>> arrays = new ArrayList<>();
        for (Pair<String, Parameter> pair : net.getParameters()) {
            if (pair.getValue().requiresGradient()) {
                arrays.add(new Pair<>(pair.getKey(), pair.getValue().getArray()));
            }
        }
        return arrays;
    }

    private static List<byte[]> values(UNet net) {
        return net.getParameters().values().stream().map(p -> p.getArray().toByteArray()).toList();
    }
}
