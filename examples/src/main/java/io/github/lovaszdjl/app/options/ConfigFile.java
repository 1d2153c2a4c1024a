package io.github.lovaszdjl.app.options;

import ai.djl.engine.Engine;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
public final class ConfigFile {

    /** The version of this app. */
    public static final String VERSION = "0.1.0-SNAPSHOT";

    /** The name of the file in a run folder. */
    public static final String NAME = "config.json";

    /** Options that say where and how to go on, not what to do. */
    static final Set<String> LEFT_OUT =
            Set.of("config", "resume", "out", "help", "version", "verbose", "conf", "send-library");

    /**
     * Options that a run that goes on may change and that its file then has anew; of the data, the
     * contents are compared, and of the epochs it is checked that no more are done.
     */
    private static final List<String> CHANGEABLE =
            List.of("data", "tile", "overlap", "epochs", "patience");

    /** Those that say where it is computed, and where metrics go. */
    static final Set<String> WHERE =
            Set.of(
                    "threads",
                    "device",
                    "give-memory-back",
                    "master",
                    "tensorboard",
                    "mlflow",
                    "mlflow-experiment");

    private static final String INITIAL_MODEL = "initialModel";
    private static final String NORMALIZATION = "normalization";

    static final String IGNORE_LABEL = "ignore-label";

    private static final Pattern OPTION = Pattern.compile("--([a-z][a-z-]*)");

    private ConfigFile() {}

    /**
     * Gives the command that the arguments name the values of the file that they name, if any.
     *
     * @return those values
     * @throws IOException if the file cannot be read or is no configuration of this command
     */
    public static Optional<Values> applyTo(CommandLine app, String... args) throws IOException {
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
                                new Values(
                                        file,
                                        resumes
                                                ? ConfigReader.readRun(spec, file)
                                                : ConfigReader.read(spec, file)));
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
    public static void applyTo(CommandLine command, Path file) throws IOException {
        command.setDefaultValueProvider(
                new Values(file, ConfigReader.read(command.getCommandSpec(), file)));
    }

    /** The values of a file. */
    public record Values(Path file, Map<String, String> values) implements IDefaultValueProvider {

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
        public String located(String message, List<String> args) {
            Matcher option = OPTION.matcher(message);
            if (!option.lookingAt() || !values.containsKey(option.group(1))) {
                return message;
            }
            String given = "--(no-)?" + Pattern.quote(option.group(1)) + "(=.*)?";
            boolean ofArgs = args.stream().anyMatch(arg -> arg.matches(given));
            return ofArgs ? message : file + ": " + message;
        }
    }

    /**
     * Checks that a command that was parsed has the options of the run that it goes on with.
     *
     * @throws ParameterException if one is another, but for those that say where it is computed,
     *     which may always change, and those of {@link #changes}, some of which change the numbers:
     *     who goes on with them has to say so in the log, or refuse them
     * @throws IOException if the file cannot be read
     */
    public static void checkSame(CommandSpec spec, Path file) throws IOException {
        Set<String> free = new HashSet<>(WHERE);
        free.addAll(CHANGEABLE);
        check(
                spec,
                ConfigReader.readRun(spec, file),
                free,
                file,
                "a run goes on with its own options");
    }

    /**
     * Checks that a command that was parsed has every option of a file.
     *
     * @param reason why it must
     * @throws ParameterException if one is another
     * @throws IOException if the file cannot be read
     */
    public static void checkEqual(CommandSpec spec, Path file, String reason) throws IOException {
        check(spec, ConfigReader.read(spec, file), Set.of(), file, reason);
    }

    private static void check(
            CommandSpec spec,
            Map<String, String> before,
            Set<String> free,
            Path file,
            String reason) {
        Map<String, String> now = options(spec);
        Set<String> names = new LinkedHashSet<>(now.keySet());
        names.addAll(before.keySet());
        names.removeAll(free);
        for (String name : names) {
            String expected = before.get(name);
            String got = now.get(name);
            // Of a run from before there was the option.
            boolean unset = expected == null && got != null && got.equals(initial(spec, name));
            if (!unset && !Objects.equals(expected, got)) {
                throw new ParameterException(
                        spec.commandLine(),
                        String.format(
                                "--%s: expected %s as in %s, got %s: %s",
                                name,
                                Objects.requireNonNullElse(expected, "none"),
                                file,
                                Objects.requireNonNullElse(got, "none"),
                                reason));
            }
        }
    }

