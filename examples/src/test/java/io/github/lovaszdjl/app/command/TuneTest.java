package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneTest {

    @TempDir private Path folder;

    /** A search by halving, of which one trial fails: 4 trials of an epoch, then 2 to the end. */
    private static List<String> halving(Path data, Path out) {
        return new ArrayList<>(
                List.of(
                        "tune",
                        "--data=" + data,
                        "--out=" + out,
                        "--search=learning-rate=1e-3,1e-2,1e35",
                        "--search=loss=ce|0.5*ce+lovasz",
                        "--trials=4",
                        "--method=halving",
                        "--eta=2",
                        "--epochs=2",
                        "--batch-size=2",
                        "--crop=32x32",
                        "--base-width=2",
                        "--depth=1",
                        "--threads=1"));
    }

    private Path data() throws IOException {
        Path data = CommandTesting.copyEarth(folder.resolve("data"), 4, "train");
        CommandTesting.copyEarth(data, 2, "val", "test");
        // Whoever reads the split test finds out.
        try (Stream<Path> images = Files.list(data.resolve("test").resolve("images"))) {
            for (Path image : images.toList()) {
                Files.writeString(image, "no image");
            }
        }
        return data;
    }

    @Test
    void aSearchThatIsStoppedAndKilledComesToTheSameTrials() throws Exception {
        Path data = data();
        Path whole = folder.resolve("whole");
        Outcome outcome = CommandTesting.run(halving(data, whole).toArray(String[]::new));
        assertEquals(0, outcome.code(), outcome.printed());
        assertGood(whole, outcome);

        Path killed = folder.resolve("killed");
        List<String> next = halving(data, killed);
        if (!System.getProperty("os.name").startsWith("Windows")) { // there is no SIGTERM
            assertStops(next, killed);
            next = List.of("tune", "--resume=" + killed);
        }

        // Killed in the second rung, where one trial is ahead of those it was compared with.
        Process process =
                process(next).redirectOutput(folder.resolve("printed.txt").toFile()).start();
        try {
            while (process.isAlive() && !anyIsDone(killed)) {
                process.waitFor(10, TimeUnit.MILLISECONDS);
            }
        } finally {
            process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
        }
        assertTrue(anyIsDone(killed), Files.readString(folder.resolve("printed.txt")));
        Outcome rest = CommandTesting.run("tune", "--resume=" + killed);
        assertEquals(0, rest.code(), rest.printed());
        assertSame(results(whole), results(killed));

        // As if killed when the first trial was done, before the last two had begun.
        Files.createFile(killed.resolve("trial-01").resolve(".lock"));
        for (String name : List.of("trial-03", "trial-04")) {
            delete(killed.resolve(name));
        }
        for (String name : List.of("tune.csv", "tune.json", "report.html")) {
            Files.delete(killed.resolve(name));
        }
        Path moved = Files.move(data, folder.resolve("moved"));
        rest = CommandTesting.run("tune", "--resume=" + killed, "--data=" + moved);
        assertEquals(0, rest.code(), rest.printed());
        Map<String, String> expected = results(whole);
        expected.replaceAll((name, text) -> text.replace(data.toString(), moved.toString()));
        assertSame(expected, results(killed));
    }

    private static void assertGood(Path run, Outcome outcome) throws IOException {
        JsonObject json =
                JsonParser.parseString(Files.readString(run.resolve("tune.json")))
                        .getAsJsonObject();
        Map<String, Double> afterOne = new TreeMap<>();
        Map<String, Integer> epochs = new TreeMap<>();
        double best = 0;
        String bestTrial = null;
        for (var element : json.getAsJsonArray("trials")) {
            JsonObject trial = element.getAsJsonObject();
            String name = trial.get("folder").getAsString();
            boolean failed = trial.get("state").getAsString().equals("failed");
            String rate = trial.getAsJsonObject("values").get("learning-rate").getAsString();
            assertEquals(rate.equals("1e35"), failed, name);
            if (failed) {
                String why = trial.get("failure").getAsString();
                assertTrue(why.contains("in epoch 1, batch"), why);
                assertEquals(
                        why, Files.readString(run.resolve(name).resolve("failed.txt")).strip());
                continue;
            }
            List<Double> scores = scores(run.resolve(name));
            epochs.put(name, scores.size());
            assertEquals(
                    scores.size() == 2 ? "done" : "not continued",
                    trial.get("state").getAsString());
            afterOne.put(name, scores.get(0));
            double score = scores.stream().mapToDouble(s -> s).max().orElseThrow();
            assertEquals(score, trial.get("meanIou").getAsDouble(), 1e-6, name);
            if (score > best) {
                best = score;
                bestTrial = name;
            }
        }
        assertTrue(afterOne.size() >= 2 && afterOne.size() < 4, afterOne.toString());
        List<String> ranked =
                afterOne.keySet().stream()
                        .sorted((a, b) -> Double.compare(afterOne.get(b), afterOne.get(a)))
                        .toList();
        for (String name : ranked) {
            boolean survives = ranked.indexOf(name) < 2;
            assertEquals(survives ? 2 : 1, epochs.get(name), name);
            assertEquals(survives, Files.exists(run.resolve(name).resolve("result.json")), name);
        }
        JsonObject first = json.getAsJsonArray("trials").get(0).getAsJsonObject();
        assertEquals(bestTrial, first.get("folder").getAsString());

        // The line trains as that trial does, on all of its options.
        String line = json.get("best").getAsString();
        assertTrue(outcome.printed().contains(line), outcome.printed());
        String rate = first.getAsJsonObject("values").get("learning-rate").getAsString();
        assertTrue(line.startsWith("lovasz train "), line);
        assertTrue(line.contains(" --learning-rate=" + rate), line);
        assertTrue(line.contains(" --base-width=2 --depth=1"), line);
        String result = Files.readString(run.resolve(bestTrial).resolve("result.json"));
        assertTrue(result.contains("\"split\": \"val\""), result);
    }

    /** The mean IoU on val by epoch. */
    private static List<Double> scores(Path trial) throws IOException {
        List<String> lines = Files.readAllLines(trial.resolve("metrics.csv"));
        int column = List.of(lines.get(0).split(",")).indexOf("val mean IoU");
        return lines.stream()
                .skip(1)
                .map(line -> Double.parseDouble(line.split(",")[column]))
                .toList();
    }

    /** Asks a search to end in its first trial, as Ctrl-C does. */
    private static void assertStops(List<String> args, Path run) throws Exception {
        Process process = process(args).start();
        List<String> lines = new ArrayList<>();
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.startsWith("trial 1 of 4")) {
                    process.toHandle().destroy(); // that of Process closes the reader, too
                }
            }
        }
        String printed = String.join("\n", lines);
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), printed);
        assertEquals(130, process.exitValue(), printed);
        assertTrue(printed.contains("Stopped; go on with: lovasz tune --resume " + run), printed);
        assertFalse(printed.contains("trial 4 of 4"), printed);
    }

    private static ProcessBuilder process(List<String> args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dai.djl.offline=true",
                        "-Djava.awt.headless=true",
                        Lovasz.class.getName()));
        command.addAll(args);
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    private static boolean anyIsDone(Path run) throws IOException {
        return Stream.of("trial-01", "trial-02", "trial-03", "trial-04")
                .anyMatch(name -> Files.exists(run.resolve(name).resolve("result.json")));
    }

    /** What all trials came to, without times and the names of the folder. */
    private static Map<String, String> results(Path run) throws IOException {
        Map<String, String> results = new TreeMap<>();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = run.relativize(file).toString();
                String text = "";
                if (name.matches(
                        "tune.json|.*/(result.json|metrics.csv|confusion.csv|failed.txt)")) {
                    text =
                            Files.readString(file)
                                    .replace(run.toString(), "RUN")
                                    .replaceAll("\"(\\w*[sS]econds?|waitShare)\": [^,\n]*", "");
                }
                if (name.endsWith("metrics.csv")) {
                    text = scores(file.getParent()).toString();
                }
                results.put(name.replaceFirst("-\\d{4}[.]params$", ".params"), text);
            }
        }
        return results;
    }

    private static void assertSame(Map<String, String> expected, Map<String, String> got) {
        assertEquals(expected.keySet(), got.keySet());
        expected.forEach((name, text) -> assertEquals(text, got.get(name), name));
    }

    private static void delete(Path tree) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(tree)) {
            all = new ArrayList<>(files.toList());
        }
        for (int i = all.size() - 1; i >= 0; i--) {
            Files.delete(all.get(i));
        }
    }

    @Test
    void aTrialWhoseValuesDoNotGoTogetherIsNotedAndTheOthersGoOn() throws IOException {
        Path out = folder.resolve("joint");
        List<String> args = halving(data(), out);
        args.removeIf(arg -> arg.matches("--(search|trials|method|eta|epochs)=.*"));
        args.addAll(
                List.of(
                        "--search=accumulate=1,2",
                        "--joint-loss",
                        "--trials=2",
                        "--epochs=1",
                        "--seed=2"));
        Outcome outcome = CommandTesting.run(args.toArray(String[]::new));
        assertEquals(0, outcome.code(), outcome.printed());
        List<String> failed =
                outcome.printed().lines().filter(line -> line.contains(" failed: ")).toList();
        assertEquals(1, failed.size(), outcome.printed());
        assertTrue(failed.get(0).contains("failed: --joint-loss: expected false"), failed.get(0));
        assertTrue(outcome.printed().contains("--accumulate=2"), outcome.printed());
    }

    @Test
    void wrongSearchesAreRefusedBeforeAnyWork() throws IOException {
        Path data = CommandTesting.copyEarth(folder.resolve("data"), 2, "train", "val");
        Path out = folder.resolve("out");
        Path used = Files.createDirectories(folder.resolve("used"));
        Files.writeString(used.resolve("mine.txt"), "mine");
        String[][] cases = {
            {"--search: expected at least one"},
            {
                "--search: expected an option of train that changes scores, got \"baze-width\";"
                        + " did you mean base-width?",
                "--search=baze-width=1,2"
            },
            {"--search: expected LOW..HIGH with LOW below HIGH", "--search=power=1..1"},
            {"--search: expected LOW above 0", "--search=learning-rate=0..1:log"},
            {"--search: --batch-size: expected a whole number", "--search=batch-size=2,x"},
            {"--search: --optimizer: expected one of", "--search=optimizer=adam,x"},
            {"--search: --loss", "--search=loss=ce|lovaz"},
            {"trial 1, of depth 0", "--search=depth=-1,0", "--trials=2", "--seed=2"},
            {
                "--trials: expected at most the 3 there are, got 4",
                "--search=depth=1..3",
                "--trials=4"
            },
            {"--trials: expected 1 to 1000", "--search=power=0..1", "--trials=0"},
            {"--eta: expected at least 2", "--search=power=0..1", "--method=halving", "--eta=1"},
            {"--eta: expected --method halving", "--search=power=0..1", "--eta=4"},
            {"--method: halving: expected", "--search=power=0..1", "--method=halving", "--eta=10"},
            {"--method: expected one of random, halving", "--search=power=0..1", "--method=grid"},
            {"--power: expected none, as it is searched", "--search=power=0..1", "--power=0.5"},
            {"--loss: expected none, as it is s", "--search=loss=ce|dice", "--loss=ce"},
            {"--flip: expected none, as it is s", "--search=flip=true,false", "--no-flip"},
            {"--master: expected none", "--search=power=0..1", "--master=local[2]"},
            {"--out: expected an empty folder", "--search=power=0..1", "--out=" + used},
            {"--out: expected", "--search=power=0..1", "--out=" + data.resolve("train/images/x")},
        };
        for (String[] c : cases) {
            List<String> args = new ArrayList<>(List.of("tune", "--data=" + data));
            args.addAll(List.of(c).subList(1, c.length));
            if (args.stream().noneMatch(arg -> arg.startsWith("--out"))) {
                args.add("--out=" + out);
            }
            if (args.stream().noneMatch(arg -> arg.startsWith("--trials"))) {
                args.add("--trials=2");
            }
            Outcome outcome = CommandTesting.run(args.toArray(String[]::new));
            assertTrue(outcome.code() == 1 || outcome.code() == 2, args + ": " + outcome);
            assertTrue(
                    outcome.printed().startsWith("error: " + c[0]),
                    args + "\n" + outcome.printed());
            assertEquals(1, outcome.printed().lines().count(), outcome.printed());
        }
        assertFalse(Files.exists(out));
    }
}
