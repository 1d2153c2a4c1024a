package io.github.lovaszdjl.examples;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import io.github.lovaszdjl.internal.Names;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What computes: the options that every command that runs a network has. */
final class EngineOptions {

    private static final Pattern DEVICE = Pattern.compile("cpu|gpu(\\d{0,4})");

    /** DJL's engine that asks another process. */
    private static final String REMOTE = "RPC";

    /** DJL has no gradients on these. */
    private static final Set<String> CANNOT_TRAIN = Set.of("tensorflow", "onnxruntime", "xgboost");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--engine", paramLabel = "NAME", description = "the engine of DJL")
    private String engine = "PyTorch";

    @Option(
            names = "--device",
            paramLabel = "cpu|gpu|gpuN",
            description = "the device (by default the first GPU if there is one, else the CPU)")
    private String device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "the threads of the engine on the CPU (by default as many as cores)")
    private Integer threads;

    /**
     * Loads the engine and returns the device; nothing may have loaded an engine before.
     *
     * @throws ParameterException if the engine or the device is not there; names those that are
     */
    Device load() {
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw new ParameterException(
                    spec.commandLine(), "--threads: expected 1 to 1024, got " + threads);
        }
        if (device != null && !DEVICE.matcher(device.toLowerCase(Locale.ROOT)).matches()) {
            throw new ParameterException(
                    spec.commandLine(), "--device: expected cpu, gpu or gpuN, got " + device);
        }
        Set<String> engines = new TreeSet<>(Engine.getAllEngines());
        engines.remove(REMOTE);
        if (!engines.contains(engine)) {
            throw new ParameterException(
                    spec.commandLine(),
                    Names.unknown("--engine", engine, engines)
                            + (CANNOT_TRAIN.contains(engine.toLowerCase(Locale.ROOT))
                                    ? ", which cannot train in DJL"
                                    : ""));
        }
        if (threads != null) {
            // Read by the engine when it loads.
            System.setProperty("ai.djl.pytorch.num_threads", threads.toString());
        }
        System.setProperty("ai.djl.default_engine", engine);
        Engine loaded;
        try {
            loaded = Engine.getEngine(engine);
        } catch (EngineException e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new IllegalArgumentException(
                    "--engine: " + engine + " cannot be loaded: " + cause.getMessage(), e);
        }
        return device(loaded);
    }

    private Device device(Engine loaded) {
        if (device == null) {
            return loaded.defaultDevice();
        }
        Matcher matcher = DEVICE.matcher(device.toLowerCase(Locale.ROOT));
        if (!matcher.matches() || matcher.group(1) == null) {
            return Device.cpu();
        }
        int number = matcher.group(1).isEmpty() ? 0 : Integer.parseInt(matcher.group(1));
        int count = loaded.getGpuCount();
        if (number >= count) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(
                            "--device: expected cpu%s, got %s; %s sees %d GPUs here",
                            count == 0 ? "" : " or gpu0 to gpu" + (count - 1),
                            device,
                            engine,
                            count));
        }
        return Device.gpu(number);
    }
}
