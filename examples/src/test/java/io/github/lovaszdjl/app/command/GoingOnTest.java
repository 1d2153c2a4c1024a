package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.app.page.ReportTesting;
import io.github.lovaszdjl.app.run.Reports;
import io.github.lovaszdjl.app.run.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that goes on with other options takes them all, or stays as it was to the byte. */
class GoingOnTest {

    private static final List<String> RESULTS =
            List.of("result.json", "confusion.csv", "confusion.png", "curves.png");

    private static final String OTHER_MODEL =
            "--init: expected the model that the comparison began with, of the check sum ";

    @TempDir private Path folder;

    private Path data;
    private Path run;

    /** Now, since the first to load it logs. */
    @BeforeAll
    static void loadEngine() {
        Engine.getInstance();
    }

    @BeforeEach
    void copyData() throws IOException {
        data = CommandTesting.copyEarth(folder.resolve("data"), 3, "train", "val");
        run = folder.resolve("run");
    }

    private List<String> tiny(String command, String... more) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                command,
                                "--data=" + data,
                                "--out=" + run,
                                "--batch-size=2",
                                "--crop=32x48",
                                "--base-width=2",
                                "--depth=2"));
        args.addAll(List.of(more));
        return args;
    }

    private Outcome begin(String command, String... more) {
        Outcome outcome = CommandTesting.run(tiny(command, more).toArray(String[]::new));
        assertEquals(0, outcome.code(), outcome.printed());
        return outcome;
    }

    private Outcome goOn(String command, String... more) {
        List<String> args = new ArrayList<>(List.of(command, "--resume=" + run));
        args.addAll(List.of(more));
        return CommandTesting.run(args.toArray(String[]::new));
    }

    private void assertRefused(String message, String command, String... more) throws IOException {
        Map<String, String> before = OutputFolderTest.tree(folder);
        Outcome outcome = goOn(command, more);
        assertTrue(outcome.code() == 1 || outcome.code() == 2, outcome.printed());
        assertEquals(1, outcome.printed().lines().count(), outcome.printed());
        assertTrue(outcome.printed().startsWith("error: " + message), outcome.printed());
        assertEquals(before, OutputFolderTest.tree(folder), outcome.printed());
    }

    private void assertGoesOn(String command, String... more) {
        Outcome outcome = goOn(command, more);
        assertEquals(0, outcome.code(), outcome.printed());
    }

    private JsonObject options() throws IOException {
        return JsonParser.parseString(Files.readString(run.resolve("config.json")))
                .getAsJsonObject()
                .getAsJsonObject("options");
    }

    /** Puts a folder in the way of the metrics, so that a training ends after its next epoch. */
    private static Path stop(Path run) throws IOException {
        Path metrics = run.resolve("metrics.csv");
        Files.delete(metrics);
        return Files.createDirectories(metrics.resolve("in the way")).getParent();
    }

    private static void free(Path metrics) throws IOException {
        Files.delete(metrics.resolve("in the way"));
        Files.delete(metrics);
    }

    @Test
    void aRunThatEndedForWantOfPatienceGoesOnWithMoreOfIt() throws IOException {
        // Weights that hardly move soon score no better.
        String[] slow = {"--epochs=12", "--patience=1", "--learning-rate=1e-12"};
        Outcome first = begin("train", slow);
        assertTrue(first.printed().contains("stopped early after epoch"), first.printed());
        int epochs = Files.readAllLines(run.resolve("metrics.csv")).size() - 1;
        String refused = run.resolve("config.json") + ": --patience: expected more, or 0 for all";
        assertRefused(refused, "train", "--epochs=13");
        assertGoesOn("train", "--patience=0", "--epochs=" + (epochs + 1));
        assertEquals(epochs + 2, Files.readAllLines(run.resolve("metrics.csv")).size());
        assertEquals("0", options().get("patience").getAsString());
        assertTrue(
                Files.readString(run.resolve("log.txt")).contains("patience is now 0, before 1"));
    }

    @Test
    void aRefusedRunStaysAsItWas() throws IOException {
        begin("train", "--epochs=2");
        Path copy = CommandTesting.copyEarth(folder.resolve("copy"), 3, "train", "val");
        Path others = CommandTesting.copyEarth(folder.resolve("others"), 3, "train", "val");
        Files.writeString(others.resolve("classes.txt"), "sea\nland\nice\nlake\n");
        String d = "--data=" + copy;
        for (String epochs : List.of("2", "3")) {
            if (epochs.equals("2")) {
                // With the same number there is something to do if it is not done.
                Files.move(run.resolve("result.json"), folder.resolve("result.json"));
            } else {
                Files.move(folder.resolve("result.json"), run.resolve("result.json"));
            }
            String e = "--epochs=" + epochs;
            assertRefused("classes: expected", "train", "--data=" + others, e);
            assertRefused("--epochs: expected at least 2", "train", d, "--epochs=1");
            Path best = Files.move(run.resolve("best"), folder.resolve("best"));
            assertRefused("the best model of the", "train", d, e, "--tile=96x96");
            Files.move(best, run.resolve("best"));
            Path checkpoint = run.resolve("checkpoint.zip");
            Files.move(checkpoint, folder.resolve("checkpoint.zip"));
            assertRefused(checkpoint + ": expected the", "train", d, e, "--overlap=0");
            Files.move(folder.resolve("checkpoint.zip"), checkpoint);
        }
        assertTrue(goOn("train").printed().startsWith("Nothing to do"));
        // What is done has a result of its tiles, and may have data that has moved.
        for (String tiles : List.of("tile=96x96", "overlap=0")) {
            assertRefused("--" + tiles.replaceAll("=.*", ": expected "), "train", d, "--" + tiles);
        }
        assertRefused("classes: expected", "train", "--data=" + others);
        Outcome moved = goOn("train", d);
        assertEquals(0, moved.code(), moved.printed());
        assertEquals(
                List.of(
                        "Nothing to do: " + run + " is done",
                        "the data is now " + copy + ", before " + data),
                moved.printed().lines().toList());
        assertEquals(copy.toString(), options().get("data").getAsString());
        assertEquals(0, goOn("train", "--data=" + data).code());

        assertGoesOn("train", d, "--epochs=3", "--tile=64x96", "--overlap=32");
        assertEquals(copy.toString(), options().get("data").getAsString());
        assertEquals("3", options().get("epochs").getAsString());
        assertEquals("64x96", options().get("tile").getAsString());
        assertEquals("32", options().get("overlap").getAsString());
        String log = Files.readString(run.resolve("log.txt"));
        for (String line :
                List.of(
                        " the data is now " + copy + ", before " + data + "\n",
                        " the tile is now 64x96, before 512x512\n",
                        " the overlap is now 32, before 64\n",
                        " planned for 3 epochs, before for 2; from here on")) {
            assertTrue(log.contains(line), log);
        }
    }

    @Test
    void aRefusedComparisonStaysAsItWas() throws IOException {
        begin("compare", "--loss=ce", "--loss=dice", "--epochs=1");
        Path others = CommandTesting.copyEarth(folder.resolve("others"), 3, "train", "val");
        Files.writeString(others.resolve("classes.txt"), "sea\nland\nice\nlake\n");
        // One is done, the other is not.
        Files.delete(run.resolve("dice-seed1").resolve("result.json"));
        assertRefused("classes: expected", "compare", "--data=" + others);
        String done = ", which " + run.resolve("ce-seed1") + " is done with, got ";
        assertRefused("--tile: expected 512x512" + done + "96x96", "compare", "--tile=96x96");
        assertRefused("--overlap: expected 64" + done + "32", "compare", "--overlap=32");
        Files.delete(run.resolve("ce-seed1").resolve("result.json"));
        assertGoesOn("compare", "--tile=96x96", "--overlap=32");
        for (String name : List.of("ce-seed1", "dice-seed1")) {
            String log = Files.readString(run.resolve(name).resolve("log.txt"));
            assertTrue(log.contains(" the tile is now 96x96, before 512x512\n"), log);
            assertTrue(log.contains(" the overlap is now 32, before 64\n"), log);
        }
        // With other epochs all are done anew.
        assertGoesOn("compare", "--epochs=2", "--tile=128x128");
        assertEquals("128x128", options().get("tile").getAsString());
    }

    @Test
    void allOfAComparisonStartFromTheSameModel() throws IOException {
        Path first = folder.resolve("first");
        begin("train", "--epochs=1");
        Files.move(run, first);
        begin("train", "--epochs=1", "--seed=2");
        Path second = Files.move(run, folder.resolve("second"));
        begin("compare", "--loss=ce", "--loss=dice", "--epochs=1", "--init=" + first);
        String message = run.resolve("config.json") + ": " + OTHER_MODEL;

        // The second training has yet to begin, and the model has been trained on.
        Path dice = Files.move(run.resolve("dice-seed1"), folder.resolve("dice"));
        Path kept = Files.move(first, folder.resolve("kept"));
        Files.move(second, first);
        assertRefused(message, "compare");
        assertRefused(message, "compare", "--epochs=2");
        // One that has begun needs no model.
        Files.move(dice, run.resolve("dice-seed1"));
        assertGoesOn("compare");
        // With the model that the others began with it begins.
        Files.move(run.resolve("dice-seed1"), dice);
        Files.move(first, second);
        Files.move(kept, first);
        assertGoesOn("compare");
        assertEquals(
                Files.readAllLines(dice.resolve("confusion.csv")),
                Files.readAllLines(run.resolve("dice-seed1").resolve("confusion.csv")));
    }

    @Test
    void aModelThatChangesWhileAComparisonTrainsIsNoticed() throws Exception {
        begin("train", "--epochs=1");
        Path first = Files.move(run, folder.resolve("first"));
        begin("train", "--epochs=1", "--seed=2");
        Path second = Files.move(run, folder.resolve("second"));
        Process process =
                TrainAndCompareTest.start(
                        tiny(
                                "compare",
                                "--loss=ce",
                                "--loss=dice",
                                "--epochs=10",
                                "--init=" + first));
        List<String> lines = new ArrayList<>();
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.startsWith("epoch 1/10")) {
                    Files.move(first, folder.resolve("kept"));
                    Files.move(second, first);
                }
            }
        }
        assertEquals(1, process.waitFor(), lines::toString);
        String last = lines.get(lines.size() - 1);
        assertTrue(last.startsWith("error: " + OTHER_MODEL), lines::toString);
        assertTrue(Files.exists(run.resolve("ce-seed1").resolve("result.json")));
        assertFalse(Files.exists(run.resolve("dice-seed1")));
    }

    @Test
    void aRunThatOpensAgainShowsNoResult() throws IOException {
        begin("train", "--epochs=2");
        Path metrics = stop(run);
        assertEquals(1, goOn("train", "--epochs=4").code());
        RESULTS.forEach(name -> assertFalse(Files.exists(run.resolve(name)), name));
        assertFalse(Files.exists(run.resolve("predictions.png")));
        String page = Files.readString(run.resolve("report.html"));
        assertTrue(page.contains("Unfinished: 2 of 4 epochs done. Go on with: lovasz"), page);
        assertFalse(page.contains("data:image/png"));
        free(metrics);
        assertGoesOn("train");
        RESULTS.forEach(name -> assertTrue(Files.exists(run.resolve(name)), name));
        assertTrue(Files.readString(run.resolve("report.html")).contains("data:image/png"));
    }

    @Test
    void aPageWithoutAResultHasNoPredictions() throws IOException {
        Path pictures = Files.createDirectories(run);
        Files.write(pictures.resolve("predictions.png"), ReportTesting.montage());
        Reports.writeRun(
                new RunFolder(run),
                Map.of("loss", "ce", "seed", "1", "data", "earth"),
                "lovasz",
                List.of("a", "b"),
                0,
                3,
                List.of(),
                Optional.empty());
        assertFalse(Files.readString(run.resolve("report.html")).contains("data:image/png"));
    }

    @Test
    void aComparisonThatOpensAgainShowsNoResult() throws IOException {
        begin("compare", "--loss=ce", "--loss=dice", "--epochs=1");
        List<String> tables =
                List.of("report.html", "table.md", "results.csv", "curves.png", "predictions.png");
        Path metrics = stop(run.resolve("ce-seed1"));
        assertEquals(1, goOn("compare", "--epochs=2").code());
        tables.forEach(name -> assertFalse(Files.exists(run.resolve(name)), name));
        for (String name : List.of("ce-seed1", "dice-seed1")) {
            Path part = run.resolve(name);
            RESULTS.forEach(file -> assertFalse(Files.exists(part.resolve(file)), file));
            assertTrue(
                    Files.readString(part.resolve("report.html"))
                            .contains("Unfinished: 1 of 2 epochs done. Go on with: lovasz compare"),
                    name);
        }
        free(metrics);
        assertGoesOn("compare");
        tables.forEach(name -> assertTrue(Files.exists(run.resolve(name)), name));
    }
}
