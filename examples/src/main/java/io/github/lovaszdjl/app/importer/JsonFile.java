package io.github.lovaszdjl.app.importer;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.MalformedJsonException;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Objects;

/** Reads files of JSON, and says what is wrong with one. */
final class JsonFile {

    private JsonFile() {}

    /** Reads a file of JSON from its beginning. */
    interface Body {

        /** Reads it; whatever Gson throws is told as a fault of the file. */
        void read(JsonReader in) throws IOException;
    }

    /**
     * Reads a file of JSON.
     *
     * @throws MalformedAnnotationsException if it is no JSON in UTF-8, or another than the body
     *     reads
     * @throws IOException if it cannot be read
     */
    static void read(Path file, Work work, Body body) throws IOException {
        try (JsonReader in = new JsonReader(SourceFile.open(file, work))) {
            body.read(in);
        } catch (MalformedAnnotationsException | InterruptedIOException e) {
            throw e;
        } catch (MalformedJsonException
                | EOFException
                | CharacterCodingException
                | JsonParseException
                | IllegalStateException
                | NumberFormatException e) {
            throw new MalformedAnnotationsException(
                    file, "", "expected JSON in UTF-8 of this format: " + reason(e), e);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read: " + WholeFile.reason(e), e);
        }
    }

    /** Reads the next value as an entry, whole. */
    static JsonEntry entry(JsonReader in, Path file, String name) throws IOException {
        JsonElement element = JsonParser.parseReader(in);
        if (!element.isJsonObject()) {
            throw new MalformedAnnotationsException(
                    file, name, "expected an object {...}, got " + JsonEntry.kind(element));
        }
        return new JsonEntry(file, name, element.getAsJsonObject());
    }

    private static String reason(Exception e) {
        if (e instanceof CharacterCodingException fault) {
            return WholeFile.reason(fault);
        }
        // Gson ends some messages with the address of a page, and begins some with a class.
        String message = Objects.toString(e.getMessage(), "the end of the file");
        return message.lines().findFirst().orElse("").replaceFirst("^([\\w.$]*Exception: )+", "");
    }
}
