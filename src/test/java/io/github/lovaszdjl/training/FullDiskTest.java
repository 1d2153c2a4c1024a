package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that is full while a training saves takes nothing from it but the epoch, and the error
 * says what is left.
 */
@Tag(Trials.TAG)
class FullDiskTest {

    private static final int EPOCHS = 3;

    @TempDir private Path folder;

    private Path data;

    @BeforeEach
    void copyTiles() throws IOException {
        data = folder.resolve("data");
        EarthTiles.copy(data, "train", 2);
        EarthTiles.copy(data, "val", 2);
    }

    /** Trains in a folder that may be full; goes on where there is a checkpoint. */
    private float[] train(Path out, TrainingProgress progress) throws IOException {
        TrainingPlan plan =
                TrainingPlan.builder()
                        .optEpochs(EPOCHS)
                        .optBatchSize(2)
                        .optCropHeight(32)
                        .optCropWidth(32)
                        .optBaseWidth(2)
                        .optDepth(2)
                        .build();
        Path checkpoint = out.resolve("checkpoint.zip");
        SegmentationTraining training =
                SegmentationTraining.builder()
                        .setPlan(plan)
                        .setLoss(LovaszSoftmaxLoss.builder().optIgnoreLabel(255).build())
                        .setTrainingSet(plan.trainingSet(data, OptionalInt.empty()))
                        .setValidationSet(plan.evaluationSet(data, "val", OptionalInt.empty()))
                        .optAllowMissingClasses(true)
                        .optCheckpoint(checkpoint)
                        .optBestModel(out.resolve("best"))
                        .optProgress(progress)
                        .build();
        try (TrainingResult result =
                Files.exists(checkpoint) ? training.resume() : training.run()) {
            List<NDArray> flat =
                    result.model().getBlock().getParameters().values().stream()
                            .map(parameter -> parameter.getArray().flatten())
                            .toList();
            return NDArrays.concat(new NDList(flat)).toFloatArray();
        }
    }

    private static final TrainingProgress NOBODY = new TrainingProgress() {};

    @Test
    void theLastCheckpointIsKeptAndNamed() throws IOException {
        float[] expected = train(folder.resolve("whole"), NOBODY);
        long size = Files.size(folder.resolve("whole").resolve("checkpoint.zip"));
        int noSpace = 0;
        for (int trial = 0; trial < Trials.of(3, 60); trial++) {
            String message = "seed " + Trials.seed(trial);
            Path disk = Files.createDirectories(folder.resolve("disk" + trial));
            SmallDisk small = SmallDisk.of(disk);
            // All that a run writes is the checkpoint and, now and then, a smaller model an epoch.
            small.setLeft((long) (Trials.random(trial).nextDouble() * 2 * EPOCHS * size));
            List<byte[]> kept = new ArrayList<>();
            try {
                train(small.wrap(disk), afterEveryEpoch(disk, kept));
            } catch (IOException e) {
                noSpace++;
                assertKept(disk, kept, e, message);
                small.setLeft(Long.MAX_VALUE);
            }
            assertArrayEquals(expected, train(small.wrap(disk), NOBODY), message);
        }
        assertTrue(noSpace > 0, "no disk was full");
        Trials.report("disks, and those that were full", List.of(Trials.of(3, 60), noSpace));
    }

    private static TrainingProgress afterEveryEpoch(Path disk, List<byte[]> kept) {
        return new TrainingProgress() {
            @Override
            public void onEpoch(EpochReport report) {
                try {
                    kept.add(Files.readAllBytes(disk.resolve("checkpoint.zip")));
                    kept.add(Files.readAllBytes(disk.resolve("checkpoint.zip.epochs")));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        };
    }

    /**
     * The checkpoint is that of the last epoch, or of the next one, which is trained and not
     * validated; the reports are those of the epochs before, nothing unfinished lies about, and all
     * is told.
     *
     * @param kept checkpoint and reports of each whole epoch
     */
    private static void assertKept(Path disk, List<byte[]> kept, IOException e, String message)
            throws IOException {
        Path checkpoint = disk.resolve("checkpoint.zip");
        assertTrue(e.getMessage().contains("No space left on device"), message + ": " + e);
        Path reports = disk.resolve("checkpoint.zip.epochs");
        int whole = kept.size() / 2;
        byte[] before = whole == 0 ? new byte[0] : kept.get(kept.size() - 1);
        assertArrayEquals(
                before, Files.exists(reports) ? Files.readAllBytes(reports) : new byte[0]);
        if (e.getMessage().contains(" (in the validation of ")) {
            assertTrue(
                    e.getMessage()
                            .endsWith(
                                    String.format(
                                            " (in the validation of epoch %d); the training of the"
                                                    + " epoch is kept, %s, and resuming begins with"
                                                    + " its validation",
                                            whole + 1, checkpoint)),
                    message + ": " + e);
            assertEquals(whole + 1, Checkpoint.read(checkpoint).trained().epoch(), message);
        } else if (whole == 0) {
            assertTrue(e.getMessage().endsWith("; there is no checkpoint yet"), message + ": " + e);
            assertTrue(Files.notExists(checkpoint), message);
        } else {
            assertTrue(
                    e.getMessage()
                            .endsWith(
                                    String.format(
                                            "; the checkpoint of epoch %d is kept, %s",
                                            whole, checkpoint)),
                    message + ": " + e);
            assertArrayEquals(kept.get(kept.size() - 2), Files.readAllBytes(checkpoint), message);
        }
        try (Stream<Path> files = Files.walk(disk)) {
            List<String> names = files.map(file -> file.getFileName().toString()).toList();
            assertTrue(
                    names.stream().noneMatch(n -> n.startsWith(".") || n.startsWith("unfinished")),
                    message + ": " + names);
        }
    }

    /** On a real one, where we may make one. */
    @Test
    void theLastCheckpointIsKeptOnARealDisk() throws Exception {
        Path disk = Files.createDirectories(folder.resolve("tmpfs"));
        Assumptions.assumeTrue(
                done("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()),
                "a tmpfs cannot be mounted here, that takes Linux and root");
        try {
            float[] expected = train(folder.resolve("whole"), NOBODY);
            for (int trial = 0; trial < Trials.of(1, 20); trial++) {
                int full = 1 + Trials.random(trial).nextInt(EPOCHS - 1);
                List<byte[]> kept = new ArrayList<>();
                TrainingProgress keeping = afterEveryEpoch(disk, kept);
                TrainingProgress filling =
                        new TrainingProgress() {
                            @Override
                            public void onEpoch(EpochReport report) {
                                keeping.onEpoch(report);
                                if (report.epoch() == full) {
                                    fill(disk.resolve("filler"));
                                }
                            }
                        };
                IOException e = assertThrows(IOException.class, () -> train(disk, filling));
                String message = "seed " + Trials.seed(trial);
                assertEquals(full, kept.size() / 2, message);
                assertKept(disk, kept, e, message);
                Files.delete(disk.resolve("filler"));
                assertArrayEquals(expected, train(disk, NOBODY), message);
                empty(disk);
            }
            Trials.report("tmpfs that were full", Trials.of(1, 20));
        } finally {
            assertTrue(done("umount", disk.toString()), "still mounted: " + disk);
        }
    }

    private static void fill(Path file) {
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(new byte[4096]);
            }
        } catch (IOException e) {
            assertEquals("No space left on device", e.getMessage());
        }
    }

    private static void empty(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                if (!file.equals(folder)) {
                    Files.delete(file);
                }
            }
        }
    }

    private static boolean done(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // there is no such command
        }
    }
}
