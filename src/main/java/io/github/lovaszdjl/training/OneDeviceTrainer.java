package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterServer;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;

/**
 * DJL's trainer on one device, but for its first step, which may be one of gradients that are all
 * 0: the Lovász hinge has them where every pixel is right by the margin, and a training that is
 * resumed there must go on as one that was never stopped. DJL's own takes them for a mistake.
 */
final class OneDeviceTrainer extends Trainer {

    private final ParameterStore store;

    private OneDeviceTrainer(Model model, TrainingConfig config) {
        super(model, config);
        // DJL's own store is private.
        ParameterServer server = getManager().getEngine().newParameterServer(config.getOptimizer());
        store = new ParameterStore(getManager(), false);
        store.setParameterServer(server, getDevices());
    }

    /** Returns a trainer of a model, on the only device of the configuration. */
    static OneDeviceTrainer of(Model model, TrainingConfig config) {
        // DJL's sets the initializers of the block, and makes the parameters of a module trainable.
        model.newTrainer(config).close();
        return new OneDeviceTrainer(model, config);
    }

    @Override
    public void initialize(Shape... shapes) {
        Block block = getModel().getBlock();
        block.initialize(getModel().getNDManager(), getModel().getDataType(), shapes);
        register();
    }

    /** Makes the store know all parameters: a module of TorchScript does not ask it for its own. */
    private void register() {
        Device device = getDevices()[0];
        for (Parameter parameter : getModel().getBlock().getParameters().values()) {
            store.getValue(parameter, device, true);
        }
    }

    @Override
    public NDList forward(NDList input) {
        return getModel().getBlock().forward(store, input, true);
    }

    @Override
    public NDList forward(NDList data, NDList labels) {
        return getModel().getBlock().forward(store, data, labels, null);
    }

    @Override
    public NDList evaluate(NDList input) {
        return getModel().getBlock().forward(store, input, false, null);
    }

    @Override
    public void step() {
        register();
        store.updateAllParameters();
    }

    @Override
    public void close() {
        store.sync();
        super.close();
    }
}
