package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Predictions of 16 bits. */
class PrecisionTest {

    private static final Shape SHAPE = new Shape(2, 3, 6, 5);

    private final NDManager manager = NDManager.newBaseManager(Engines.device());

    @AfterEach
    void close() {
        manager.close();
    }

    private static List<Loss> all() {
        return List.of(
                new LovaszSoftmaxLoss(),
                LovaszSoftmaxLoss.builder().optPerImage(true).optIgnoreLabel(1).build(),
                new SegmentationCrossEntropyLoss(),
                new SoftDiceLoss(),
                new SoftJaccardLoss(),
                new FocalLoss(),
                LovaszHingeLoss.builder().optMultilabel(true).build(),
                LovaszSigmoidLoss.builder().optMultilabel(true).build(),
                WeightedLoss.builder()
                        .add(0.5f, new SegmentationCrossEntropyLoss())
                        .add(1, new LovaszSoftmaxLoss())
                        .build());
    }

    private NDArray labels(Loss loss) {
        boolean masks = loss instanceof LovaszHingeLoss || loss instanceof LovaszSigmoidLoss;
        return masks
                ? manager.create(LossTesting.labels(new Random(2), 180, 2), SHAPE)
                : manager.create(LossTesting.labels(new Random(2), 60, 3), new Shape(2, 6, 5));
    }

    private NDArray logits() {
        double[] logits = LossTesting.logits(new Random(1), 180, 2);
        return LossTesting.create(manager, logits, SHAPE, DataType.FLOAT32);
    }

    @Test
    void halfIsComputedInFloatByEveryLoss() {
        for (Loss loss : all()) {
            NDArray half = logits().toType(DataType.FLOAT16, true);
            NDArray single = half.toType(DataType.FLOAT32, true);
            NDArray labels = labels(loss);
            NDArray value = loss.evaluate(new NDList(labels), new NDList(half));
            assertEquals(DataType.FLOAT32, value.getDataType(), loss.getName());
            assertEquals(
                    LossTesting.evaluate(loss, single, labels), value.getFloat(), loss.getName());
        }
    }

    @Test
    void theGradientReachesHalf() {
        for (Loss loss : all()) {
            NDArray labels = labels(loss);
            NDArray single = logits().toType(DataType.FLOAT16, true).toType(DataType.FLOAT32, true);
            double[] expected = LossTesting.run(loss, single.duplicate(), labels).gradient();
            double[] actual =
                    Engines.isPyTorch()
                            ? LossTesting.run(loss, single.toType(DataType.FLOAT16, true), labels)
                                    .gradient()
                            : throughHalf(loss, single.duplicate(), labels);
            for (int i = 0; i < expected.length; i++) {
                // 11 bits, and 2⁻²⁵ at the lower end.
                double tolerance = Math.abs(expected[i]) * 1e-3 + 6e-8;
                assertEquals(expected[i], actual[i], tolerance, loss.getName() + " " + i);
            }
        }
    }

    /** DJL makes no gradient of FLOAT16 on MXNet, but there the conversion is in the graph. */
    private static double[] throughHalf(Loss loss, NDArray single, NDArray labels) {
        single.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray half = single.toType(DataType.FLOAT16, false);
            collector.backward(loss.evaluate(new NDList(labels), new NDList(half)));
        }
        return LossTesting.doubles(single.getGradient());
    }

    @Test
    void brainHalfIsRefused() {
        // DJL ends the process when it makes such an array on PyTorch; a network may still give it.
        for (Loss loss : all()) {
            NDArray brain = ofType(DataType.BFLOAT16, logits());
            NDArray labels = labels(loss);
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> loss.evaluate(new NDList(labels), new NDList(brain)))
                            .getMessage();
            assertEquals(
                    "predictions: expected type FLOAT16, FLOAT32 or FLOAT64, got bfloat16",
                    message);
        }
    }

    /** Returns an array that says it is of a type. */
    private static NDArray ofType(DataType type, NDArray array) {
        return (NDArray)
                Proxy.newProxyInstance(
                        NDArray.class.getClassLoader(),
                        new Class<?>[] {NDArray.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("getDataType")) {
                                return type;
                            }
                            try {
                                return method.invoke(array, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }
}
