package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.translate.TranslatorFactory;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The contents of the {@code serving.properties} of a saved model: what DJL looks for, and the
 * {@link ModelDescription}.
 */
record ModelProperties(Map<String, String> lines) {

    static final String FILE = "serving.properties";

    static final String ENGINE_KEY = "engine";
    static final String BLOCK_FACTORY_KEY = "blockFactory";
    static final String TRANSLATOR_FACTORY_KEY = "translatorFactory";
    static final String NAME_KEY = "option.modelName";
    static final String EPOCH_KEY = "option.epoch";

    /** The CRC-32 of the parameter file; models of the first versions have none. */
    static final String CHECK_SUM_KEY = "segmentation.checkSum";

    /** A guard against another file of that name; names of classes may be long. */
    private static final long MAX_BYTES = 1 << 24;

    /** The translator factory of a model whose description names none. */
    static final String TRANSLATOR_FACTORY =
            "io.github.lovaszdjl.translator.SegmentationTranslatorFactory";

    /** Reads the file. */
    static ModelProperties read(Path file) throws IOException, MalformedModelException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file.toString(), null, "expected the description of a saved model");
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected at most %d bytes, got %d",
                            file, MAX_BYTES, Files.size(file)));
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read: " + WholeFile.reason(e), e);
        }
        Map<String, String> lines = new HashMap<>();
        properties.stringPropertyNames().forEach(k -> lines.put(k, properties.getProperty(k)));
        return new ModelProperties(lines);
    }

    /** Returns the name of the model, which its file has too. */
    String modelName() throws MalformedModelException {
        String name = lines.get(NAME_KEY);
        if (name == null || !name.matches("[A-Za-z0-9._-]*")) {
            throw new MalformedModelException(NAME_KEY + ": expected a plain name, got " + name);
        }
        return name;
    }

    /** Returns the number of the parameter file. */
    int epoch() throws MalformedModelException {
        String epoch = lines.get(EPOCH_KEY);
        if (epoch == null || !epoch.matches("\\d{1,4}")) {
            throw new MalformedModelException(EPOCH_KEY + ": expected 0 to 9999, got " + epoch);
        }
        return Integer.parseInt(epoch);
    }

    /** Returns the check sum of the parameter file, if there is one; throws if one is missing. */
    Optional<String> checkSum(boolean needed) throws MalformedModelException {
        String sum = lines.get(CHECK_SUM_KEY);
        if (sum == null && needed) {
            throw new MalformedModelException(
                    CHECK_SUM_KEY + ": expected 8 hexadecimal digits, got none");
        }
        if (sum != null && !sum.matches("[0-9a-f]{8}")) {
            throw new MalformedModelException(
                    CHECK_SUM_KEY + ": expected 8 hexadecimal digits, got \"" + sum + '"');
        }
        return Optional.ofNullable(sum);
    }

    /** Returns what makes the translator of the model, as for DJL's own loader. */
    Class<? extends TranslatorFactory> translatorFactory() throws MalformedModelException {
        return NamedClass.find(
                TRANSLATOR_FACTORY_KEY,
                lines.getOrDefault(TRANSLATOR_FACTORY_KEY, TRANSLATOR_FACTORY),
                TranslatorFactory.class);
    }

    /** Returns lines in ASCII that {@link Properties} reads back, in the given order, no date. */
    byte[] encode() throws IOException {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, String> line : lines.entrySet()) {
            Properties single = new Properties();
            single.setProperty(line.getKey(), line.getValue());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            single.store(out, null);
            out.toString(StandardCharsets.US_ASCII)
                    .lines()
                    .filter(l -> !l.startsWith("#"))
                    .forEach(l -> text.append(l).append('\n'));
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
