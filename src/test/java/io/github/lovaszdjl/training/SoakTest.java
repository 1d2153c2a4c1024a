package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A long training in a small heap, with garbage collected between forward and backward: nothing
 * piles up, in Java or outside, and nothing that backward needs is freed.
 *
 * <p>It runs in a process of its own, whose heap is resident from the start ({@code
 * AlwaysPreTouch}), so that what grows is not Java's.
 */
@Tag(Trials.TAG)
class SoakTest {

    /** Of the training set of 40 tiles at 2 a batch. */
    private static final int BATCHES = 20;

    /** Epochs after which to measure, and in all: steps 500 and 5,000 in the long form. */
    private static final int SETTLED = Trials.of(2, 25);

    private static final int EPOCHS = Trials.of(4, 250);

    @TempDir private Path folder;

    @Test
    void nothingPilesUpAndNothingIsFreedEarly() throws Exception {
        Assumptions.assumeTrue(
                Files.isReadable(Path.of("/proc/self/status")), "there is no /proc to read");
        Path data = copyEarth();
        long start = System.nanoTime();
        List<String> forced = run(data, "forced", "-Xms64m", "-Xmx64m");
        double seconds = (System.nanoTime() - start) / 1e9;
        List<String> plain = run(data, "plain", "-Xmx1g");
        assertEquals(losses(plain), losses(forced), "the loss curves");
        assertEquals(3 * EPOCHS * BATCHES, losses(forced).size(), "the sum and its two parts");
        long[] settled = measured(forced, SETTLED);
        long[] last = measured(forced, EPOCHS);
        Trials.report(
                String.format(
                        "%d steps, %s collections, %.0f s; arrays, kB resident, kB of Java's heap"
                                + " at step %d and the last",
                        EPOCHS * BATCHES, value(forced, "collections"), seconds, SETTLED * BATCHES),
                List.of(settled[0], last[0], settled[1], last[1], settled[2], last[2]));
        assertEquals(settled[0], last[0], "live arrays at step " + SETTLED * BATCHES);
        // The short form is over before the process has settled.
        double share = Trials.LONG ? 0.02 : 0.10;
        assertEquals(settled[1], last[1], share * settled[1], "resident kB");
        // The report of every epoch is kept, about half a kilobyte.
        double reports = EPOCHS - SETTLED;
        assertEquals(settled[2], last[2], share * settled[2] + reports, "kB of the heap");
    }

    private Path copyEarth() throws IOException {
        Path root = folder.resolve("data");
        EarthTiles.copy(root, "train", 2 * BATCHES);
        EarthTiles.copy(root, "val", 1);
        return root;
    }

    /** Trains in a process of its own; returns what it printed. */
    private List<String> run(Path data, String how, String... options) throws Exception {
        Path out = folder.resolve(how + ".txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-XX:+AlwaysPreTouch",
                        // The second compiler is at work for thousands of steps.
                        "-XX:TieredStopAtLevel=1",
                        "-Dai.djl.offline=true",
                        "-Dai.djl.default_engine=" + Engine.getDefaultEngineName(),
                        "-Dai.djl.pytorch.num_threads=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Training.class.getName(),
                        data.toString(),
                        folder.resolve(how).toString(),
                        String.valueOf(EPOCHS),
                        how));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
        // One arena for all threads: with one each, the same amount in use takes more or less room,
        // as threads come and go with every epoch.
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(30, TimeUnit.MINUTES), "still running");
        } finally {
            process.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(out);
        assertEquals(0, process.exitValue(), () -> String.join("\n", lines));
        return lines;
    }

    private static List<String> losses(List<String> lines) {
        return lines.stream().filter(line -> line.startsWith("loss ")).toList();
    }

    private static String value(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + " "))
                .findFirst()
                .orElseThrow()
                .substring(name.length() + 1);
    }

    /** Live arrays, resident kB, kB in use in Java's heap. */
    private static long[] measured(List<String> lines, int epoch) {
        return Stream.of(value(lines, "epoch " + epoch).split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
    }

    /** The process: trains with checkpoints, tells the loss of every step and what is in use. */
    static final class Training {

        private static long collections;

        private Training() {}

        public static void main(String... args) throws IOException {
            Path data = Path.of(args[0]);
            Path out = Path.of(args[1]);
            boolean forced = args[3].equals("forced");
            TrainingPlan plan =
                    TrainingPlan.builder()
                            .optEpochs(Integer.parseInt(args[2]))
                            .optBatchSize(2)
                            .optCropHeight(32)
                            .optCropWidth(32)
                            .optBaseWidth(4)
                            .optDepth(2)
                            .build();
            Loss loss =
                    WeightedLoss.builder()
                            .add(
                                    0.5f,
                                    collecting(
                                            SegmentationCrossEntropyLoss.builder()
                                                    .optName("ce")
                                                    .optIgnoreLabel(255)
                                                    .build(),
                                            forced))
                            .add(
                                    1,
                                    collecting(
                                            LovaszSoftmaxLoss.builder()
                                                    .optName("lovasz")
                                                    .optIgnoreLabel(255)
                                                    .build(),
                                            forced))
                            .build();
            SegmentationTraining.builder()
                    .setPlan(plan)
                    .setLoss(loss)
                    .setTrainingSet(plan.trainingSet(data, OptionalInt.empty()))
                    .setValidationSet(plan.evaluationSet(data, "val", OptionalInt.empty()))
                    .optCheckpoint(out.resolve("checkpoint.zip"))
                    .optBestModel(out.resolve("best"))
                    .optProgress(new Meter())
                    .build()
                    .run()
                    .close();
            System.out.println("collections " + collections);
        }

        /** A loss after which garbage is collected: during training that is before backward. */
        private static Loss collecting(Loss loss, boolean forced) {
            return new Loss(loss.getName()) {
                @Override
                public NDArray evaluate(NDList labels, NDList predictions) {
                    NDArray value = loss.evaluate(labels, predictions);
                    if (forced) {
                        System.gc();
                        collections++;
                    }
                    return value;
                }
            };
        }

        private static final class Meter implements TrainingProgress {

            /** Every manager descends from its parent. */
            private final NDManager any = NDManager.newBaseManager();

            @Override
            public void onBatch(
                    int epoch, int batch, int batches, int images, Map<String, Float> losses) {
                losses.forEach((name, value) -> System.out.println("loss " + name + " " + value));
            }

            @Override
            public void onEpoch(EpochReport report) {
                System.gc();
                Runtime java = Runtime.getRuntime();
                System.out.printf(
                        "epoch %d %d %d %d%n",
                        report.epoch(),
                        any.getParentManager().getManagedArrays().size(),
                        resident(),
                        (java.totalMemory() - java.freeMemory()) / 1024);
            }

            private static long resident() {
                try {
                    return Files.readAllLines(Path.of("/proc/self/status")).stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
