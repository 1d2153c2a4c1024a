package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.training.Trainer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A kind of network that gives every pixel of an image its logits, (N, input channels, H, W) to (N,
 * channels, H, W): makes networks of this kind, says what they need to be trained, and how they are
 * saved.
 *
 * <p>There are four kinds: a new {@linkplain UNetNetwork U-Net}, an {@linkplain
 * EncoderDecoderNetwork encoder and decoder} by name, a {@linkplain TorchScriptNetwork TorchScript}
 * module, and any {@linkplain BlockNetwork block} of your own.
 *
 * <pre>{@code
 * SegmentationNetwork network = new UNetNetwork(12, 4);
 * ModelDescription description =
 *         new ModelDescription(classNames, network, 128, 128, Normalization.imageNet());
 * Model model = network.newModel("unet", Device.cpu(), description);
 * }</pre>
 *
 * <p>All are immutable. Two are equal if saved models of them have the same description.
 */
public sealed interface SegmentationNetwork
        permits UNetNetwork, EncoderDecoderNetwork, TorchScriptNetwork, BlockNetwork {

    /**
     * What of a saved network keeps its weights from being those of another one.
     *
     * @param expected what it would have to be, such as "base width 12"
     * @param got what it is
     * @param hint what may help, for the end of a message; may be empty
     */
    record Difference(String expected, String got, String hint) {}

    /**
     * Returns the name of the kind.
     *
     * @return the name, which stands in checkpoints and tells kinds apart there
     */
    String name();

    /**
     * Returns the name of a model that is given no other, and so of its files.
     *
     * @return the name
     */
    default String modelName() {
        return "network";
    }

    /**
     * Returns this in words.
     *
     * @return words for a message, such as "a U-Net"
     */
    @Override
    String toString();

    /**
     * Returns what the description of a saved model says of it.
     *
     * @return lines of {@code serving.properties}, in the order of writing
     */
    Map<String, String> properties();

    /**
     * Returns what makes the block when plain DJL loads a saved model.
     *
     * @return the class, or empty where DJL needs none
     */
    Optional<Class<? extends BlockFactory>> blockFactory();

    /**
     * Returns the format that parameters are saved in.
     *
     * @return the format
     */
    NetworkFormat format();

    /**
     * Returns how many pixels of an image, along each axis, are one at the lowest level.
     *
     * @return the stride, at least 1; 1 where it is not known
     */
    default int stride() {
        return 1;
    }

    /**
     * Tells whether the block has an encoder, its child block {@code encoder}, see {@link
     * Freezing}.
     *
     * @return whether it has; true of a block of your own, as that is not known before it is made
     */
    default boolean hasEncoder() {
        return false;
    }

    /**
     * Makes a block.
     *
     * @param description a description of this network
     * @return a block for images of its channels, without parameter values
     * @throws IllegalStateException if it cannot be made, as a TorchScript module, which comes from
     *     its file
     */
    Block newBlock(ModelDescription description);

    /**
     * Makes a model to be trained.
     *
     * @param name its name; a TorchScript module has that of its file
     * @param device the device, or null for the default one
     * @param description a description of this network
     * @return the model, with a block; without parameter values unless the network has its own
     * @throws IOException if a file is missing or cannot be read
     * @throws MalformedModelException if a file does not hold what it should
     * @throws IllegalStateException if no block can be made
     */
    Model newModel(String name, Device device, ModelDescription description)
            throws IOException, MalformedModelException;

    /**
     * Makes a model as it was when its parameters were written.
     *
     * @param name its name; a TorchScript module has that of its file
     * @param device the device, or null for the default one
     * @param description a description of this network
     * @param parameters what {@link Block#saveParameters} wrote
     * @return the model
     * @throws IOException if the parameters cannot be read
     * @throws MalformedModelException if they are not those of such a network
     * @throws IllegalStateException if no block can be made
     */
    Model restoreModel(String name, Device device, ModelDescription description, byte[] parameters)
            throws IOException, MalformedModelException;

    /**
     * Tells whether a new model has no weights yet and can start from those of a saved one.
     *
     * @return whether it can
     */
    default boolean takesWeights() {
        return true;
    }

    /**
     * Returns why the weights of a saved network cannot be those of this one.
     *
     * @param saved the saved network
     * @return the first difference, or empty if there is none
     */
    Optional<Difference> difference(SegmentationNetwork saved);

    /**
     * Checks that it can be trained with an engine on devices.
     *
     * @param engine the name of the engine
     * @param devices the devices; empty for the default one
     * @throws IllegalArgumentException if it cannot
     */
    default void checkDevices(String engine, List<Device> devices) {}

    /**
     * Tells whether it can be trained with batches of a shape.
     *
     * @param images the shape, (N, input channels, H, W)
     * @return false if its normalisation would have one value per channel somewhere
     */
    default boolean canTrainOn(Shape images) {
        return true;
    }

    /**
     * Makes a model ready to be trained: what has no values yet gets them.
     *
     * @param trainer the trainer of a model of this network
     * @param images the shape of a batch, (N, input channels, H, W)
     */
    default void initialize(Trainer trainer, Shape images) {
        trainer.initialize(images);
    }

    /**
     * Checks that a model gives logits of the right shape, where that is not known beforehand.
     * Where it gives several arrays the first counts.
     *
     * @param model a model of this network; a block without values gets some
     * @param description its description
     * @param inputs shapes of images, (N, input channels, H, W)
     * @throws IllegalArgumentException if one of them gives anything but (N, channels, H, W)
     */
    default void checkOutput(Model model, ModelDescription description, List<Shape> inputs) {}

    /**
     * Counts the outputs that a model has in training: the logits, and after them auxiliary ones,
     * which get a loss of their own.
     *
     * @param model a model of this network with values
     * @param description its description
     * @param batches shapes of images, (N, input channels, H, W)
     * @return the number, at least 1
     * @throws IllegalArgumentException if one of them is not (N, channels, H, W), or not all
     *     batches have as many
     */
    default int countOutputs(Model model, ModelDescription description, List<Shape> batches) {
        return 1;
    }

    /**
     * Checks that a model leaves its encoder as it is in training while that is frozen, where that
     * is not known beforehand. The model is not to be used any more.
     *
     * @param model a model of this network with values and an encoder
     * @param images the shape of a batch, (N, input channels, H, W)
     * @throws IllegalArgumentException if the encoder's running statistics move
     */
    default void checkFreezing(Model model, Shape images) {}

    /**
     * Checks that the block of a model is of this network and can be saved.
     *
     * @param model the model
     * @param description a description of this network
     * @throws IllegalArgumentException if it is of another one, or not initialised
     */
    void checkFits(Model model, ModelDescription description);
}
