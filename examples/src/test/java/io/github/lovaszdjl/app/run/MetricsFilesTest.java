package io.github.lovaszdjl.app.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.training.EpochReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFilesTest {

    private static final List<String> CLASSES = List.of("a", "b, c");

    @TempDir private Path added;
    @TempDir private Path whole;

    /** An epoch; from the third on, the loss is another, as that of a schedule. */
    private static EpochReport report(int epoch) {
        Map<String, Float> losses = new LinkedHashMap<>();
        losses.put("loss", 1f / epoch);
        losses.put(epoch < 3 ? "ce" : "lovasz", epoch == 4 ? Float.NaN : 0.5f / epoch);
        ConfusionMatrix validation = ConfusionMatrix.of(new long[][] {{epoch, 2}, {0, 3}});
        return new EpochReport(epoch, 0.25f, losses, validation, 1, 8, 0.5, 2, 3);
    }

    private static List<EpochReport> reports(int epochs) {
        return IntStream.rangeClosed(1, epochs).mapToObj(MetricsFilesTest::report).toList();
    }

    private static MetricsFiles files(Path folder, List<EpochReport> before) {
        return new MetricsFiles(new RunFolder(folder), CLASSES, before);
    }

    private static Object id(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    private void assertSameAsWritten(int epochs) throws IOException {
        files(whole, reports(epochs)).writeAll();
        for (String name : List.of("metrics.csv", "metrics.jsonl")) {
            assertEquals(
                    Files.readString(whole.resolve(name)), Files.readString(added.resolve(name)));
        }
    }

    @Test
    void epochsAddedOneByOneGiveTheFilesOfAll() throws IOException {
        MetricsFiles files = files(added, List.of());
        for (EpochReport report : reports(6)) {
            files.add(report);
            assertSameAsWritten(report.epoch());
        }
        List<String> lines = Files.readAllLines(added.resolve("metrics.csv"));
        assertEquals(
                "epoch,learning rate,train loss,train ce,train lovasz,val mean IoU,"
                        + "val pixel accuracy,val IoU a,\"val IoU b, c\",skipped batches,images/s,"
                        + "wait share,training seconds,seconds",
                lines.get(0));
        // IoU of a is 2 / 4, of "b, c" 3 / 5.
        assertEquals(
                "2,0.25,0.500000,0.250000,,0.550000,0.714286,0.500000,0.600000,"
                        + "1,4.000000,0.250000,2.000000,3.000000",
                lines.get(2));
    }

    @Test
    void anEpochIsAddedWithoutWritingThoseBeforeAgain() throws IOException {
        MetricsFiles files = files(added, reports(3));
        files.add(report(4));
        for (String name : List.of("metrics.csv", "metrics.jsonl")) {
            Path file = added.resolve(name);
            // Another file in its place would have another key.
            Files.createLink(added.resolve("link"), file);
            Object before = id(file);
            files.add(report(5));
            assertEquals(before, id(file));
            Files.delete(added.resolve("link"));
        }
    }

    @Test
    void theAverageHasItsOwnColumns() throws IOException {
        EpochReport one = report(1);
        ConfusionMatrix average = ConfusionMatrix.of(new long[][] {{4, 0}, {1, 3}});
        EpochReport both =
                new EpochReport(
                        2,
                        0.25f,
                        one.losses(),
                        one.validation(),
                        0,
                        8,
                        1,
                        2,
                        3,
                        Optional.of(average));
        // A file from before, without them, is written anew.
        files(added, List.of(one)).writeAll();
        files(added, List.of(one)).add(both);
        List<String> lines = Files.readAllLines(added.resolve("metrics.csv"));
        assertTrue(
                lines.get(0)
                        .endsWith(
                                ",val mean IoU of the average,val pixel accuracy of the average,"
                                        + "val IoU a of the average,"
                                        + "\"val IoU b, c of the average\""),
                lines.get(0));
        assertTrue(lines.get(1).endsWith(",,,,"), lines.get(1));
        assertTrue(lines.get(2).endsWith(",0.775000,0.875000,0.800000,0.750000"), lines.get(2));
    }

    @Test
    void aLineThatWasTornIsMendedWhenTheRunGoesOn() throws IOException {
        files(added, reports(4)).writeAll();
        for (String name : List.of("metrics.csv", "metrics.jsonl")) {
            Files.writeString(added.resolve(name), "5,0.2", StandardOpenOption.APPEND);
        }
        files(added, reports(4)).add(report(5));
        assertSameAsWritten(5);
    }

    @Test
    void pausesAreTwentyTimesAsLongAsTheWork() {
        long[] clock = {Long.MAX_VALUE - 5}; // may overflow, as that of the system
        Pauses pauses = new Pauses(() -> clock[0]);
        assertTrue(pauses.isDue());
        pauses.run(() -> clock[0] += 3);
        clock[0] += 59;
        assertFalse(pauses.isDue());
        clock[0]++;
        assertTrue(pauses.isDue());
        pauses.run(() -> {});
        assertTrue(pauses.isDue());
    }
}
