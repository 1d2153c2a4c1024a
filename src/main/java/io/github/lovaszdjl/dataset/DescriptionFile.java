package io.github.lovaszdjl.dataset;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads {@code dataset.json}: an object of the options of a {@link FolderLayout}, each a text or a
 * number.
 */
final class DescriptionFile {

    private static final long MAX_BYTES = 2 << 20;

    private DescriptionFile() {}

    /**
     * Reads a file.
     *
     * @param file the file, which need not be there
     * @throws MalformedDatasetException if it is no JSON, or an option is unknown, twice or wrong
     */
    static FolderLayout read(Path file) throws MalformedDatasetException {
        if (!Files.exists(file)) {
            return FolderLayout.standard();
        }
        Map<String, String> options;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new MalformedDatasetException(
                        file, "at most " + MAX_BYTES + " bytes", String.valueOf(Files.size(file)));
            }
            options = options(file, Files.readString(file));
        } catch (MalformedDatasetException e) {
            throw e;
        } catch (MalformedJsonException | EOFException | NumberFormatException e) {
            throw new MalformedDatasetException(
                    file, "a JSON object of options, each a text or a number", "something else");
        } catch (IOException e) {
            throw new MalformedDatasetException(file, "JSON in UTF-8", WholeFile.reason(e));
        }
        try {
            return FolderLayout.of(options);
        } catch (IllegalArgumentException e) {
            throw new MalformedDatasetException(file, e.getMessage());
        }
    }

    private static Map<String, String> options(Path file, String text) throws IOException {
        Map<String, String> options = new LinkedHashMap<>();
        JsonReader json = new JsonReader(new StringReader(text));
        json.setStrictness(Strictness.STRICT);
        if (json.peek() != JsonToken.BEGIN_OBJECT) {
            throw new MalformedJsonException("no object");
        }
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            if (!LayoutOptions.NAMES.contains(name)) {
                throw new MalformedDatasetException(
                        file, Names.unknown("option", name, LayoutOptions.NAMES));
            }
            JsonToken next = json.peek();
            if (next != JsonToken.STRING && next != JsonToken.NUMBER) {
                throw new MalformedDatasetException(
                        file, name + ": expected a text or a number, got another value");
            }
            if (options.put(name, json.nextString()) != null) {
                throw new MalformedDatasetException(file, name + ": expected once, got it twice");
            }
        }
        json.endObject();
        if (json.peek() != JsonToken.END_DOCUMENT) {
            throw new MalformedJsonException("more than an object");
        }
        return options;
    }
}
