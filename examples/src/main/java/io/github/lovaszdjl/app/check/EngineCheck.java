package io.github.lovaszdjl.app.check;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import io.github.lovaszdjl.internal.EngineNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * All that was found of one engine on one device.
 *
 * @param engine the name of the engine
 * @param device the device, {@code cpu} or {@code gpu0}
 * @param facts versions and natives
 * @param losses what was found of every loss
 * @param network a step of a U-Net against the CPU's; null if it failed
 * @param timings what the losses take
 * @param stepMilliseconds what a training step takes by loss
 * @param imagesPerSecond of training on {@code earth}; null if it failed
 * @param seconds how long all that took
 * @param problems what is wrong, none if all is right
 */
public record EngineCheck(
        String engine,
        String device,
        Map<String, String> facts,
        List<LossFinding> losses,
        StepComparison network,
        List<LossTiming> timings,
        Map<String, Double> stepMilliseconds,
        Double imagesPerSecond,
        double seconds,
        List<String> problems) {

    /** Returns what is known of an engine that could not be checked. */
    public static EngineCheck failed(String engine, String device, String problem) {
        return new EngineCheck(
                engine,
                device,
                Map.of(),
                List.of(),
                null,
                List.of(),
                Map.of(),
                null,
                0,
                List.of(problem));
    }

    /** Returns the devices of the default engine: all its GPUs, and the CPU. */
    public static List<Device> devices() {
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < Engine.getInstance().getGpuCount(); i++) {
            devices.add(Device.gpu(i));
        }
        devices.add(Device.cpu());
        return devices;
    }

    /**
     * Checks the default engine on a device.
     *
     * @param device the device
     * @param quick whether to leave out the largest batches and all that takes time to measure time
     * @param progress is told what is looked at
     */
    public static EngineCheck run(Device device, boolean quick, Consumer<String> progress) {
        long start = System.nanoTime();
        Engine engine = Engine.getInstance();
        List<String> problems = new ArrayList<>();
        // Loads the natives of a GPU.
        engine.newBaseManager(device).close();
        Cuda cuda = device.isGpu() ? Cuda.loaded().orElse(null) : null;
        Map<String, String> facts = facts(engine, device);
        List<LossFinding> losses = new LossChecks(device).run(LossCase.all(), quick, progress);
        for (LossFinding finding : losses) {
            String name = finding.loss() + " (" + finding.options() + ")";
            finding.failures().forEach(failure -> problems.add(name + ": " + failure));
        }
        progress.accept("U-Net");
        NetworkChecks networks = new NetworkChecks(device, cuda);
        StepComparison step = null;
        Map<String, Double> steps = new LinkedHashMap<>();
        Double images = null;
        List<LossTiming> timings = List.of();
        try {
            step = networks.compare();
            if (!step.right()) {
                problems.add(
                        String.format(
                                "U-Net: gradient off by %.1e of its norm in FLOAT64, loss by %.1e in"
                                        + " FLOAT32",
                                step.gradientOff(), step.lossOff()));
            }
            if (!quick) {
                timings = new SpeedChecks(device, cuda).run(progress);
                progress.accept("training steps");
                steps.put("cross-entropy", 1000 * networks.stepSeconds(false));
                steps.put("0.5 cross-entropy + Lovász-Softmax", 1000 * networks.stepSeconds(true));
                progress.accept("training on earth");
                images = networks.imagesPerSecond(device.isGpu() ? 3 : 1);
            }
        } catch (IOException | MalformedModelException | RuntimeException | LinkageError e) {
            problems.add(e.toString());
        }
        return new EngineCheck(
                engine.getEngineName(),
                device.isGpu() ? "gpu" + device.getDeviceId() : "cpu",
                facts,
                losses,
                step,
                timings,
                steps,
                images,
                (System.nanoTime() - start) / 1e9,
                problems);
    }

    private static Map<String, String> facts(Engine engine, Device device) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("engine", engine.getEngineName() + " " + engine.getVersion());
        facts.put("DJL", Engine.getDjlVersion());
        if (engine.getEngineName().equals(EngineNames.PYTORCH)) {
            facts.put("natives", ai.djl.pytorch.jni.LibUtils.getLibtorchPath());
        }
        if (device.isGpu()) {
            facts.put("GPU", gpu(device.getDeviceId()).orElse("name not known"));
        }
        facts.put("processors", Runtime.getRuntime().availableProcessors() + ", " + processor());
        facts.put("platform", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("Java", System.getProperty("java.vendor") + " " + Runtime.version());
        return facts;
    }

    private static Optional<String> gpu(int number) {
        try {
            Process process =
                    new ProcessBuilder(
                                    "nvidia-smi",
                                    "--query-gpu=name,driver_version,memory.total",
                                    "--format=csv,noheader",
                                    "--id=" + number)
                            .redirectErrorStream(true)
                            .start();
            try (BufferedReader reader = process.inputReader()) {
                String line = reader.readLine();
                return process.waitFor() == 0 ? Optional.ofNullable(line) : Optional.empty();
            }
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static String processor() {
        Path info = Path.of("/proc/cpuinfo");
        if (Files.exists(info)) {
            try (Stream<String> lines = Files.lines(info)) {
                return lines.filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse(System.getProperty("os.arch"));
            } catch (IOException e) {
                return System.getProperty("os.arch");
            }
        }
        return System.getProperty("os.arch");
    }
}
