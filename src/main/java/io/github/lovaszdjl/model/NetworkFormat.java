package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The file that the parameters of a network are saved in. Of use within the library alone. */
public abstract sealed class NetworkFormat permits ParameterFormat, ModuleFormat {

    private final String extension;

    NetworkFormat(String extension) {
        this.extension = extension;
    }

    /** Returns the file of a model; DJL writes the number with four digits. */
    final Path file(Path folder, String name, int number) {
        return folder.resolve(String.format(Locale.ROOT, "%s-%04d%s", name, number, extension));
    }

    /** Returns the file that the description of a saved model names. */
    abstract Path file(Path folder, ModelProperties properties) throws MalformedModelException;

    /** Returns the lines by which DJL finds the file of this name and number. */
    abstract Map<String, String> location(String name, int number);

    /**
     * Writes the parameters of a model.
     *
     * @param folder an empty folder
     * @return the file in it
     */
    abstract Path write(Model model, String name, Path folder) throws IOException;

    /** Throws unless there is an engine that reads the file. */
    void checkEngine(Path file) throws MalformedModelException {}

    /** Throws if a length in the file cannot be, before DJL believes it. */
    void checkLengths(Path file, ModelDescription description)
            throws IOException, MalformedModelException {}

    /** Tells whether nothing but the check sum tells of damages. */
    boolean needsCheckSum() {
        return false;
    }

    /** Reads a model; its properties are not set. */
    abstract Model read(
            Path file, ModelProperties properties, Device device, ModelDescription description)
            throws IOException, MalformedModelException;

    /** Returns the fault of a model that is not what its description says. */
    static IllegalArgumentException misfit(String expected, Block got) {
        return new IllegalArgumentException(
                "model: expected "
                        + expected
                        + ", got "
                        + (got == null ? "no block" : got.getClass().getSimpleName()));
    }

    /** Fills a new model, which is closed if that fails. */
    static Model filled(Model model, Filling filling) throws IOException, MalformedModelException {
        boolean done = false;
        try {
            filling.fill(model);
            done = true;
            return model;
        } finally {
            if (!done) {
                model.close();
            }
        }
    }

    /** Gives a new model its block and values. */
    interface Filling {
        void fill(Model model) throws IOException, MalformedModelException;
    }
}
