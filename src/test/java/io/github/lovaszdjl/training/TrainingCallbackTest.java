package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A part of a user's own. */
class TrainingCallbackTest {

    @TempDir private Path root;

    /** Writes down what it is told. */
    private static class Diary implements TrainingCallback {

        final List<String> lines = new ArrayList<>();

        private void write(String event, TrainingState state, int reports) {
            assertEquals(reports, state.reports().size());
            lines.add(event + " " + state.epoch() + " after " + state.updates());
        }

        @Override
        public void onStart(TrainingState state) {
            write("start", state, state.epoch());
        }

        @Override
        public void onGradients(TrainingState state, TrainingBatch batch) {
            write("gradients of " + batch.number() + "/" + batch.count(), state, state.epoch() - 1);
        }

        @Override
        public void onBatch(TrainingState state, TrainingBatch batch) {
            assertEquals(batch.number() == 3, batch.isLast());
            assertEquals(batch.isLast() ? 1 : 2, batch.batch().getSize());
            assertEquals(List.of("ce"), List.copyOf(batch.losses().keySet()));
            write("batch", state, state.epoch() - 1);
        }

        @Override
        public void onEpochTrained(TrainingState state, EpochReport trained) {
            assertEquals(state.epoch(), trained.epoch());
            write("trained", state, state.epoch() - 1);
        }

        @Override
        public void onEpochValidated(TrainingState state, EpochReport report) throws IOException {
            assertEquals(2 * 15 * 16, report.validation().total());
            write("validated", state, state.epoch() - 1);
        }

        @Override
        public void onEnd(TrainingState state) {
            write("end", state, state.epoch());
        }
    }

    private static SegmentationTraining.Builder training(int epochs) {
        return TrainingTesting.training().setPlan(TrainingTesting.plan().optEpochs(epochs).build());
    }

    private static List<String> epoch(int epoch) {
        int first = 3 * (epoch - 1);
        List<String> lines = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            int before = first + number - 1;
            lines.add("gradients of " + number + "/3 " + epoch + " after " + before);
            lines.add("batch " + epoch + " after " + (before + 1));
        }
        lines.add("trained " + epoch + " after " + 3 * epoch);
        lines.add("validated " + epoch + " after " + 3 * epoch);
        return lines;
    }

    @Test
    void itIsToldOfEverythingInOrder() throws IOException {
        Diary diary = new Diary();
        training(2).optCallback(diary).build().run().close();
        List<String> expected = new ArrayList<>(List.of("start 0 after 0"));
        expected.addAll(epoch(1));
        expected.addAll(epoch(2));
        expected.add("end 2 after 6");
        assertEquals(expected, diary.lines);
    }

    @Test
    void itActsBetweenTheBestModelAndTheCheckpoint() throws IOException {
        Path checkpoint = root.resolve("checkpoint.zip");
        Path best = root.resolve("best");
        List<Integer> told = new ArrayList<>();
        TrainingCallback first =
                new TrainingCallback() {
                    @Override
                    public void onEpochTrained(TrainingState state, EpochReport trained) {
                        assertFalse(Files.exists(checkpoint));
                        told.add(1);
                    }
                };
        TrainingCallback second =
                new TrainingCallback() {
                    @Override
                    public void onEpochValidated(TrainingState state, EpochReport report)
                            throws IOException {
                        assertTrue(Files.exists(best));
                        assertEquals(List.of(), SegmentationTraining.reports(checkpoint));
                        told.add(2);
                    }
                };
        TrainingProgress progress =
                new TrainingProgress() {
                    @Override
                    public void onEpoch(EpochReport report) {
                        told.add(3);
                    }
                };
        training(1)
                .optCallback(first)
                .optCallback(second)
                .optProgress(progress)
                .optCheckpoint(checkpoint)
                .optBestModel(best)
                .build()
                .run()
                .close();
        assertEquals(List.of(1, 2, 3), told);
    }

    /** The epoch is done then, so that it is no fault of its validation. */
    @Test
    void whereADisplayHasNoMemoryTheErrorIsItsOwn() {
        OutOfMemoryError error = new OutOfMemoryError("of the display");
        TrainingProgress progress =
                new TrainingProgress() {
                    @Override
                    public void onEpoch(EpochReport report) {
                        throw error;
                    }
                };
        SegmentationTraining training = training(1).optProgress(progress).build();
        assertSame(error, assertThrows(OutOfMemoryError.class, training::run));
    }

    /** Whoever saves something of an epoch is told again where it may not be whole. */
    @Test
    void whereItFailsTheEpochIsToldAgain() throws IOException {
        Path checkpoint = root.resolve("checkpoint.zip");
        Diary failing =
                new Diary() {
                    @Override
                    public void onEpochValidated(TrainingState state, EpochReport report)
                            throws IOException {
                        throw new IOException("the disk of the diary is full");
                    }
                };
        SegmentationTraining broken =
                training(1).optCheckpoint(checkpoint).optCallback(failing).build();
        String message = assertThrows(IOException.class, broken::run).getMessage();
        assertTrue(message.startsWith("the disk of the diary is full"), message);
        assertTrue(message.endsWith("resuming begins with its validation"), message);
        List<String> lines = new ArrayList<>();
        TrainingCallback again =
                new TrainingCallback() {
                    @Override
                    public void onEpochValidated(TrainingState state, EpochReport report) {
                        lines.add("validated " + state.epoch() + " after " + state.updates());
                    }
                };
        training(2).optCheckpoint(checkpoint).optCallback(again).build().resume().close();
        assertEquals(List.of("validated 1 after 3", "validated 2 after 6"), lines);
    }

    @Test
    void theEndIsToldOfAStoppedTrainingToo() throws IOException {
        List<TrainingState> ends = new ArrayList<>();
        TrainingCallback end =
                new TrainingCallback() {
                    @Override
                    public void onEnd(TrainingState state) {
                        ends.add(state);
                    }
                };
        training(2).optStop(() -> true).optCallback(end).build().run().close();
        assertEquals(1, ends.size());
        assertEquals(1, ends.get(0).epoch());
        assertEquals(1, ends.get(0).updates());
        assertEquals(List.of(), ends.get(0).reports());
    }
}
