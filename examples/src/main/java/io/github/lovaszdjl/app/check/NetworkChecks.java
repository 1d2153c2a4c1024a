package io.github.lovaszdjl.app.check;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.util.Pair;
import io.github.lovaszdjl.dataset.NamedDataset;
import io.github.lovaszdjl.dataset.SegmentationDatasets;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.UNet;
import io.github.lovaszdjl.reference.BenchmarkBatch;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

/** Checks and times a U-Net on a device. */
public final class NetworkChecks {

    /** What gradients in FLOAT64 may be off, in parts of their norm. */
    private static final double GRADIENT_OFF = 1e-6;

    /** What a loss in FLOAT32 may be off, in parts of it: cuDNN multiplies in TF32, of 10 bits. */
    private static final double LOSS_OFF = 1e-3;

    /** The step in FLOAT64 by PyTorch 2.7.1 on an x86-64. */
    private static final StepResult.Summary STORED =
            new StepResult.Summary(
                    1.866704715549188,
                    1.6641222788246364,
                    List.of(
                            -0.607053132054196,
                            2.2763030669610487,
                            -2.0347246658853364,
                            -2.1169598137436023,
                            0.09557667685400945,
                            1.0318434223005672,
                            -1.0017540088920547,
                            1.2248246738084194));

    private static final int BATCH = 8;

    private static final int SIDE = 128;

    private static final int CLASSES = 4;

    private final Device device;
    private final Cuda cuda;

    NetworkChecks(Device device, Cuda cuda) {
        this.device = device;
        this.cuda = cuda;
    }

    /**
     * Compares a training step of a U-Net: on a GPU with the CPU's, on the CPU with a stored one.
     */
    StepComparison compare() {
        // Smooth: of a network that has yet to learn, rounding alone would order the errors of a
        // Lovász loss.
        return compare(new SegmentationCrossEntropyLoss());
    }

    StepComparison compare(Loss loss) {
        StepResult doubles = step(device, DataType.FLOAT64, loss);
        StepResult singles = step(device, DataType.FLOAT32, loss);
        if (device.isGpu()) {
            StepResult expected = step(Device.cpu(), DataType.FLOAT64, loss);
            StepResult expectedSingle = step(Device.cpu(), DataType.FLOAT32, loss);
            return comparison(
                    "the CPU's",
                    doubles.distance(expected) / expected.norm(),
                    singles.distance(expectedSingle) / expectedSingle.norm(),
                    Math.abs(singles.loss() - expectedSingle.loss()) / expectedSingle.loss());
        }
        return comparison(
                "that of PyTorch 2.7.1 on an x86-64",
                doubles.summary().distance(STORED) / STORED.norm(),
                singles.summary().distance(STORED) / STORED.norm(),
                Math.abs(singles.loss() - STORED.loss()) / STORED.loss());
    }

    private static StepComparison comparison(
            String against, double off, double offSingle, double lossOff) {
        // Not above: NaN is wrong too.
        boolean right = off <= GRADIENT_OFF && lossOff <= LOSS_OFF;
        return new StepComparison(against, off, offSingle, lossOff, right);
    }

    /** Takes a step with weights and images that are the same on every engine and device. */
    static StepResult step(Device device, DataType type, Loss loss) {
        Random random = new Random(20261127);
        try (Model model = model(device)) {
            NDManager manager = model.getNDManager();
            model.getBlock()
                    .setInitializer(
                            (own, shape, wanted) -> {
                                double scale = Math.sqrt(2.0 * shape.get(0) / shape.size());
                                return normal(own, shape, wanted, random, scale);
                            },
                            Parameter.Type.WEIGHT);
            model.getBlock().initialize(manager, type, shape());
            NDArray labels = labels(manager);
            NDArray shades = labels.toType(type, true).expandDims(1);
            NDArray images = normal(manager, shape(), type, random, 1).add(shades);
            return step(model, loss, images, labels);
        }
    }

    /** Returns numbers that Java draws, in memory of the engine. */
    private static NDArray normal(
            NDManager manager, Shape shape, DataType type, Random random, double scale) {
        double[] values = new double[Math.toIntExact(shape.size())];
        Arrays.setAll(values, i -> scale * random.nextGaussian());
        try (NDArray drawn = manager.create(values, shape)) {
            // Of the same type toType would stay on Java's memory, which is freed.
            return drawn.toType(type, false).duplicate();
        }
    }

