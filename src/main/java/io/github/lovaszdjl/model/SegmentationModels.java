package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.translator.SegmentationTranslator;
import io.github.lovaszdjl.translator.SegmentationTranslatorFactory;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Saves segmentation models together with all that is needed to use them, and loads them again.
 *
 * <p>A saved model is a folder with a {@code .params} file and a {@code serving.properties}, both
 * in DJL's own formats: the latter holds the {@link ModelDescription} and names the parameter file
 * and the classes that DJL needs. Plain DJL loads the folder too:
 *
 * <pre>{@code
 * Criteria.builder()
 *         .setTypes(Image.class, CategoryMask.class)
 *         .optModelPath(folder)
 *         .optTranslatorFactory(new SegmentationTranslatorFactory())
 *         .build()
 *         .loadModel();
 * }</pre>
 *
 * <p>(DJL 0.35 looks the translator factory of an image model up before it reads {@code
 * serving.properties}, hence the line that names it. For {@code Input} and {@code Output}, the
 * types of DJL Serving, it finds the factory by itself.)
 *
 * <p>Several models need several folders.
 */
public final class SegmentationModels {

    static final String DESCRIPTION_FILE = "serving.properties";

    private static final String BLOCK_FACTORY_KEY = "blockFactory";
    private static final String ENGINE_KEY = "engine";
    private static final String NAME_KEY = "option.modelName";
    private static final String EPOCH_KEY = "option.epoch";

    /** DJL writes the number of a parameter file with four digits. */
    private static final int MAX_FILES = 10_000;

    private SegmentationModels() {}

