package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorFactory;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/** Loads a saved model, and checks its files before DJL reads them. */
final class ModelLoader {

    private ModelLoader() {}

    static ZooModel<Image, CategoryMask> load(Path folder, Device device)
            throws IOException, MalformedModelException {
        Path file = folder.resolve(ModelProperties.FILE);
        ModelProperties properties = ModelProperties.read(file);
        ModelDescription description;
        Path parameters;
        Optional<String> sum;
        Class<? extends TranslatorFactory> translator;
        try {
            description = ModelDescription.from(properties.lines());
            parameters = description.network().format().file(folder, properties);
            sum = properties.checkSum(description.network().format().needsCheckSum());
            translator = properties.translatorFactory();
        } catch (MalformedModelException e) {
            throw new MalformedModelException(file + ": " + e.getMessage(), e);
        }
        if (!Files.isRegularFile(parameters)) {
            throw new NoSuchFileException(
                    parameters.toString(), null, "expected the parameters of the model");
        }
        NetworkFormat format = description.network().format();
        format.checkEngine(parameters);
        check(parameters, description, sum);
        Model model = format.read(parameters, properties, device, description);
        try {
            properties.lines().remove(ModelProperties.CHECK_SUM_KEY);
            properties.lines().forEach(model::setProperty);
            return new ZooModel<>(
                    model,
                    NamedClass.newInstance(translator)
                            .newInstance(
                                    Image.class, CategoryMask.class, model, properties.lines()));
        } catch (TranslateException | RuntimeException e) {
            model.close();
            throw new MalformedModelException(file + ": " + e.getMessage(), e);
        }
    }

    /** Checks a parameter file before DJL believes the lengths in it. */
    private static void check(Path file, ModelDescription description, Optional<String> expected)
            throws IOException, MalformedModelException {
        try {
            description.network().format().checkLengths(file, description);
            String sum = checkSum(file);
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

    /** Returns the CRC-32 of a file, 8 hexadecimal digits. */
    static String checkSum(Path file) throws IOException {
        CRC32 sum = new CRC32();
        try (InputStream in = new CheckedInputStream(Files.newInputStream(file), sum)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return String.format("%08x", sum.getValue());
    }
}
