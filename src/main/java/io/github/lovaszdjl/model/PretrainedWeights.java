package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.internal.Checksum;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Weights from a {@code .safetensors} file, as {@code save_file(model.state_dict(), file)} writes
 * them in Python: for the encoder of a network, or for a whole one.
 *
 * <pre>{@code
 * PretrainedWeights weights = PretrainedWeights.of(Path.of("resnet18.safetensors"));
 * weights.copyTo(network, manager); // initialised, not yet trained
 * }</pre>
 *
 * <p><b>For what.</b> The weights are for the child block {@code encoder} of a network. Where it
 * has no such child, or the file has tensors that begin with {@code decoder.}, they are for the
 * whole network.
 *
 * <p><b>Names.</b> Every parameter has to be in the file under the name that {@link TensorNames}
 * gives it, with the same shape, and nothing else may be there, with these exceptions:
 *
 * <ul>
 *   <li>{@code module.}, {@code model.}, {@code backbone.}, {@code segformer.} and {@code encoder.}
 *       in front of all names are taken off, one or several;
 *   <li>what classifies may be left over: {@code fc.}, {@code classifier.}, {@code
 *       aux_classifier.}, {@code decode_head.}, {@code head.} and {@code conv_head.}, where the
 *       network has no such child; and {@code num_batches_tracked};
 *   <li>{@code features.} may be missing in front of MobileNetV3's names, as in torchvision's
 *       segmentation networks;
 *   <li>timm's names of MobileNetV3-Large are translated to torchvision's, which the encoder has,
 *       and its γ changed for another ε, so that it computes what timm's does.
 * </ul>
 *
 * <p><b>Channels of the image.</b> A first convolution of three channels is taken for another
 * number as timm does it: for one channel the sum over the three, so that a grey image gives what
 * it gave as three equal channels; for n channels the three again and again, times 3 / n.
 *
 * <p><b>Types.</b> F32, F64, F16 and BF16; all become FLOAT32. Values have to be finite, and
 * running variances not below 0.
 *
 * <p>The file is read whenever it is needed and never kept. Immutable.
 */
public final class PretrainedWeights {

    private static final String MEAN = "mean";
    private static final String STD = "std";

    private final Path file;
    private final Normalization known;
    private final boolean withClassifier;

    private PretrainedWeights(Path file, Normalization known, boolean withClassifier) {
        this.file = file;
        this.known = known;
        this.withClassifier = withClassifier;
    }

    /**
     * Names a file. Nothing is read yet.
     *
     * @param file the file
     * @return its weights
     */
    public static PretrainedWeights of(Path file) {
        return of(Objects.requireNonNull(file, "file: expected a file, got null"), null);
    }

    /** Names a file whose normalization is known, or null where the file may say it. */
    static PretrainedWeights of(Path file, Normalization known) {
        return new PretrainedWeights(file, known, true);
    }

    /**
     * Returns these weights but for the last layer, the child block {@code classifier}, so that
     * they will do for other classes. They have to be those of a whole network.
     *
     * @return the weights
     */
    public PretrainedWeights withoutClassifier() {
        return new PretrainedWeights(file, known, false);
    }

    /**
     * Tells whether the last layer has weights of these, too, where they are those of a whole
     * network.
     *
     * @return false for those that {@link #withoutClassifier()} gives
     */
    public boolean hasClassifier() {
        return withClassifier;
    }

    /**
     * Returns the file.
     *
     * @return the file
     */
    public Path file() {
        return file;
    }

