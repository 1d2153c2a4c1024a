package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import io.github.lovaszdjl.dataset.Normalization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 * @param network the network, or empty for a TorchScript module, which brings its own
 * @param height the height of the images, or crops of them, that the model was trained with
 * @param width the width of the images, or crops of them, that the model was trained with
 * @param normalization how samples became the network's input
 * @param decision how the network's output becomes labels
 */
public record ModelDescription(
        List<String> classNames,
        Optional<Network> network,
        int height,
        int width,
        Normalization normalization,
        Decision decision) {

    /**
     * The size of a {@link UNet}.
     *
     * @param baseWidth the base width, see {@link UNet.Builder#optBaseWidth(int)}
     * @param depth the depth, see {@link UNet.Builder#optDepth(int)}
     */
    public record Network(int baseWidth, int depth) {

        /**
         * Checks the values.
         *
         * @param baseWidth the base width
         * @param depth the depth
         * @throws IllegalArgumentException if one is out of range
         */
        public Network {
            UNet.Builder.checkArchitecture(baseWidth, depth);
        }
    }

    /** Raised when a reader of this version can no longer understand what is written. */
    private static final int FORMAT = 1;

    /** Has a decision, which readers of the first format would not look for. */
    private static final int FORMAT_WITH_DECISION = 2;

    private static final String FORMAT_KEY = "segmentation.format";
    private static final String CLASSES_KEY = "segmentation.classes";
    private static final String CLASS_KEY = "segmentation.class.";
    private static final String NETWORK_KEY = "segmentation.network";
    private static final String UNET = "unet";
    private static final String TORCHSCRIPT = "torchscript";
    private static final String BASE_WIDTH_KEY = "segmentation.baseWidth";
    private static final String DEPTH_KEY = "segmentation.depth";
    private static final String HEIGHT_KEY = "segmentation.height";
    private static final String WIDTH_KEY = "segmentation.width";
    private static final String MEAN_KEY = "segmentation.mean";
    private static final String STD_KEY = "segmentation.std";
    private static final String DECISION_KEY = "segmentation.decision";

    /**
     * Checks the values.
     *
     * @param classNames the names of the classes, by label; any characters
     * @param network the network, or empty for a TorchScript module
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
            throw new IllegalArgumentException("network: expected an Optional, got null");
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
     * @param network the network, or empty for a TorchScript module
     * @param height the height of the images, or crops of them, that the model was trained with
     * @param width the width of the images, or crops of them, that the model was trained with
     * @param normalization how samples became the network's input
     * @throws IllegalArgumentException if there is no class, or a number is out of range
     */
    public ModelDescription(
            List<String> classNames,
            Optional<Network> network,
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
        Network network = new Network(baseWidth, depth);
        return new ModelDescription(classNames, Optional.of(network), height, width, normalization);
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
        int format = integer(properties, FORMAT_KEY);
        if (format != FORMAT && format != FORMAT_WITH_DECISION) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected %d or %d, got %d",
                            FORMAT_KEY, FORMAT, FORMAT_WITH_DECISION, format));
        }
        Decision decision =
                format == FORMAT
                        ? Decision.HIGHEST_LOGIT
                        : decision(text(properties, DECISION_KEY));
        int classes = integer(properties, CLASSES_KEY);
        List<String> classNames = new ArrayList<>();
        for (int label = 0; label < classes; label++) {
            classNames.add(text(properties, CLASS_KEY + label));
        }
        try {
            return new ModelDescription(
                    classNames,
                    network(properties),
                    integer(properties, HEIGHT_KEY),
                    integer(properties, WIDTH_KEY),
                    new Normalization(numbers(properties, MEAN_KEY), numbers(properties, STD_KEY)),
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

    private static Optional<Network> network(Map<String, ?> properties)
            throws MalformedModelException {
        // Models of the first versions have no such line: all were U-Nets.
        Object network = properties.get(NETWORK_KEY);
        if (TORCHSCRIPT.equals(network)) {
            return Optional.empty();
        }
        if (network != null && !UNET.equals(network)) {
            throw new MalformedModelException(
                    NETWORK_KEY + ": expected unet or torchscript, got " + network);
        }
        return Optional.of(
                new Network(integer(properties, BASE_WIDTH_KEY), integer(properties, DEPTH_KEY)));
    }

    private static String text(Map<String, ?> properties, String key)
            throws MalformedModelException {
        Object value = properties.get(key);
        if (value == null) {
            throw new MalformedModelException(key + ": expected a value, got none");
        }
        return value.toString();
    }

    private static int integer(Map<String, ?> properties, String key)
            throws MalformedModelException {
        String value = text(properties, key);
        try {
            return Integer.parseInt(value.trim());
        } catch (NumberFormatException e) {
            throw new MalformedModelException(
                    key + ": expected a whole number, got \"" + value + '"', e);
        }
    }

    private static List<Float> numbers(Map<String, ?> properties, String key)
            throws MalformedModelException {
        String value = text(properties, key);
        try {
            return Arrays.stream(value.split(",")).map(Float::valueOf).toList();
        } catch (NumberFormatException e) {
            throw new MalformedModelException(
                    key + ": expected numbers with commas between, got \"" + value + '"', e);
        }
    }

    /**
     * Builds the network that this describes.
     *
     * @return a network for RGB images, without parameter values
     * @throws IllegalStateException if it describes a TorchScript module, which brings its own
     */
    public UNet newBlock() {
        Network size =
                network.orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "a TorchScript module has its own network"));
        return UNet.builder()
                .setClasses(channels())
                .optBaseWidth(size.baseWidth())
                .optDepth(size.depth())
                .build();
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
        properties.put(NETWORK_KEY, network.isPresent() ? UNET : TORCHSCRIPT);
        network.ifPresent(
                size -> {
                    properties.put(BASE_WIDTH_KEY, Integer.toString(size.baseWidth()));
                    properties.put(DEPTH_KEY, Integer.toString(size.depth()));
                });
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
