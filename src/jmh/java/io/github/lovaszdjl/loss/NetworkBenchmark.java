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
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.EncoderDecoderNetwork;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationNetwork;
import io.github.lovaszdjl.model.UNetNetwork;
import io.github.lovaszdjl.reference.BenchmarkBatch;
import java.util.Collections;
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

/** A training step of every network with four images of CamVid's size, and its loss by itself. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class NetworkBenchmark {

    private static final int CLASSES = 11;
    static final int BATCH = 4;

    private static final Shape IMAGES = new Shape(BATCH, 3, 176, 240);

    /** Which network: unet of base width 16, or an encoder and a decoder. */
    @Param("unet")
    public String network;

    /** Where: cpu or gpu0. */
    @Param("cpu")
    public String device;

    private Model model;
    private Trainer trainer;
    private NDList images;
    private NDList labels;
    private NDArray logits;

    /** Makes network and batch. */
    @Setup
    public void setUp() {
        Device place = Device.fromName(device);
        SegmentationNetwork kind =
                network.equals("unet") ? new UNetNetwork(16, 4) : EncoderDecoderNetwork.of(network);
        ModelDescription description =
                new ModelDescription(
                        Collections.nCopies(CLASSES, "class"),
                        kind,
                        (int) IMAGES.get(2),
                        (int) IMAGES.get(3),
                        Normalization.imageNet());
        model = Model.newInstance("benchmark", place);
        model.setBlock(description.newBlock());
        Loss loss =
                WeightedLoss.builder()
                        .add(0.5f, new SegmentationCrossEntropyLoss())
                        .add(1, new LovaszSoftmaxLoss())
                        .build();
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(loss)
                                .optOptimizer(AdamW.builder().build())
                                .optDevices(new Device[] {place}));
        trainer.initialize(IMAGES);
        NDManager manager = model.getNDManager();
        BenchmarkBatch batch = BenchmarkBatch.of("softmax-unsure-4x" + CLASSES + "x176x240");
        NDArray target = batch.labels(manager);
        labels = new NDList(target.toType(DataType.INT32, true));
        logits = batch.logits(manager, target);
        NDArray shades = target.toType(DataType.FLOAT32, true).expandDims(1);
        images = new NDList(manager.randomNormal(IMAGES).add(shades));
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

    /** Computes the loss and its gradient alone. */
    @Benchmark
    public float loss() {
        return LossBenchmark.step(trainer.getLoss(), labels.head(), logits);
    }

    /** Frees network and batch. */
    @TearDown
    public void tearDown() {
        trainer.close();
        model.close();
    }
}