    /**
     * Saves a model.
     *
     * <p>Either the whole model is saved or, if this throws, the folder still holds the model it
     * held before: parameters go to a file of a new name, and then a new {@code
     * serving.properties}, which names that file, replaces the old one in one step. Other files of
     * the folder are left alone.
     *
     * @param model a model with an initialised {@link UNet}; takes over the description as
     *     properties
     * @param description what the model is; must fit its network
     * @param folder the folder to write to; made if it does not exist
     * @throws IOException if a file cannot be written
     * @throws IllegalArgumentException if the network is no initialised {@link UNet} or not the one
     *     described
     */
    public static void save(Model model, ModelDescription description, Path folder)
            throws IOException {
        checkFits(model, description);
        Files.createDirectories(folder);
        Path descriptionFile = folder.resolve(DESCRIPTION_FILE);
        Path previous = parametersOfPrevious(folder);
        String name = model.getName().replaceAll("[^A-Za-z0-9._-]", "_");
        int epoch = 0;
        while (Files.exists(parameterFile(folder, name, epoch))) {
            if (++epoch == MAX_FILES) {
                throw new IOException(
                        folder + ": expected fewer than " + MAX_FILES + " parameter files");
            }
        }

        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(ENGINE_KEY, model.getNDManager().getEngine().getEngineName());
        properties.put(BLOCK_FACTORY_KEY, UNetBlockFactory.class.getName());
        properties.put("translatorFactory", SegmentationTranslatorFactory.class.getName());
        properties.putAll(description.toProperties());
        properties.forEach(model::setProperty);
        properties.put(NAME_KEY, name);
        properties.put(EPOCH_KEY, Integer.toString(epoch));

        Path parameters = parameterFile(folder, name, epoch);
        // A folder, since DJL writes the name of the file into the file.
        Path unfinished = folder.resolve("unfinished-" + UUID.randomUUID());
        boolean done = false;
        try {
            Files.createDirectory(unfinished);
            model.save(unfinished, name);
            Path written = filesIn(unfinished).get(0);
            sync(written);
            Files.move(written, parameters, StandardCopyOption.ATOMIC_MOVE);
            Path newDescription = unfinished.resolve(DESCRIPTION_FILE);
            Files.write(newDescription, encode(properties));
            sync(newDescription);
            Files.move(newDescription, descriptionFile, StandardCopyOption.ATOMIC_MOVE);
            done = true;
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
        if (previous != null) {
            Files.deleteIfExists(previous);
        }
    }

    private static void checkFits(Model model, ModelDescription description) {
        if (!(model.getBlock() instanceof UNet net) || !net.isInitialized()) {
            throw new IllegalArgumentException(
                    "model: expected an initialised UNet, got "
                            + (model.getBlock() == null
                                    ? "no block"
                                    : model.getBlock().getClass().getSimpleName()));
        }
        List<Integer> expected =
                List.of(
                        description.classNames().size(),
                        3,
                        description.baseWidth(),
                        description.depth());
        List<Integer> actual =
                List.of(net.classes(), net.inputChannels(), net.baseWidth(), net.depth());
        if (!expected.equals(actual)) {
            throw new IllegalArgumentException(
                    "model: expected classes, input channels, base width and depth "
                            + expected
                            + " as described, got "
                            + actual);
        }
    }

    /** Returns the parameter file that a successful save makes superfluous, or null. */
    private static Path parametersOfPrevious(Path folder) {
        try {
            Map<String, String> previous = read(folder.resolve(DESCRIPTION_FILE));
            if (UNetBlockFactory.class.getName().equals(previous.get(BLOCK_FACTORY_KEY))) {
                return parameterFile(folder, previous);
            }
        } catch (IOException | MalformedModelException e) {
            return null; // no model of ours: nothing to tidy up
        }
        return null;
    }

    private static Path parameterFile(Path folder, String name, int epoch) {
        return folder.resolve(String.format(Locale.ROOT, "%s-%04d.params", name, epoch));
    }

    private static Path parameterFile(Path folder, Map<String, String> properties)
            throws MalformedModelException {
        String name = properties.get(NAME_KEY);
        String epoch = properties.get(EPOCH_KEY);
        if (name == null || !name.matches("[A-Za-z0-9._-]*")) {
            throw new MalformedModelException(NAME_KEY + ": expected a plain name, got " + name);
        }
        if (epoch == null || !epoch.matches("\\d{1,4}")) {
            throw new MalformedModelException(EPOCH_KEY + ": expected 0 to 9999, got " + epoch);
        }
        return parameterFile(folder, name, Integer.parseInt(epoch));
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** Makes sure that contents reach the disk before the name that promises them does. */
    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Returns lines in ASCII that {@link Properties} reads back, in the given order, no date. */
    private static byte[] encode(Map<String, String> properties) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, String> entry : properties.entrySet()) {
            Properties single = new Properties();
            single.setProperty(entry.getKey(), entry.getValue());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            single.store(out, null);
            out.toString(StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> lines.append(line).append('\n'));
        }
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Loads a saved model.
     *
     * @param folder the folder it was saved to
     * @return the model with its translator: {@code load(folder).newPredictor()} is ready for
     *     images of any size
     * @throws IOException if the folder or a file of it is missing or cannot be read
     * @throws MalformedModelException if a file does not hold what it should; the message names the
     *     file and what is wrong with it
     */
    public static ZooModel<Image, CategoryMask> load(Path folder)
            throws IOException, MalformedModelException {
        Path descriptionFile = folder.resolve(DESCRIPTION_FILE);
        if (!Files.isRegularFile(descriptionFile)) {
            throw new NoSuchFileException(
                    descriptionFile.toString(), null, "expected the description of a saved model");
        }
        Map<String, String> properties = read(descriptionFile);
        ModelDescription description;
        Path parameters;
        try {
            description = ModelDescription.from(properties);
            parameters = parameterFile(folder, properties);
        } catch (MalformedModelException e) {
            throw new MalformedModelException(descriptionFile + ": " + e.getMessage(), e);
        }
        if (!Files.isRegularFile(parameters)) {
            throw new NoSuchFileException(
                    parameters.toString(), null, "expected the parameters of the model");
        }
        String engine = properties.getOrDefault(ENGINE_KEY, Engine.getDefaultEngineName());
        if (!Engine.hasEngine(engine)) {
            throw new MalformedModelException(
                    descriptionFile
                            + ": engine: expected one of "
                            + Engine.getAllEngines()
                            + ", got "
                            + engine);
        }
        Model model = Model.newInstance(properties.get(NAME_KEY), engine);
        boolean done = false;
        try {
            model.setBlock(description.newBlock());
            loadParameters(model, properties, parameters);
            properties.forEach(model::setProperty);
            done = true;
        } finally {
            if (!done) {
                model.close();
            }
        }
        return new ZooModel<>(model, new SegmentationTranslator(description));
    }

    private static Map<String, String> read(Path file) throws IOException, MalformedModelException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read: " + e, e);
        }
        return properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(key -> key, properties::getProperty));
    }

    private static void loadParameters(Model model, Map<String, String> properties, Path file)
            throws IOException, MalformedModelException {
        try {
            model.load(
                    file.toAbsolutePath().getParent(),
                    properties.get(NAME_KEY),
                    Map.of("epoch", properties.get(EPOCH_KEY)));
        } catch (EOFException e) {
            throw new MalformedModelException(file + ": ends too early", e);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read: " + e, e);
        } catch (MalformedModelException | RuntimeException e) {
            throw new MalformedModelException(file + ": " + e.getMessage(), e);
        }
        // DJL skips a file that does not start with its mark, without a word.
        if (!model.getBlock().isInitialized()) {
            throw new MalformedModelException(file + ": expected parameters that DJL has written");
        }
    }
}
