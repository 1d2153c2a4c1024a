package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Block;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/** A TorchScript module, a {@code .pt} file, which PyTorch alone reads. */
final class ModuleFormat extends NetworkFormat {

    static final ModuleFormat INSTANCE = new ModuleFormat();

    private static final String EXTENSION = ".pt";

    /** DJL writes a version and the length before a module. */
    private static final int MODULE_START = Byte.BYTES + Long.BYTES;

    private ModuleFormat() {
        super(EXTENSION);
    }

    /** Returns the name of a model that comes from a file. */
    static String modelName(Path file) {
        return file.getFileName().toString().replaceFirst("\\.pt$", "");
    }

    /** Loads a module to train it on, see {@link SegmentationModels#loadTorchScript}. */
    Model newModel(Path file, Device device) throws IOException, MalformedModelException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "expected a TorchScript file");
        }
        checkEngine(file);
        return filled(
                newModel(modelName(file), device),
                model -> {
                    load(model, file);
                    if (model.getBlock().getParameters().isEmpty()) {
                        throw new MalformedModelException(
                                file
                                        + ": expected a TorchScript module with parameters to train,"
                                        + " got none; torch.jit.freeze turns them into constants");
                    }
                });
    }

    private static Model newModel(String name, Device device) {
        return Model.newInstance(name, device, EngineNames.PYTORCH);
    }

    /** Returns a model of what {@code Block.saveParameters} wrote. */
    Model restoreModel(String name, Device device, byte[] saved)
            throws IOException, MalformedModelException {
        InputStream module =
                new ByteArrayInputStream(saved, MODULE_START, saved.length - MODULE_START);
        return filled(newModel(name, device), model -> ScriptModules.load(model, module));
    }

    @Override
    Path file(Path folder, ModelProperties properties) throws MalformedModelException {
        return folder.resolve(properties.modelName() + EXTENSION);
    }

    /** DJL looks a module up by the name of its file. */
    @Override
    Map<String, String> location(String name, int number) {
        return Map.of(ModelProperties.NAME_KEY, modelName(file(Path.of(""), name, number)));
    }

    /** Writes the module as PyTorch does, without what DJL puts in front. */
    @Override
    Path write(Model model, String name, Path folder) throws IOException {
        Path file = file(folder, name, 0);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
                DataOutputStream module = new DataOutputStream(new SkippingStream(out));
                NDScope copies = new NDScope()) {
            // Of an array on a GPU, DJL makes a copy that its manager keeps.
            copies.suppressNotUsedWarning();
            Block block = model.getBlock();
            block.saveParameters(module);
        }
        return file;
    }

    /** Leaves out DJL's version byte and the length that it writes before a module. */
    private static final class SkippingStream extends FilterOutputStream {

        private int left = MODULE_START;

        SkippingStream(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            if (left > 0) {
                left--;
            } else {
                out.write(b);
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int skipped = Math.min(left, length);
            left -= skipped;
            out.write(bytes, offset + skipped, length - skipped);
        }
    }

    @Override
    void checkEngine(Path file) throws MalformedModelException {
        if (!Engine.hasEngine(EngineNames.PYTORCH)) {
            throw new MalformedModelException(
                    file
                            + ": expected the engine PyTorch, which alone reads TorchScript, got "
                            + Engine.getAllEngines());
        }
    }

    @Override
    Model read(Path file, ModelProperties properties, Device device, ModelDescription description)
            throws IOException, MalformedModelException {
        return filled(newModel(properties.modelName(), device), model -> load(model, file));
    }

    private static void load(Model model, Path file) throws IOException, MalformedModelException {
        // From a stream: by name, DJL would look for the file in other places too.
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            ScriptModules.load(model, in);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read: " + WholeFile.reason(e), e);
        } catch (MalformedModelException | RuntimeException e) {
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            throw new MalformedModelException(
                    file + ": expected a TorchScript module: " + reason.lines().findFirst().get(),
                    e);
        }
    }
}
