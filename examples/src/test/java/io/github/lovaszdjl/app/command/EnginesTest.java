package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import io.github.lovaszdjl.app.check.CheckJson;
import io.github.lovaszdjl.app.check.CheckPart;
import io.github.lovaszdjl.app.check.EngineCheck;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.app.options.EngineOptions;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.RunResult;
import io.github.lovaszdjl.internal.EngineNames;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xml.sax.InputSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The app on every engine, each in a process of its own, as an engine loads once. */
class EnginesTest {

    private static final Path MAPS = Path.of("/proc/self/maps");

    @TempDir private Path folder;

    private Path data;

    @BeforeEach
    void copyData() throws IOException {
        data = CommandTesting.copyEarth(folder.resolve("data"), 4, "train", "val");
    }

    private List<String> tiny() {
        return List.of(
                "--data=" + data,
                "--ignore-label=255",
                "--epochs=3",
                "--crop=32x32",
                "--base-width=4",
                "--depth=2",
                "--batch-size=2",
                "--learning-rate=0.01",
                "--seed=3");
    }

    /** The same for a TorchScript file, which has no options of the U-Net. */
    private List<String> ofModule() {
        return tiny().stream()
                .filter(arg -> !arg.startsWith("--base-width") && !arg.startsWith("--depth"))
                .toList();
    }

    private static Outcome inProcess(String classPath, List<String> options, String... args)
            throws Exception {
        return run(process(classPath, options, args));
    }