    /**
     * Returns what a command that was parsed changes in the run that it goes on with.
     *
     * @param file the options of the run
     * @return data, tile, overlap, epochs and patience, those of them that are others now, with
     *     their values in the file; a value that the file does not have is null
     */
    public static Map<String, String> changes(Path file, CommandSpec spec) throws IOException {
        Map<String, String> before = ConfigReader.read(spec, file);
        Map<String, String> now = options(spec);
        Map<String, String> changes = new LinkedHashMap<>();
        for (String name : CHANGEABLE) {
            if (!Objects.equals(before.get(name), now.get(name))) {
                changes.put(name, before.get(name));
            }
        }
        return changes;
    }

    /**
     * Gives the options of {@link #changes} in a file the values that a command was parsed with,
     * all at once. The ignore label is written with them, as the data may have had it by its name.
     */
    public static void update(Path file, CommandSpec spec) throws IOException {
        Map<String, String> now = options(spec);
        JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        JsonObject options = json.getAsJsonObject("options");
        CHANGEABLE.forEach(name -> options.addProperty(name, now.get(name)));
        if (now.containsKey(IGNORE_LABEL)) {
            options.addProperty(IGNORE_LABEL, now.get(IGNORE_LABEL));
        }
        write(file, json);
    }

    /**
     * Returns the check sum of the model that a comparison starts from.
     *
     * @return the check sum, or empty where there is none in the file
     */
    public static Optional<String> initialModel(Path file) throws IOException {
        JsonElement sum =
                JsonParser.parseString(Files.readString(file)).getAsJsonObject().get(INITIAL_MODEL);
        return sum == null ? Optional.empty() : Optional.of(sum.getAsString());
    }

    /**
     * Returns the normalization of the weights that a run began from.
     *
     * @return the normalization, or empty where there is none in the file
     */
    public static Optional<Normalization> normalization(Path file) throws IOException {
        JsonElement json =
                JsonParser.parseString(Files.readString(file)).getAsJsonObject().get(NORMALIZATION);
        try {
            return Optional.ofNullable(new Gson().fromJson(json, NormalizationValues.class))
                    .map(values -> new Normalization(values.mean(), values.std()));
        } catch (JsonParseException | IllegalArgumentException | NullPointerException e) {
            throw new IOException(
                    file
                            + ": expected as many numbers as mean as std of the normalization, got "
                            + json,
                    e);
        }
    }

    /** How a normalization is written. */
    private record NormalizationValues(List<Float> mean, List<Float> std) {}

    /** Writes what it takes to repeat a command that was parsed: its options, and the versions. */
    public static void write(Path file, CommandSpec spec) throws IOException {
        write(file, spec, Optional.empty(), Optional.empty());
    }

    /**
     * Writes them, and what the command starts from.
     *
     * @param initialModel the check sum of the model or weights that the command starts from
     * @param normalization that of weights
     */
    public static void write(
            Path file,
            CommandSpec spec,
            Optional<String> initialModel,
            Optional<Normalization> normalization)
            throws IOException {
        JsonObject options = new JsonObject();
        options(spec).forEach(options::addProperty);
        JsonObject versions = new JsonObject();
        versions().forEach(versions::addProperty);
        JsonObject json = new JsonObject();
        json.addProperty("command", spec.name());
        json.add("options", options);
        json.add("versions", versions);
        initialModel.ifPresent(sum -> json.addProperty(INITIAL_MODEL, sum));
        normalization.ifPresent(
                n ->
                        json.add(
                                NORMALIZATION,
                                new Gson().toJsonTree(new NormalizationValues(n.mean(), n.std()))));
        write(file, json);
    }

    private static void write(Path file, JsonObject json) throws IOException {
        String text =
                new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(json);
        WholeFile.write(file, out -> out.write((text + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns the value of each option of a command that was parsed, those without left out. */
    public static Map<String, String> options(CommandSpec spec) {
        Map<String, String> values = new LinkedHashMap<>();
        for (OptionSpec option : spec.options()) {
            Object value = option.getValue();
            if (value != null && !LEFT_OUT.contains(key(option))) {
                values.put(key(option), text(key(option), value));
            }
        }
        return values;
    }

    private static String initial(CommandSpec spec, String name) {
        Object value = spec.findOption(name).initialValue();
        return value == null ? null : text(name, value);
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
        if (key.equals("weights")) {
            return WeightsOptions.absolute(value.toString());
        }
        if (key.equals("data") && DataOptions.named(value.toString()).isEmpty()) {
            return Path.of(value.toString()).toAbsolutePath().normalize().toString();
        }
        return value.toString();
    }

    /** Returns what else a result depends on; loads the engine. */
    public static Map<String, String> versions() {
        Engine engine = Engine.getInstance();
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("lovasz-djl", VERSION);
        versions.put("djl", Engine.getDjlVersion());
        versions.put("engine", engine.getEngineName() + " " + engine.getVersion());
        versions.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        versions.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        versions.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        return versions;
    }

    static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^--?", "");
    }
}
