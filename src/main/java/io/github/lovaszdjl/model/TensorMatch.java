package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Which tensor of a file is which parameter of a network, by name and shape. All of the network's
 * are in the file, and all of the file's are in the network, but for those that a segmentation
 * network has no use for.
 *
 * @param matches the tensor for each parameter, by the name of the parameter in the network
 * @param timm whether the file has timm's names for a MobileNetV3
 */
record TensorMatch(TensorFile file, Map<String, Match> matches, boolean timm) {

    /** The child that published weights are for, where a network has it. */
    private static final String ENCODER = "encoder.";

    /** A file that has a tensor of it holds a whole network. */
    private static final String DECODER = "decoder.";

    /** The last layer, whose shape goes by the classes. */
    private static final String CLASSIFIER = "classifier.";

    /** What modules that hold the network put in front of every name. */
    private static final List<String> WRAPPERS =
            List.of("module.", "model.", "backbone.", "segformer.", "encoder.");

    /** What torchvision's segmentation networks leave out in front of a MobileNetV3's names. */
    private static final String FEATURES = "features.";

    private static final Pattern NUMBERED = Pattern.compile("\\d+\\..+");

    /** The parts of published networks that come after the encoder. */
    private static final List<String> HEADS =
            List.of("fc.", "classifier.", "aux_classifier.", "decode_head.", "head.", "conv_head.");

    /** Batches that a normalisation has seen in training, which DJL does not count. */
    private static final String COUNTER = "num_batches_tracked";

    /** The channels of the images that published encoders are for. */
    private static final int COLOURS = 3;

    /**
     * A parameter and its tensor.
     *
     * @param source the name of the tensor in the file
     * @param colours whether the tensor is for images of three channels and the parameter is not
     */
    record Match(Parameter parameter, String source, boolean colours) {}

    /**
     * Matches a file with a network: with its child {@code encoder} where it has one and the file
     * has nothing of a decoder, else with all of it.
     *
     * @param anyShape the names of parameters whose shape may be another one
     * @param withClassifier whether the child {@code classifier} is matched too
     * @throws IllegalArgumentException if they do not match; names what is missing and left over,
     *     or the first shape that is another; or if there is no classifier to leave out
     */
    static TensorMatch of(
            TensorFile file, Block network, Set<String> anyShape, boolean withClassifier) {
        Map<String, Parameter> all = TensorNames.of(network);
        Map<String, Parameter> encoder = new LinkedHashMap<>();
        all.forEach(
                (name, parameter) -> {
                    if (name.startsWith(ENCODER)) {
                        encoder.put(name.substring(ENCODER.length()), parameter);
                    }
                });
        boolean whole =
                encoder.isEmpty()
                        || sources(file, all.keySet()).keySet().stream()
                                .anyMatch(n -> n.startsWith(DECODER) && all.containsKey(n));
        if (!withClassifier) {
            if (!whole || !all.keySet().removeIf(TensorMatch::isOfClassifier)) {
                throw new IllegalArgumentException(
                        String.format(
                                "weights: expected those of a whole network with a child"
                                        + " classifier, which is to be left out, got %s",
                                whole
                                        ? "a network without one"
                                        : "those of an encoder in " + file.path()));
            }
        }
        return whole
                ? match(file, all, "", anyShape, withClassifier)
                : match(file, encoder, ENCODER, Set.of(), true);
    }

    private static boolean isOfClassifier(String name) {
        return name.startsWith(CLASSIFIER);
    }

    private static TensorMatch match(
            TensorFile file,
            Map<String, Parameter> parameters,
            String place,
            Set<String> anyShape,
            boolean withClassifier) {
        Map<String, String> sources = sources(file, parameters.keySet());
        if (!withClassifier) {
            sources.keySet().removeIf(TensorMatch::isOfClassifier);
        }
        boolean timm = TimmMobileNetV3.isTranslated(sources.keySet(), parameters.keySet());
        if (timm) {
            sources = TimmMobileNetV3.translate(sources);
        }
        String owner = place.isEmpty() ? "network" : "encoder";
        checkNames(file, owner, parameters.keySet(), sources.keySet());
        Map<String, Match> matches = new LinkedHashMap<>();
        boolean first = true;
        for (Map.Entry<String, Parameter> parameter : parameters.entrySet()) {
            String name = parameter.getKey();
            String source = sources.get(name);
            Shape expected = parameter.getValue().getShape();
            Shape got = file.tensors().get(source).shape();
            // The first convolution is the only one that sees the channels of the image.
            boolean convolution = expected.dimension() == 4;
            boolean colours = first && convolution && isForColours(expected, got);
            boolean ignored = anyShape.contains(name);
            if (!expected.equals(got) && !colours && !ignored) {
                throw new IllegalArgumentException(
                        String.format(
                                "weights: expected %s of the shape %s, got %s in %s%s",
                                Names.shortened(name),
                                expected,
                                got,
                                file.path(),
                                isOfClassifier(name)
                                        ? "; without its classifier other classes will do"
                                        : ""));
            }
            first &= !convolution;
            matches.put(place + name, new Match(parameter.getValue(), source, colours));
        }
        return new TensorMatch(file, matches, timm);
    }

    private static boolean isForColours(Shape expected, Shape got) {
        return got.dimension() == 4
                && got.get(1) == COLOURS
                && expected.get(1) != COLOURS
                && expected.get(0) == got.get(0)
                && expected.slice(2).equals(got.slice(2));
    }

