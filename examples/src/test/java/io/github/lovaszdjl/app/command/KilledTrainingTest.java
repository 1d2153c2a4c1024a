package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.RunResult;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Trainings that are killed at any moment, as by {@code kill -9}, and gone on with come to the
 * numbers of one that was not, and leave nothing lying about.
 */
@Tag(Trials.TAG)
class KilledTrainingTest {

    private static final int KILLS = Trials.of(2, 50);

    private static final int EPOCHS = Trials.of(2, 5);

    @TempDir private Path folder;

    private Path data;
    private Random random;

    /** Where a process was when it was killed, by what it left. */
    private final Map<String, Integer> moments = new TreeMap<>();

    @Test
    void goesOnToTheSameBits() throws Exception {
        Assumptions.assumeFalse(
                System.getProperty("os.name").startsWith("Windows"), "there is no SIGKILL");
        random = Trials.random(0);
        data = CommandTesting.copyEarth(folder.resolve("data"), 4, "train", "val");
        Path whole = folder.resolve("whole");
        long start = System.nanoTime();
        Process process = start(whole, folder.resolve("whole.txt"));
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "still running");
        long life = System.nanoTime() - start;
        assertEquals(0, process.exitValue(), Files.readString(folder.resolve("whole.txt")));

        int kills = 0;
        int runs = 0;
        while (kills < KILLS) {
            Path run = folder.resolve("run" + runs);
            String message = "seed " + Trials.seed(0) + ", run " + runs;
            Path printed = folder.resolve("run" + runs + ".txt");
            while (!RunResult.isIn(new RunFolder(run))) {
                process = start(run, printed);
                boolean last = kills >= KILLS;
                if (!last && killed(process, run, life)) {
                    kills++;
                } else {
                    assertTrue(process.waitFor(5, TimeUnit.MINUTES), message);
                    assertEquals(0, process.exitValue(), message + Files.readString(printed));
                }
            }
            RunNumbers.assertSame(whole, run, EPOCHS, message + " after " + kills + " kills");
            runs++;
        }
        Trials.report(
                String.format("%d kills of %d trainings of %.1f s, where", kills, runs, life / 1e9),
                moments);
    }

    /** Starts the training of a folder, or goes on with it where there are its options. */
    private Process start(Path run, Path printed) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        // The life of such a process is for the most part its beginning.
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dai.djl.offline=true",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        Lovasz.class.getName(),
                        "train"));
        if (Files.exists(run.resolve(ConfigFile.NAME))) {
            command.add("--resume=" + run);
        } else {
            // Before that there is nothing to go on with, and the folder can be used again.
            command.addAll(
                    List.of(
                            "--data=" + data,
                            "--out=" + run,
                            "--epochs=" + EPOCHS,
                            // All that has a state, or draws.
                            "--loss=0.5*ce+jml",
                            "--mixup=0.2",
                            "--accumulate=2",
                            "--clip-norm=1",
                            "--ema=0.9",
                            "--schedule=one-cycle",
                            "--batch-size=2",
                            "--crop=32x32",
                            "--base-width=4",
                            "--depth=2",
                            "--threads=1"));
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(printed.toFile()))
                .start();
    }

    /**
     * Kills a process: at a moment of the life of a training, or when an unfinished file appears.
     *
     * @return false where it was done before
     */
    private boolean killed(Process process, Path run, long life) throws Exception {
        // Some may get to their end, on a machine that is slower by now than it was for the first.
        long moment = System.nanoTime() + (long) (random.nextDouble() * 2 * life);
        boolean saving = random.nextInt(3) == 0;
        // The first ones of a process are of small files, which are over at once.
        int toCome = random.nextInt(8);
        Path seen = null;
        if (!saving && process.waitFor(moment - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        while (saving && toCome >= 0) {
            if (!process.isAlive()) {
                return false;
            }
            Path now = unfinished(run);
            if (now != null && !now.equals(seen)) {
                toCome--;
            }
            seen = now == null ? seen : now;
        }
        process.destroyForcibly().waitFor();
        if (process.exitValue() == 0) {
            return false;
        }
        moments.merge(moment(run), 1, Integer::sum);
        return true;
    }

    /** Returns a file or folder that is being written, or null. */
    private static Path unfinished(Path run) throws IOException {
        for (Path where : new Path[] {run, run.resolve("best"), run.resolve("best-raw")}) {
            try (Stream<Path> files = Files.list(where)) {
                Path found =
                        files.filter(
                                        file ->
                                                WholeFile.isLeftover(file, ".")
                                                        || WholeFile.isLeftover(
                                                                file, "unfinished-"))
                                .findFirst()
                                .orElse(null);
                if (found != null) {
                    return found;
                }
            } catch (NoSuchFileException e) {
                continue; // not there yet
            }
        }
        return null;
    }

    private static String moment(Path run) throws IOException {
        Path left = unfinished(run);
        if (left != null) {
            String name = left.getFileName().toString();
            return "saving "
                    + name.replaceFirst("^[.]", "").replaceFirst("[.-]\\p{XDigit}{8}-.*", "");
        }
        if (!Files.exists(run.resolve(ConfigFile.NAME))) {
            return "before the options are written";
        }
        if (!Files.exists(run.resolve("checkpoint.zip"))) {
            return "before the first checkpoint";
        }
        try (ZipFile zip = new ZipFile(run.resolve("checkpoint.zip").toFile())) {
            String json =
                    new String(zip.getInputStream(zip.getEntry("training.json")).readAllBytes());
            int epoch = Integer.parseInt(json.replaceAll("(?s).*\"epoch\":(\\d+).*", "$1"));
            if (RunNumbers.reports(run).size() < epoch) {
                return "in validation";
            }
            return epoch < EPOCHS ? "between checkpoints" : "after the last checkpoint";
        }
    }
}
