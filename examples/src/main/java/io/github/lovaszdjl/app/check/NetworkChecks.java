package io.github.lovaszdjl.app.check;

import ai.djl.Device;
import ai.djl.MalformedModelException;
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
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Checks and times a U-Net on a device. */
public final class NetworkChecks {

    /** What gradients in FLOAT64 may be off, in parts of their norm. */
    private static final double GRADIENT_OFF = 1e-6;

    /** What a loss in FLOAT32 may be off, in parts of it: cuDNN multiplies in TF32, of 10 bits. */
    private static final double LOSS_OFF = 1e-3;

    private static final int BATCH = 8;

    private static final int SIDE = 128;

    private static final int CLASSES = 4;

    private final Device device;
    private final Cuda cuda;

    NetworkChecks(Device device, Cuda cuda) {
        this.device = device;
        this.cuda = cuda;
    }

    /** Compares a training step of a U-Net with that of the CPU. */
    StepComparison compare() throws IOException, MalformedModelException {
        Result[] doubles = steps(DataType.FLOAT64);
        Result[] singles = steps(DataType.FLOAT32);
        double off = doubles[1].distance(doubles[0]) / doubles[0].norm();
        double offSingle = singles[1].distance(singles[0]) / singles[0].norm();
        double lossOff = Math.abs(singles[1].loss - singles[0].loss) / singles[0].loss;
        // Not above: NaN is wrong too.
        boolean right = off <= GRADIENT_OFF && lossOff <= LOSS_OFF;
        return new StepComparison(off, offSingle, lossOff, right);
    }

    /** Takes the same step on the CPU and on the device. */
    private Result[] steps(DataType type) throws IOException, MalformedModelException {
        // Smooth: of a network that has yet to learn, rounding alone would order the errors of a
        // Lovász loss.
        Loss loss = new SegmentationCrossEntropyLoss();
        ByteArrayOutputStream parameters = new ByteArrayOutputStream();
        try (Model onCpu = model(Device.cpu());
                Model onDevice = model(device)) {
            NDManager manager = onCpu.getNDManager();
            onCpu.getBlock().initialize(manager, type, shape());
            onCpu.getBlock().saveParameters(new DataOutputStream(parameters));
            onDevice.getBlock().initialize(onDevice.getNDManager(), type, shape());
            onDevice.getBlock()
                    .loadParameters(
                            onDevice.getNDManager(),
                            new DataInputStream(
                                    new ByteArrayInputStream(parameters.toByteArray())));
            NDArray labels = labels(manager);
            NDArray images = images(manager, labels).toType(type, false);
            return new Result[] {
                step(onCpu, loss, images, labels),
                step(onDevice, loss, images.toDevice(device, true), labels.toDevice(device, true))
            };
        }
    }

    private record Result(double loss, List<double[]> gradients) {

        double norm() {
            return Math.sqrt(gradients.stream().mapToDouble(Result::squares).sum());
        }

        double distance(Result other) {
            double sum = 0;
            for (int p = 0; p < gradients.size(); p++) {
                double[] difference = gradients.get(p).clone();
                for (int i = 0; i < difference.length; i++) {
                    difference[i] -= other.gradients.get(p)[i];
                }
                sum += squares(difference);
            }
            return Math.sqrt(sum);
        }

        private static double squares(double... values) {
            double sum = 0;
            for (double value : values) {
                sum += value * value;
            }
            return sum;
        }
    }

    private static Result step(Model model, Loss loss, NDArray images, NDArray labels) {
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
            return new Result(value, gradients);
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
                        }
                    }
                    seconds.add((System.nanoTime() - start) / 1e9);
                } while ((System.nanoTime() - begin) / 1e9 < 3);
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
