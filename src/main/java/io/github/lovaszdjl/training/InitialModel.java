package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.util.Pair;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.SegmentationNetwork;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A saved model whose weights a training starts from.
 *
 * @param folder the folder it was saved to
 * @param withClassifier whether the weights of its last layer are taken too
 */
record InitialModel(Path folder, boolean withClassifier) implements InitialValues {

    static final String SETTING = "initial model";

    /** In the names of the parameters of the last layer. */
    private static final String CLASSIFIER = "classifier_";

    @Override
    public void check(SegmentationNetwork network, Shape image) {
        if (!network.takesWeights()) {
            throw new IllegalArgumentException(
                    String.format(
                            "initialModel: expected none with %s, which holds its weights, got %s",
                            network, folder));
        }
    }

    /**
     * Checks that the model fits a training.
     *
     * @throws IOException if it cannot be loaded
     * @throws IllegalArgumentException if the network has weights of its own, the model is of
     *     another one, or was trained on other classes, which its last layer is for, or with
     *     another normalization, or a parameter that is taken has another shape
     */
    @Override
    public void check(ModelDescription expected) throws IOException {
        check(expected.network(), expected.imageShape());
        try (Model saved = load()) {
            check(description(saved), expected);
            checkShapes(saved, expected);
        }
    }

    /** Gives a network the weights of the model; the last layer may be left as it is. */
    @Override
    public void copyTo(Model model, ModelDescription expected)
            throws IOException, MalformedModelException {
        try (Model saved = load()) {
            check(description(saved), expected);
            ParameterList from = saved.getBlock().getParameters();
            for (Pair<String, Parameter> to : model.getBlock().getParameters()) {
                if (!isTaken(to.getKey())) {
                    continue;
                }
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                from.get(to.getKey()).save(new DataOutputStream(bytes));
                to.getValue()
                        .load(
                                model.getNDManager(),
                                new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
            }
        }
    }

    private boolean isTaken(String parameter) {
        return withClassifier || !parameter.contains(CLASSIFIER);
    }

    /**
     * Checks that what is taken has the shape of the network's own: DJL would give the network that
     * of the file, such as the channels of other classes.
     */
    private void checkShapes(Model saved, ModelDescription expected) {
        ParameterList from = saved.getBlock().getParameters();
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            for (Pair<String, Parameter> own : expected.newBlock(manager).getParameters()) {
                Shape shape = own.getValue().getShape();
                Shape got = from.get(own.getKey()).getShape();
                if (isTaken(own.getKey()) && !shape.equals(got)) {
                    throw refused(
                            own.getKey() + " of the shape " + shape,
                            got.toString(),
                            withClassifier
                                    ? ""
                                    : "; only parameters with "
                                            + CLASSIFIER
                                            + " in their names are left out");
                }
            }
        }
    }

    private Model load() throws IOException {
        try {
            return SegmentationModels.load(folder);
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static ModelDescription description(Model model) throws IOException {
        try {
            return ModelDescription.from(model.getProperties());
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void check(ModelDescription saved, ModelDescription expected) {
        Optional<SegmentationNetwork.Difference> network =
                expected.network().difference(saved.network());
        if (network.isPresent()) {
            throw refused(network.get().expected(), network.get().got(), network.get().hint());
        }
        int channels = saved.normalization().channels();
        if (channels != expected.normalization().channels()) {
            throw refused(
                    "a model for images of the channels of the data, "
                            + expected.normalization().channels(),
                    String.valueOf(channels),
                    "");
        }
        if (!saved.normalization().equals(expected.normalization())) {
            throw refused(
                    "the normalization of the data, " + expected.normalization(),
                    saved.normalization().toString(),
                    "");
        }
        if (withClassifier && !saved.classNames().equals(expected.classNames())) {
            throw refused(
                    "the classes of the data, " + Names.list(expected.classNames()),
                    Names.list(saved.classNames()),
                    Names.difference(expected.classNames(), saved.classNames())
                            + "; without its classifier other classes will do");
        }
        if (withClassifier && saved.channels() != expected.channels()) {
            throw refused(
                    expected.channels() + " output channels, which the loss is for",
                    String.valueOf(saved.channels()),
                    "; without its classifier others will do");
        }
    }

    private IllegalArgumentException refused(String expected, String got, String end) {
        return new IllegalArgumentException(
                String.format(
                        "initialModel: expected %s, got %s in %s%s", expected, got, folder, end));
    }

    @Override
    public String setting() {
        return SETTING;
    }

    @Override
    public String text() {
        return folder.toAbsolutePath().normalize()
                + (withClassifier ? ", with its classifier" : ", without its classifier");
    }
}
