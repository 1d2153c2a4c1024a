package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * An {@link EncoderDecoder} of parts that have a name.
 *
 * @param encoder the encoder
 * @param decoder the decoder
 * @param outputStride the stride of the encoder's deepest map
 * @param dropout the dropout before the last layer
 */
public record EncoderDecoderNetwork(
        EncoderName encoder, DecoderName decoder, int outputStride, float dropout)
        implements SegmentationNetwork {

    static final String KIND = "encoder-decoder";
    private static final String ENCODER_KEY = "segmentation.encoder";
    private static final String DECODER_KEY = "segmentation.decoder";
    private static final String STRIDE_KEY = "segmentation.outputStride";
    private static final String DROPOUT_KEY = "segmentation.dropout";

    /**
     * Checks the values.
     *
     * @param encoder the encoder
     * @param decoder the decoder
     * @param outputStride the stride of the encoder's deepest map
     * @param dropout the dropout before the last layer
     * @throws IllegalArgumentException if one is missing or out of range, or the encoder is not
     *     offered with this decoder or stride
     */
    public EncoderDecoderNetwork {
        Objects.requireNonNull(encoder, "encoder: expected an encoder, got null");
        Objects.requireNonNull(decoder, "decoder: expected a decoder, got null");
        encoder.checkDecoder(decoder);
        encoder.checkStride(outputStride);
        EncoderDecoder.checkDropout(dropout);
    }

    /**
     * Describes a network with the output stride and dropout that are usual with its decoder.
     *
     * @param encoder the encoder
     * @param decoder the decoder
     * @throws IllegalArgumentException if one is missing, or the encoder is not offered with this
     *     decoder
     */
    public EncoderDecoderNetwork(EncoderName encoder, DecoderName decoder) {
        this(encoder, decoder, decoder.usualOutputStride(), decoder.usualDropout());
    }

    /**
     * Returns all networks, as they are usual.
     *
     * @return every encoder with every decoder that it is offered with
     */
    public static List<EncoderDecoderNetwork> all() {
        List<EncoderDecoderNetwork> networks = new ArrayList<>();
        for (EncoderName encoder : EncoderName.values()) {
            for (DecoderName decoder : encoder.decoders()) {
                networks.add(new EncoderDecoderNetwork(encoder, decoder));
            }
        }
        return networks;
    }

    /**
     * Finds a network by its name.
     *
     * @param name the name, such as "resnet18-unet"
     * @return the network, as it is usual
     * @throws IllegalArgumentException if there is none of this name; lists those that there are
     */
    public static EncoderDecoderNetwork of(String name) {
        List<String> names = new ArrayList<>();
        for (EncoderDecoderNetwork network : all()) {
            if (network.shortName().equals(name)) {
                return network;
            }
            names.add(network.shortName());
        }
        throw new IllegalArgumentException(Names.unknown("network", name, names));
    }

    static EncoderDecoderNetwork from(PropertyReader properties) throws MalformedModelException {
        try {
            return new EncoderDecoderNetwork(
                    constant(ENCODER_KEY, properties, EncoderName.values()),
                    constant(DECODER_KEY, properties, DecoderName.values()),
                    properties.integer(STRIDE_KEY),
                    properties.numbers(DROPOUT_KEY).get(0));
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException("segmentation: " + e.getMessage(), e);
        }
    }

    private static <T> T constant(String key, PropertyReader properties, T[] constants)
            throws MalformedModelException {
        String name = properties.text(key);
        for (T constant : constants) {
            if (constant.toString().equals(name)) {
                return constant;
            }
        }
        throw new MalformedModelException(
                key + ": expected one of " + List.of(constants) + ", got " + name);
    }

    /**
     * Returns the names of encoder and decoder.
     *
     * @return such as "resnet18-unet"
     */
    public String shortName() {
        return encoder + "-" + decoder;
    }

    @Override
    public String name() {
        return shortName() + ", output stride " + outputStride + ", dropout " + dropout;
    }

    @Override
    public String modelName() {
        return shortName();
    }

    @Override
    public String toString() {
        return "a " + shortName();
    }

    @Override
    public Map<String, String> properties() {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(ModelDescription.NETWORK_KEY, KIND);
        properties.put(ENCODER_KEY, encoder.toString());
        properties.put(DECODER_KEY, decoder.toString());
        properties.put(STRIDE_KEY, Integer.toString(outputStride));
        properties.put(DROPOUT_KEY, Float.toString(dropout));
        return properties;
    }

    @Override
    public Optional<Class<? extends BlockFactory>> blockFactory() {
        return Optional.of(EncoderDecoderBlockFactory.class);
    }

    @Override
    public NetworkFormat format() {
        return ParameterFormat.UNKNOWN;
    }

    @Override
    public boolean hasEncoder() {
        return true;
    }

    @Override
    public int stride() {
        return outputStride;
    }

    @Override
    public Block newBlock(ModelDescription description) {
        return EncoderDecoder.builder()
                .setEncoder(encoder)
                .setDecoder(decoder)
                .setClasses(description.channels())
                .optInputChannels(description.inputChannels())
                .optOutputStride(outputStride)
                .optDropout(dropout)
                .build();
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
        if (!(saved instanceof EncoderDecoderNetwork other)
                || !other.shortName().equals(shortName())) {
            return Optional.of(new Difference(toString(), saved.toString(), ""));
        }
        // Neither stride nor dropout has a part in the weights.
        return Optional.empty();
    }

    @Override
    public boolean canTrainOn(Shape images) {
        // A transformer has no batch normalisation, and its decoder has it on the finest map, of
        // images that are padded to whole values of the coarsest one.
        long rows = FeatureMaps.strided(images.get(2), outputStride);
        long columns = FeatureMaps.strided(images.get(3), outputStride);
        return encoder.isTransformer() || images.get(0) * rows * columns > 1;
    }

    @Override
    public void checkFits(Model model, ModelDescription description) {
        Block block = model.getBlock();
        if (!(block instanceof EncoderDecoder net) || !net.isInitialized()) {
            throw NetworkFormat.misfit("an initialised EncoderDecoder", block);
        }
        EncoderDecoder expected = (EncoderDecoder) newBlock(description);
        if (!TensorNames.of(net).keySet().equals(TensorNames.of(expected).keySet())
                || net.classes() != expected.classes()) {
            throw new IllegalArgumentException(
                    String.format(
                            "model: expected %s of %d output channels as described, got another"
                                    + " one, of %d",
                            this, expected.classes(), net.classes()));
        }
    }
}
