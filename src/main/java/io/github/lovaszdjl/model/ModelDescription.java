package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.initializer.Initializer;
import io.github.lovaszdjl.dataset.Normalization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What has to be known about a segmentation model besides its parameters: the names of its classes,
 * its architecture, how images became its input, and how its output becomes labels.
 *
 * <p>A model that was saved or loaded by {@link SegmentationModels}, or loaded by plain DJL,
 * carries its description in its properties:
 *
 * <pre>{@code
 * ModelDescription description = ModelDescription.from(model.getProperties());
 * }</pre>
 *
 * @param classNames the names of the classes, by label; any characters
 * @param network the network
 * @param height the height of the images, or crops of them, that the model was trained with
 * @param width the width of the images, or crops of them, that the model was trained with
 * @param normalization how samples became the network's input
 * @param decision how the network's output becomes labels
 */
public record ModelDescription(
        List<String> classNames,
        SegmentationNetwork network,
        int height,
        int width,
        Normalization normalization,
        Decision decision) {

    /** Raised when a reader of this version can no longer understand what is written. */
    private static final int FORMAT = 1;

    /** Has a decision, which readers of the first format would not look for. */
    private static final int FORMAT_WITH_DECISION = 2;

    private static final String FORMAT_KEY = "segmentation.format";
    private static final String CLASSES_KEY = "segmentation.classes";
    private static final String CLASS_KEY = "segmentation.class.";
    static final String NETWORK_KEY = "segmentation.network";
    private static final String HEIGHT_KEY = "segmentation.height";
    private static final String WIDTH_KEY = "segmentation.width";
    private static final String MEAN_KEY = "segmentation.mean";
    private static final String STD_KEY = "segmentation.std";
    private static final String DECISION_KEY = "segmentation.decision";

    /**
     * Checks the values.
     *
     * @param classNames the names of the classes, by label; any characters
     * @param network the network
     * @param height the height of the images, or crops of them, that the model was trained with
     * @param width the width of the images, or crops of them, that the model was trained with
     * @param normalization how samples became the network's input
     * @param decision how the network's output becomes labels
     * @throws IllegalArgumentException if there is no class, a number is out of range, or the
     *     decision is not between so many classes
     */
    public ModelDescription {
        classNames = List.copyOf(classNames);
        if (classNames.isEmpty()) {
            throw new IllegalArgumentException("classNames: expected at least 1, got none");
        }
        if (network == null) {
            throw new IllegalArgumentException("network: expected a value, got null");
        }
        UNet.Builder.check("height", height, Integer.MAX_VALUE);
        UNet.Builder.check("width", width, Integer.MAX_VALUE);
        if (normalization == null) {
            throw new IllegalArgumentException("normalization: expected a value, got null");
        }
        if (decision == null) {
            throw new IllegalArgumentException("decision: expected a value, got null");
        }
        decision.channels(classNames.size()); // throws where these do not fit
    }

    /**
     * Describes a network with one logit a class.
     *
     * @param classNames the names of the classes, by label; any characters
     * @param network the network
     * @param height the height of the images, or crops of them, that the model was trained with
     * @param width the width of the images, or crops of them, that the model was trained with
     * @param normalization how samples became the network's input
     * @throws IllegalArgumentException if there is no class, or a number is out of range
     */
    public ModelDescription(
            List<String> classNames,
            SegmentationNetwork network,
            int height,
            int width,
            Normalization normalization) {
        this(classNames, network, height, width, normalization, Decision.HIGHEST_LOGIT);
    }

    /**
     * Describes a {@link UNet} with one logit a class.
     *
     * @param classNames the names of the classes, by label; any characters
     * @param baseWidth the base width of the network, see {@link UNet.Builder#optBaseWidth(int)}
     * @param depth the depth of the network, see {@link UNet.Builder#optDepth(int)}
     * @param height the height of the images, or crops of them, that the model was trained with
     * @param width the width of the images, or crops of them, that the model was trained with
     * @param normalization how samples became the network's input
     * @return the description
     * @throws IllegalArgumentException if there is no class, or a number is out of range
     */
    public static ModelDescription unet(
            List<String> classNames,
            int baseWidth,
            int depth,
            int height,
            int width,
            Normalization normalization) {
        SegmentationNetwork network = new UNetNetwork(baseWidth, depth);
        return new ModelDescription(classNames, network, height, width, normalization);
    }

    /**
     * Tells whether properties hold a description.
     *
     * @param properties the properties of a model
     * @return whether they do, be it one that {@link #from} can read or not
     */
    public static boolean isIn(Map<String, ?> properties) {
        return properties.containsKey(FORMAT_KEY);
    }

    /**
     * Reads the description of a model from the properties it was saved with.
     *
     * @param properties the properties of a loaded model, or the arguments it is loaded with
     * @return the description
     * @throws MalformedModelException if a property is missing or has no sensible value; the
     *     message names the property
     */
    public static ModelDescription from(Map<String, ?> properties) throws MalformedModelException {
        PropertyReader reader = new PropertyReader(properties);
        int format = reader.integer(FORMAT_KEY);
        if (format != FORMAT && format != FORMAT_WITH_DECISION) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected %d or %d, got %d",
                            FORMAT_KEY, FORMAT, FORMAT_WITH_DECISION, format));
        }
        Decision decision =
                format == FORMAT ? Decision.HIGHEST_LOGIT : decision(reader.text(DECISION_KEY));
        int classes = reader.integer(CLASSES_KEY);
        List<String> classNames = new ArrayList<>();
        for (int label = 0; label < classes; label++) {
            classNames.add(reader.text(CLASS_KEY + label));
        }
        try {
            return new ModelDescription(
                    classNames,
                    network(reader),
                    reader.integer(HEIGHT_KEY),
                    reader.integer(WIDTH_KEY),
                    new Normalization(reader.numbers(MEAN_KEY), reader.numbers(STD_KEY)),
                    decision);
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException("segmentation: " + e.getMessage(), e);
        }
    }

    private static Decision decision(String text) throws MalformedModelException {
        return Decision.of(text)
                .orElseThrow(
                        () ->
                                new MalformedModelException(
                                        String.format(
                                                "%s: expected one of %s, got %s",
                                                DECISION_KEY,
                                                Arrays.toString(Decision.values()),
                                                text)));
    }

    private static SegmentationNetwork network(PropertyReader reader)
            throws MalformedModelException {
        // Models of the first versions have no such line: all were U-Nets.
        Object kind = reader.properties().get(NETWORK_KEY);
        return switch (kind == null ? UNetNetwork.KIND : kind.toString()) {
            case UNetNetwork.KIND -> UNetNetwork.from(reader);
            case EncoderDecoderNetwork.KIND -> EncoderDecoderNetwork.from(reader);
            case TorchScriptNetwork.KIND -> TorchScriptNetwork.saved();
            case BlockNetwork.KIND -> BlockNetwork.from(reader);
            default ->
                    throw new MalformedModelException(
                            String.format(
                                    "%s: expected one of %s, got %s",
                                    NETWORK_KEY,
                                    List.of(
                                            UNetNetwork.KIND,
                                            EncoderDecoderNetwork.KIND,
                                            TorchScriptNetwork.KIND,
                                            BlockNetwork.KIND),
                                    kind));
        };
    }

    /**
     * Builds the network that this describes.
     *
     * @return a network for images of {@link #inputChannels()}, without parameter values
     * @throws IllegalStateException if it describes a TorchScript module, which brings its own, or
     *     the network cannot be made
     */
    public Block newBlock() {
        return network.newBlock(this);
    }

    /**
     * Builds the network that this describes, initialised with zeros, to know the shapes of its
     * parameters.
     *
     * @param manager the manager that the values belong to
     * @return the network
     * @throws IllegalStateException as {@link #newBlock()}
     */
    public Block newBlock(NDManager manager) {
        Block block = newBlock();
        // Random numbers would be taken from those of a training.
        block.setInitializer(Initializer.ZEROS, parameter -> true);
        block.initialize(manager, DataType.FLOAT32, new Shape(1, inputChannels(), height, width));
        return block;
    }

    /**
     * Returns how many channels an image has.
     *
     * @return the number of channels: 3, or as many others as the normalization has
     */
    public int inputChannels() {
        return normalization.channels();
    }

    /**
     * Returns the shape of the images, or crops of them, that the model was trained with.
     *
     * @return (input channels, height, width)
     */
    public Shape imageShape() {
        return new Shape(inputChannels(), height, width);
    }

    /**
     * Returns how many channels the network's output has.
     *
     * @return the number of channels: that of the classes where each has a logit, or 1
     */
    public int channels() {
        return decision.channels(classNames.size());
    }

    /** Returns what {@link #from(Map)} reads, in the order of writing. */
    Map<String, String> toProperties() {
        Map<String, String> properties = new LinkedHashMap<>();
        boolean plain = decision == Decision.HIGHEST_LOGIT;
        properties.put(FORMAT_KEY, Integer.toString(plain ? FORMAT : FORMAT_WITH_DECISION));
        if (!plain) {
            properties.put(DECISION_KEY, decision.toString());
        }
        properties.putAll(network.properties());
        properties.put(HEIGHT_KEY, Integer.toString(height));
        properties.put(WIDTH_KEY, Integer.toString(width));
        properties.put(MEAN_KEY, joined(normalization.mean()));
        properties.put(STD_KEY, joined(normalization.std()));
        properties.put(CLASSES_KEY, Integer.toString(classNames.size()));
        for (int label = 0; label < classNames.size(); label++) {
            properties.put(CLASS_KEY + label, classNames.get(label));
        }
        return properties;
    }

    private static String joined(List<Float> values) {
        return values.stream().map(v -> Float.toString(v)).collect(Collectors.joining(","));
    }
}
