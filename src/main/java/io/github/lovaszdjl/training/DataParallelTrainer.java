package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * A trainer for several devices: each has a copy of the network and takes a part of every batch.
 * The copies stay equal, see {@link AveragingParameterServer}.
 *
 * <p>It is used as DJL's own is, whose parameter server cannot be chosen:
 *
 * <pre>{@code
 * TrainingConfig config =
 *         new DefaultTrainingConfig(loss)
 *                 .optOptimizer(optimizer)
 *                 .optDevices(new Device[] {Device.gpu(0), Device.gpu(1)});
 * try (Model model = Model.newInstance("unet", Device.gpu(0))) {
 *     model.setBlock(block);
 *     try (Trainer trainer = new DataParallelTrainer(model, config)) {
 *         trainer.initialize(shape);
 *         EasyTrain.trainBatch(trainer, batch);
 *         trainer.step();
 *     }
 * }
 * }</pre>
 *
 * <p>A step takes the mean of the gradients of all forward passes since the last one, which is one
 * for each part of a batch: of a loss that is a mean over images, and parts of equal size, that of
 * the whole batch. A Lovász loss is that of each part, not of the whole. Batch normalisation
 * normalises each part by itself; the running statistics are those that the first device sees.
 */
public final class DataParallelTrainer extends Trainer {

    /** Running statistics, which no gradient changes. */
    private static final Set<Parameter.Type> MOVED_BY_FORWARD =
            EnumSet.of(
                    Parameter.Type.RUNNING_MEAN, Parameter.Type.RUNNING_VAR, Parameter.Type.OTHER);

    private final AveragingParameterServer server;
    private final ParameterStore copies;
    private int parts;

    /**
     * Constructs a trainer.
     *
     * @param model the model, on the first of the devices
     * @param config the configuration, with the devices in the order of their numbers
     * @throws IllegalArgumentException if a device is given twice, or the model is not on the first
     */
    public DataParallelTrainer(Model model, TrainingConfig config) {
        super(model, config);
        Device[] devices = getDevices();
        Device own = model.getNDManager().getDevice();
        if (!own.equals(devices[0])) {
            close();
            throw new IllegalArgumentException(
                    "devices: expected that of the model first, "
                            + own
                            + ", got "
                            + Arrays.toString(devices));
        }
        server = new AveragingParameterServer(config.getOptimizer());
        copies = new ParameterStore(getManager(), false);
        copies.setParameterServer(server, devices);
    }

    /**
     * Initializes the network and copies it to the devices.
     *
     * @param shapes the shapes of the inputs
     * @throws IllegalStateException if a copy is not where it should be, as DJL files the devices
     *     in the order of a hash map, which is that of their numbers up to 11 GPUs
     */
    @Override
    public void initialize(Shape... shapes) {
        Block block = getModel().getBlock();
        block.initialize(getModel().getNDManager(), getModel().getDataType(), shapes);
        for (Parameter parameter : block.getParameters().values()) {
            for (Device device : getDevices()) {
                NDArray copy = copies.getValue(parameter, device, true);
                if (!copy.getDevice().equals(device)) {
                    throw new IllegalStateException(
                            String.format(
                                    "devices: expected an order in which DJL's ParameterStore"
                                            + " files them, got %s, and the copy for %s on %s",
                                    Arrays.toString(getDevices()), device, copy.getDevice()));
                }
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public NDList forward(NDList input) {
        beginPart();
        long begin = System.nanoTime();
        try {
            return getModel().getBlock().forward(copies, input, true);
        } finally {
            addMetric("forward", begin);
        }
    }

    /** {@inheritDoc} */
    @Override
    public NDList forward(NDList data, NDList labels) {
        beginPart();
        long begin = System.nanoTime();
        try {
            return getModel().getBlock().forward(copies, data, labels, null);
        } finally {
            addMetric("forward", begin);
        }
    }

    /** {@inheritDoc} */
    @Override
    public NDList evaluate(NDList input) {
        return getModel().getBlock().forward(copies, input, false, null);
    }

    /**
     * Updates all parameters once.
     *
     * @throws IllegalStateException if there was no forward pass since the last step
     */
    @Override
    public void step() {
        if (parts == 0) {
            throw new IllegalStateException(
                    "step: expected a forward pass since the last step, got none");
        }
        long begin = System.nanoTime();
        server.setParts(parts);
        parts = 0;
        copies.updateAllParameters();
        for (Parameter parameter : getModel().getBlock().getParameters().values()) {
            if (MOVED_BY_FORWARD.contains(parameter.getType())) {
                copyFromFirst(parameter);
            }
        }
        addMetric("step", begin);
    }

    /** Returns the norm of all gradients together that the next step takes. */
    double gradientNorm() {
        return GradientNorm.of(getModel().getBlock(), this::meanGradient);
    }

    private NDArray meanGradient(Parameter parameter) {
        NDArray[] gradients =
                Arrays.stream(getDevices())
                        .map(device -> copies.getValue(parameter, device, true).getGradient())
                        .toArray(NDArray[]::new);
        try {
            return AveragingParameterServer.mean(gradients, parts);
        } finally {
            Arrays.stream(gradients).forEach(NDArray::close);
        }
    }

    private void beginPart() {
        if (parts++ > 0) {
            return;
        }
        // A parameter that was frozen since, or is no longer, tells only its own array.
        for (Parameter parameter : getModel().getBlock().getParameters().values()) {
            for (Device device : getDevices()) {
                NDArray copy = copies.getValue(parameter, device, true);
                if (copy.hasGradient() != parameter.requiresGradient()) {
                    copy.setRequiresGradient(parameter.requiresGradient());
                }
            }
        }
    }

    private void copyFromFirst(Parameter parameter) {
        Device[] devices = getDevices();
        NDArray first = copies.getValue(parameter, devices[0], true);
        for (int i = 1; i < devices.length; i++) {
            AveragingParameterServer.copy(first, copies.getValue(parameter, devices[i], true));
        }
    }
}
