package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lovaszdjl.reference.BenchmarkBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The peak of the resident memory of a fresh JVM after one forward and backward, on Linux. */
final class PeakMemory {

    private PeakMemory() {}

    /**
     * Prints the peak in bytes.
     *
     * @param args the input, see {@link BenchmarkBatch}, and the loss, see {@link LossBenchmark},
     *     or none
     */
    public static void main(String[] args) throws IOException {
        BenchmarkBatch input = BenchmarkBatch.of(args[0]);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            NDArray labels = input.labels(manager);
            NDArray logits = input.logits(manager, labels);
            if (!args[1].equals("none")) {
                LossBenchmark.step(LossBenchmark.loss(args[1], input.hinge()), labels, logits);
            }
        }
        String line =
                Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(l -> l.startsWith("VmHWM:"))
                        .findFirst()
                        .orElseThrow();
        System.out.println(1024 * Long.parseLong(line.replaceAll("\\D", "")));
    }

    /** Measures in a JVM of its own what the loss adds to the peak of the input alone, in bytes. */
    static long of(String input, String loss) throws IOException {
        return peak(input, loss) - peak(input, "none");
    }

    private static long peak(String input, String loss) throws IOException {
        Process process =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-classpath",
                                        System.getProperty("java.class.path"),
                                        "-Dai.djl.offline=true",
                                        "-Dai.djl.default_engine=PyTorch",
                                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                                        PeakMemory.class.getName(),
                                        input,
                                        loss))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (var output = process.inputReader()) {
            return Long.parseLong(output.readLine());
        }
    }
}
