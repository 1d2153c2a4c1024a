package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lovaszdjl.reference.BenchmarkBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The peak of the resident memory of a fresh JVM after a loss or training steps, on Linux. */
final class PeakMemory {

    /** Optimizer states are there from the first on, what is kept from the second. */
    private static final int STEPS = 3;

    private PeakMemory() {}

    /**
     * Prints the peak in bytes.
     *
     * @param args the input, see {@link BenchmarkBatch}, and the loss, see {@link LossBenchmark},
     *     or none; or a network alone, see {@link NetworkBenchmark}
     */
    public static void main(String[] args) throws IOException {
        if (args.length == 1) {
            NetworkBenchmark benchmark = new NetworkBenchmark();
            benchmark.network = args[0];
            benchmark.device = "cpu";
            benchmark.setUp();
            for (int step = 0; step < STEPS; step++) {
                benchmark.step();
            }
            benchmark.tearDown();
        } else {
            passLoss(args);
        }
        String line =
                Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(l -> l.startsWith("VmHWM:"))
                        .findFirst()
                        .orElseThrow();
        System.out.println(1024 * Long.parseLong(line.replaceAll("\\D", "")));
    }

    private static void passLoss(String[] args) {
        BenchmarkBatch input = BenchmarkBatch.of(args[0]);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            NDArray labels = input.labels(manager);
            NDArray logits = input.logits(manager, labels);
            if (!args[1].equals("none")) {
                LossBenchmark.step(LossBenchmark.loss(args[1], input.hinge()), labels, logits);
            }
        }
    }

    /** Measures in a JVM of its own what the loss adds to the peak of the input alone, in bytes. */
    static long of(String input, String loss) throws IOException {
        return peak(input, loss) - peak(input, "none");
    }

    /** Measures the peak of a JVM of its own that takes some training steps, in bytes. */
    static long ofNetwork(String network) throws IOException {
        return peak(network);
    }

    private static long peak(String... args) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-classpath",
                                System.getProperty("java.class.path"),
                                "-Dai.djl.offline=true",
                                "-Dai.djl.default_engine=PyTorch",
                                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                                PeakMemory.class.getName()));
        command.addAll(List.of(args));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var output = process.inputReader()) {
            return Long.parseLong(output.readLine());
        }
    }
}
