package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.util.Pair;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.MeanIoU;
import io.github.lovaszdjl.model.UNet;
import io.github.lovaszdjl.reference.Reference;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same numbers on PyTorch and on MXNet, both in this process. */
class BothEnginesTest {

    private static final String PYTORCH = "PyTorch";
    private static final String MXNET = "MXNet";
    private static final int IGNORED = 255;

    /** The part by which they may differ: some roundings in FLOAT32. */
    private static final double TOLERANCE = 1e-5;

    @BeforeAll
    static void bothAreHere() {
        Engines.assumePyTorch("once is enough");
        assumeTrue(Engine.hasEngine(MXNET), "MXNet has no natives for this platform");
    }

    private static Map<String, Loss> ofClasses(boolean perImage) {
        Map<String, Loss> losses = new LinkedHashMap<>();
        losses.put(
                "Lovász-Softmax",
                LovaszSoftmaxLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(perImage)
                        .optClassWeights(1, 2, 3, 0.5f)
                        .build());
        losses.put(
                "Lovász-Softmax of all",
                LovaszSoftmaxLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(perImage)
                        .optClasses(ClassSelection.all())
                        .build());
        losses.put(
                "cross-entropy",
                SegmentationCrossEntropyLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optLabelSmoothing(perImage ? 0.1f : 0)
                        .optClassWeights(1, 2, 3, 0.5f)
                        .build());
        losses.put(
                "Dice",
                SoftDiceLoss.builder().optIgnoreLabel(IGNORED).optPerImage(perImage).build());
        losses.put(
                "Jaccard",
                SoftJaccardLoss.builder().optIgnoreLabel(IGNORED).optPerImage(perImage).build());
        losses.put(
                "Jaccard metric",
                JaccardMetricLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(perImage)
                        .optLabelSmoothing(perImage ? 0.1f : 0)
                        .optIntersection(SoftIntersection.PRODUCT)
                        .build());
        losses.put(
                "Dice semimetric",
                DiceSemimetricLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(perImage)
                        .optLabelSmoothing(perImage ? 0 : 0.1f)
                        .build());
        losses.put(
                "Tversky",
                TverskyLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(perImage)
                        .optGamma(perImage ? 2 : 1)
                        .build());
        losses.put(
                "boundary",
                BoundaryLoss.builder().optIgnoreLabel(IGNORED).optPerImage(perImage).build());
        losses.put("mining", OhemCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build());
        losses.put(
                "set function",
                LovaszSoftmaxLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(perImage)
                        .optSetFunction((fn, fp, g, b) -> Math.sqrt(2 * fn + fp))
                        .optName("of roots")
                        .build());
        losses.put("focal", FocalLoss.builder().optIgnoreLabel(IGNORED).build());
        losses.put(
                "sum",
                WeightedLoss.builder()
                        .add(0.5f, losses.get("cross-entropy"))
                        .add(1, losses.get("Lovász-Softmax"))
                        .build());
        return losses;
    }

    private static Map<String, Loss> ofMasks(boolean perImage) {
        Map<String, Loss> losses = new LinkedHashMap<>();
        for (LovaszHingeLoss.ErrorActivation activation :
                LovaszHingeLoss.ErrorActivation.values()) {
            losses.put(
                    "hinge " + activation,
                    LovaszHingeLoss.builder()
                            .optIgnoreLabel(IGNORED)
                            .optPerImage(perImage)
                            .optMultilabel(true)
                            .optSymmetric(perImage)
                            .optActivation(activation)
                            .build());
        }
        losses.put(
                "sigmoid",
                LovaszSigmoidLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(perImage)
                        .optMultilabel(true)
                        .build());
        return losses;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void lossesAndGradientsAreTheSame(long seed) {
        Random random = new Random(seed);
        Shape shape = new Shape(2, 4, 48, 31);
        double[] logits = LossTesting.logits(random, (int) shape.size(), 2);
        int[] classes = labels(random, 2 * 48 * 31, 4);
        int[] masks = labels(random, (int) shape.size(), 2);
        for (boolean perImage : new boolean[] {false, true}) {
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                String message = "seed " + seed + " " + type + " per image " + perImage + " ";
                ofClasses(perImage)
                        .forEach(
                                (name, loss) ->
                                        assertSame(
                                                loss,
                                                logits,
                                                shape,
                                                type,
                                                classes,
                                                new Shape(2, 48, 31),
                                                message + name));
                ofMasks(perImage)
                        .forEach(
                                (name, loss) ->
                                        assertSame(
                                                loss,
                                                logits,
                                                shape,
                                                type,
                                                masks,
                                                shape,
                                                message + name));
            }
        }
    }

    private static int[] labels(Random random, int size, int classes) {
        return random.ints(size, 0, 10 * classes)
                .map(i -> i % 10 == 0 ? IGNORED : i / 10)
                .toArray();
    }

    private static void assertSame(
            Loss loss,
            double[] logits,
            Shape shape,
            DataType type,
            int[] labels,
            Shape labelShape,
            String message) {
        Reference.Result expected = run(PYTORCH, loss, logits, shape, type, labels, labelShape);
        Reference.Result actual = run(MXNET, loss, logits, shape, type, labels, labelShape);
        assertEquals(
                expected.value(),
                actual.value(),
                TOLERANCE * Math.max(1, Math.abs(expected.value())),
                message);
        assertTrue(LossTesting.norm(expected.gradient()) > 1e-6, message);
        assertClose(expected.gradient(), actual.gradient(), TOLERANCE, message);
    }

