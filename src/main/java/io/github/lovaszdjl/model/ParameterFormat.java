package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Block;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** DJL's own format, a {@code .params} file, which every engine reads. */
final class ParameterFormat extends NetworkFormat {

    /** Checks what a block of this kind has written. */
    interface Check {

        /**
         * Reads it and throws if a length in it cannot be.
         *
         * @param block a block of the size of the one that was saved
         */
        void check(InputStream in, long length, Block block)
                throws IOException, MalformedModelException;
    }

    private static final String EXTENSION = ".params";

    /** Of a block of which it is not known what it writes about itself. */
    static final ParameterFormat UNKNOWN = new ParameterFormat();

    private final Check file;
    private final Check parameters;
    private final boolean known;

    private ParameterFormat() {
        super(EXTENSION);
        file = parameters = (in, length, block) -> {};
        known = false;
    }

    /**
     * @param file checks a file as {@code Model.save} writes it
     * @param parameters checks what {@code Block.saveParameters} writes
     */
    ParameterFormat(Check file, Check parameters) {
        super(EXTENSION);
        this.file = file;
        this.parameters = parameters;
        known = true;
    }

    /** Returns a model with a block. */
    Model newModel(String name, Device device, Block block) {
        Model model = Model.newInstance(name, device);
        model.setBlock(block);
        return model;
    }

    /** Returns a model with a block and the parameters that were saved of it. */
    Model restoreModel(String name, Device device, Block block, byte[] saved)
            throws IOException, MalformedModelException {
        parameters.check(new ByteArrayInputStream(saved), saved.length, block);
        return filled(
                newModel(name, device, block),
                model ->
                        block.loadParameters(
                                model.getNDManager(),
                                new DataInputStream(new ByteArrayInputStream(saved))));
    }

    @Override
    Path file(Path folder, ModelProperties properties) throws MalformedModelException {
        return file(folder, properties.modelName(), properties.epoch());
    }

    @Override
    Map<String, String> location(String name, int number) {
        Map<String, String> location = new LinkedHashMap<>();
        location.put(ModelProperties.NAME_KEY, name);
        location.put(ModelProperties.EPOCH_KEY, Integer.toString(number));
        return location;
    }

    @Override
    Path write(Model model, String name, Path folder) throws IOException {
        try (NDScope copies = new NDScope()) {
            // Of an array on a GPU, DJL makes a copy that its manager keeps.
            copies.suppressNotUsedWarning();
            model.save(folder, name);
        }
        return ModelSaver.filesIn(folder).get(0);
    }

    @Override
    void checkLengths(Path path, ModelDescription description)
            throws IOException, MalformedModelException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
            file.check(in, Files.size(path), description.newBlock());
        }
    }

    @Override
    boolean needsCheckSum() {
        return !known;
    }

    @Override
    Model read(Path path, ModelProperties properties, Device device, ModelDescription description)
            throws IOException, MalformedModelException {
        Model model = newModel(properties.modelName(), device, description.newBlock());
        return filled(
                model,
                unused -> {
                    load(model, path, properties);
                    if (!known) {
                        nameInputs(model);
                    }
                });
    }

    private static void load(Model model, Path path, ModelProperties properties)
            throws IOException, MalformedModelException {
        try {
            model.load(
                    path.toAbsolutePath().getParent(),
                    properties.modelName(),
                    Map.of("epoch", Integer.toString(properties.epoch())));
        } catch (EOFException e) {
            throw new MalformedModelException(path + ": ends too early", e);
        } catch (IOException e) {
            throw new IOException(path + ": cannot be read: " + WholeFile.reason(e), e);
        } catch (MalformedModelException | RuntimeException e) {
            throw new MalformedModelException(path + ": " + e.getMessage(), e);
        }
    }

    /** Gives inputs their names, which DJL does not load and which saving again needs. */
    private static void nameInputs(Model model) {
        Block block = model.getBlock();
        block.initialize(model.getNDManager(), model.getDataType(), block.getInputShapes());
    }
}
