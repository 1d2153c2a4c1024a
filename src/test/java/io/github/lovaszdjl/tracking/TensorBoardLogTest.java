package io.github.lovaszdjl.tracking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.EventReader;
import io.github.lovaszdjl.EventReader.Event;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.training.EpochReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardLogTest {

    @TempDir private Path folder;

    /** Trains from one epoch to another. */
    private void train(int from, int to) throws IOException {
        TensorBoardLog log = new TensorBoardLog(folder);
        log.onStart(TrackingTesting.state(from));
        for (int epoch = from + 1; epoch <= to; epoch++) {
            log.onEpochValidated(TrackingTesting.state(epoch - 1), TrackingTesting.report(epoch));
        }
        log.onEnd(TrackingTesting.state(to));
    }

    private List<Long> steps() throws IOException {
        return EventReader.read(EventReader.file(folder)).stream().map(Event::step).toList();
    }

    @Test
    void anEpochIsAnEventOfItsMetrics() throws IOException {
        double before = System.currentTimeMillis() / 1e3;
        train(0, 300);
        List<Event> events = EventReader.read(EventReader.file(folder));
        assertEquals(301, events.size());
        assertEquals("brain.Event:2", events.get(0).version());
        assertTrue(events.get(0).values().isEmpty());
        Event last = events.get(300);
        assertEquals(300, last.step());
        assertTrue(last.seconds() >= before && last.seconds() < before + 600);
        assertEquals(TrackingTesting.NAMES, List.copyOf(last.values().keySet()));
        assertEquals(2f / 300, last.values().get("train/ce"));
        // 300 of a are found and 1 is taken for b, of which 2 are found.
        assertEquals(300f / 301, last.values().get("val/IoU/a"));
        assertEquals((float) ((300d / 301 + 2d / 3) / 2), last.values().get("val/mean IoU"));
        assertEquals(2.5f, last.values().get("speed/images per second"));
    }

    @Test
    void theAverageOfTheWeightsHasMetricsOfItsOwn() {
        EpochReport one = TrackingTesting.report(1);
        long[][] counts = {{4, 0, 0}, {1, 3, 0}, {0, 0, 0}};
        EpochReport both =
                new EpochReport(
                        1,
                        0.5f,
                        one.losses(),
                        one.validation(),
                        0,
                        10,
                        1,
                        4,
                        5,
                        Optional.of(ConfusionMatrix.of(counts)));
        Map<String, Double> metrics = EpochMetrics.of(both, List.of("a", "b", "c"));
        Map<String, Double> expected = EpochMetrics.of(one, List.of("a", "b", "c"));
        expected.put("val/mean IoU of the average", 0.775);
        expected.put("val/pixel accuracy of the average", 0.875);
        expected.put("val/IoU of the average/a", 0.8);
        expected.put("val/IoU of the average/b", 0.75);
        assertEquals(expected, metrics);
    }

    @Test
    void aTrainingThatGoesOnAppends() throws IOException {
        train(0, 2);
        byte[] before = Files.readAllBytes(EventReader.file(folder));
        train(2, 3);
        byte[] after = Files.readAllBytes(EventReader.file(folder));
        assertArrayEquals(before, Arrays.copyOf(after, before.length));
        assertEquals(List.of(0L, 1L, 2L, 3L), steps());
    }

    @Test
    void anEpochThatIsDoneAgainIsThereOnce() throws IOException {
        train(0, 3);
        train(2, 4);
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L), steps());
    }

    @Test
    void epochsThatTheFileLacksAreWritten() throws IOException {
        train(2, 3);
        assertEquals(List.of(0L, 1L, 2L, 3L), steps());
    }

    @Test
    void aTornEndIsCutOffWhereverItIs() throws IOException {
        train(0, 2);
        Path file = EventReader.file(folder);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 41) {
            Files.write(file, Arrays.copyOf(whole, length));
            train(2, 3);
            assertEquals(List.of(0L, 1L, 2L, 3L), steps(), length + " of " + whole.length);
        }
        Files.write(file, whole);
        Files.write(file, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
        train(2, 3);
        assertEquals(List.of(0L, 1L, 2L, 3L), steps());
    }

    @Test
    void aDamagedRecordEndsWhatIsKept() throws IOException {
        train(0, 2);
        Path file = EventReader.file(folder);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        train(2, 3);
        assertEquals(List.of(0L, 1L, 2L, 3L), steps());
    }
}