    private static StepResult step(Model model, Loss loss, NDArray images, NDArray labels) {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .optDevices(new Device[] {images.getDevice()})
                        .optOptimizer(Optimizer.adam().build());
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(shape());
            double value;
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDArray result =
                        loss.evaluate(new NDList(labels), trainer.forward(new NDList(images)));
                collector.backward(result);
                value = result.toType(DataType.FLOAT64, false).getDouble();
            }
            List<double[]> gradients = new ArrayList<>();
            for (Pair<String, Parameter> each : model.getBlock().getParameters()) {
                if (each.getValue().requiresGradient()) {
                    NDArray gradient = each.getValue().getArray().getGradient();
                    gradients.add(gradient.toType(DataType.FLOAT64, true).toDoubleArray());
                }
            }
            return new StepResult(value, gradients);
        }
    }

    /** Returns the median seconds of a training step, batch and network as in {@code train}. */
    double stepSeconds(boolean lovasz) {
        Loss loss = lovasz ? loss() : new SegmentationCrossEntropyLoss();
        try (Model model = model(device)) {
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(loss)
                            .optDevices(new Device[] {device})
                            .optOptimizer(Optimizer.adam().build());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(shape());
                NDManager manager = model.getNDManager();
                NDArray labels = labels(manager);
                NDArray images = images(manager, labels);
                List<Double> seconds = new ArrayList<>();
                long begin = System.nanoTime();
                do {
                    long start = System.nanoTime();
                    try (NDManager batch = manager.newSubManager()) {
                        NDArray own = images.duplicate();
                        own.attach(batch);
                        try (GradientCollector collector = trainer.newGradientCollector()) {
                            collector.backward(
                                    loss.evaluate(
                                            new NDList(labels), trainer.forward(new NDList(own))));
                        }
                        trainer.step();
                        if (cuda != null) {
                            cuda.synchronize();
                        } else if (SpeedChecks.readsBack(device, null)) {
                            Parameter first = model.getBlock().getParameters().valueAt(0);
                            first.getArray().duplicate().flatten().getFloat(0);
                        }
                    }
                    seconds.add((System.nanoTime() - start) / 1e9);
                } while ((System.nanoTime() - begin) / 1e9 < 2);
                // What loads code and tries algorithms is not a step like others.
                return SpeedChecks.median(seconds.subList(seconds.size() / 4, seconds.size()));
            }
        }
    }

    /** Trains on the embedded data set and returns the images of a second, in the last epoch. */
    double imagesPerSecond(int epochs) throws IOException {
        NamedDataset earth = SegmentationDatasets.find("earth");
        TrainingPlan plan = TrainingPlan.recipe(earth).optEpochs(epochs).build();
        SegmentationTraining training =
                SegmentationTraining.builder()
                        .setPlan(plan)
                        .setLoss(loss())
                        .setTrainingSet(plan.trainingSet(earth.root(), OptionalInt.empty()))
                        .setValidationSet(
                                plan.evaluationSet(earth.root(), "val", OptionalInt.empty()))
                        .optDevices(device)
                        .build();
        try (TrainingResult result = training.run()) {
            EpochReport last = result.epochs().get(result.epochs().size() - 1);
            return last.images() / last.trainingSeconds();
        }
    }

    private static Loss loss() {
        return WeightedLoss.builder()
                .add(0.5f, new SegmentationCrossEntropyLoss())
                .add(1, new LovaszSoftmaxLoss())
                .build();
    }

    private static Model model(Device device) {
        Engine.getInstance().setRandomSeed(1);
        Model model = Model.newInstance("check", device);
        Block block = UNet.builder().setClasses(CLASSES).optBaseWidth(12).optDepth(4).build();
        model.setBlock(block);
        return model;
    }

    private static Shape shape() {
        return new Shape(BATCH, 3, SIDE, SIDE);
    }

    private static NDArray labels(NDManager manager) {
        String input = "softmax-unsure-" + BATCH + "x" + CLASSES + "x" + SIDE + "x" + SIDE;
        return BenchmarkBatch.of(input).labels(manager);
    }

    /** Returns images that show their labels, so that the network learns as on real ones. */
    private static NDArray images(NDManager manager, NDArray labels) {
        NDArray shades = labels.toType(DataType.FLOAT32, true).expandDims(1);
        return manager.randomNormal(shape()).add(shades);
    }
}
