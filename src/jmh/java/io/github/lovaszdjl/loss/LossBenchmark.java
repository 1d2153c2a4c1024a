package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.reference.BenchmarkBatch;
import io.github.lovaszdjl.reference.PublishedLovasz;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Forward and backward of one loss on one batch. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LossBenchmark {

    /** The input, see {@link BenchmarkBatch}. */
    @Param("softmax-confident-4x21x256x256")
    public String input;

    /** Which loss: ours, operations, published, cross-entropy or djl-cross-entropy. */
    @Param({"ours", "published", "cross-entropy"})
    public String loss;

    /** Where: cpu or gpu0. */
    @Param("cpu")
    public String device;

    private NDManager manager;
    private NDArray labels;
    private NDArray logits;
    private Loss function;

    /** Makes the batch. */
    @Setup
    public void setUp() {
        BenchmarkBatch lossCase = BenchmarkBatch.of(input);
        manager = NDManager.newBaseManager(Device.fromName(device));
        labels = lossCase.labels(manager);
        logits = lossCase.logits(manager, labels);
        function = loss(loss, lossCase.hinge());
        if (loss.equals("djl-cross-entropy")) {
            labels = labels.expandDims(1);
        }
    }

    /** Returns a loss by its name here. */
    static Loss loss(String name, boolean hinge) {
        return switch (name) {
            case "ours" -> hinge ? new LovaszHingeLoss() : new LovaszSoftmaxLoss();
            case "operations" -> new Operations(hinge);
            case "published" -> new PublishedLovasz(hinge);
            case "cross-entropy" -> new SegmentationCrossEntropyLoss();
            case "djl-cross-entropy" -> Loss.softmaxCrossEntropyLoss("djl", 1, 1, true, true);
            default -> throw new IllegalArgumentException("loss: no such loss, " + name);
        };
    }

    /** Ours with NDArray operations only, as they run on a GPU. */
    private static final class Operations extends Loss {

        private final boolean hinge;

        Operations(boolean hinge) {
            super("operations");
            this.hinge = hinge;
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            return hinge
                    ? new LovaszHingeLoss().compute(labels, predictions, false)
                    : new LovaszSoftmaxLoss().compute(labels, predictions, false);
        }
    }

    /**
     * Runs forward and backward, and waits for the device.
     *
     * @return a number of the gradient, so that nothing can be left out
     */
    @Benchmark
    public float forwardAndBackward() {
        return step(function, labels, logits);
    }

    static float step(Loss function, NDArray labels, NDArray logits) {
        try (NDScope scope = new NDScope();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            scope.suppressNotUsedWarning();
            // A new leaf on the same memory: gradients would add up in an old one.
            NDArray leaf = logits.stopGradient();
            leaf.setRequiresGradient(true);
            NDArray value = function.evaluate(new NDList(labels), new NDList(leaf));
            collector.backward(value);
            // Reading a number waits for all that came before.
            return value.getFloat() + leaf.getGradient().reshape(-1).getFloat(0);
        }
    }

    /** Frees the batch. */
    @TearDown
    public void tearDown() {
        manager.close();
    }
}