    /** Returns the names in the file by what the network may call them. */
    private static Map<String, String> sources(TensorFile file, Set<String> expected) {
        List<String> heads = without(HEADS, expected);
        List<String> wrappers = without(WRAPPERS, expected);
        Map<String, String> sources = new LinkedHashMap<>();
        for (String name : file.tensors().keySet()) {
            if (!name.endsWith(COUNTER) || expected.contains(name)) {
                sources.put(name, name);
            }
        }
        for (Optional<String> wrapper = wrapper(sources.keySet(), wrappers, heads);
                wrapper.isPresent();
                wrapper = wrapper(sources.keySet(), wrappers, heads)) {
            sources = unwrapped(wrapper.get(), sources);
        }
        sources.keySet().removeIf(name -> startsWith(name, heads));
        boolean bare =
                expected.stream().allMatch(name -> name.startsWith(FEATURES))
                        && sources.keySet().stream().allMatch(NUMBERED.asMatchPredicate());
        return bare ? renamed(sources, name -> FEATURES + name) : sources;
    }

    /** Returns the beginnings that no parameter of the network has. */
    private static List<String> without(List<String> beginnings, Set<String> expected) {
        return beginnings.stream()
                .filter(b -> expected.stream().noneMatch(name -> name.startsWith(b)))
                .toList();
    }

    /** Returns what is in front of every name but for those of a head, and of one at least. */
    private static Optional<String> wrapper(
            Set<String> names, List<String> wrappers, List<String> heads) {
        for (String wrapper : wrappers) {
            boolean all = true;
            boolean any = false;
            for (String name : names) {
                any |= name.startsWith(wrapper);
                all &= name.startsWith(wrapper) || startsWith(name, heads);
            }
            if (all && any) {
                return Optional.of(wrapper);
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> unwrapped(String wrapper, Map<String, String> sources) {
        return renamed(
                sources,
                name -> name.startsWith(wrapper) ? name.substring(wrapper.length()) : name);
    }

    private static Map<String, String> renamed(
            Map<String, String> sources, UnaryOperator<String> rename) {
        Map<String, String> renamed = new LinkedHashMap<>();
        sources.forEach((name, source) -> renamed.putIfAbsent(rename.apply(name), source));
        return renamed;
    }

    private static boolean startsWith(String name, List<String> beginnings) {
        for (String beginning : beginnings) {
            if (name.startsWith(beginning)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Reads the values of a parameter.
     *
     * @throws IOException if the file cannot be read
     * @throws MalformedModelException if values are not what they should be
     */
    float[] values(Match match) throws IOException, MalformedModelException {
        String source = match.source();
        float[] values = file.values(source);
        if (match.parameter().getType() == Parameter.Type.RUNNING_VAR) {
            checkVariance(source, values);
        }
        String variance = source.replaceFirst("weight$", "running_var");
        if (timm && !variance.equals(source) && file.tensors().containsKey(variance)) {
            TimmMobileNetV3.adapt(values, file.values(variance));
        }
        return match.colours() ? forChannels(values, match.parameter().getShape()) : values;
    }

    /** Normalisation divides by its root. */
    private void checkVariance(String source, float[] values) throws MalformedModelException {
        for (float value : values) {
            if (value < 0) {
                throw new MalformedModelException(
                        String.format(
                                "%s: %s: expected variances of at least 0, got %s",
                                file.path(), Names.shortened(source), value));
            }
        }
    }

    /** Reads all values, and throws as {@link #values} does. */
    void checkValues() throws IOException, MalformedModelException {
        for (Match match : matches.values()) {
            values(match);
        }
    }

    /**
     * Turns the kernels of a convolution of three channels into those of another number, as timm's
     * {@code adapt_input_conv} does ({@code timm/models/_manipulate.py}).
     *
     * @param values (filters, 3, height, width)
     * @param shape (filters, channels, height, width)
     */
    private static float[] forChannels(float[] values, Shape shape) {
        int channels = (int) shape.get(1);
        int kernel = (int) (shape.get(2) * shape.get(3));
        float[] result = new float[(int) shape.size()];
        for (int i = 0; i < result.length; i++) {
            int filter = i / kernel / channels;
            int channel = i / kernel % channels;
            int first = filter * COLOURS * kernel + i % kernel;
            if (channels == 1) {
                result[i] = values[first] + values[first + kernel] + values[first + 2 * kernel];
            } else {
                result[i] = values[first + channel % COLOURS * kernel] * COLOURS / channels;
            }
        }
        return result;
    }

    private static void checkNames(
            TensorFile file, String owner, Set<String> expected, Set<String> got) {
        List<String> missing = new ArrayList<>(expected);
        missing.removeAll(got);
        List<String> left = new ArrayList<>(got);
        left.removeAll(expected);
        if (missing.isEmpty() && left.isEmpty()) {
            return;
        }
        List<String> faults = new ArrayList<>();
        if (!missing.isEmpty()) {
            faults.add("none for " + missing.size() + " of them, " + Names.some(missing));
        }
        if (!left.isEmpty()) {
            faults.add(left.size() + " that it has not, " + Names.some(left));
        }
        // The message is one line and may cut the lists; its cause has all names.
        throw new IllegalArgumentException(
                String.format(
                        "weights: expected the %d tensors of the %s, got %s in %s",
                        expected.size(), owner, String.join("; ", faults), file.path()),
                new IllegalArgumentException(
                        String.format("missing: %s%nleft over: %s", missing, left)));
    }
}
