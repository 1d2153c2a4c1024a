package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import ai.djl.engine.Engine;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.github.lovaszdjl.app.check.CheckPage;
import io.github.lovaszdjl.app.check.CheckTables;
import io.github.lovaszdjl.app.check.EngineCheck;
import io.github.lovaszdjl.app.options.EngineOptions;
import io.github.lovaszdjl.app.run.OutputFolder;
import io.github.lovaszdjl.internal.EngineNames;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

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
        try (OutputFolder results = OutputFolder.open(out)) {
            results.checkReplaced(List.of(JSON, PAGE));
            List<EngineCheck> checks = new ArrayList<>();
            for (String engine : engines.isGiven() ? Set.of(engines.name()) : trainingEngines()) {
                checks.addAll(checkInProcess(engine));
            }
            results.make();
            results.writeText(JSON, GSON.toJson(checks) + "\n");
            results.writeText(PAGE, CheckPage.of(checks));
            System.out.printf("%n%s", CheckTables.text(checks));
            System.out.printf("Written to %s and %s%n", out.resolve(JSON), out.resolve(PAGE));
            boolean right = checks.stream().allMatch(check -> check.problems().isEmpty());
            return right ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    private static Set<String> trainingEngines() {
        Set<String> here = new TreeSet<>(Engine.getAllEngines());
        here.retainAll(Set.of(EngineNames.PYTORCH, EngineNames.MXNET));
        return here;
    }

    private List<EngineCheck> checkInProcess(String engine)
            throws IOException, InterruptedException {
        Path file = Files.createTempFile("lovasz", JSON);
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.add("-cp");
            command.add(System.getProperty("java.class.path"));
            command.add(Lovasz.class.getName());
            command.addAll(List.of("engines", "check", "--engine=" + engine, "--part=" + file));
            command.addAll(engines.others());
            if (quick) {
                command.add("--quick");
            }
            int code = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (code == CommandLine.ExitCode.OK) {
                return List.of(GSON.fromJson(Files.readString(file), EngineCheck[].class));
            }
            return List.of(
                    EngineCheck.failed(
                            engine,
                            "-",
                            "the process ended with exit code " + code + ", see above"));
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private Integer checkHere() throws IOException {
        List<Device> devices = engines.loadAll();
        List<EngineCheck> checks = new ArrayList<>();
        for (Device device : engines.isDeviceGiven() ? devices : EngineCheck.devices()) {
            System.out.printf("%s on %s%n", Engine.getInstance().getEngineName(), device);
            checks.add(EngineCheck.run(device, quick, ConsoleNote::show));
            ConsoleNote.clear();
        }
        Files.writeString(part, GSON.toJson(checks));
        return CommandLine.ExitCode.OK;
    }

    /** What is looked at, on a line that the next one replaces. */
    private static final class ConsoleNote {

        private static final int WIDTH = 60;

        private ConsoleNote() {}

        static void show(String text) {
            if (System.console() != null) {
                System.out.printf("\r%-" + WIDTH + "s", text);
            }
        }

        static void clear() {
            show("");
        }
    }
}
