package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.app.options.ConfigFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Files of options of all damages. */
@Tag(Trials.TAG)
class ConfigFuzzTest {

    private static final long MAX_ALLOCATED = 64 << 20;

    private static final List<String> VALUES =
            List.of(
                    "\"x\"",
                    "1",
                    "-1",
                    "1e400",
                    "true",
                    "null",
                    "[]",
                    "{}",
                    "\"\"",
                    "\"a\\u0000b\"",
                    "\"${sys:user.home}\"",
                    "\"@x\"",
                    "\"--seed\"",
                    "9999999999",
                    "\"\\uD800\"",
                    "0.5");

    /** One for all inputs, it takes long to build; every parse begins with the defaults. */
    private final CommandLine app = Lovasz.commandLine();

    @TempDir(factory = Fuzz.Memory.class)
    private Path folder;

    @Test
    void optionsAreReadOrRefused() throws Exception {
        Path file = folder.resolve("config.json");
        Path again = folder.resolve("again.json");
        CommandSpec given = parsed(null, "train", "--data", "earth");
        ConfigFile.write(file, given);
        byte[] good = Files.readAllBytes(file);
        List<String> names =
                given.options().stream()
                        .map(OptionSpec::longestName)
                        .map(n -> n.substring(2))
                        .toList();
        Fuzz fuzz =
                new Fuzz(
                        "configuration files",
                        "",
                        MAX_ALLOCATED,
                        Set.of(IOException.class, ParameterException.class));
        Map<String, Integer> outcomes =
                fuzz.run(
                        Trials.of(500, 100_000),
                        random -> {
                            byte[] bytes =
                                    random.nextInt(3) == 0
                                            ? generated(names, random)
                                            : Mutator.mutateText(List.of(good), random);
                            Files.write(file, bytes);
                            CommandSpec spec;
                            try {
                                spec = parsed(file, "train");
                            } catch (IOException e) {
                                assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
                                throw e;
                            }
                            // What was read, written again, reads the same.
                            Map<String, String> options = ConfigFile.options(spec);
                            ConfigFile.write(again, spec);
                            CommandSpec same = parsed(again, "train");
                            assertEquals(options, ConfigFile.options(same));
                            ConfigFile.checkSame(same, again);
                            return "read";
                        });
        assertTrue(outcomes.get("read") > 10, outcomes.toString());
        assertTrue(outcomes.get("IOException") > 10, outcomes.toString());
        assertTrue(outcomes.get("ParameterException") > 10, outcomes.toString());
    }

    /** Parses a command with the options of a file. */
    private CommandSpec parsed(Path file, String... args) throws IOException {
        CommandLine line = app.getSubcommands().get(args[0]);
        if (file != null) {
            ConfigFile.applyTo(line, file);
        }
        try {
            app.parseArgs(args);
        } catch (ParameterException e) {
            // Of its subclasses, which tell what is wrong, none is a fault.
            throw new ParameterException(e.getCommandLine(), e.getMessage(), e);
        }
        return line.getCommandSpec();
    }

    private static byte[] generated(List<String> names, Random random) {
        StringBuilder json = new StringBuilder("{\"command\": \"train\", \"options\": {");
        int options = random.nextInt(5);
        for (int i = 0; i < options; i++) {
            json.append(i == 0 ? "" : ", ").append('"').append(Mutator.any(names, random));
            json.append("\": ").append(Mutator.any(VALUES, random));
        }
        String nested = "[".repeat(random.nextInt(20) == 0 ? random.nextInt(50_000) : 0);
        return json.append(nested).append("}}").toString().getBytes(StandardCharsets.UTF_8);
    }
}
