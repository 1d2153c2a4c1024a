package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.Parameter;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A block of your own, made by a DJL {@link BlockFactory}. It takes (N, input channels, H, W) and
 * gives (N, channels, H, W), of any height and width.
 *
 * <p>A saved model names the factory. Whoever loads the model, this library or plain DJL, needs the
 * class on the class path. The factory gets the contents of {@code serving.properties} as
 * arguments, in which {@link ModelDescription#from} finds the number of channels. From this library
 * its model and folder are null, as blocks are made to check shapes, too, before there is either;
 * plain DJL passes both:
 *
 * <pre>{@code
 * public final class MyFactory implements BlockFactory {
 *     public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
 *             throws IOException {
 *         return new MyBlock(ModelDescription.from(arguments).channels());
 *     }
 * }
 * }</pre>
 *
 * <p>The block must save and load its parameters, as every {@code AbstractBlock} does. A training
 * that starts from a saved model without its last layer leaves out the child block {@code
 * classifier}; one that freezes the encoder or gives it a learning rate of its own looks for the
 * child block {@code encoder}, see {@link Freezing}.
 *
 * @param factory a public class with a public constructor without arguments
 * @param arguments what the factory gets besides, such as a width, by name: the value of {@code
 *     width} is the argument {@code block.width}. A saved model keeps them
 */
public record BlockNetwork(Class<? extends BlockFactory> factory, Map<String, String> arguments)
        implements SegmentationNetwork {

    static final String KIND = "block";

    private static final String ARGUMENT = "block.";
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*");

    /**
     * Checks class and arguments.
     *
     * @param factory the class
     * @param arguments what the factory gets besides, by name
     * @throws IllegalArgumentException if the class has no public constructor without arguments, or
     *     a name is not of letters, digits, points, hyphens and underscores with a letter first
     */
    public BlockNetwork {
        Objects.requireNonNull(factory, "factory: expected a class, got null");
        NamedClass.checkConstructor("factory", factory);
        for (String name : arguments.keySet()) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "arguments: expected names of letters, digits, points, hyphens and"
                                + " underscores, a letter first, got \""
                                + Names.shortened(name)
                                + '"');
            }
        }
        // In an order of their own, for messages and files.
        arguments = Collections.unmodifiableMap(new TreeMap<>(arguments));
    }

    /**
     * Names a factory without arguments.
     *
     * @param factory the class
     * @throws IllegalArgumentException if it has no public constructor without arguments
     */
    public BlockNetwork(Class<? extends BlockFactory> factory) {
        this(factory, Map.of());
    }

    static BlockNetwork from(PropertyReader properties) throws MalformedModelException {
        String name = properties.text(ModelProperties.BLOCK_FACTORY_KEY);
        Map<String, String> arguments = new TreeMap<>();
        properties
                .properties()
                .forEach(
                        (key, value) -> {
                            if (key.startsWith(ARGUMENT)) {
                                arguments.put(key.substring(ARGUMENT.length()), value.toString());
                            }
                        });
        try {
            return new BlockNetwork(
                    NamedClass.find(ModelProperties.BLOCK_FACTORY_KEY, name, BlockFactory.class),
                    arguments);
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return "block of " + factory.getName() + (arguments.isEmpty() ? "" : " " + arguments);
    }

    @Override
    public String toString() {
        return "a " + name();
    }

    @Override
    public Map<String, String> properties() {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(ModelDescription.NETWORK_KEY, KIND);
        properties.put(ModelProperties.BLOCK_FACTORY_KEY, factory.getName());
        arguments.forEach((name, value) -> properties.put(ARGUMENT + name, value));
        return properties;
    }

    @Override
    public Optional<Class<? extends BlockFactory>> blockFactory() {
        return Optional.of(factory);
    }

    @Override
    public NetworkFormat format() {
        return ParameterFormat.UNKNOWN;
    }

    @Override
    public boolean hasEncoder() {
        return true;
    }

    /**
     * Has the factory make a block; its model and folder are null.
     *
     * @param description a description of this network
     * @return a block, without parameter values
     * @throws IllegalStateException if the factory throws, or returns null; names it
     */
    @Override
    public Block newBlock(ModelDescription description) {
        Block block;
        try {
            block =
                    NamedClass.newInstance(factory)
                            .newBlock(null, null, description.toProperties());
        } catch (IOException e) {
            throw new IllegalStateException(factory.getName() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            String hint =
                    e instanceof NullPointerException
                            ? "; its model and folder are null, see BlockNetwork"
                            : "";
            throw unmade(e.toString().lines().findFirst().orElse("") + hint, e);
        }
        if (block == null) {
            throw unmade("null", null);
        }
        return block;
    }

    private IllegalStateException unmade(String got, Exception cause) {
        return new IllegalStateException(
                factory.getName() + ": expected a block, got " + got, cause);
    }

    @Override
    public Model newModel(String name, Device device, ModelDescription description) {
        return ParameterFormat.UNKNOWN.newModel(name, device, newBlock(description));
    }

    @Override
    public Model restoreModel(
            String name, Device device, ModelDescription description, byte[] parameters)
            throws IOException, MalformedModelException {
        return ParameterFormat.UNKNOWN.restoreModel(
                name, device, newBlock(description), parameters);
    }

    @Override
    public Optional<Difference> difference(SegmentationNetwork saved) {
        return saved.equals(this)
                ? Optional.empty()
                : Optional.of(new Difference(toString(), saved.toString(), ""));
    }

    @Override
    public void checkOutput(Model model, ModelDescription description, List<Shape> inputs) {
        Block block = model.getBlock();
        if (!block.isInitialized()) {
            block.initialize(model.getNDManager(), DataType.FLOAT32, inputs.get(0));
        }
        OutputShapes.check(toString(), model, description.channels(), inputs);
        // Engines refuse one in the first batch, as there is no gradient.
        if (block.getParameters().values().stream().noneMatch(Parameter::requiresGradient)) {
            throw new IllegalArgumentException(
                    "network: expected a network with parameters that learn, got "
                            + this
                            + " without");
        }
    }

    @Override
    public int countOutputs(Model model, ModelDescription description, List<Shape> batches) {
        return OutputShapes.countInTraining(toString(), model, description.channels(), batches);
    }

    @Override
    public void checkFreezing(Model model, Shape images) {
        Freezing.check(toString(), model, images);
    }

    @Override
    public void checkFits(Model model, ModelDescription description) {
        Block block = model.getBlock();
        Class<?> expected = newBlock(description).getClass();
        if (block == null || block.getClass() != expected || !block.isInitialized()) {
            throw NetworkFormat.misfit("an initialised " + expected.getSimpleName(), block);
        }
    }
}
