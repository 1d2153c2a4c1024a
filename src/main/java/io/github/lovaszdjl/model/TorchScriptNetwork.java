package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.SymbolBlock;
import ai.djl.training.Trainer;
import io.github.lovaszdjl.internal.EngineNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A TorchScript module, which brings its own network and weights, see {@link
 * SegmentationModels#loadTorchScript}. It needs PyTorch and stays on the device it is loaded to.
 */
public final class TorchScriptNetwork implements SegmentationNetwork {

    static final String KIND = "torchscript";

    /** That of a saved model: its file lies in the folder of the model. */
    static final TorchScriptNetwork SAVED = new TorchScriptNetwork(Optional.empty());

    private final Optional<Path> file;

    private TorchScriptNetwork(Optional<Path> file) {
        this.file = file;
    }

    /**
     * Returns a network that comes from a file.
     *
     * @param file the file; read when a model is made
     * @return the network; a model that was saved of it is described the same, whatever the file
     */
    public static TorchScriptNetwork of(Path file) {
        Objects.requireNonNull(file, "file: expected a file, got null");
        return new TorchScriptNetwork(Optional.of(file));
    }

    /**
     * Returns what describes a model that is at hand.
     *
     * @return the network, of which no new models can be made
     */
    public static TorchScriptNetwork saved() {
        return SAVED;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TorchScriptNetwork;
    }

    @Override
    public int hashCode() {
        return KIND.hashCode();
    }

    @Override
    public String name() {
        return "TorchScript";
    }

    @Override
    public String toString() {
        return file.map(path -> "the TorchScript module " + path).orElse("a TorchScript module");
    }

    @Override
    public Map<String, String> properties() {
        return Map.of(ModelDescription.NETWORK_KEY, KIND);
    }

    @Override
    public Optional<Class<? extends BlockFactory>> blockFactory() {
        return Optional.empty();
    }

    @Override
    public NetworkFormat format() {
        return ModuleFormat.INSTANCE;
    }

    private Path file() {
        return file.orElseThrow(
                () -> new IllegalStateException("a TorchScript module has its own network"));
    }

    @Override
    public Block newBlock(ModelDescription description) {
        throw new IllegalStateException("a TorchScript module has its own network");
    }

    @Override
    public Model newModel(String name, Device device, ModelDescription description)
            throws IOException, MalformedModelException {
        return SegmentationModels.loadTorchScript(file(), device);
    }

    @Override
    public Model restoreModel(
            String name, Device device, ModelDescription description, byte[] parameters)
            throws IOException, MalformedModelException {
        // A block takes no other module in its place, so that none is made first.
        return ModuleFormat.INSTANCE.restoreModel(
                ModuleFormat.modelName(file()), device, parameters);
    }

    @Override
    public boolean takesWeights() {
        return false;
    }

    @Override
    public Optional<Difference> difference(SegmentationNetwork saved) {
        return Optional.of(new Difference("none with " + this, saved.toString(), ""));
    }

    @Override
    public void checkDevices(String engine, List<Device> devices) {
        if (!engine.equals(EngineNames.PYTORCH)) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: expected the engine PyTorch, which alone reads TorchScript, got %s",
                            file(), engine));
        }
        if (devices.size() > 1) {
            throw new IllegalArgumentException(
                    file()
                            + ": expected one device, as a TorchScript module stays on that which"
                            + " it was loaded to, got "
                            + devices);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>DJL takes a module that was loaded to be in training mode, whatever it was saved in. Once
     * asked without training, it sets the mode for every call.
     */
    @Override
    public void initialize(Trainer trainer, Shape images) {
        OutputShapes.of(trainer.getModel(), images);
    }

    @Override
    public void checkOutput(Model model, ModelDescription description, List<Shape> inputs) {
        OutputShapes.check(file().toString(), model, description.channels(), inputs);
    }

    @Override
    public int countOutputs(Model model, ModelDescription description, List<Shape> batches) {
        return OutputShapes.countInTraining(
                file().toString(), model, description.channels(), batches);
    }

    @Override
    public void checkFits(Model model, ModelDescription description) {
        if (!(model.getBlock() instanceof SymbolBlock)) {
            throw NetworkFormat.misfit("a TorchScript module", model.getBlock());
        }
    }
}