    private static void assertClose(
            double[] expected, double[] actual, double tolerance, String message) {
        assertEquals(expected.length, actual.length, message);
        double[] difference = new double[expected.length];
        for (int i = 0; i < expected.length; i++) {
            difference[i] = expected[i] - actual[i];
        }
        double off = LossTesting.norm(difference);
        double norm = LossTesting.norm(expected);
        assertTrue(off <= tolerance * norm, () -> message + ": off by " + off + " of " + norm);
    }

    private static Reference.Result run(
            String engine,
            Loss loss,
            double[] logits,
            Shape shape,
            DataType type,
            int[] labels,
            Shape labelShape) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), engine)) {
            NDArray array = LossTesting.create(manager, logits, shape, type);
            NDArray target = manager.create(labels, labelShape);
            assertEquals(engine, array.getManager().getEngine().getEngineName());
            array.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getEngine(engine).newGradientCollector()) {
                NDArray value = loss.evaluate(new NDList(target), new NDList(array));
                collector.backward(value);
                return new Reference.Result(
                        LossTesting.scalar(value), LossTesting.doubles(array.getGradient()));
            }
        }
    }

    /** What came of a network on some images: without training and with. */
    private record Outcome(
            double[] logits,
            ConfusionMatrix matrix,
            double[] trainingLogits,
            Map<String, double[]> gradients) {}

    @Test
    void parametersAreInterchangeable() throws Exception {
        byte[] ofPyTorch = parameters(PYTORCH, null);
        assertArrayEquals(ofPyTorch, parameters(MXNET, ofPyTorch));
        Outcome expected = outcome(PYTORCH, ofPyTorch);
        Outcome actual = outcome(MXNET, ofPyTorch);
        assertClose(expected.logits, actual.logits, TOLERANCE, "logits");
        for (int truth = 0; truth < 4; truth++) {
            for (int c = 0; c < 4; c++) {
                assertEquals(expected.matrix.count(truth, c), actual.matrix.count(truth, c), 2);
            }
        }
        assertClose(expected.trainingLogits, actual.trainingLogits, TOLERANCE, "in training");
        assertEquals(expected.gradients.keySet(), actual.gradients.keySet());
        expected.gradients.forEach(
                // Back through up to ten layers of batch normalisation.
                (name, g) -> assertClose(g, actual.gradients.get(name), 1e-4, name));
    }

    private static UNet net() {
        return UNet.builder().setClasses(4).optBaseWidth(6).optDepth(2).build();
    }

    private static byte[] parameters(String engine, byte[] before) throws Exception {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), engine)) {
            UNet net = net();
            if (before == null) {
                // The tests before this one, in this process, must not choose the weights.
                Engine.getEngine(engine).setRandomSeed(5);
                net.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 20, 24));
                // So that the running statistics leave their start.
                NDList images = new NDList(manager.randomNormal(new Shape(2, 3, 20, 24)));
                net.forward(new ParameterStore(manager, false), images, true);
            } else {
                net.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(before)));
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            net.saveParameters(new DataOutputStream(out));
            return out.toByteArray();
        }
    }

    private static Outcome outcome(String engine, byte[] parameters) throws Exception {
        Random random = new Random(5);
        Shape shape = new Shape(2, 3, 19, 24);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), engine)) {
            UNet net = net();
            net.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(parameters)));
            NDArray images =
                    LossTesting.create(
                            manager,
                            LossTesting.logits(random, (int) shape.size(), 1),
                            shape,
                            DataType.FLOAT32);
            NDList labels =
                    new NDList(
                            manager.create(labels(random, 2 * 19 * 24, 4), new Shape(2, 19, 24)));
            for (Pair<String, Parameter> pair : net.getParameters()) {
                if (pair.getValue().requiresGradient()) {
                    pair.getValue().getArray().setRequiresGradient(true);
                }
            }
            ParameterStore store = new ParameterStore(manager, false);
            NDList logits = net.forward(store, new NDList(images), false);
            MeanIoU iou = MeanIoU.builder().optIgnoreLabel(IGNORED).build();
            iou.addAccumulator("all");
            iou.updateAccumulator("all", labels, logits);
            double[] training;
            Map<String, double[]> gradients = new LinkedHashMap<>();
            try (GradientCollector collector = Engine.getEngine(engine).newGradientCollector()) {
                NDList seen = net.forward(store, new NDList(images), true);
                training = LossTesting.doubles(seen.head());
                collector.backward(ofClasses(false).get("sum").evaluate(labels, seen));
            }
            for (Pair<String, Parameter> pair : net.getParameters()) {
                if (pair.getValue().requiresGradient()) {
                    NDArray gradient = pair.getValue().getArray().getGradient();
                    gradients.put(
                            pair.getKey().replaceFirst("^\\d+", ""), LossTesting.doubles(gradient));
                }
            }
            return new Outcome(
                    LossTesting.doubles(logits.head()),
                    iou.getConfusionMatrix("all"),
                    training,
                    gradients);
        }
    }
}
