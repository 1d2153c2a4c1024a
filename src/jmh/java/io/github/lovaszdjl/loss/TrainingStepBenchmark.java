package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.AdamW;
import io.github.lovaszdjl.model.UNet;
import io.github.lovaszdjl.reference.BenchmarkBatch;
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

/** One training step of the example trainer at its defaults: eight images of 128 × 128 pixels. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TrainingStepBenchmark {

    private static final int CLASSES = 4;

    /** Which loss: cross-entropy, or that with Lovász-Softmax. */
    @Param({"cross-entropy", "cross-entropy+lovasz"})
    public String loss;

    /** Where: cpu or gpu0. */
    @Param("cpu")
    public String device;

    private Model model;
    private Trainer trainer;
    private NDList images;
    private NDList labels;

    /** Makes network and batch. */
    @Setup
    public void setUp() {
        Device place = Device.fromName(device);
        model = Model.newInstance("benchmark", place);
        model.setBlock(UNet.builder().setClasses(CLASSES).optBaseWidth(12).optDepth(4).build());
        Loss function =
                loss.equals("cross-entropy")
                        ? new SegmentationCrossEntropyLoss()
                        : WeightedLoss.builder()
                                .add(0.5f, new SegmentationCrossEntropyLoss())
                                .add(1, new LovaszSoftmaxLoss())
                                .build();
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(function)
                                .optOptimizer(AdamW.builder().build())
                                .optDevices(new Device[] {place}));
        trainer.initialize(new Shape(8, 3, 128, 128));
        NDManager manager = model.getNDManager();
        NDArray target =
                BenchmarkBatch.of("softmax-unsure-8x" + CLASSES + "x128x128").labels(manager);
        labels = new NDList(target.toType(DataType.INT32, true));
        // Images that show their labels, so that the network learns as on real ones.
        NDArray shades = target.toType(DataType.FLOAT32, true).expandDims(1);
        images = new NDList(manager.randomNormal(new Shape(8, 3, 128, 128)).add(shades));
    }

    /** Trains one step, and waits for the device. */
    @Benchmark
    public float step() {
        try (NDManager batch = trainer.getManager().newSubManager()) {
            NDList own = new NDList(images.head().duplicate());
            own.attach(batch);
            float value;
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDArray result = trainer.getLoss().evaluate(labels, trainer.forward(own));
                collector.backward(result);
                value = result.getFloat();
            }
            trainer.step();
            return value;
        }
    }

    /** Frees network and batch. */
    @TearDown
    public void tearDown() {
        trainer.close();
        model.close();
    }
}
