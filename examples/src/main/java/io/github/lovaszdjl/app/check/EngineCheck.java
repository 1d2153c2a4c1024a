package io.github.lovaszdjl.app.check;

import ai.djl.Device;
import ai.djl.engine.Engine;
import io.github.lovaszdjl.internal.EngineNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * All that was found of one engine on one device.
 *
 * @param engine the name of the engine
 * @param device the device, {@code cpu} or {@code gpu0}
 * @param facts versions and natives
 * @param losses what was found of every loss
 * @param network a step of a U-Net against one that is right; null if it failed
 * @param timings what the losses take
 * @param stepMilliseconds what a training step takes by loss
 * @param imagesPerSecond of training on {@code earth}; null if it failed
 * @param seconds how long all that took
 * @param notes what is not wrong, but to be known
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
        List<String> notes,
        List<String> problems) {

    /** Returns what is known of an engine that could not be checked. */
    public static EngineCheck failed(String engine, String device, String problem) {
        return unchecked(engine, device, List.of(), List.of(problem));
    }

    /** Returns what is known of an engine that has no such device. */
    public static EngineCheck leftOut(String engine, String device, String reason) {
        return unchecked(engine, device, List.of("left out: " + reason), List.of());
    }

    private static EngineCheck unchecked(
            String engine, String device, List<String> notes, List<String> problems) {
        return new EngineCheck(
                engine, device, Map.of(), List.of(), null, List.of(), Map.of(), null, 0, notes,
                problems);
    }

    /** Returns the losses, with their options, that gave other bits on the same input. */
    List<String> otherBits() {
        return losses.stream().filter(each -> !each.sameBits()).map(LossFinding::name).toList();
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

    /** Returns the name of a device as {@code --device} takes it. */
    public static String name(Device device) {
        return device.isGpu() ? "gpu" + device.getDeviceId() : "cpu";
    }

    /** Returns what an exception says, in one line. */
    static String said(Throwable thrown) {
        return thrown.toString().strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    /**
     * Checks the default engine on a device. What fails is a problem of the result.
     *
     * @param device the device
     * @param quick whether to leave out the largest batches and all that takes time to measure time
     * @param progress is told what is looked at
     */
    public static EngineCheck run(Device device, boolean quick, Consumer<String> progress) {
        long start = System.nanoTime();
        Engine engine = Engine.getInstance();
        List<String> problems = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Map<String, String> facts = attempt("versions", problems, () -> facts(engine, device));
        List<LossFinding> losses = List.of();
        StepComparison step = null;
        List<LossTiming> timings = List.of();
        Map<String, Double> steps = new LinkedHashMap<>();
        Double images = null;
        Boolean works = attempt("the device", problems, () -> load(engine, device));
        if (works != null) {
            Cuda cuda = device.isGpu() ? Cuda.loaded(device.getDeviceId()).orElse(null) : null;
            if (device.isGpu() && cuda == null) {
                notes.add(
                        "CUDA's runtime is not found: memory and waits are not known, and a time"
                                + " ends when a number has been read back");
            }
            losses = new LossChecks(device).run(LossCase.all(), quick, progress);
            for (LossFinding finding : losses) {
                finding.failures()
                        .forEach(failure -> problems.add(finding.name() + ": " + failure));
            }
            progress.accept("U-Net");
            NetworkChecks networks = new NetworkChecks(device, cuda);
            step = attempt("U-Net", problems, networks::compare);
            if (step != null && !step.right()) {
                problems.add(
                        String.format(
                                Locale.ROOT,
                                "U-Net: gradient off by %.1e of its norm in FLOAT64, loss by %.1e in"
                                        + " FLOAT32",
                                step.gradientOff(),
                                step.lossOff()));
            }
            if (!quick) {
                timings = new SpeedChecks(device, cuda).run(progress);
                for (LossTiming timing : timings) {
                    if (timing.failure() != null) {
                        // What the losses are compared with may be more than an engine can do.
                        boolean ours = !timing.loss().equals(SpeedChecks.PUBLISHED);
                        (ours ? problems : notes)
                                .add(
                                        String.format(
                                                "%s, %s: %s",
                                                timing.loss(), timing.shape(), timing.failure()));
                    }
                }
                progress.accept("training steps");
                for (boolean lovasz : new boolean[] {false, true}) {
                    String loss = lovasz ? "0.5 cross-entropy + Lovász-Softmax" : "cross-entropy";
                    Double seconds =
                            attempt(
                                    "a training step with " + loss,
                                    problems,
                                    () -> networks.stepSeconds(lovasz));
                    if (seconds != null) {
                        steps.put(loss, 1000 * seconds);
                    }
                }
                progress.accept("training on earth");
                images =
                        attempt(
                                "training on earth",
                                problems,
                                () -> networks.imagesPerSecond(device.isGpu() ? 3 : 1));
            }
        }
        return new EngineCheck(
                engine.getEngineName(),
                name(device),
                facts == null ? Map.of() : facts,
                losses,
                step,
                timings,
                steps,
                images,
                (System.nanoTime() - start) / 1e9,
                notes,
                problems);
    }

    /** Takes a step; if it fails, returns null and adds why to the problems. */
    static <T> T attempt(String what, List<String> problems, Callable<T> step) {
        try {
            return step.call();
        } catch (Exception | LinkageError | OutOfMemoryError e) {
            problems.add(what + ": " + said(e));
            return null;
        }
    }

    /** Loads the natives of a device. */
    private static boolean load(Engine engine, Device device) {
        engine.newBaseManager(device).close();
        return true;
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
