package io.github.lovaszdjl.app.options;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.util.Utils;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.internal.Names;
import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
public final class EngineOptions {

    private static final Pattern DEVICE = Pattern.compile("cpu|gpu(\\d{0,4})");

    /** DJL's engine that asks another process. */
    private static final String REMOTE = "RPC";

    /** Where DJL is told of an installed libtorch. */
    private static final String LIBRARY_PATH = "PYTORCH_LIBRARY_PATH";

    /** DJL has no gradients on these. */
    private static final Set<String> CANNOT_TRAIN = Set.of("tensorflow", "onnxruntime", "xgboost");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--engine",
            paramLabel = "NAME",
            description = "the engine of DJL: PyTorch, or MXNet, see docs/engines.md")
    private String engine = EngineNames.PYTORCH;

    @Option(
            names = "--device",
            paramLabel = "cpu|gpu|gpuN[,gpuM]",
            description = {
                "the device (by default the first GPU if there is one, else the CPU);"
                        + " several, such as gpu0,gpu1, share every batch of train and compare"
            })
    private String device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "the threads of the engine on the CPU (by default as many as cores)")
    private Integer threads;

    @Option(
            names = "--give-memory-back",
            description =
                    "let the C library give free memory back to the system at once; by default it"
                            + " keeps up to 2 GiB of it, which is faster (Linux, where"
                            + " MALLOC_ARENA_MAX is 1, as the app's launchers set it)")
    private boolean giveMemoryBack;

    /** Returns the name of the engine. */
    public String name() {
        return engine;
    }

    /** Tells whether the engine was named on the command line. */
    public boolean isGiven() {
        return given("--engine");
    }

    /** Returns the device or devices as they were given, null if none was. */
    public String device() {
        return device;
    }

    private boolean given(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    /** Returns the number of threads that was given, null if none was. */
    public Integer threads() {
        return threads;
    }

    /** Returns the options that were given, but that of the engine. */
    public List<String> others() {
        List<String> options = new ArrayList<>();
        if (device != null) {
            options.add("--device=" + device);
        }
        if (threads != null) {
            options.add("--threads=" + threads);
        }
        if (giveMemoryBack) {
            options.add("--give-memory-back");
        }
        return options;
    }

    /**
     * Loads the engine and returns the device of a command that runs on one; nothing may have
     * loaded an engine before.
     *
     * @throws ParameterException as {@link #loadAll()}, and if several devices are asked for
     */
    public Device load() {
        if (device != null && device.contains(",")) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--device: expected one device, got "
                            + device
                            + "; several are for training alone");
        }
        return loadAll().get(0);
    }

    /**
     * Loads the engine and returns the devices; nothing may have loaded an engine before.
     *
     * @throws ParameterException if the engine or a device is not there; names those that are
     */
    public List<Device> loadAll() {
        List<Device> devices = check();
        checkEngine();
        if (engine.equals(EngineNames.PYTORCH)) {
            checkLibraryPath();
        }
        setThreads();
        OpenMp.waitPassively();
        if (!giveMemoryBack) {
            Allocator.keepPages();
        }
        System.setProperty("ai.djl.default_engine", engine);
        Engine loaded;
        try {
            loaded = Engine.getEngine(engine);
        } catch (EngineException | LinkageError e) {
            throw new IllegalArgumentException(
                    String.format(
                            "--engine: %s cannot be loaded: %s; is its native library for %s %s"
                                    + " on the class path? See docs/engines.md",
                            engine,
                            rootMessage(e),
                            System.getProperty("os.name"),
                            System.getProperty("os.arch")),
                    e);
        }
        if (devices.isEmpty()) {
            return List.of(loaded.defaultDevice());
        }
        devices.forEach(each -> checkCount(each, loaded.getGpuCount()));
        return devices;
    }

    /**
     * Checks threads and device, as far as that can be told before an engine is loaded.
     *
     * @return the devices that were asked for, none for the default; whether the machine has them
     *     is not known
     * @throws ParameterException if they are not what they may be
     */
    public List<Device> check() {
        if (threads != null) {
            checkThreads(spec, threads);
        }
        return devices();
    }

    /**
     * Checks that the engine is on the class path, and loads none.
     *
     * @throws ParameterException if it is not, or cannot train
     */
    public void checkEngine() {
        boolean cannotTrain = CANNOT_TRAIN.contains(engine.toLowerCase(Locale.ROOT));
        Set<String> engines = new TreeSet<>(Engine.getAllEngines());
        engines.remove(REMOTE);
        engines.removeIf(name -> CANNOT_TRAIN.contains(name.toLowerCase(Locale.ROOT)));
        if (!engines.contains(engine)) {
            throw new ParameterException(
                    spec.commandLine(),
                    Names.unknown("--engine", engine, engines)
                            + (cannotTrain ? ", which cannot train in DJL" : ""));
        }
    }

    public static void checkThreads(CommandSpec spec, int threads) {
        if (threads < 1 || threads > 1024) {
            throw new ParameterException(
                    spec.commandLine(), "--threads: expected 1 to 1024, got " + threads);
        }
    }

    /** DJL passes over a folder without the library and takes what else it finds. */
    private static void checkLibraryPath() {
        String path = Utils.getEnvOrSystemProperty(LIBRARY_PATH);
        String library = System.mapLibraryName("torch");
        if (path != null
                && Arrays.stream(path.split(File.pathSeparator))
                        .map(File::new)
                        .map(f -> f.getName().equals(library) ? f : new File(f, library))
                        .noneMatch(File::isFile)) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: expected the folder lib of libtorch, with %s in it, got %s",
                            LIBRARY_PATH, library, path));
        }
    }

    /** Tells the engine its threads, which it reads when it loads. */
    private void setThreads() {
        if (!engine.equals(EngineNames.MXNET)) {
            if (threads != null) {
                System.setProperty("ai.djl.pytorch.num_threads", threads.toString());
            }
            return;
        }
        String given = System.getenv(OpenMp.THREADS);
        if (threads == null && given != null) {
            if (!given.strip().matches("[1-9][0-9]{0,3}")) {
                // It would end the process.
                throw new IllegalArgumentException(
                        OpenMp.THREADS + ": expected a number of threads for MXNet, got " + given);
            }
            return;
        }
        if (!OpenMp.canSet()) {
            if (threads != null && !threads.toString().equals(given)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--threads: expected the environment variable "
                                + OpenMp.THREADS
                                + " in its place for MXNet on Windows, got "
                                + threads);
            }
            return;
        }
        // MXNet knows the environment alone, and left to itself it takes half of the processors.
        int number = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        OpenMp.set(OpenMp.THREADS, String.valueOf(number));
    }

    private static String rootMessage(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage().strip();
    }

    /**
     * Checks that a model runs on the engine that was asked for.
     *
     * @throws IllegalArgumentException if it does not: a TorchScript module on another than PyTorch
     */
    public void checkRuns(Model model) {
        String own = model.getNDManager().getEngine().getEngineName();
        if (!own.equals(engine)) {
            throw new IllegalArgumentException(
                    String.format(
                            "--engine: expected %s, which alone runs this model, got %s",
                            own, engine));
        }
    }

    /** Reads what was asked for; nothing for the default. */
    private List<Device> devices() {
        if (device == null) {
            return List.of();
        }
        List<Device> devices = new ArrayList<>();
        for (String name : device.toLowerCase(Locale.ROOT).split(",", -1)) {
            Matcher matcher = DEVICE.matcher(name.strip());
            if (!matcher.matches()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--device: expected cpu, gpu, gpuN or several GPUs such as gpu0,gpu1, got "
                                + device);
            }
            String number = matcher.group(1);
            if (number == null) {
                devices.add(Device.cpu());
            } else {
                devices.add(Device.gpu(number.isEmpty() ? 0 : Integer.parseInt(number)));
            }
        }
        if (Set.copyOf(devices).size() < devices.size()
                || devices.size() > 1 && devices.contains(Device.cpu())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--device: expected one device, or several GPUs, each once, got " + device);
        }
        return devices;
    }

    private void checkCount(Device asked, int count) {
        if (asked.isGpu() && asked.getDeviceId() >= count) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(
                            "--device: expected cpu%s, got %s; %s sees %d GPUs here, see"
                                    + " docs/engines.md",
                            count == 0 ? "" : " or gpu0 to gpu" + (count - 1),
                            device,
                            engine,
                            count));
        }
    }
}
