package io.github.lovaszdjl.examples;

import ai.djl.engine.Engine;
import com.google.gson.GsonBuilder;
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
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * A file of options. Every run writes one, {@code config.json}, with the value of each option by
 * its name; read back, its values stand in for those that are not given on the command line.
 */
final class ConfigFile {

    /** The name of the file in a run folder. */
    static final String NAME = "config.json";

    /** Options that say where and how to go on, not what to do. */
    private static final Set<String> LEFT_OUT =
            Set.of("config", "resume", "out", "help", "version", "verbose");

    /**
     * Options that a run that goes on may change; of the data, the contents are compared, and of
     * the epochs it is checked that no more are done.
     */
    private static final Set<String> FREE =
            Set.of("threads", "device", "data", "tile", "overlap", "epochs");

    private static final long MAX_BYTES = 1 << 20;

    private static final Pattern OPTION = Pattern.compile("--([a-z][a-z-]*)");

    private ConfigFile() {}

    /**
     * Gives the command that the arguments name the values of the file that they name, if any.
     *
     * @return those values
     * @throws IOException if the file cannot be read or is no configuration of this command
     */
    static Optional<Values> applyTo(CommandLine app, String... args) throws IOException {
        CommandLine command = null;
        Optional<Values> values = Optional.empty();
        for (int i = 0; i < args.length; i++) {
            if (command == null) {
                command = app.getSubcommands().get(args[i]);
            } else if (args[i].matches("--(config|resume)(=.*)?")) {
                boolean joined = args[i].contains("=");
                if (!joined && i + 1 == args.length) {
                    return values; // picocli says what is missing
                }
                String given = joined ? args[i].substring(args[i].indexOf('=') + 1) : args[i + 1];
                Path path;
                try {
                    path = Path.of(given);
                } catch (InvalidPathException e) {
                    return values; // picocli says what is wrong
                }
                if (given.isBlank()) {
                    return values; // as well
                }
                boolean resumes = args[i].startsWith("--resume");
                if (resumes && !Files.exists(path.resolve(NAME))) {
                    throw new IOException(
                            path.resolve(NAME)
                                    + ": expected the options of a run to go on with, there are"
                                    + " none; a run that was killed before it wrote them is"
                                    + " started again with its own command");
                }
                Path file = resumes ? path.resolve(NAME) : path;
                CommandSpec spec = command.getCommandSpec();
                values =
                        Optional.of(
                                new Values(file, resumes ? readRun(spec, file) : read(spec, file)));
                command.setDefaultValueProvider(values.get());
            }
        }
        return values;
    }

    /**
     * Gives a command the values of a file for the options that the command line does not give.
     *
     * @throws IOException if the file cannot be read or is no configuration of this command
     */
    static void applyTo(CommandLine command, Path file) throws IOException {
        command.setDefaultValueProvider(new Values(file, read(command.getCommandSpec(), file)));
    }

    /** The values of a file. */
    record Values(Path file, Map<String, String> values) implements IDefaultValueProvider {

        @Override
        public String defaultValue(ArgSpec arg) {
            return arg instanceof OptionSpec option ? values.get(key(option)) : null;
        }