    /**
     * Returns how images became the input of the network that the weights are of. It is known of
     * {@link NamedWeights}, whose file is not read for it; another file may say it with the texts
     * {@code mean} and {@code std} of its metadata, three numbers each, such as {@code
     * 0.485,0.456,0.406}: {@link #write} and Python's {@code save_file(…, metadata={…})} write
     * them.
     *
     * @return the normalization, or empty where neither is so
     * @throws IOException if there is no file, or it cannot be read
     * @throws MalformedModelException if it is not what it should be
     */
    public Optional<Normalization> normalization() throws IOException, MalformedModelException {
        if (known != null) {
            return Optional.of(known);
        }
        Map<String, String> texts = TensorFile.read(file).metadata();
        if (!texts.containsKey(MEAN) && !texts.containsKey(STD)) {
            return Optional.empty();
        }
        try {
            PropertyReader reader = new PropertyReader(texts);
            return Optional.of(new Normalization(reader.numbers(MEAN), reader.numbers(STD)));
        } catch (MalformedModelException | IllegalArgumentException e) {
            throw new MalformedModelException(file + ": __metadata__: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the SHA-256 of the file.
     *
     * @return the sum in lower-case hexadecimal
     * @throws IOException if there is no file, or it cannot be read
     */
    public String checksum() throws IOException {
        TensorFile.checkExists(file);
        return Checksum.of("SHA-256", file).hex();
    }

    /**
     * Checks that the weights are those of a network, names, shapes and values.
     *
     * @param network the network, initialised
     * @throws IOException if there is no file, or it cannot be read
     * @throws MalformedModelException if it is not what it should be, or a value is not finite or
     *     no variance; names the tensor
     * @throws IllegalArgumentException if the network's parameters are others; names some of them
     */
    public void check(Block network) throws IOException, MalformedModelException {
        match(network, Set.of()).checkValues();
    }

    /**
     * Checks that the weights are those of a model, names, shapes and values.
     *
     * @param description the model
     * @throws IOException as {@link #check(Block)}
     * @throws MalformedModelException as {@link #check(Block)}
     * @throws IllegalArgumentException as {@link #check(Block)}, and if the network has weights of
     *     its own
     */
    public void check(ModelDescription description) throws IOException, MalformedModelException {
        checkTaken(description.network());
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            match(description.newBlock(manager), Set.of()).checkValues();
        }
    }

    /**
     * Checks that the weights are those of a kind of network, whatever the classes: a shape that
     * goes by the number of classes is not looked at.
     *
     * @param network the network
     * @param image the shape of an image, (channels, H, W)
     * @throws IOException as {@link #check(Block)}
     * @throws MalformedModelException as {@link #check(Block)}
     * @throws IllegalArgumentException as {@link #check(ModelDescription)}
     */
    public void check(SegmentationNetwork network, Shape image)
            throws IOException, MalformedModelException {
        checkTaken(network);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            Block two = ofClasses(List.of("a", "b"), network, image, manager);
            Block three = ofClasses(List.of("a", "b", "c"), network, image, manager);
            Map<String, Parameter> others = named(three);
            Set<String> byClasses = new HashSet<>();
            named(two)
                    .forEach(
                            (name, parameter) -> {
                                Parameter other = others.get(name);
                                if (other == null
                                        || !other.getShape().equals(parameter.getShape())) {
                                    byClasses.add(name);
                                }
                            });
            match(two, byClasses).checkValues();
        }
    }

    private static Block ofClasses(
            List<String> classes, SegmentationNetwork network, Shape image, NDManager manager) {
        Normalization any = Normalization.none((int) image.get(0));
        int height = (int) image.get(1);
        int width = (int) image.get(2);
        return new ModelDescription(classes, network, height, width, any).newBlock(manager);
    }

    private void checkTaken(SegmentationNetwork network) {
        if (!network.takesWeights()) {
            throw new IllegalArgumentException(
                    String.format(
                            "weights: expected none with %s, which holds its weights, got %s",
                            network, file));
        }
    }

    /**
     * Gives a network these weights, before a trainer is initialised for it. If this throws, the
     * network is as it was.
     *
     * @param network the network, initialised
     * @param manager the manager, on the device of the network, that new arrays belong to
     * @return the names of the parameters that have them now, as {@link TensorNames} gives them
     * @throws IOException if there is no file, or it cannot be read
     * @throws MalformedModelException as {@link #check(Block)}
     * @throws IllegalArgumentException as {@link #check(Block)}
     */
    public Set<String> copyTo(Block network, NDManager manager)
            throws IOException, MalformedModelException {
        TensorMatch match = match(network, Set.of());
        Map<Parameter, NDArray> arrays = new LinkedHashMap<>();
        boolean done = false;
        try {
            for (TensorMatch.Match each : match.matches().values()) {
                float[] values = match.values(each);
                arrays.put(each.parameter(), manager.create(values, each.parameter().getShape()));
            }
            done = true;
        } finally {
            if (!done) {
                arrays.values().forEach(NDArray::close);
            }
        }
        arrays.forEach(PretrainedWeights::replace);
        return match.matches().keySet();
    }

    private static void replace(Parameter parameter, NDArray array) {
        parameter.close();
        parameter.setShape(null); // as setArray refuses another one
        parameter.setArray(array);
        array.setRequiresGradient(parameter.requiresGradient());
    }

    private TensorMatch match(Block network, Set<String> anyShape)
            throws IOException, MalformedModelException {
        if (!network.isInitialized()) {
            throw new IllegalArgumentException("network: expected an initialised one, got another");
        }
        named(network); // throws where TensorMatch would
        return TensorMatch.of(TensorFile.read(file), network, anyShape, withClassifier);
    }

    /** Returns the parameters by name, for which the children of the block need names. */
    private static Map<String, Parameter> named(Block block) {
        try {
            return TensorNames.of(block);
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException("network: " + e.getMessage(), e);
        }
    }

    /**
     * Writes the parameters of a network by the names that {@link TensorNames} gives them, for
     * PyTorch: {@code model.load_state_dict(load_file(file))} in Python. Those of a child by itself
     * have names without the child's.
     *
     * @param block the network or one of its children, initialised
     * @param file the file; replaced in one step if it exists
     * @param normalization how images become the network's input
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if the block is not initialised
     */
    public static void write(Block block, Path file, Normalization normalization)
            throws IOException {
        if (!block.isInitialized()) {
            throw new IllegalArgumentException("block: expected an initialised one, got another");
        }
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        TensorNames.of(block).forEach((name, p) -> tensors.put(name, p.getArray()));
        TensorWriter.write(
                file,
                tensors,
                // The first is what PyTorch's own files have.
                Map.of(
                        "format",
                        "pt",
                        MEAN,
                        text(normalization.mean()),
                        STD,
                        text(normalization.std())));
    }

    private static String text(List<Float> values) {
        return String.join(",", values.stream().map(v -> Float.toString(v)).toList());
    }
}
