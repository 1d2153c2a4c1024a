package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Block;
import ai.djl.nn.SymbolBlock;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.internal.SavedParameters;
import io.github.lovaszdjl.internal.ScriptModules;
import io.github.lovaszdjl.internal.WholeFile;
import io.github.lovaszdjl.translator.SegmentationTranslator;
import io.github.lovaszdjl.translator.SegmentationTranslatorFactory;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

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
 * <p>A TorchScript module ({@link #loadTorchScript}) is saved as such, in a {@code .pt} file in
 * place of the {@code .params} file, and PyTorch can read it.
 *
 * <p>Several models need several folders.
 */
public final class SegmentationModels {

    static final String DESCRIPTION_FILE = "serving.properties";

    private static final String BLOCK_FACTORY_KEY = "blockFactory";
    private static final String ENGINE_KEY = "engine";
    private static final String NAME_KEY = "option.modelName";
    private static final String EPOCH_KEY = "option.epoch";

    /** The CRC-32 of the parameter file; models of the first versions have none. */
    private static final String CHECK_SUM_KEY = "segmentation.checkSum";

    /** A guard against another file of that name; names of classes may be long. */
    private static final long MAX_DESCRIPTION_BYTES = 1 << 24;

    /** The extension of a TorchScript module. */
    private static final String MODULE = ".pt";

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
     * @param model a model with an initialised {@link UNet} or a TorchScript module; takes over the
     *     description as properties
     * @param description what the model is; must fit its network
     * @param folder the folder to write to; made if it does not exist
     * @throws IOException if a file cannot be written
     * @throws IllegalArgumentException if the network is not the one described or not initialised
     */
    public static void save(Model model, ModelDescription description, Path folder)
            throws IOException {
        checkFits(model, description);
        Files.createDirectories(folder);
        Path descriptionFile = folder.resolve(DESCRIPTION_FILE);
        Path previous = parametersOfPrevious(folder);
        String name = model.getName().replaceAll("[^A-Za-z0-9._-]", "_");
        int epoch = 0;
        boolean script = description.network().isEmpty();
        while (Files.exists(parameterFile(folder, name, epoch, script))) {
            if (++epoch == MAX_FILES) {
                throw new IOException(
                        folder + ": expected fewer than " + MAX_FILES + " parameter files");
            }
        }

        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(ENGINE_KEY, model.getNDManager().getEngine().getEngineName());
        if (!script) {
            properties.put(BLOCK_FACTORY_KEY, UNetBlockFactory.class.getName());
        }
        properties.put("translatorFactory", SegmentationTranslatorFactory.class.getName());
        properties.putAll(description.toProperties());
        properties.forEach(model::setProperty);
        Path parameters = parameterFile(folder, name, epoch, script);
        if (script) {
            // DJL looks a module up by the name of its file.
            String file = parameters.getFileName().toString();
            properties.put(NAME_KEY, file.substring(0, file.length() - MODULE.length()));
        } else {
            properties.put(NAME_KEY, name);
            properties.put(EPOCH_KEY, Integer.toString(epoch));
        }

        // A folder, since DJL writes the name of the file into the file.
        Path unfinished = folder.resolve("unfinished-" + UUID.randomUUID());
        boolean done = false;
        try {
            Files.createDirectory(unfinished);
            Path written;
            if (script) {
                written = unfinished.resolve(parameters.getFileName());
                writeModule(model.getBlock(), written);
            } else {
                try (NDScope copies = new NDScope()) {
                    // Of an array on a GPU, DJL makes a copy that its manager keeps.
                    copies.suppressNotUsedWarning();
                    model.save(unfinished, name);
                }
                written = filesIn(unfinished).get(0);
            }
            properties.put(CHECK_SUM_KEY, String.format("%08x", checkSum(written)));
            sync(written);
            Files.move(written, parameters, StandardCopyOption.ATOMIC_MOVE);
            Path newDescription = unfinished.resolve(DESCRIPTION_FILE);
            Files.write(newDescription, encode(properties));
            sync(newDescription);
            Files.move(newDescription, descriptionFile, StandardCopyOption.ATOMIC_MOVE);
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
        if (previous != null) {
            Files.deleteIfExists(previous);
        }
    }

    private static void checkFits(Model model, ModelDescription description) {
        Block block = model.getBlock();
        boolean script = description.network().isEmpty();
        boolean good =
                script
                        ? block instanceof SymbolBlock
                        : block instanceof UNet && block.isInitialized();
        if (!good) {
            throw new IllegalArgumentException(
                    "model: expected "
                            + (script ? "a TorchScript module" : "an initialised UNet")
                            + ", got "
                            + (block == null ? "no block" : block.getClass().getSimpleName()));
        }
        if (script) {
            return;
        }
        UNet net = (UNet) block;
        ModelDescription.Network network = description.network().get();
        List<Integer> expected =
                List.of(description.channels(), 3, network.baseWidth(), network.depth());
        List<Integer> actual =
                List.of(net.classes(), net.inputChannels(), net.baseWidth(), net.depth());
        if (!expected.equals(actual)) {
            throw new IllegalArgumentException(
                    "model: expected output channels, input channels, base width and depth "
                            + expected
                            + " as described, got "
                            + actual);
        }
    }

    /** Writes a TorchScript module as PyTorch does, without what DJL puts in front. */
    private static void writeModule(Block block, Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
                DataOutputStream module = new DataOutputStream(new SkippingStream(out));
                NDScope copies = new NDScope()) {
            // Of an array on a GPU, DJL makes a copy that its manager keeps.
            copies.suppressNotUsedWarning();
            block.saveParameters(module);
        }
    }

    /** Leaves out DJL's version byte and the length that it writes before a module. */
    private static final class SkippingStream extends FilterOutputStream {

        private int left = Byte.BYTES + Long.BYTES;

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

    /** Returns the parameter file that a successful save makes superfluous, or null. */
    private static Path parametersOfPrevious(Path folder) {
        try {
            Map<String, String> previous = read(folder.resolve(DESCRIPTION_FILE));
            ModelDescription.from(previous); // else it is another's and stays
            return parameterFile(folder, previous);
        } catch (IOException | MalformedModelException e) {
            return null; // no model of ours: nothing to tidy up
        }
    }

    private static Path parameterFile(Path folder, String name, int epoch, boolean script) {
        String extension = script ? MODULE : ".params";
        return folder.resolve(String.format(Locale.ROOT, "%s-%04d%s", name, epoch, extension));
    }

    private static Path parameterFile(Path folder, Map<String, String> properties)
            throws MalformedModelException {
        String name = properties.get(NAME_KEY);
        String epoch = properties.get(EPOCH_KEY);
        if (name == null || !name.matches("[A-Za-z0-9._-]*")) {
            throw new MalformedModelException(NAME_KEY + ": expected a plain name, got " + name);
        }
        if (ModelDescription.from(properties).network().isEmpty()) {
            return folder.resolve(name + MODULE);
        }
        if (epoch == null || !epoch.matches("\\d{1,4}")) {
            throw new MalformedModelException(EPOCH_KEY + ": expected 0 to 9999, got " + epoch);
        }
        return parameterFile(folder, name, Integer.parseInt(epoch), false);
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
     * @return the model on the default device with its translator: {@code
     *     load(folder).newPredictor()} is ready for images of any size
     * @throws IOException if the folder or a file of it is missing or cannot be read
     * @throws MalformedModelException if a file does not hold what it should; the message names the
     *     file and what is wrong with it
     */
    public static ZooModel<Image, CategoryMask> load(Path folder)
            throws IOException, MalformedModelException {
        return load(folder, null);
    }

    /**
     * Loads a saved model to a device. A U-Net runs on DJL's default engine, whichever it was
     * trained on; a TorchScript module on PyTorch.
     *
     * @param folder the folder it was saved to
     * @param device the device, or null for the default one
     * @return the model with its translator
     * @throws IOException as {@link #load(Path)}
     * @throws MalformedModelException as {@link #load(Path)}
     */
    public static ZooModel<Image, CategoryMask> load(Path folder, Device device)
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
            String sum = properties.get(CHECK_SUM_KEY);
            if (sum != null && !sum.matches("[0-9a-f]{8}")) {
                throw new MalformedModelException(
                        CHECK_SUM_KEY + ": expected 8 hexadecimal digits, got \"" + sum + '"');
            }
        } catch (MalformedModelException e) {
            throw new MalformedModelException(descriptionFile + ": " + e.getMessage(), e);
        }
        if (!Files.isRegularFile(parameters)) {
            throw new NoSuchFileException(
                    parameters.toString(), null, "expected the parameters of the model");
        }
        // Any engine runs a U-Net, so the one it was trained on need not be here.
        boolean script = description.network().isEmpty();
        if (script) {
            checkPyTorch(parameters);
        }
        Optional<UNet> block = description.network().map(network -> description.newBlock());
        check(parameters, block, Optional.ofNullable(properties.remove(CHECK_SUM_KEY)));
        String engine = script ? EngineNames.PYTORCH : Engine.getDefaultEngineName();
        Model model = Model.newInstance(properties.get(NAME_KEY), device, engine);
        boolean done = false;
        try {
            if (script) {
                loadModule(model, parameters);
            } else {
                model.setBlock(block.get());
                loadParameters(model, properties, parameters);
            }
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
        if (Files.exists(file) && Files.size(file) > MAX_DESCRIPTION_BYTES) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected at most %d bytes, got %d",
                            file, MAX_DESCRIPTION_BYTES, Files.size(file)));
        }
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read: " + WholeFile.reason(e), e);
        }
        return properties.stringPropertyNames().stream()
                .collect(
                        Collectors.toMap(
                                k -> k, properties::getProperty, (a, b) -> a, HashMap::new));
    }

    /** Checks a parameter file before DJL believes the lengths in it. */
    private static void check(Path file, Optional<UNet> block, Optional<String> expected)
            throws IOException, MalformedModelException {
        try {
            if (block.isPresent()) {
                try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                    SavedParameters.checkFile(
                            in, Files.size(file), block.get(), block.get()::checkNumbers);
                }
            }
            String sum = String.format("%08x", checkSum(file));
            if (!sum.equals(expected.orElse(sum))) {
                throw new MalformedModelException(
                        "is damaged: expected the check sum " + expected.get() + ", got " + sum);
            }
        } catch (MalformedModelException e) {
            throw new MalformedModelException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read: " + WholeFile.reason(e), e);
        }
    }

    private static long checkSum(Path file) throws IOException {
        CRC32 sum = new CRC32();
        try (InputStream in = new CheckedInputStream(Files.newInputStream(file), sum)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return sum.getValue();
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
            throw new IOException(file + ": cannot be read: " + WholeFile.reason(e), e);
        } catch (MalformedModelException | RuntimeException e) {
            throw new MalformedModelException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Loads a TorchScript module, a network that PyTorch has written with {@code torch.jit.save},
     * to train it on. All its parameters are trained: whether one was frozen in PyTorch ({@code
     * requires_grad}) is lost when DJL loads the file.
     *
     * @param file the module; it must take images (N, 3, H, W) and give logits (N, classes, H, W),
     *     or (N, 1, H, W) to tell two classes apart
     * @param device the device to load it to, or null for the default one
     * @return the model, with the module as its block
     * @throws IOException if the file is missing or cannot be read
     * @throws MalformedModelException if the file is no TorchScript module, or nothing of it can be
     *     trained: it has no parameters, or is frozen ({@code torch.jit.freeze}), which turns them
     *     into constants
     */
    public static Model loadTorchScript(Path file, Device device)
            throws IOException, MalformedModelException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "expected a TorchScript file");
        }
        checkPyTorch(file);
        Path name = file.getFileName();
        Model model =
                Model.newInstance(
                        name.toString().replaceFirst("\\.pt$", ""), device, EngineNames.PYTORCH);
        boolean done = false;
        try {
            loadModule(model, file);
            if (model.getBlock().getParameters().isEmpty()) {
                throw new MalformedModelException(
                        file
                                + ": expected a TorchScript module with parameters to train, got"
                                + " none; torch.jit.freeze turns them into constants");
            }
            done = true;
        } finally {
            if (!done) {
                model.close();
            }
        }
        return model;
    }

    private static void checkPyTorch(Path module) throws MalformedModelException {
        if (!Engine.hasEngine(EngineNames.PYTORCH)) {
            throw new MalformedModelException(
                    module
                            + ": expected the engine PyTorch, which alone reads TorchScript, got "
                            + Engine.getAllEngines());
        }
    }

    private static void loadModule(Model model, Path file)
            throws IOException, MalformedModelException {
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