        /**
         * Puts the file in front of an error's message, if it is about an option whose value the
         * file gave and not the command line.
         *
         * @param message the message, which begins with the option
         * @param args the command line
         */
        String located(String message, List<String> args) {
            Matcher option = OPTION.matcher(message);
            if (!option.lookingAt() || !values.containsKey(option.group(1))) {
                return message;
            }
            String given = "--(no-)?" + Pattern.quote(option.group(1)) + "(=.*)?";
            boolean ofArgs = args.stream().anyMatch(arg -> arg.matches(given));
            return ofArgs ? message : file + ": " + message;
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

    /**
     * Reads the options of a run to go on with. The ignore label that came with the name of its
     * data set is among them, as the data may have moved to a folder without a name.
     */
    private static Map<String, String> readRun(CommandSpec spec, Path file) throws IOException {
        Map<String, String> values = read(spec, file);
        DataOptions.named(values.getOrDefault("data", ""))
                .map(NamedDataset::getIgnoreLabel)
                .ifPresent(
                        label ->
                                label.ifPresent(
                                        id ->
                                                values.putIfAbsent(
                                                        "ignore-label", String.valueOf(id))));
        return values;
    }

    private static Map<String, String> read(CommandSpec spec, Path file) throws IOException {
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
                        .filter(name -> !LEFT_OUT.contains(name))
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

    /**
     * Checks that a command that was parsed has the options of a file.
     *
     * @throws ParameterException if one is another, but for those that do not change the numbers or
     *     only where they are computed
     * @throws IOException if the file cannot be read
     */
    static void checkSame(CommandSpec spec, Path file) throws IOException {
        Map<String, String> before = readRun(spec, file);
        for (Map.Entry<String, String> option : options(spec).entrySet()) {
            String expected = before.get(option.getKey());
            // A run of before there was the flag.
            boolean newFlag = expected == null && option.getValue().equals("false");
            if (!FREE.contains(option.getKey())
                    && !newFlag
                    && !option.getValue().equals(expected)) {
                throw new ParameterException(
                        spec.commandLine(),
                        String.format(
                                "--%s: expected %s as in %s, got %s: a run goes on with its own"
                                        + " options",
                                option.getKey(),
                                expected == null ? "none" : expected,
                                file,
                                option.getValue()));
            }
        }
    }

    /** Returns the value of an option in a file, or null. */
    static String value(Path file, CommandSpec spec, String name) throws IOException {
        return read(spec, file).get(name);
    }

    /**
     * Gives some options in a file the values that a command was parsed with.
     *
     * @param names the options; where the first has the value that it has in the file, nothing is
     *     done
     * @return whether it had another one
     */
    static boolean update(Path file, CommandSpec spec, List<String> names) throws IOException {
        Map<String, String> before = read(spec, file);
        Map<String, String> now = options(spec);
        String first = names.get(0);
        if (Objects.equals(before.get(first), now.get(first))) {
            return false;
        }
        JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        for (String name : names) {
            if (now.containsKey(name)) {
                json.getAsJsonObject("options").addProperty(name, now.get(name));
            }
        }
        write(file, json);
        return true;
    }

    /** Writes what it takes to repeat a command that was parsed: its options, and the versions. */
    static void write(Path file, CommandSpec spec) throws IOException {
        JsonObject options = new JsonObject();
        options(spec).forEach(options::addProperty);
        JsonObject versions = new JsonObject();
        versions().forEach(versions::addProperty);
        JsonObject json = new JsonObject();
        json.addProperty("command", spec.name());
        json.add("options", options);
        json.add("versions", versions);
        write(file, json);
    }

    private static void write(Path file, JsonObject json) throws IOException {
        String text =
                new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(json);
        WholeFile.write(file, out -> out.write((text + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns the value of each option of a command that was parsed, those without left out. */
    static Map<String, String> options(CommandSpec spec) {
        Map<String, String> values = new LinkedHashMap<>();
        for (OptionSpec option : spec.options()) {
            Object value = option.getValue();
            if (value != null && !LEFT_OUT.contains(key(option))) {
                values.put(key(option), text(key(option), value));
            }
        }
        return values;
    }

    private static String text(String key, Object value) {
        if (value instanceof List<?> list) {
            // What the option splits its default value at.
            return list.stream().map(Object::toString).collect(Collectors.joining(";"));
        }
        // The file is read from other folders too.
        if (value instanceof Path path) {
            return path.toAbsolutePath().normalize().toString();
        }
        if (key.equals("data") && DataOptions.named(value.toString()).isEmpty()) {
            return Path.of(value.toString()).toAbsolutePath().normalize().toString();
        }
        return value.toString();
    }

    /** Returns what else a result depends on; loads the engine. */
    static Map<String, String> versions() {
        Engine engine = Engine.getInstance();
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("lovasz-djl", Lovasz.VERSION);
        versions.put("djl", Engine.getDjlVersion());
        versions.put("engine", engine.getEngineName() + " " + engine.getVersion());
        versions.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        versions.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        versions.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        return versions;
    }

    private static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^--?", "");
    }
}
