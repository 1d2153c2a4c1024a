package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import ai.djl.engine.Engine;
import io.github.lovaszdjl.app.check.CheckJson;
import io.github.lovaszdjl.app.check.CheckPage;
import io.github.lovaszdjl.app.check.CheckPart;
import io.github.lovaszdjl.app.check.CheckTables;
import io.github.lovaszdjl.app.check.EngineCheck;
import io.github.lovaszdjl.app.options.Allocator;
import io.github.lovaszdjl.app.options.EngineOptions;
import io.github.lovaszdjl.app.options.OpenMp;
import io.github.lovaszdjl.app.run.OutputFolder;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.Console;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Checks and times the losses on every engine and device there is. */
@Command(
        name = "check",
        description = {
            "Checks every loss, value and gradient, on every engine and device of this machine"
                    + " against a reference in double precision, and measures what they take.",
            "",
            "Writes a table to the screen, and check.json and check.html to --out. The exit code"
                    + " is 1 if something is wrong."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz engines check",
            "  lovasz engines check --engine PyTorch --device gpu0 --out runs/check"
        })
public final class EnginesCheckCommand implements Callable<Integer> {

    static final String JSON = "check.json";

    static final String PAGE = "check.html";

    @Spec private CommandSpec spec;

    @Mixin private EngineOptions engines;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "the folder of check.json and check.html")
    private Path out = Path.of("runs", "check");

    @Option(names = "--quick", description = "check alone, on small batches, and measure no times")
    private boolean quick;

    /** What a process of its own writes; an engine may end it. */
    @Option(names = "--part", hidden = true)
    private Path part;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (part != null) {
            return checkHere();
        }
        checkUsage();
        Set<String> chosen = engines.isGiven() ? Set.of(engines.name()) : trainingEngines();
        try (OutputFolder results = OutputFolder.open(out)) {
            results.checkReplaced(List.of(JSON, PAGE));
            List<EngineCheck> checks = new ArrayList<>();
            Map<String, String> refused = new LinkedHashMap<>();
            for (String engine : chosen) {
                CheckPart found = checkInProcess(engine);
                checks.addAll(found.checks());
                if (found.refused() != null) {
                    refused.put(engine, found.refused());
                }
            }
            if (checks.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), String.join("; ", refused.values()));
            }
            refused.forEach(
                    (engine, why) ->
                            checks.add(EngineCheck.leftOut(engine, engines.device(), why)));
            results.make();
            results.writeText(JSON, CheckJson.write(checks) + "\n");
            results.writeText(PAGE, CheckPage.of(checks));
            System.out.printf("%n%s", CheckTables.text(checks));
            System.out.printf("Written to %s and %s%n", out.resolve(JSON), out.resolve(PAGE));
            boolean right = checks.stream().allMatch(check -> check.problems().isEmpty());
            return right ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    /**
     * Checks what can be told before anything is run or written.
     *
     * @throws ParameterException if an option is not what it may be, or of 'engines'
     */
    private void checkUsage() {
        ParseResult parent = spec.commandLine().getParent().getParseResult();
        for (OptionSpec option : parent.matchedOptions()) {
            if (!option.inherited()) {
                throw new ParameterException(
                        spec.commandLine(),
                        String.format(
                                "%s: expected the options of 'engines check' after it, got one of"
                                        + " 'engines' before",
                                option.longestName()));
            }
        }
        if (!parent.matchedPositionals().isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "engines check: expected nothing before check");
        }
        engines.check();
        if (engines.isGiven()) {
            engines.checkEngine();
        } else if (trainingEngines().isEmpty()) {
            throw new IllegalArgumentException(
                    "engines check: expected PyTorch or MXNet on the class path, got no engine that"
                            + " trains");
        }
    }

    private static Set<String> trainingEngines() {
        Set<String> here = new TreeSet<>(Engine.getAllEngines());
        here.retainAll(Set.of(EngineNames.PYTORCH, EngineNames.MXNET));
        return here;
    }

    private CheckPart checkInProcess(String engine) throws IOException, InterruptedException {
        Path file = Files.createTempFile("lovasz", JSON);
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            // A heap that shrinks while memory is measured would hide what is taken.
            command.add("-XX:MaxHeapFreeRatio=100");
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.add("-cp");
            command.add(System.getProperty("java.class.path"));
            command.add(Lovasz.class.getName());
            command.addAll(List.of("engines", "check", "--engine=" + engine, "--part=" + file));
            command.addAll(engines.others());
            if (quick) {
                command.add("--quick");
            }
            ProcessBuilder process = new ProcessBuilder(command).inheritIO();
            Allocator.useOneArena(process);
            OpenMp.tell(process, engine, engines.threads());
            int code = process.start().waitFor();
            return ended(engine, code, Files.readString(file));
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /**
     * Returns what a process has found, however it ended.
     *
     * @param code its exit code
     * @param json what it wrote, empty if it came to nothing
     */
    static CheckPart ended(String engine, int code, String json) {
        CheckPart written = CheckJson.read(json, CheckPart.class);
        if (written != null && code == CommandLine.ExitCode.OK) {
            return written;
        }
        List<EngineCheck> checks = new ArrayList<>(written == null ? List.of() : written.checks());
        checks.add(
                EngineCheck.failed(
                        engine, "-", "the process ended with exit code " + code + ", see above"));
        return new CheckPart(checks, null);
    }

    private Integer checkHere() throws IOException {
        List<Device> devices;
        try {
            devices = engines.loadAll();
        } catch (ParameterException e) {
            write(new CheckPart(List.of(), e.getMessage()));
            return CommandLine.ExitCode.OK;
        }
        List<EngineCheck> checks = new ArrayList<>();
        for (Device device : engines.device() != null ? devices : EngineCheck.devices()) {
            System.out.printf(
                    "%s on %s%n", Engine.getInstance().getEngineName(), EngineCheck.name(device));
            checks.add(EngineCheck.run(device, quick, ConsoleNote::show));
            ConsoleNote.clear();
            // The next device may end the process.
            write(new CheckPart(checks, null));
        }
        return CommandLine.ExitCode.OK;
    }

    private void write(CheckPart found) throws IOException {
        byte[] bytes = CheckJson.write(found).getBytes(StandardCharsets.UTF_8);
        WholeFile.write(part, file -> file.write(bytes));
    }

    /** What is looked at, on a line that the next one replaces. */
    private static final class ConsoleNote {

        private static final int WIDTH = 60;

        private static final boolean IS_TERMINAL = isTerminal(System.console());

        private ConsoleNote() {}

        /** From Java 22 on there is a console also where the output goes to a file, and it says. */
        private static boolean isTerminal(Console console) {
            try {
                return console != null
                        && (boolean) Console.class.getMethod("isTerminal").invoke(console);
            } catch (ReflectiveOperationException e) {
                return true;
            }
        }

        static void show(String text) {
            if (IS_TERMINAL) {
                System.out.printf("\r%-" + WIDTH + "s", text);
            }
        }

        static void clear() {
            show("");
        }
    }
}
