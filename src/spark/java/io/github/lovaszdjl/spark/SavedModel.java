package io.github.lovaszdjl.spark;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.internal.WholeFile;
import io.github.lovaszdjl.model.SegmentationModels;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/** The files of a saved model, to be sent to workers. Instances are immutable. */
public final class SavedModel implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String id = UUID.randomUUID().toString();
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    private SavedModel() {}

    /**
     * Reads a saved model.
     *
     * @param folder the folder that it was saved to
     * @return its files
     * @throws IOException if one cannot be read
     */
    public static SavedModel read(Path folder) throws IOException {
        SavedModel model = new SavedModel();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                model.files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return model;
    }

    /**
     * Loads the model in a worker, once in a process, which keeps it.
     *
     * @param worker the worker
     * @return the model, not to be closed
     * @throws IOException if its files cannot be written
     * @throws MalformedModelException if it is damaged
     */
    public ZooModel<Image, CategoryMask> load(Worker worker)
            throws IOException, MalformedModelException {
        try {
            return worker.held("model", id, () -> load(worker.folder(), worker.device()));
        } catch (IOException | MalformedModelException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private ZooModel<Image, CategoryMask> load(Path parent, Device device)
            throws IOException, MalformedModelException {
        Path folder = parent.resolve("model-" + id);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            WholeFile.write(folder.resolve(file.getKey()), out -> out.write(file.getValue()));
        }
        return SegmentationModels.load(folder, device);
    }
}
