package io.github.lovaszdjl.app.options;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.lovaszdjl.dataset.NamedDataset;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** Reads a {@link ConfigFile}, and says what is wrong with one. */
final class ConfigReader {

    private static final long MAX_BYTES = 1 << 20;

    private ConfigReader() {}

    /**
     * Reads the options of a run to go on with. The ignore label that came with the name of its
     * data set is among them, as the data may have moved to a folder without a name.
     */
    static Map<String, String> readRun(CommandSpec spec, Path file) throws IOException {
        Map<String, String> values = read(spec, file);
        DataOptions.named(values.getOrDefault("data", ""))
                .map(NamedDataset::getIgnoreLabel)
                .ifPresent(
                        label ->
                                label.ifPresent(
                                        id ->
                                                values.putIfAbsent(
                                                        ConfigFile.IGNORE_LABEL,
                                                        String.valueOf(id))));
        return values;
    }

    /** Reads the options of a command. */
    static Map<String, String> read(CommandSpec spec, Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(
                    file
                            + ": expected a file of options, "
                            + (Files.exists(file) ? "got a folder" : "there is none"));
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(
                    file + ": expected at most " + MAX_BYTES + " bytes, got " + Files.size(file));
        }
        JsonObject options;
        String command;
        try {
            String text = Files.readString(file);
            JsonObject json = JsonParser.parseString(text).getAsJsonObject();
            checkNames(text);
            options = json.getAsJsonObject("options");
            command = json.get("command").getAsString();
        } catch (IOException | JsonParseException | IllegalStateException e) {
            throw new IOException(file + ": expected JSON in UTF-8: " + reason(e), e);
        } catch (NullPointerException | ClassCastException | UnsupportedOperationException e) {
            throw new IOException(file + ": expected \"command\" and \"options\"", e);
        }
        if (options == null) {
            throw new IOException(file + ": expected \"command\" and \"options\"");
        }
        if (!command.equals(spec.name())) {
            throw new IOException(
                    String.format(
                            "%s: expected the options of '%s', got those of '%s'",
                            file, spec.name(), command));
        }
        Set<String> known =
                spec.options().stream()
                        .map(ConfigFile::key)
                        .filter(name -> !ConfigFile.LEFT_OUT.contains(name))
                        .collect(Collectors.toCollection(TreeSet::new));
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> option : options.entrySet()) {
            if (!known.contains(option.getKey())) {
                throw new IOException(
                        file + ": " + Names.unknown("option", option.getKey(), known));
            }
            if (!option.getValue().isJsonPrimitive()) {
                throw new IOException(
                        String.format(
                                "%s: %s: expected a text, number, true or false, got %s",
                                file, option.getKey(), option.getValue()));
            }
            String value = option.getValue().getAsString();
            // Which JSON can name, and no file can hold or no path.
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(value) || value.contains("\0")) {
                throw new IOException(
                        file
                                + ": "
                                + option.getKey()
                                + ": expected whole characters and no NUL, got another");
            }
            values.put(option.getKey(), value);
        }
        return values;
    }

    /** Throws for a name that comes twice in one object, of which Gson would take the last. */
    private static void checkNames(String text) throws IOException {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.LENIENT); // as the parser is
        Deque<Set<String>> names = new ArrayDeque<>();
        for (JsonToken next = reader.peek(); next != JsonToken.END_DOCUMENT; next = reader.peek()) {
            switch (next) {
                case BEGIN_OBJECT -> {
                    reader.beginObject();
                    names.push(new HashSet<>());
                }
                case END_OBJECT -> {
                    reader.endObject();
                    names.pop();
                }
                case BEGIN_ARRAY -> reader.beginArray();
                case END_ARRAY -> reader.endArray();
                case NAME -> {
                    String name = reader.nextName();
                    if (!names.element().add(name)) {
                        throw new JsonParseException(
                                "expected every name once, got \""
                                        + Names.shortened(name)
                                        + "\" twice");
                    }
                }
                default -> reader.skipValue();
            }
        }
    }

    private static String reason(Exception e) {
        if (e instanceof IOException fault) {
            return WholeFile.reason(fault);
        }
        // Gson begins some messages with the name of another exception.
        String message = Objects.toString(e.getMessage(), "got something else");
        return message.replaceFirst("^[\\w.$]*Exception: ", "");
    }
}
