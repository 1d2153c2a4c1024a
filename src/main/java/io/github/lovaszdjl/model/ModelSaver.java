package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/** Saves a model so that its folder holds a whole one at any time. */
final class ModelSaver {

    /** DJL writes the number of a parameter file with four digits. */
    private static final int MAX_FILES = 10_000;

    private final Model model;
    private final ModelDescription description;
    private final NetworkFormat format;
    private final Path folder;

    ModelSaver(Model model, ModelDescription description, Path folder) {
        this.model = model;
        this.description = description;
        this.format = description.network().format();
        this.folder = folder;
    }

    void save() throws IOException {
        description.network().checkFits(model, description);
        Files.createDirectories(folder);
        Path previous = parametersOfPrevious();
        String name = model.getName().replaceAll("[^A-Za-z0-9._-]", "_");
        int number = freeNumber(name);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(
                ModelProperties.ENGINE_KEY, model.getNDManager().getEngine().getEngineName());
        description
                .network()
                .blockFactory()
                .ifPresent(
                        type -> properties.put(ModelProperties.BLOCK_FACTORY_KEY, type.getName()));
        properties.put(ModelProperties.TRANSLATOR_FACTORY_KEY, ModelProperties.TRANSLATOR_FACTORY);
        properties.putAll(description.toProperties());
        properties.forEach(model::setProperty);
        properties.putAll(format.location(name, number));
        write(name, format.file(folder, name, number), properties);
        if (previous != null) {
            Files.deleteIfExists(previous);
        }
    }

    /** Returns the parameter file that a successful save makes superfluous, or null. */
    private Path parametersOfPrevious() {
        try {
            ModelProperties previous = ModelProperties.read(folder.resolve(ModelProperties.FILE));
            // Throws if it is another's, which stays.
            ModelDescription before = ModelDescription.from(previous.lines());
            return before.network().format().file(folder, previous);
        } catch (IOException | MalformedModelException e) {
            return null; // no model of ours: nothing to tidy up
        }
    }

    /** Returns the first number that no parameter file of this name has. */
    private int freeNumber(String name) throws IOException {
        for (int number = 0; number < MAX_FILES; number++) {
            if (!Files.exists(format.file(folder, name, number))) {
                return number;
            }
        }
        throw new IOException(folder + ": expected fewer than " + MAX_FILES + " parameter files");
    }

    private void write(String name, Path parameters, Map<String, String> properties)
            throws IOException {
        // A folder, since DJL writes the name of the file into the file.
        Path unfinished = folder.resolve("unfinished-" + UUID.randomUUID());
        boolean done = false;
        try {
            Files.createDirectory(unfinished);
            Path written = format.write(model, name, unfinished);
            properties.put(ModelProperties.CHECK_SUM_KEY, ModelLoader.checkSum(written));
            sync(written);
            Files.move(written, parameters, StandardCopyOption.ATOMIC_MOVE);
            Path newDescription = unfinished.resolve(ModelProperties.FILE);
            Files.write(newDescription, new ModelProperties(properties).encode());
            sync(newDescription);
            Files.move(
                    newDescription,
                    folder.resolve(ModelProperties.FILE),
                    StandardCopyOption.ATOMIC_MOVE);
            done = true;
        } catch (IOException e) {
            throw new IOException(
                    folder
                            + ": the model cannot be saved, the one before is kept: "
                            + e.getMessage(),
                    e);
        } finally {
            if (!done) {
                Files.deleteIfExists(parameters);
            }
            if (Files.exists(unfinished)) {
                for (Path file : filesIn(unfinished)) {
                    Files.delete(file);
                }
                Files.delete(unfinished);
            }
        }
    }

    /** Makes sure that contents reach the disk before the name that promises them does. */
    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
