package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command train with two processes of a cluster on this machine. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Hadoop needs winutils.exe there")
class ClusterTrainingTest {

    private static final int EPOCHS = 2;

    /** Of the processes of a cluster, as the build has it; Spark takes it from the properties. */
    private static final String JAVA_OPTIONS = "spark.executor.extraJavaOptions";

    @TempDir private Path folder;

    private List<String> command(Path data, Path out) {
        return List.of(
                "train",
                "--data=" + data,
                "--out=" + out,
                "--epochs=" + EPOCHS,
                "--batch-size=2",
                "--crop=32x32",
                "--base-width=4",
                "--depth=2",
                "--class-weights=median-frequency",
                "--allow-missing-classes",
                "--clip-norm=1",
                "--learning-rate=0.02",
                "--master=local-cluster[2,1,512]",
                "--sync-every=1",
                "--outer-momentum=0.5");
    }

    private static Set<Long> children() {
        return ProcessHandle.current()
                .children()
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }

    /** Starts a driver that can be killed, with a folder of its own for temporary files. */
    private Process start(List<String> command, Path temporary) throws IOException {
        List<String> all = new ArrayList<>();
        all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        all.addAll(
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.io.tmpdir=" + temporary,
                        "-Dai.djl.offline=true",
                        "-D" + JAVA_OPTIONS + "=" + System.getProperty(JAVA_OPTIONS, ""),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Lovasz.class.getName()));
        all.addAll(command);
        return new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("printed.txt").toFile())
                .start();
    }

    @Test
    void aDriverThatIsKilledGoesOnToTheSameBits() throws Exception {
        Path data = CommandTesting.copyEarth(folder.resolve("data"), 6, "train", "val");
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        Path killed = folder.resolve("killed");
        Process driver = start(command(data, killed), temporary);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        while (!Files.exists(killed.resolve("checkpoint.zip"))) {
            if (driver.waitFor(10, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
                fail("no checkpoint: " + Files.readString(folder.resolve("printed.txt")));
            }
        }
        List<ProcessHandle> executors = driver.children().toList();
        driver.destroyForcibly().waitFor();
        assertFalse(Files.exists(killed.resolve("result.json")));
        for (ProcessHandle executor : executors) {
            executor.onExit().get(1, TimeUnit.MINUTES); // by themselves
        }

        Set<Long> before = children();
        Outcome resumed = CommandTesting.run("train", "--resume=" + killed);
        assertEquals(0, resumed.code(), resumed.printed());
        Path whole = folder.resolve("whole");
        Outcome outcome = CommandTesting.run(command(data, whole).toArray(String[]::new));
        assertEquals(0, outcome.code(), outcome.printed());
        assertEquals(before, children());

        RunNumbers.assertSame(whole, killed, EPOCHS, "killed");
        for (Path run : List.of(whole, killed)) {
            checkRounds(run);
        }
    }

    /** Three batches an epoch are two rounds of two workers. */
    private static void checkRounds(Path run) throws IOException {
        List<String> lines = Files.readAllLines(run.resolve("rounds.csv"));
        assertEquals("epoch,rounds,workers,seconds,communication seconds,bytes", lines.get(0));
        assertEquals(
                List.of("1,2,2", "2,2,2"),
                lines.stream().skip(1).map(line -> line.replaceAll("(,[^,]*){3}$", "")).toList());
        JsonObject rounds =
                JsonParser.parseString(Files.readString(run.resolve("result.json")))
                        .getAsJsonObject()
                        .getAsJsonObject("rounds");
        assertEquals(4, rounds.get("rounds").getAsInt());
        assertEquals(2, rounds.get("workers").getAsInt());
        assertTrue(rounds.get("bytes").getAsLong() > 0);
        assertTrue(
                Files.readString(run.resolve("report.html"))
                        .contains("of the time of 4 rounds of 2 workers"));
    }

    @Test
    void whatRoundsDoNotHaveIsToldBeforeAnythingStarts() {
        for (String option : List.of("--accumulate=2", "--ema=0.9", "--teacher=runs/X")) {
            Outcome outcome =
                    CommandTesting.run("train", option, "--master=local-cluster[2,1,512]");
            assertEquals(2, outcome.code());
            String name = option.replaceFirst("=.*", "");
            assertTrue(
                    outcome.printed().contains("error: " + name + ": expected"), outcome.printed());
        }
    }

    /** Nothing answers at the address: whoever went on to the cluster would say that. */
    @Test
    void moreWorkersThanBatchesAreToldBeforeAnythingStarts() throws Exception {
        Path data = CommandTesting.copyEarth(folder.resolve("data"), 6, "train", "val");
        Path out = folder.resolve("out");
        for (String name : List.of("train", "compare")) {
            List<String> args = new ArrayList<>(command(data, out));
            args.set(0, name);
            args.removeIf(arg -> arg.startsWith("--master"));
            args.addAll(List.of("--master=spark://127.0.0.1:1", "--workers=4"));
            Outcome outcome = CommandTesting.run(args.toArray(String[]::new));
            assertEquals(2, outcome.code());
            String message = "error: --workers: expected at most 3, the number of batches in an";
            assertTrue(outcome.printed().contains(message), outcome.printed());
        }
        assertFalse(Files.exists(out));
    }
}
