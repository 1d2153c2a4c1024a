package io.github.lovaszdjl.app.check;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.loss.FocalLoss;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.SoftDiceLoss;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Shows that a Java number in the graph of PyTorch's engine corrupts gradients in DJL: counts, for
 * ways to write a loss and for losses of DJL and of this library, the steps whose gradient is not
 * that of the first one. docs/djl-gradient-hazard.md explains it.
 */
public final class GradientHazard {

    private static final int STEPS = 300;

    static final Shape BINARY = new Shape(4, 8);
    static final Shape CLASSES = new Shape(4, 3, 8);

    /** Value of a loss at predictions and labels. */
    interface Function {
        NDArray apply(NDArray predictions, NDArray labels);
    }

    private GradientHazard() {}

    /** Prints the table. */
    public static void main(String[] args) {
        System.out.printf("| on 4 x 8 scores | wrong gradients in %d steps |%n|---|---:|%n", STEPS);
        binary().forEach((name, f) -> print(name, wrong(f, BINARY, STEPS)));
        System.out.printf(
                "%n| on 4 x 3 x 8 logits | wrong gradients in %d steps |%n|---|---:|%n", STEPS);
        classes().forEach((name, f) -> print(name, wrong(f, CLASSES, STEPS)));
    }

    private static void print(String name, int wrong) {
        System.out.printf("| %s | %d |%n", name, wrong);
    }

    static Map<String, Function> binary() {
        Map<String, Function> all = new LinkedHashMap<>();
        all.put("x.mul(2f).sum()", (x, y) -> x.mul(2f).sum());
        all.put("x.div(2f).sum()", (x, y) -> x.div(2f).sum());
        all.put("x.pow(2).sum()", (x, y) -> x.pow(2).sum());
        all.put(
                "x.mul(array of manager.create), closed",
                (x, y) -> {
                    try (NDArray two = x.getManager().create(2f)) {
                        return x.mul(two).sum();
                    }
                });
        all.put("x.add(2f).sum()", (x, y) -> x.add(2f).sum());
        all.put("x.square().sum()", (x, y) -> x.square().sum());
        all.put(
                "x.mul(array of manager.full), closed",
                (x, y) -> {
                    try (NDArray two = x.getManager().full(new Shape(), 2f)) {
                        return x.mul(two).sum();
                    }
                });
        all.put("L1Loss", of(Loss.l1Loss()));
        all.put("L2Loss", of(Loss.l2Loss()));
        all.put("HingeLoss", of(Loss.hingeLoss()));
        all.put("SigmoidBinaryCrossEntropyLoss", of(Loss.sigmoidBinaryCrossEntropyLoss()));
        all.put(
                "SigmoidBinaryCrossEntropyLoss, weight 2",
                of(Loss.sigmoidBinaryCrossEntropyLoss("weighted", 2f, false)));
        all.put("QuantileL1Loss", of(Loss.quantileL1Loss(0.5f)));
        all.put("our LovaszHingeLoss", of(LovaszHingeLoss.builder().build()));
        return all;
    }

    static Map<String, Function> classes() {
        Map<String, Function> all = new LinkedHashMap<>();
        Loss one = Loss.softmaxCrossEntropyLoss("one", 1f, 1, true, true);
        Loss two = Loss.softmaxCrossEntropyLoss("two", 2f, 1, true, true);
        all.put("SoftmaxCrossEntropyLoss", (x, y) -> of(one).apply(x, y.expandDims(1)));
        all.put("SoftmaxCrossEntropyLoss, weight 2", (x, y) -> of(two).apply(x, y.expandDims(1)));
        all.put(
                "our SegmentationCrossEntropyLoss",
                of(SegmentationCrossEntropyLoss.builder().build()));
        all.put("our LovaszSoftmaxLoss", of(LovaszSoftmaxLoss.builder().build()));
        all.put("our SoftDiceLoss", of(SoftDiceLoss.builder().build()));
        all.put("our FocalLoss", of(FocalLoss.builder().build()));
        return all;
    }

    private static Function of(Loss loss) {
        return (x, y) -> loss.evaluate(new NDList(y), new NDList(x));
    }

    /**
     * Returns the number of steps, all on the same input, whose gradient is not the first one's.
     */
    static int wrong(Function loss, Shape shape, int steps) {
        int wrong = 0;
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(1);
            NDArray values = manager.randomNormal(shape);
            Shape pixels = shape.dimension() == 2 ? shape : new Shape(shape.get(0), shape.get(2));
            NDArray labels =
                    manager.randomUniform(0, shape.dimension() == 2 ? 2 : 3, pixels)
                            .floor()
                            .toType(DataType.FLOAT32, true);
            float[] expected = gradient(loss, values, labels, false);
            for (int step = 0; step < steps; step++) {
                if (!Arrays.equals(expected, gradient(loss, values, labels, true))) {
                    wrong++;
                }
            }
        }
        return wrong;
    }

    private static float[] gradient(
            Function loss, NDArray values, NDArray labels, boolean collectGarbage) {
        try (NDArray x = values.duplicate();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            x.setRequiresGradient(true);
            NDArray value = loss.apply(x, labels);
            if (collectGarbage) {
                // Happens by itself too, only more seldom.
                System.gc();
                reuseFreedMemory(values.getManager());
            }
            collector.backward(value);
            return x.getGradient().toFloatArray();
        }
    }

    private static void reuseFreedMemory(NDManager manager) {
        for (int i = 0; i < 64; i++) {
            manager.create(new float[] {1e31f}).close();
            manager.full(new Shape(1), 1e31f).close();
        }
    }
}
