package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.run.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class TrainAndCompareTest {

    @TempDir private Path folder;

    /** Now, since the first to load it logs. */
    @BeforeAll
    static void loadEngine() {
        Engine.getInstance();
    }

    private Path data(String... splits) throws IOException {
        return CommandTesting.copyEarth(folder.resolve("data"), 3, splits);
    }

    /** The options of a training of a moment. */
    private List<String> tiny(String command, Path data) {
        return new ArrayList<>(
                List.of(
                        command,
                        "--data=" + data,
                        "--out=" + folder.resolve("run"),
                        "--epochs=2",
                        "--batch-size=2",
                        "--crop=32x48",
                        "--base-width=2",
                        "--depth=2"));
    }

    private Outcome run(List<String> args, String... more) {
        List<String> all = new ArrayList<>(args);
        // Given again, an option stands in for the one of the tiny training.
        for (String again : more) {
            all.removeIf(arg -> again.contains("=") && arg.startsWith(again.split("=")[0] + "="));
        }
        all.addAll(List.of(more));
        if (all.stream().anyMatch(arg -> arg.startsWith("--model="))) {
            // No options of a module.
            all.removeIf(arg -> arg.startsWith("--base-width=") || arg.startsWith("--depth="));
        }
        return CommandTesting.run(all.toArray(String[]::new));
    }

    private static String[] metrics(Path run) throws IOException {
        // Without skipped batches, speeds and times at the end.
        return Files.readAllLines(run.resolve("metrics.csv")).stream()
                .map(line -> line.replaceAll("(,[^,]*){5}$", ""))
                .toArray(String[]::new);
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    @Test
    void aRunIsWholeAndItsConfigurationRepeatsIt() throws IOException {
        Outcome outcome =
                run(
                        tiny("train", data("train", "val", "test")),
                        "--loss=ce->0.5*ce+lovasz@1",
                        "--class-weights=median-frequency",
                        "--optimizer=sgd",
                        "--learning-rate=0.01",
                        "--schedule=poly",
                        "--warm-up=1",
                        "--seed=5",
                        "--no-flip",
                        "--vertical-flip",
                        "--threads=2");
        assertEquals(0, outcome.code(), outcome.printed());
        assertTrue(outcome.printed().contains("On the test split (3 images)"), outcome.printed());
        assertTrue(outcome.printed().contains("epoch 2/2  loss "), outcome.printed());
        Path run = folder.resolve("run");
        JsonObject options = json(run.resolve("config.json")).getAsJsonObject("options");
        for (String[] expected :
                new String[][] {
                    {"loss", "ce->0.5*ce+lovasz@1"},
                    {"seed", "5"},
                    {"epochs", "2"},
                    {"crop", "32x48"},
                    {"flip", "false"},
                    {"vertical-flip", "true"},
                    {"optimizer", "sgd"},
                    {"schedule", "poly"},
                    {"warm-up", "1"},
                    {"class-weights", "median-frequency"},
                    {"threads", "2"}
                }) {
            assertEquals(expected[1], options.get(expected[0]).getAsString(), expected[0]);
        }
        String[] metrics = metrics(run);
        assertEquals(3, metrics.length);
        assertEquals(
                "epoch,learning rate,train loss,train ce,train lovasz,val mean IoU,val pixel"
                        + " accuracy,val IoU ocean,val IoU land,val IoU ice,val IoU lake",
                metrics[0]);
        // Lovász is not of the first epoch.
        assertTrue(metrics[1].matches("1,[^,]+,[^,]+,[^,]+,,.*"), metrics[1]);
        List<String> lines = Files.readAllLines(run.resolve("metrics.jsonl"));
        assertEquals(2, lines.size());
        assertTrue(JsonParser.parseString(lines.get(1)).getAsJsonObject().has("train lovasz"));
        JsonObject result = json(run.resolve("result.json"));
        assertEquals(3, result.get("images").getAsInt());
        assertEquals(4, result.getAsJsonArray("iou").size());
        for (String picture : new String[] {"curves.png", "predictions.png", "confusion.png"}) {
            assertTrue(ImageIO.read(run.resolve(picture).toFile()).getWidth() > 200, picture);
        }
        String page = Files.readString(run.resolve("report.html"));
        assertTrue(page.contains("median-frequency") && page.contains("data:image/png"));
        assertEquals(4, Files.readAllLines(run.resolve("log.txt")).size());

        Outcome again =
                CommandTesting.run(
                        "train",
                        "--config",
                        run.resolve("config.json").toString(),
                        "--out=" + folder.resolve("again"));
        assertEquals(0, again.code(), again.printed());
        assertArrayEquals(metrics, metrics(folder.resolve("again")));
        assertEquals(
                json(run.resolve("config.json")),
                json(folder.resolve("again").resolve("config.json")));
        // The command line goes before the file.
        Outcome other =
                CommandTesting.run(
                        "train",
                        "--config=" + run.resolve("config.json"),
                        "--out=" + folder.resolve("other"),
                        "--seed=6");
        assertEquals(0, other.code(), other.printed());
        assertFalse(metrics(folder.resolve("other"))[2].equals(metrics[2]));

        assertFails(
                2,
                "--batch-size: expected 2 as in",
                CommandTesting.run("train", "--resume=" + run, "--batch-size=3"));
        assertFails(
                2,
                "--class-weights: expected median-frequency as in",
                CommandTesting.run("train", "--resume=" + run, "--class-weights=none"));
        assertFails(
                2,
                "--loss: expected ce->0.5*ce+lovasz@1 as in",
                CommandTesting.run("train", "--resume=" + run, "--loss=ce->ce+lovasz@1"));
        Outcome done = CommandTesting.run("train", "--resume", run.toString());
        assertEquals(0, done.code(), done.printed());
        assertTrue(done.printed().startsWith("Nothing to do"), done.printed());
    }

    @Test
    void aRunThatIsDoneGoesOnToMoreEpochs() throws IOException {
        Path data = data("train", "val");
        List<String> args = tiny("train", data);
        args.addAll(List.of("--schedule=constant", "--loss=ce->ce+lovasz@1"));
        assertEquals(0, run(args, "--epochs=3").code());
        Path whole = Files.move(folder.resolve("run"), folder.resolve("whole"));
        assertEquals(0, run(args).code());
        Path run = folder.resolve("run");
        Set<String> names = names(whole);
        assertEquals(names, names(run));
        byte[] result = Files.readAllBytes(run.resolve("result.json"));
        byte[] config = Files.readAllBytes(run.resolve("config.json"));

        // Refused, and nothing is lost: the loss changes after one epoch, and two are done.
        assertFails(2, "--loss: ", CommandTesting.run("train", "--resume=" + run, "--epochs=1"));
        assertArrayEquals(result, Files.readAllBytes(run.resolve("result.json")));
        assertArrayEquals(config, Files.readAllBytes(run.resolve("config.json")));

        // As if killed when the result was taken away: it comes again.
        Files.delete(run.resolve("result.json"));
        assertEquals(0, CommandTesting.run("train", "--resume=" + run).code());
        assertEquals(
                json(whole.resolve("config.json")).getAsJsonObject("options").keySet(),
                json(run.resolve("config.json")).getAsJsonObject("options").keySet());
        assertTrue(Files.exists(run.resolve("result.json")));

        Outcome longer = CommandTesting.run("train", "--resume=" + run, "--epochs=3");
        assertEquals(0, longer.code(), longer.printed());
        assertTrue(longer.printed().contains("epoch 3/3"), longer.printed());
        assertFalse(longer.printed().contains("epoch 2/3"), longer.printed());
        assertArrayEquals(metrics(whole), metrics(run));
        assertEquals(
                json(whole.resolve("result.json")).get("confusion"),
                json(run.resolve("result.json")).get("confusion"));
        assertEquals(json(whole.resolve("config.json")), json(run.resolve("config.json")));
        assertEquals(names, names(run));
        String log = Files.readString(run.resolve("log.txt"));
        assertTrue(
                log.contains(
                        " planned for 3 epochs, before for 2; from here on the learning rate is"
                                + " that of a training of 3\n"),
                log);
        assertTrue(Files.readString(run.resolve("report.html")).contains("of 3; validation"));
        assertTrue(
                CommandTesting.run("train", "--resume=" + run, "--epochs=3")
                        .printed()
                        .startsWith("Nothing to do"));
    }

    private static Set<String> names(Path run) throws IOException {
        try (Stream<Path> files = Files.walk(run)) {
            return files.map(
                            file ->
                                    run.relativize(file)
                                            .toString()
                                            .replaceFirst("-\\d{4}[.]params$", ".params"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void aRunStartsFromAnother() throws IOException {
        List<String> args = tiny("train", data("train", "val"));
        args.add("--schedule=constant");
        assertEquals(0, run(args, "--epochs=1").code());
        Path first = Files.move(folder.resolve("run"), folder.resolve("first"));
        Path run = folder.resolve("run");
        assertFails(
                1,
                "error: --init: expected base width 4, got 2 in " + first.resolve("best"),
                run(args, "--init=" + first, "--base-width=4"));
        assertFails(
                2,
                "--init-without-classifier: expected --init with it",
                run(args, "--init-without-classifier"));
        assertFails(
                2,
                "--init: expected none with --model",
                run(args, "--init=" + first, "--model=src/test/resources/torchscript/net.pt"));
        Path gone = folder.resolve("gone");
        assertFails(
                1,
                "error: --init: expected the folder of a saved model, or of a run, got " + gone,
                run(args, "--init=" + gone));
        assertFalse(Files.exists(run));

        Outcome outcome = run(args, "--init=" + first);
        assertEquals(0, outcome.code(), outcome.printed());
        JsonObject options = json(run.resolve("config.json")).getAsJsonObject("options");
        assertEquals(first.toString(), options.get("init").getAsString());
        assertEquals("false", options.get("init-without-classifier").getAsString());
        String log = Files.readString(run.resolve("log.txt"));
        assertTrue(log.contains(" started from the weights of " + first + "\n"), log);
        String[] metrics = metrics(run);

        // Gone on with, it needs the other run no more.
        Path again = folder.resolve("again");
        assertEquals(0, run(args, "--out=" + again, "--init=" + first, "--epochs=1").code());
        delete(first);
        assertEquals(0, CommandTesting.run("train", "--resume=" + again, "--epochs=2").code());
        assertArrayEquals(metrics, metrics(again));
        // Killed before its first checkpoint, it would have to begin with those weights.
        Files.delete(again.resolve("checkpoint.zip"));
        Files.delete(again.resolve("metrics.csv"));
        Files.delete(again.resolve("result.json"));
        assertFails(1, first.toString(), CommandTesting.run("train", "--resume=" + again));

        // With other classes.
        Path model = run.resolve("best");
        Files.writeString(folder.resolve("data").resolve("classes.txt"), "sea\nland\nice\nlake\n");
        assertFails(
                1,
                "error: --init: expected the classes of the data, [sea, land, ice, lake], got"
                        + " [ocean, land, ice, lake] in "
                        + model
                        + "; with --init-without-classifier other classes will do",
                run(args, "--out=" + folder.resolve("other"), "--init=" + run));
        Outcome other =
                run(
                        args,
                        "--out=" + folder.resolve("other"),
                        "--init=" + model,
                        "--init-without-classifier");
        assertEquals(0, other.code(), other.printed());
    }

    @Test
    void allRunsOfAComparisonGoOnToMoreEpochs() throws IOException {
        List<String> args = tiny("compare", data("train", "val"));
        args.addAll(List.of("--schedule=constant", "--loss=ce", "--loss=dice"));
        assertEquals(0, run(args).code());
        Path run = Files.move(folder.resolve("run"), folder.resolve("longer"));
        assertEquals(0, run(args, "--epochs=1").code());
        Outcome refused = CommandTesting.run("compare", "--resume=" + run, "--epochs=1");
        assertEquals(2, refused.code(), refused.printed());
        assertTrue(
                refused.printed().contains("--epochs: expected at least 2, which are done"),
                refused.printed());
        assertTrue(Files.exists(run.resolve("ce-seed1").resolve("result.json")));
        Path shorter = folder.resolve("run");
        Outcome longer = CommandTesting.run("compare", "--resume=" + shorter, "--epochs=2");
        assertEquals(0, longer.code(), longer.printed());
        for (String name : new String[] {"ce-seed1", "dice-seed1"}) {
            assertArrayEquals(metrics(run.resolve(name)), metrics(shorter.resolve(name)));
        }
        assertEquals(json(run.resolve("config.json")), json(shorter.resolve("config.json")));
        assertEquals(
                Files.readAllLines(run.resolve("results.csv")).stream()
                        .map(line -> line.replaceAll(",[^,]*$", ""))
                        .toList(),
                Files.readAllLines(shorter.resolve("results.csv")).stream()
                        .map(line -> line.replaceAll(",[^,]*$", ""))
                        .toList());
    }

    /** Checks that the counts of images add up to those of the split. */
    private static void assertCountsOfImages(Path run) throws IOException {
        long[] sums = new long[3];
        for (String line :
                Files.readAllLines(run.resolve("images.csv")).stream().skip(1).toList()) {
            String[] cells = line.split(",");
            for (int kind = 0; kind < 3; kind++) {
                sums[kind] += Long.parseLong(cells[cells.length - 3 + kind]);
            }
        }
        long right = 0;
        long wrong = 0;
        JsonArray rows = json(run.resolve("result.json")).getAsJsonArray("confusion");
        for (int truth = 0; truth < rows.size(); truth++) {
            for (int predicted = 0; predicted < rows.size(); predicted++) {
                long count = rows.get(truth).getAsJsonArray().get(predicted).getAsLong();
                right += truth == predicted ? count : 0;
                wrong += truth == predicted ? 0 : count;
            }
        }
        assertArrayEquals(new long[] {right, wrong, wrong}, sums);
    }

    @Test
    void aComparisonGoesOnWhereItStopped() throws IOException {
        Path data = data("train", "val");
        List<String> args = tiny("compare", data);
        Outcome whole = run(args, "--loss=ce", "--loss", "dice", "--seeds=3..4");
        assertEquals(0, whole.code(), whole.printed());
        Path run = folder.resolve("run");
        List<String> results = Files.readAllLines(run.resolve("results.csv"));
        assertEquals(5, results.size());
        String table = Files.readString(run.resolve("table.md"));
        assertTrue(table.contains("ce") && table.contains("dice") && table.contains("±"), table);
        assertTrue(table.contains("95 % of images") && table.contains("| p "), table);
        List<String> significance = Files.readAllLines(run.resolve("significance.csv"));
        assertEquals(4, significance.size()); // two pairs and their mean
        String page = Files.readString(run.resolve("report.html"));
        assertTrue(page.contains("dice-seed4/report.html") && page.contains("95 % of images"));
        assertCountsOfImages(run.resolve("dice-seed4"));
        for (String picture : new String[] {"curves.png", "predictions.png"}) {
            assertTrue(ImageIO.read(run.resolve(picture).toFile()).getWidth() > 300, picture);
        }
        String[] expected = metrics(run.resolve("dice-seed4"));
        byte[] untouched = Files.readAllBytes(run.resolve("ce-seed3").resolve("checkpoint.zip"));

        // As if killed in the last run before its first checkpoint, and after the third run.
        delete(run.resolve("dice-seed4"));
        Files.createDirectories(run.resolve("dice-seed4"));
        Files.delete(run.resolve("ce-seed4").resolve("result.json"));
        for (String name :
                new String[] {"results.csv", "significance.csv", "table.md", "report.html"}) {
            Files.delete(run.resolve(name));
        }
        Outcome rest = CommandTesting.run("compare", "--resume=" + run);
        assertEquals(0, rest.code(), rest.printed());
        assertArrayEquals(expected, metrics(run.resolve("dice-seed4")));
        assertArrayEquals(
                untouched, Files.readAllBytes(run.resolve("ce-seed3").resolve("checkpoint.zip")));
        assertEquals(significance, Files.readAllLines(run.resolve("significance.csv")));
        List<String> after = Files.readAllLines(run.resolve("results.csv"));
        for (int i = 0; i < results.size(); i++) {
            // All but the seconds, the last column.
            assertEquals(
                    results.get(i).replaceAll(",[^,]*$", ""),
                    after.get(i).replaceAll(",[^,]*$", ""));
        }
    }

    @Test
    void aRunGoesOnWhereItsDataHasMovedTo() throws IOException {
        Path data = data("train", "val", "test");
        assertEquals(0, run(tiny("train", data)).code());
        Path run = folder.resolve("run");
        String[] expected = metrics(run);
        Files.delete(run.resolve("result.json"));
        Path moved = Files.move(data, folder.resolve("moved"));
        assertFails(
                2,
                "got " + data + "; where it has moved, give its new folder as --data",
                CommandTesting.run("train", "--resume=" + run));
        assertEquals(0, CommandTesting.run("train", "--resume=" + run, "--data=" + moved).code());
        assertArrayEquals(expected, metrics(run));
        JsonObject options = json(run.resolve("config.json")).getAsJsonObject("options");
        assertEquals(moved.toString(), options.get("data").getAsString());
        assertTrue(Files.readString(run.resolve("report.html")).contains(moved.toString()));
        assertTrue(Files.readString(run.resolve("log.txt")).contains("the data is now " + moved));

        // The new folder is that of the run from now on.
        Files.delete(run.resolve("result.json"));
        assertEquals(0, CommandTesting.run("train", "--resume=" + run).code());
        Files.delete(run.resolve("result.json"));
        Path label = change(moved.resolve("test").resolve("labels"));
        assertFails(
                1,
                label
                        + ": expected the contents that the training began with, got others (1 file"
                        + " changed, 0 added, 0 missing)",
                CommandTesting.run("train", "--resume=" + run));
    }

    /** Writes the first label file anew, with other bytes and the same pixels. */
    private static Path change(Path labels) throws IOException {
        try (Stream<Path> files = Files.list(labels)) {
            Path label = files.sorted().findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(label);
            Files.write(label, Arrays.copyOf(bytes, bytes.length + 1));
            return label;
        }
    }

    @Test
    void theIgnoreLabelOfANameStaysWhereTheDataMoves() throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(
                file,
                "{\"command\": \"train\", \"options\": {\"data\": \"camvid\"}, \"versions\": {}}");
        CommandLine app = Lovasz.commandLine();
        String[] args = {"train", "--resume=" + folder, "--data=" + folder};
        ConfigFile.applyTo(app, args);
        CommandSpec spec = app.parseArgs(args).subcommand().commandSpec();
        assertEquals("11", ConfigFile.options(spec).get("ignore-label"));
        assertEquals("camvid", ConfigFile.changes(file, spec).get("data"));
        ConfigFile.update(file, spec);
        JsonObject options = json(file).getAsJsonObject("options");
        assertEquals(folder.toString(), options.get("data").getAsString());
        assertEquals("11", options.get("ignore-label").getAsString());
        assertEquals(Map.of(), ConfigFile.changes(file, spec));
    }

    @Test
    void aComparisonDoesNotGoOnWithOtherData() throws IOException {
        Path data = data("train", "val");
        List<String> args = tiny("compare", data);
        assertEquals(0, run(args, "--loss=ce", "--loss=dice", "--epochs=1").code());
        Path run = folder.resolve("run");
        // The second run has yet to begin: it has nothing to compare the data with.
        delete(run.resolve("dice-seed1"));
        Path label = change(data.resolve("train").resolve("labels"));
        assertFails(
                1,
                label + ": expected the contents that the training began with",
                CommandTesting.run("compare", "--resume=" + run));
        assertFalse(Files.exists(run.resolve("dice-seed1")));
    }

    @Test
    void aRunWithoutItsCheckpointDoesNotBeginAnew() throws IOException {
        assertEquals(0, run(tiny("train", data("train", "val")), "--epochs=1").code());
        Path run = folder.resolve("run");
        Files.delete(run.resolve("result.json"));
        Files.delete(run.resolve("checkpoint.zip"));
        byte[] metrics = Files.readAllBytes(run.resolve("metrics.csv"));
        assertFails(
                1,
                "checkpoint.zip: expected the checkpoint of the epochs",
                CommandTesting.run("train", "--resume=" + run));
        assertArrayEquals(metrics, Files.readAllBytes(run.resolve("metrics.csv")));
    }

    @Test
    void twoProcessesDoNotShareARun() throws IOException {
        assertEquals(0, run(tiny("train", data("train", "val")), "--epochs=1").code());
        RunFolder run = new RunFolder(folder.resolve("run"));
        Files.delete(run.file("result.json"));
        try (RunFolder.Lock lock = run.lock()) {
            lock.check();
            assertFails(
                    1,
                    "another process works on it",
                    CommandTesting.run("train", "--resume=" + run.path()));
        }
        assertEquals(0, CommandTesting.run("train", "--resume=" + run.path()).code());
        assertFalse(Files.exists(run.file(".lock")));
    }

    @Test
    void aRunThatWasKilledBeforeItsOptionsStartsAgain() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(run.resolve(".config.json." + UUID.randomUUID()), "{");
        assertFails(
                2,
                "config.json: expected the options of a run to go on with, there are none; a run"
                        + " that was killed before it wrote them is started again",
                CommandTesting.run("train", "--resume=" + run));
        Outcome outcome = run(tiny("train", data("train", "val")), "--epochs=1");
        assertEquals(0, outcome.code(), outcome.printed());
        try (Stream<Path> files = Files.list(run)) {
            assertTrue(files.noneMatch(file -> file.getFileName().toString().startsWith(".")));
        }
    }

    @Test
    void whatAKilledRunLeftIsDeletedAndNothingElse() throws IOException {
        assertEquals(0, run(tiny("train", data("train", "val")), "--epochs=1").code());
        Path run = folder.resolve("run");
        Set<Path> expected = files(run);
        Files.delete(run.resolve("result.json"));
        for (String name : new String[] {"notes.txt", ".hidden", ".other.12345678"}) {
            expected.add(Files.writeString(run.resolve(name), "mine"));
        }
        for (String name : new String[] {".metrics.csv.", ".checkpoint.zip.", ".report.html."}) {
            Files.writeString(run.resolve(name + UUID.randomUUID()), "unfinished");
        }
        Path model = Files.createDirectory(run.resolve("best/unfinished-" + UUID.randomUUID()));
        Files.writeString(model.resolve("unet-0007.params"), "unfinished");
        Files.writeString(run.resolve("best").resolve("unet-0008.params"), "not described");
        Outcome outcome = CommandTesting.run("train", "--resume=" + run);
        assertEquals(0, outcome.code(), outcome.printed());
        assertEquals(expected, files(run));
    }

    private static Set<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void aLossThatIsNoNumberEndsInOneLine() throws IOException {
        Path run = folder.resolve("run");
        Outcome outcome = run(tiny("train", data("train", "val")), "--learning-rate=1e30");
        String last = outcome.printed().lines().reduce((a, b) -> b).orElseThrow();
        assertEquals(1, outcome.code(), outcome.printed());
        assertTrue(
                last.matches(
                        "error: loss: expected a finite number, got (NaN|Infinity) \\(.*\\) in"
                                + " epoch 1, batch 2, of [\\w-]+[.]jpg.*"),
                last);
        assertTrue(
                last.contains(
                        "the batch is saved as " + run.resolve("nan-batch-epoch1-batch2.npz")),
                last);
        assertTrue(last.contains("there is no checkpoint yet"), last);
        assertTrue(Files.size(run.resolve("nan-batch-epoch1-batch2.npz")) > 1000);
        assertTrue(Files.exists(run.resolve("nan-batch-epoch1-batch2.json")));
        assertFalse(Files.exists(run.resolve("best")));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aFineTunedModuleIsEvaluated() throws IOException {
        Outcome outcome =
                run(
                        tiny("train", data("train", "val")),
                        "--model=src/test/resources/torchscript/net.pt",
                        "--epochs=1");
        assertEquals(0, outcome.code(), outcome.printed());
        Outcome evaluated =
                CommandTesting.run(
                        "evaluate",
                        "--model=" + folder.resolve("run").resolve("best"),
                        "--data=" + folder.resolve("data"));
        assertEquals(0, evaluated.code(), evaluated.printed());
        Outcome frozen =
                run(
                        tiny("train", folder.resolve("data")),
                        "--model=src/test/resources/torchscript/frozen.pt",
                        "--out=" + folder.resolve("frozen"));
        assertFails(1, "frozen.pt: expected a TorchScript module with parameters", frozen);
        assertFalse(Files.exists(folder.resolve("frozen")));
    }

    /** Starts the app in a process of its own. */
    static Process start(List<String> args) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-Dai.djl.offline=true",
                                Lovasz.class.getName()));
        args.stream().filter(a -> !a.equals("--epochs=2")).forEach(command::add);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** In a process of its own, whose log is that of the app. */
    @Test
    void aLabelThatGoesBadIsToldOnce() throws Exception {
        Path data = data("train", "val");
        List<String> args = tiny("train", data);
        args.add("--epochs=400");
        Process process = start(args);
        Path label;
        try (Stream<Path> files = Files.list(data.resolve("train").resolve("labels"))) {
            label = files.findFirst().orElseThrow();
        }
        List<String> lines = new ArrayList<>();
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.startsWith("epoch 2/400")) {
                    Files.delete(label);
                }
            }
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
        String printed = String.join("\n", lines);
        assertEquals(1, process.exitValue(), printed);
        List<String> told = lines.stream().filter(l -> l.contains(label.toString())).toList();
        assertEquals(1, told.size(), printed);
        assertTrue(
                told.get(0)
                        .startsWith(
                                "error: "
                                        + label
                                        + ": expected a whole label image (PNG, TIFF, BMP or GIF), got"),
                printed);
        assertTrue(
                told.get(0)
                        .matches(".* \\(in epoch \\d+\\); the checkpoint of epoch \\d+ is kept.*"),
                printed);
        assertEquals(told.get(0), lines.get(lines.size() - 1));
    }

    @Test
    void aMissingClassIsRefusedUnlessAllowed() throws IOException {
        Path data = data("train", "val");
        Files.writeString(data.resolve("classes.txt"), "ocean\nland\nice\nlake\nlava\n");
        assertFails(
                1,
                ", got none of lava; take them out, or give --allow-missing-classes",
                run(tiny("train", data), "--epochs=1"));
        Outcome outcome = run(tiny("train", data), "--epochs=1", "--allow-missing-classes");
        assertEquals(0, outcome.code(), outcome.printed());
        assertTrue(
                outcome.printed().contains("warning: train: no valid pixel of lava\n"),
                outcome.printed());
    }

    /** In a process of its own, which is asked to end as by Ctrl-C. */
    @Test
    void anInterruptedTrainingSaysHowToGoOnAndDoes() throws Exception {
        Assumptions.assumeFalse(
                System.getProperty("os.name").startsWith("Windows"), "there is no SIGINT");
        Path data = data("train", "val");
        List<String> args = tiny("train", data);
        args.add("--epochs=400");
        Process process = start(args);
        List<String> lines = new ArrayList<>();
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.startsWith("epoch 2/400")) {
                    new ProcessBuilder("kill", interrupt(), String.valueOf(process.pid()))
                            .start()
                            .waitFor();
                }
            }
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
        String printed = String.join("\n", lines);
        assertEquals(130, process.exitValue(), printed);
        Path run = folder.resolve("run");
        assertTrue(printed.contains("Stopped; go on with: lovasz train --resume " + run), printed);
        assertFalse(Files.exists(run.resolve("result.json")));
        int epochs = Files.readAllLines(run.resolve("metrics.jsonl")).size();
        assertTrue(epochs >= 2 && epochs < 400, "epochs " + epochs);
        assertTrue(Files.readString(run.resolve("report.html")).contains("--resume"), "no hint");
    }

    /** What a terminal sends on Ctrl-C; shells let what runs in the background ignore it. */
    private static String interrupt() throws IOException {
        Path status = Path.of("/proc/self/status");
        boolean ignored =
                Files.isReadable(status)
                        && Files.readAllLines(status).stream()
                                .filter(line -> line.startsWith("SigIgn:"))
                                .mapToLong(
                                        line ->
                                                Long.parseUnsignedLong(
                                                        line.substring(7).strip(), 16))
                                .anyMatch(signals -> (signals >> 1 & 1) == 1);
        return ignored ? "-TERM" : "-INT";
    }

    private static void assertFails(int code, String message, Outcome outcome) {
        assertEquals(code, outcome.code(), outcome.printed());
        assertEquals(1, outcome.printed().lines().count(), outcome.printed());
        assertTrue(outcome.printed().startsWith("error: "), outcome.printed());
        assertTrue(outcome.printed().contains(message), outcome.printed());
    }

    @Test
    void wrongArgumentsAreOneLineAndCodeTwo() throws IOException {
        for (String[] bad :
                new String[][] {
                    {"--epochs=0", "--epochs: expected"},
                    {"--epochs=many", "--epochs"},
                    {"--crop=128", "--crop"},
                    {"--crop=axb", "--crop"},
                    {"--crop=32x32x", "--crop"},
                    {"--depth=11", "--depth: expected"},
                    {"--base-width=70000", "--base-width: expected"},
                    {
                        "--scale=2..1",
                        "--scale: expected min..max with 0 < min <= max <= 10, such as 0.75..1.5,"
                                + " got 2..1"
                    },
                    {"--scale=NaN..1", "--scale: expected min..max"},
                    {"--scale=0..1", "--scale: expected min..max"},
                    {"--scale=1..11", "--scale: expected min..max"},
                    {"--scale=1,2", "--scale: expected min..max"},
                    {"--scale=", "--scale: expected min..max"},
                    {"--scale=1", "--scale"},
                    {"--learning-rate=-1", "--learning-rate: expected"},
                    {"--momentum=1", "--momentum: expected"},
                    {"--warm-up=12", "--warm-up: expected"},
                    {"--optimizer=adm", "did you mean adam?"},
                    {"--schedule=cosin", "did you mean cosine?"},
                    {"--class-weights=inverse", "median-frequency"},
                    {"--loss=lovaz", "did you mean lovasz?"},
                    {"--loss=ce->lovasz@12", "12"},
                    {"--ignore-label=256", "--ignore-label"},
                    {"--threads=0", "--threads"},
                    {"--threads=100000", "--threads"},
                    {"--device=tpu", "--device"},
                    {"--device=gpu4711", "--device"},
                    {"--device=gpu,gpu0", "several gpus, each once"},
                    {"--device=cpu,gpu0", "several gpus, each once"},
                    {"--device=gpu0,,gpu1", "--device: expected cpu, gpu, gpun or several"},
                    {"--device=gpu0,gpu4711", "--device: expected cpu"},
                    {"--engine=OnnxRuntime", "cannot train"},
                    {"--data=erth", "--data"},
                    {"--resume", "--resume"},
                    {"--unknown", "--unknown"},
                    {"--los=ce", "did you mean --loss?"}
                }) {
            Outcome outcome = CommandTesting.run("train", bad[0]);
            String spoken = outcome.printed().toLowerCase(Locale.ROOT);
            assertEquals(2, outcome.code(), bad[0] + ": " + outcome.printed());
            assertEquals(1, outcome.printed().lines().count(), outcome.printed());
            assertTrue(spoken.contains(bad[1]), bad[0] + ": " + outcome.printed());
        }
        assertFails(2, "did you mean train?", CommandTesting.run("trian"));
        assertFails(2, "expected a command", CommandTesting.run());
        assertFails(2, "--seeds", CommandTesting.run("compare", "--seeds=5..1"));
        assertFails(2, "--seeds", CommandTesting.run("compare", "--seeds=1,1"));
        assertFails(
                2, "different losses", CommandTesting.run("compare", "--loss=ce", "--loss=1*ce"));
        assertFalse(Files.exists(Path.of("runs", "train")));
    }

    @Test
    void weightsWithoutALossThatTakesThemAreRefused() throws IOException {
        Outcome outcome =
                run(
                        tiny("train", data("train", "val")),
                        "--loss=lovasz",
                        "--class-weights=inverse-frequency");
        assertFails(1, "error: --class-weights: expected a loss that takes them", outcome);
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void whatALossCannotBeTrainedWithIsSaidOfTheFileThatItIsIn() throws IOException {
        Path file = folder.resolve("file.json");
        String data = "\"data\": \"" + data("train", "val") + '"';
        for (String[] options :
                new String[][] {
                    {"loss", "hinge", "--loss: expected two classes"},
                    {"class-weights", "median-frequency", "--class-weights: expected a loss"}
                }) {
            Files.writeString(
                    file,
                    "{\"command\": \"train\", \"options\": {%s, \"%s\": \"%s\"}}"
                            .formatted(data, options[0], options[1]));
            List<String> args = new ArrayList<>(List.of("train", "--config=" + file));
            args.add("--out=" + folder.resolve("run"));
            if (options[0].equals("class-weights")) {
                args.add("--loss=lovasz");
            }
            assertFails(1, "error: " + file + ": " + options[2], run(args));
            // Given on the command line, it is not the file's.
            assertFails(1, "error: " + options[2], run(args, "--" + options[0] + "=" + options[1]));
        }
    }

    @Test
    void badDataIsOneLineAndLeavesNoRunFolder() throws IOException {
        Path data = data("val");
        assertFails(1, "train", run(tiny("train", data)));
        assertFalse(Files.exists(folder.resolve("run")), "nothing is written before the checks");
        delete(data);
        data("train", "val");
        // Three samples in batches of two: the last has one, of one value after two halvings.
        assertFails(1, "batch normalisation", run(tiny("train", data), "--crop=4x4"));
        Path image;
        try (Stream<Path> files = Files.list(data.resolve("train").resolve("images"))) {
            image = files.sorted().findFirst().orElseThrow();
        }
        Files.write(image, new byte[] {1, 2, 3});
        assertFails(1, image.getFileName().toString(), run(tiny("compare", data)));
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void badConfigurationsAreOneLine() throws IOException {
        Path file = folder.resolve("config.json");
        for (String[] bad :
                new String[][] {
                    {"", "expected JSON"},
                    {"[]", "expected JSON"},
                    {"{\"command\": \"train\"}", "expected \"command\" and \"options\""},
                    {"{\"options\": {}}", "expected \"command\" and \"options\""},
                    {"{\"command\": \"compare\", \"options\": {}}", "got those of 'compare'"},
                    {
                        "{\"command\": \"train\", \"options\": {\"epoch\": 3}}",
                        "did you mean epochs?"
                    },
                    {
                        "{\"command\": \"train\", \"options\": {\"epochs\": [3]}}",
                        "epochs: expected a text, number, true or false, got [3]"
                    }
                }) {
            Files.writeString(file, bad[0]);
            assertFails(2, bad[1], CommandTesting.run("train", "--config=" + file));
        }
        Files.writeString(file, "{\"command\": \"train\", \"options\": {\"epochs\": \"x\"}}");
        assertFails(
                2,
                file + ": --epochs: expected a whole number, got \"x\"",
                CommandTesting.run("train", "--config=" + file));
        assertFails(2, "there is none", CommandTesting.run("train", "--config=none.json"));
        Files.writeString(file, "{\"command\": \"train\", \"options\": {}}");
        assertFails(
                2, "neither --out", CommandTesting.run("train", "--resume=" + folder, "--out=x"));
    }

    @Test
    void aFolderWithFilesIsNotWrittenTo() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(run.resolve("table.md"), "mine");
        assertFails(1, "--out", run(tiny("train", data("train", "val"))));
        assertEquals("mine", Files.readString(run.resolve("table.md")));
    }

    @Test
    void helpHasExamplesAndEveryCommandHasHelp() {
        for (String command : Lovasz.commandLine().getSubcommands().keySet()) {
            Outcome help = CommandTesting.run(command, "--help");
            assertEquals(0, help.code(), help.printed());
            if (!command.equals("help") && !command.equals("generate-completion")) {
                assertTrue(help.printed().contains("Examples:"), help.printed());
                assertTrue(help.printed().contains("  lovasz " + command), help.printed());
            }
        }
        Outcome completion = CommandTesting.run("generate-completion");
        assertEquals(0, completion.code());
        assertTrue(completion.printed().contains("--class-weights"));
    }

    @Test
    void verbosePrintsTheStackTrace() throws IOException {
        Outcome outcome = run(tiny("train", data("val")), "--verbose");
        assertEquals(1, outcome.code());
        assertTrue(outcome.printed().contains("\tat io.github.lovaszdjl"), outcome.printed());
    }
}