    private static ProcessBuilder process(String classPath, List<String> options, String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(
                List.of(
                        // Such a process, and those it starts, begin and end.
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Dai.djl.offline=true",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        "-cp",
                        classPath,
                        Lovasz.class.getName()));
        command.addAll(Arrays.asList(args));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    private static Outcome run(ProcessBuilder builder) throws Exception {
        Process process = builder.start();
        String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), printed);
    }

    private static Outcome inProcess(String... args) throws Exception {
        return inProcess(System.getProperty("java.class.path"), List.of(), args);
    }

    private static String[] args(List<String> list, String... first) {
        return Stream.concat(Arrays.stream(first), list.stream()).toArray(String[]::new);
    }

    /** Returns the class path but for the entries with a name. */
    private static String without(String name) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains(name))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static void assumeMxnet() {
        assumeTrue(Engine.hasEngine(EngineNames.MXNET), "MXNet has no natives for this platform");
    }

    private static void assertFails(int code, String message, Outcome outcome) {
        assertEquals(code, outcome.code(), outcome.printed());
        String printed = outcome.printed().strip();
        assertTrue(printed.contains(message), printed);
        assertEquals(1, printed.lines().count(), printed);
    }

    /** Returns the line in which GNU's OpenMP says, when it loads, what waiting threads do. */
    private String waitPolicy(String engine, Map<String, String> environment) throws Exception {
        // Ends when the engine is loaded, as there is no such device.
        String[] args = {"train", "--engine=" + engine, "--device=gpu9", "--data=" + data};
        ProcessBuilder process = process(System.getProperty("java.class.path"), List.of(), args);
        process.environment().remove("OMP_WAIT_POLICY");
        process.environment().put("OMP_DISPLAY_ENV", "verbose");
        process.environment().putAll(environment);
        String printed = run(process).printed();
        return printed.lines()
                .filter(line -> line.matches(".*(OMP_WAIT_POLICY|GOMP_SPINCOUNT) = .*"))
                .map(line -> line.replaceAll(".*(OMP_WAIT_POLICY|GOMP_SPINCOUNT) = ", ""))
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {EngineNames.PYTORCH, EngineNames.MXNET})
    void waitingThreadsSleepUnlessTheUserSaysOtherwise(String engine) throws Exception {
        assumeTrue(Platform.isLinux(), "GNU's OpenMP is that of Linux");
        assumeTrue(Engine.hasEngine(engine), "MXNet has no natives for this platform");
        assertEquals("'PASSIVE' '0'", waitPolicy(engine, Map.of()));
        assertEquals(
                "'ACTIVE' '30000000000'", waitPolicy(engine, Map.of("OMP_WAIT_POLICY", "active")));
        assertTrue(waitPolicy(engine, Map.of("GOMP_SPINCOUNT", "77")).endsWith(" '77'"));
    }

    @Test
    void theSameTrainingGivesTheSameNumbersOnEveryEngine() throws Exception {
        assumeMxnet();
        Path out = folder.resolve("engines");
        String[] args = args(tiny(), "engines", "--threads=1", "--out=" + out, "--");
        Outcome outcome = inProcess(args);
        assertEquals(0, outcome.code(), outcome.printed());
        RunResult mxnet = RunResult.read(new RunFolder(out.resolve("MXNet-1")));
        RunResult pyTorch = RunResult.read(new RunFolder(out.resolve("PyTorch-1")));
        // The first epoch from the same weights with the same samples, a few steps of Adam later.
        float first = pyTorch.epochs().get(0).losses().values().iterator().next();
        assertEquals(
                first, mxnet.epochs().get(0).losses().values().iterator().next(), 2e-3f * first);
        assertEquals(pyTorch.matrix().meanIou(), mxnet.matrix().meanIou(), 0.03);
        List<String> table = Files.readAllLines(out.resolve("engines.md"));
        assertTrue(table.get(2).matches("\\| MXNet +\\| +1 \\| .*"), table.get(2));
        assertTrue(table.get(3).matches("\\| PyTorch +\\| +1 \\| .*"), table.get(3));
        assertTrue(table.get(5).startsWith("`lovasz train --data=" + data), table.get(5));

        // Stopped before the end of one run, the same command finishes it.
        Files.delete(out.resolve("PyTorch-1").resolve("result.json"));
        Outcome resumed = inProcess(args);
        assertEquals(0, resumed.code(), resumed.printed());
        assertFalse(resumed.printed().contains("epoch 1/"), resumed.printed());
        assertEquals(table, Files.readAllLines(out.resolve("engines.md")));

        // Another time there is nothing left to do.
        Outcome again = inProcess(args);
        assertEquals(0, again.code(), again.printed());
        assertFalse(again.printed().contains("epoch 1/"), again.printed());
        assertEquals(table, Files.readAllLines(out.resolve("engines.md")));

        // What one engine has trained, the other evaluates.
        for (String[] pair : new String[][] {{"MXNet", "PyTorch"}, {"PyTorch", "MXNet"}}) {
            Path scores = folder.resolve("scores-" + pair[1]);
            Outcome evaluated =
                    inProcess(
                            "evaluate",
                            "--model=" + out.resolve(pair[0] + "-1"),
                            "--data=" + data,
                            "--ignore-label=255",
                            "--engine=" + pair[1],
                            "--out=" + scores);
            assertEquals(0, evaluated.code(), evaluated.printed());
            double expected = pair[0].equals("MXNet") ? iou(mxnet) : iou(pyTorch);
            assertEquals(expected, iou(scores.resolve("scores.json")), 2e-3);
        }
    }

    @Test
    void whatWasTrainedWithOtherOptionsIsNotGoneOnWith() throws Exception {
        Path out = folder.resolve("engines");
        Path run = out.resolve("PyTorch-1");
        String[] train = {"train", "--engine=PyTorch", "--threads=1", "--out=" + run};
        assertEquals(0, CommandTesting.run(args(tiny(), train)).code());
        String[] engines = {"engines", "--engines=PyTorch", "--threads=1", "--out=" + out, "--"};
        Path other = CommandTesting.copyEarth(folder.resolve("other"), 4, "train", "val");
        Map<String, String> before = OutputFolderTest.tree(out);
        for (String[] option :
                new String[][] {
                    {"--epochs=", "3", "4"},
                    {"--tile=", "512x512", "96x96"},
                    {"--overlap=", "64", "32"},
                    {"--data=", data.toString(), other.toString()},
                    {"--batch-size=", "2", "4"}
                }) {
            List<String> options = new ArrayList<>(tiny());
            options.removeIf(each -> each.startsWith(option[0]));
            options.add(option[0] + option[2]);
            assertFails(
                    2,
                    String.format(
                            "%s: expected %s as in %s, got %s: choose another --out",
                            option[0].replace("=", ""),
                            option[1],
                            run.resolve("config.json"),
                            option[2]),
                    CommandTesting.run(args(options, engines)));
            assertEquals(before, OutputFolderTest.tree(out));
        }
        // One that is not given stands for its default.
        List<String> fewer = new ArrayList<>(tiny());
        fewer.remove("--ignore-label=255");
        assertFails(
                2,
                "--ignore-label: expected 255 as in " + run.resolve("config.json") + ", got none",
                CommandTesting.run(args(fewer, engines)));
        Outcome same = inProcess(args(tiny(), engines));
        assertEquals(0, same.code(), same.printed());
        assertTrue(same.printed().contains("Nothing to do"), same.printed());
    }

    private static double iou(RunResult result) {
        return result.matrix().meanIou();
    }

    private static double iou(Path scores) throws IOException {
        return JsonParser.parseString(Files.readString(scores))
                .getAsJsonObject()
                .get("meanIoU")
                .getAsDouble();
    }

    @Test
    void whatATrainingEndsWithIsWhatEnginesEndsWith() throws Exception {
        Outcome outcome =
                inProcess(
                        "engines",
                        "--engines=PyTorch",
                        "--out=" + folder.resolve("out"),
                        "--",
                        "--epochs=none");
        assertEquals(1, outcome.code(), outcome.printed());
        assertTrue(
                outcome.printed().contains("the training on PyTorch with ")
                        && outcome.printed().contains("ended with exit code 2, see above"),
                outcome.printed());
        assertFails(
                2,
                "--engines: expected ",
                CommandTesting.run("engines", "--engines=Torch", "--out=" + folder));
    }

    @Test
    void torchScriptNeedsPyTorch() throws Exception {
        assumeMxnet();
        Path run = folder.resolve("run");
        assertFails(
                1,
                "net.pt: expected the engine PyTorch, which alone reads TorchScript, got MXNet",
                inProcess(
                        args(
                                ofModule(),
                                "train",
                                "--engine=MXNet",
                                "--out=" + run,
                                "--model=src/test/resources/torchscript/net.pt")));
        assertFalse(Files.exists(run.resolve("config.json")));
        Outcome trained =
                inProcess(
                        args(
                                ofModule(),
                                "train",
                                "--out=" + run,
                                "--model=src/test/resources/torchscript/net.pt"));
        assertEquals(0, trained.code(), trained.printed());
        assertFails(
                1,
                "--engine: expected PyTorch, which alone runs this model, got MXNet",
                inProcess(
                        "evaluate",
                        "--engine=MXNet",
                        "--model=" + run,
                        "--data=" + data,
                        "--ignore-label=255"));
    }

    @ParameterizedTest
    @CsvSource({"PyTorch, pytorch-native", "MXNet, mxnet-native"})
    void missingNativesAreNamed(String engine, String natives) throws Exception {
        assumeTrue(Engine.hasEngine(engine), engine + " has no natives for this platform");
        assertFails(
                1,
                "--engine: "
                        + engine
                        + " cannot be loaded: Offline mode is enabled.; is its native library for",
                inProcess(
                        without(natives),
                        List.of("-DDJL_CACHE_DIR=" + folder.resolve("cache")),
                        args(tiny(), "train", "--engine=" + engine)));
    }

    @Test
    void theWrongFlavourIsNamed() throws Exception {
        assumeTrue(Files.exists(MAPS), "looks for the library as it is on Linux x86-64");
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "there is no CUDA for others");
        Engine.getInstance();
        Path libtorch =
                Files.readAllLines(MAPS).stream()
                        .filter(line -> line.endsWith("/libtorch_cpu.so"))
                        .map(line -> Path.of(line.substring(line.indexOf('/'))).getParent())
                        .findFirst()
                        .orElseThrow();
        Path links = Files.createDirectory(folder.resolve("lib"));
        try (Stream<Path> files = Files.list(libtorch)) {
            for (Path file : files.toList()) {
                if (!file.toString().endsWith("djl_torch.so")) {
                    Files.createSymbolicLink(links.resolve(file.getFileName()), file);
                }
            }
        }
        assertFails(
                1,
                "libc10_cuda.so: cannot open shared object file",
                inProcess(
                        without("pytorch-native"),
                        List.of(
                                "-DDJL_CACHE_DIR=" + folder.resolve("cache"),
                                "-DPYTORCH_LIBRARY_PATH=" + links,
                                "-DPYTORCH_VERSION=2.7.1",
                                "-DPYTORCH_FLAVOR=cu128"),
                        args(tiny(), "train")));
    }

    @Test
    void aFolderWithoutLibtorchIsRefused() throws Exception {
        assertFails(
                1,
                "PYTORCH_LIBRARY_PATH: expected the folder lib of libtorch, with ",
                inProcess(
                        System.getProperty("java.class.path"),
                        List.of("-DPYTORCH_LIBRARY_PATH=" + folder),
                        args(tiny(), "train")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TensorFlow", "OnnxRuntime", "tensorflow"})
    void enginesThatCannotTrainAreRefused(String engine) {
        assertFails(
                2, "which cannot train in DJL", CommandTesting.run("train", "--engine=" + engine));
    }

    @Test
    void tooLittleMemoryIsOneLineThatSaysWhatToDo() {
        try (NDManager manager = NDManager.newBaseManager()) {
            EngineException ofTheEngine = null;
            try {
                manager.ones(new Shape(1L << 43)).getFloat(0);
            } catch (EngineException e) {
                ofTheEngine = e;
            }
            String line = Lovasz.oneLine(ofTheEngine);
            assertTrue(line.contains("allocate"), line);
            assertTrue(line.contains("with a smaller --batch-size, --crop or"), line);
            assertEquals(1, line.lines().count(), line);
        }
        assertEquals(
                "CUDA out of memory. Tried to allocate 2 GiB; less memory is needed with a smaller"
                        + " --batch-size, --crop or --base-width",
                Lovasz.oneLine(
                        new EngineException(
                                "CUDA out of memory. Tried to allocate 2 GiB\nframe #0: f + 0x1")));
        assertEquals(
                "CUDA out of memory; less memory is needed with a smaller --tile",
                Lovasz.oneLine(new EngineException("CUDA out of memory\nframe"), "predict"));
        assertEquals(
                "the engine failed: MXNet engine call failed: MXNetError: shapes differ",
                Lovasz.oneLine(
                        new EngineException(
                                "\nMXNet engine call failed: MXNetError: shapes differ\nStack")));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void threadsReachMxnet(int threads) throws Exception {
        assumeMxnet();
        assumeTrue(Files.exists(MAPS), "tells what is loaded on Linux alone");
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Dai.djl.offline=true",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Threads.class.getName(),
                        "--engine=MXNet",
                        "--threads=" + threads);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(String.valueOf(threads), printed.strip());
    }

    /** Prints how many threads the OpenMP of the engine has. */
    @Command
    static final class Threads {

        @Mixin private EngineOptions options;

        public static void main(String... args) throws IOException {
            Threads threads = new Threads();
            new CommandLine(threads).parseArgs(args);
            threads.options.load();
            String library =
                    Files.readAllLines(MAPS).stream()
                            .filter(line -> line.contains("libgomp"))
                            .map(line -> line.substring(line.indexOf('/')))
                            .findFirst()
                            .orElseThrow();
            System.out.println(
                    NativeLibrary.getInstance(library)
                            .getFunction("omp_get_max_threads")
                            .invokeInt(new Object[0]));
        }
    }

    @Test
    void checkWritesJsonAndAPage() throws Exception {
        Path out = folder.resolve("check");
        String classPath = System.getProperty("java.class.path");
        String[] args = {
            "engines", "check", "--engine=PyTorch", "--device=cpu", "--quick", "--out=" + out
        };
        Outcome outcome = inProcess(classPath, List.of(), args);
        assertEquals(0, outcome.code(), outcome.toString());
        assertTrue(outcome.printed().contains("all right"), outcome.printed());
        JsonObject check =
                JsonParser.parseString(Files.readString(out.resolve("check.json")))
                        .getAsJsonArray()
                        .get(0)
                        .getAsJsonObject();
        assertEquals("PyTorch", check.get("engine").getAsString());
        assertEquals("cpu", check.get("device").getAsString());
        assertTrue(check.get("problems").getAsJsonArray().isEmpty());
        assertTrue(check.getAsJsonObject("network").get("right").getAsBoolean());
        String page = Files.readString(out.resolve("check.html"));
        assertTrue(page.contains("All right") && page.contains("Lovász-Softmax"), page);
        // XML as well, see layout.ftlh.
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(page.replaceFirst("<!DOCTYPE html>", ""))));
    }

    @Test
    void checkReportsAnEngineThatIsNotThere() throws Exception {
        Path out = folder.resolve("check");
        Outcome outcome =
                inProcess(
                        without("pytorch-native"),
                        List.of("-DDJL_CACHE_DIR=" + folder.resolve("empty")),
                        "engines",
                        "check",
                        "--engine=PyTorch",
                        "--quick",
                        "--out=" + out);
        assertEquals(1, outcome.code(), outcome.toString());
        assertTrue(
                outcome.printed().contains("WRONG: the process ended with exit code 1"),
                outcome.toString());
        assertTrue(Files.readString(out.resolve("check.html")).contains("Something is wrong"));
    }

    @ParameterizedTest
    @CsvSource({
        "--device=foo, --device: expected cpu",
        "--device=gpu7, --device: expected cpu",
        "--threads=0, --threads: expected 1 to 1024",
        "--engine=Torch, --engine: expected"
    })
    void whatCheckCannotDoReplacesNoReport(String option, String message) throws Exception {
        assumeTrue(Engine.getInstance().getGpuCount() < 8, "there is a gpu7");
        Path out = Files.createDirectory(folder.resolve("check"));
        Map<String, String> before = OutputFolderTest.tree(out);
        Outcome outcome = inProcess("engines", "check", "--quick", "--out=" + out, option);
        assertFails(2, message, outcome);
        assertEquals(before, OutputFolderTest.tree(out));
    }

    @Test
    void optionsBeforeCheckAreRefused() {
        Path out = folder.resolve("check");
        assertFails(
                2,
                "--engines: expected the options of 'engines check' after it",
                CommandTesting.run("engines", "--engines=MXNet", "check", "--out=" + out));
        assertFalse(Files.exists(out));
    }

    @Test
    void noEngineAtAllIsNotAllRight() throws Exception {
        Path out = folder.resolve("check");
        String classPath =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> !entry.matches(".*(pytorch|mxnet)-engine.*"))
                        .collect(Collectors.joining(File.pathSeparator));
        assertFails(
                1,
                "expected PyTorch or MXNet on the class path, got no engine",
                inProcess(classPath, List.of(), "engines", "check", "--quick", "--out=" + out));
        assertFalse(Files.exists(out));
    }

    @Test
    void whatAProcessHadFoundBeforeItDiedCounts() {
        EngineCheck gpu = EngineCheck.failed("PyTorch", "gpu0", "something");
        String json = CheckJson.write(new CheckPart(List.of(gpu), null));
        CheckPart ended = EnginesCheckCommand.ended("PyTorch", 134, json);
        assertEquals(2, ended.checks().size());
        assertEquals(gpu, ended.checks().get(0));
        assertEquals(
                List.of("the process ended with exit code 134, see above"),
                ended.checks().get(1).problems());
        assertEquals(1, EnginesCheckCommand.ended("PyTorch", 1, "").checks().size());
        assertEquals(List.of(gpu), EnginesCheckCommand.ended("PyTorch", 0, json).checks());
    }
}
