package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link UNet}.
 *
 * @param baseWidth the base width, see {@link UNet.Builder#optBaseWidth(int)}
 * @param depth the depth, see {@link UNet.Builder#optDepth(int)}
 */
public record UNetNetwork(int baseWidth, int depth) implements SegmentationNetwork {

    static final String KIND = "unet";

    private static final String BASE_WIDTH_KEY = "segmentation.baseWidth";
    private static final String DEPTH_KEY = "segmentation.depth";

    private static final ParameterFormat FORMAT =
            new ParameterFormat(
                    (in, length, block) ->
                            SavedParameters.checkFile(
                                    in, length, block, ((UNet) block)::checkNumbers),
                    SavedParameters::check);

    /**
     * Checks the values.
     *
     * @param baseWidth the base width
     * @param depth the depth
     * @throws IllegalArgumentException if one is out of range
     */
    public UNetNetwork {
        UNet.Builder.checkArchitecture(baseWidth, depth);
    }

    static UNetNetwork from(PropertyReader properties) throws MalformedModelException {
        return new UNetNetwork(properties.integer(BASE_WIDTH_KEY), properties.integer(DEPTH_KEY));
    }

    @Override
    public String name() {
        return "UNet";
    }

    @Override
    public String modelName() {
        return KIND;
    }

    @Override
    public String toString() {
        return "a U-Net";
    }

    @Override
    public Map<String, String> properties() {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(ModelDescription.NETWORK_KEY, KIND);
        properties.put(BASE_WIDTH_KEY, Integer.toString(baseWidth));
        properties.put(DEPTH_KEY, Integer.toString(depth));
        return properties;
    }

    @Override
    public Optional<Class<? extends BlockFactory>> blockFactory() {
        return Optional.of(UNetBlockFactory.class);
    }

    @Override
    public NetworkFormat format() {
        return FORMAT;
    }

    @Override
    public int stride() {
        return 1 << depth;
    }

    @Override
    public Block newBlock(ModelDescription description) {
        return UNet.builder()
                .setClasses(description.channels())
                .optInputChannels(description.inputChannels())
                .optBaseWidth(baseWidth)
                .optDepth(depth)
                .build();
    }

    @Override
    public Model newModel(String name, Device device, ModelDescription description) {
        return FORMAT.newModel(name, device, newBlock(description));
    }

    @Override
    public Model restoreModel(
            String name, Device device, ModelDescription description, byte[] parameters)
            throws IOException, MalformedModelException {
        return FORMAT.restoreModel(name, device, newBlock(description), parameters);
    }

    @Override
    public Optional<Difference> difference(SegmentationNetwork saved) {
        if (!(saved instanceof UNetNetwork other)) {
            String hint = saved.takesWeights() ? "" : "; its file is a network to train on";
            return Optional.of(new Difference(toString(), saved.toString(), hint));
        }
        if (other.baseWidth != baseWidth) {
            return different("base width " + baseWidth, other.baseWidth);
        }
        return other.depth == depth ? Optional.empty() : different("depth " + depth, other.depth);
    }

    private static Optional<Difference> different(String expected, int got) {
        return Optional.of(new Difference(expected, Integer.toString(got), ""));
    }

    @Override
    public boolean canTrainOn(Shape images) {
        return UNet.valuesPerChannel(images, depth) > 1;
    }

    @Override
    public void checkFits(Model model, ModelDescription description) {
        Block block = model.getBlock();
        if (!(block instanceof UNet net) || !net.isInitialized()) {
            throw NetworkFormat.misfit("an initialised UNet", block);
        }
        List<Integer> expected =
                List.of(description.channels(), description.inputChannels(), baseWidth, depth);
        List<Integer> actual =
                List.of(net.classes(), net.inputChannels(), net.baseWidth(), net.depth());
        if (!expected.equals(actual)) {
            throw new IllegalArgumentException(
                    "model: expected output channels, input channels, base width and depth "
                            + expected
                            + " as described, got "
                            + actual);
        }
    }
}
