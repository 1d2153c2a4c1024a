package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Loads TorchScript modules from streams and leaves nothing behind. */
final class ScriptModules {

    /** How the names of DJL's folders begin. */
    private static final String PREFIX = "pt-model";

    private ScriptModules() {}

    /**
     * Loads a module.
     *
     * <p>For every model that is loaded from a stream, DJL 0.35 makes an empty folder among the
     * temporary files, which goes when the process ends in peace and stays when it is killed. It is
     * deleted here at once.
     *
     * @param model a new model of PyTorch, which gets the module as its block
     * @param in the module, as PyTorch writes it
     * @throws IOException if it cannot be read
     * @throws MalformedModelException if it is no module
     */
    static void load(Model model, InputStream in) throws IOException, MalformedModelException {
        try {
            model.load(in);
        } finally {
            Path folder = model.getModelPath();
            // Another engine, or another version, may name a folder that is somebody's.
            if (folder != null && folder.getFileName().toString().startsWith(PREFIX)) {
                Files.deleteIfExists(folder);
            }
        }
    }
}
