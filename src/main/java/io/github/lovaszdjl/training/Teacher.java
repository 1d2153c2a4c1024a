package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.Operations;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** A saved model whose class probabilities a network learns. */
final class Teacher implements AutoCloseable {

    /** The setting of a training that has a teacher. */
    static final String SETTING = "teacher";

    private static final String CHECK_SUM = "segmentation.checkSum";

    private final Model model;

    private Teacher(Model model) {
        this.model = model;
    }

    /**
     * Loads a teacher.
     *
     * @param folder the folder of the model
     * @param student what the network will be
     * @throws IOException if it cannot be loaded
     * @throws IllegalArgumentException if it has other classes or another normalization, or gives
     *     no class probabilities
     */
    static Teacher load(Path folder, ModelDescription student) throws IOException {
        Model model;
        try {
            model = SegmentationModels.load(folder);
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
        try {
            check(ModelDescription.from(model.getProperties()), student, folder);
            return new Teacher(model);
        } catch (MalformedModelException e) {
            model.close();
            throw new IOException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            model.close();
            throw e;
        }
    }

    private static void check(ModelDescription own, ModelDescription student, Path folder) {
        if (!own.classNames().equals(student.classNames())) {
            throw refused(
                    "the classes of the data, " + Names.list(student.classNames()),
                    Names.list(own.classNames())
                            + Names.difference(student.classNames(), own.classNames()),
                    folder);
        }
        if (!own.normalization().equals(student.normalization())) {
            throw refused(
                    "the normalization of the data, " + student.normalization(),
                    own.normalization().toString(),
                    folder);
        }
        if (own.decision() != Decision.HIGHEST_LOGIT) {
            throw refused("one logit a class", "one score a pixel", folder);
        }
    }

    private static IllegalArgumentException refused(String expected, String got, Path folder) {
        return new IllegalArgumentException(
                String.format("teacher: expected %s, got %s in %s", expected, got, folder));
    }

    /**
     * Returns what tells a model from others, wherever its folder is.
     *
     * @throws UncheckedIOException if the folder cannot be read
     */
    static String fingerprint(Path folder) {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(folder.resolve("serving.properties"))) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty(CHECK_SUM, "unknown");
    }

    /**
     * Returns the probabilities of the classes.
     *
     * @param images the images, (N, channels, H, W)
     * @param temperature what the logits are divided by
     * @return the probabilities, (N, C, H, W), on the device of the images
     */
    NDArray probabilities(NDArray images, float temperature) {
        NDArray here = images.toDevice(model.getNDManager().getDevice(), false);
        ParameterStore parameters = new ParameterStore(images.getManager(), false);
        NDList logits =
                Operations.inEvaluation(
                        images.getManager(),
                        () -> model.getBlock().forward(parameters, new NDList(here), false));
        NDArray own = logits.head().stopGradient();
        NDArray softened = temperature == 1 ? own : own.div(Operations.number(own, temperature));
        return softened.softmax(1).toDevice(images.getDevice(), false);
    }

    @Override
    public void close() {
        model.close();
    }
}
