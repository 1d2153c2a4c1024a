package io.github.lovaszdjl.app.options;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The data of a run, and how it is read, as the defaults of a command that measures its model and
 * whose command line names no data.
 */
public final class RunData {

    private static final String MODEL = "--model";
    private static final String DATA = "--data";

    /** A model is in the folder best of a run, which may be one of a comparison. */
    private static final int MAX_DEPTH = 3;

    private RunData() {}

    /**
     * Gives a command the data of the run that its model is of.
     *
     * @param app the app
     * @param args the arguments, which may name a model
     * @return the values, or empty where there is no such command, model or run, or the arguments
     *     name the data
     * @throws IOException if the options of the run cannot be read
     */
    public static Optional<ConfigFile.Values> applyTo(CommandLine app, String... args)
            throws IOException {
        CommandLine command =
                Arrays.stream(args)
                        .map(app.getSubcommands()::get)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
        if (command == null
                || command.getCommandSpec().findOption(MODEL) == null
                || command.getCommandSpec().findOption(DATA) == null
                || Recipe.given(DATA, args) != null) {
            return Optional.empty();
        }
        Optional<Run> run = run(app, Recipe.given(MODEL, args));
        if (run.isEmpty()) {
            return Optional.empty();
        }
        Path file = run.get().file();
        Map<String, String> values = ConfigReader.readRun(run.get().command(), file);
        Set<String> ofData =
                CommandSpec.forAnnotatedObject(new DataOptions()).optionsMap().keySet();
        values.keySet().removeIf(name -> !ofData.contains("--" + name));
        ConfigFile.Values given = new ConfigFile.Values(file, values);
        command.setDefaultValueProvider(given);
        return Optional.of(given);
    }

    /**
     * A file of options.
     *
     * @param command that which they are of
     */
    private record Run(Path file, CommandSpec command) {}

    /** Returns the options of the run that a folder belongs to. */
    private static Optional<Run> run(CommandLine app, String model) {
        if (model == null || model.isBlank()) {
            return Optional.empty();
        }
        Path folder;
        try {
            folder = Path.of(model).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            return Optional.empty(); // picocli says what is wrong
        }
        return Stream.iterate(folder, f -> f != null, Path::getParent)
                .limit(MAX_DEPTH)
                .map(f -> f.resolve(ConfigFile.NAME))
                .flatMap(
                        f ->
                                command(f)
                                        .map(app.getSubcommands()::get)
                                        .map(command -> new Run(f, command.getCommandSpec()))
                                        .stream())
                .findFirst();
    }

    /** Returns the command that a file has the options of; a file of others may bear its name. */
    private static Optional<String> command(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            JsonElement json = JsonParser.parseString(Files.readString(file));
            JsonElement command = json instanceof JsonObject object ? object.get("command") : null;
            return command != null && command.isJsonPrimitive()
                    ? Optional.of(command.getAsString())
                    : Optional.empty();
        } catch (IOException | JsonParseException e) {
            return Optional.empty();
        }
    }
}
