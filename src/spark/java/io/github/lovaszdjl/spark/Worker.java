package io.github.lovaszdjl.spark;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.Utils;

/**
 * A process of the cluster, to the task that runs in it.
 *
 * <p>One task runs in it at a time, as DJL has one gradient collector in a process, and it keeps
 * what the next task may need too: of each kind one thing, such as one model.
 */
public final class Worker {

    private static final AtomicBoolean BUSY = new AtomicBoolean();
    private static final Map<String, Held> HELD = new HashMap<>();

    private static Path folder;

    private final Device device;
    private final int threads;

    private Worker(Device device, int threads) {
        this.device = device;
        this.threads = threads;
    }

    /**
     * Something that a process keeps.
     *
     * @param key what it was made of
     * @param thing the thing
     */
    private record Held(Object key, Object thing) {}

    /**
     * Runs a task, if this process is as the driver expects.
     *
     * @throws IllegalStateException if another task runs in this process
     * @throws IllegalArgumentException if the library or the engine is not that of the driver
     */
    static <T> T run(WorkerSetup setup, WorkerTask<T> task) throws Exception {
        if (!BUSY.compareAndSet(false, true)) {
            throw new IllegalArgumentException(
                    "spark.task.cpus: expected as many as spark.executor.cores, so that one task"
                            + " runs in a process at a time, got fewer");
        }
        try {
            String library = LibraryVersion.here();
            if (!library.equals(setup.library())) {
                throw new IllegalArgumentException(
                        String.format(
                                "library: expected the build that the driver has, %s, got another"
                                        + " one, %s; install the same on every machine",
                                setup.library(), library));
            }
            return task.run(new Worker(load(setup), setup.threads()));
        } finally {
            BUSY.set(false);
        }
    }

    /** Loads the engine; its threads are read then, once. */
    private static Device load(WorkerSetup setup) {
        if (System.getProperty("ai.djl.pytorch.num_threads") == null) {
            System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(setup.threads()));
        }
        System.setProperty("ai.djl.default_engine", setup.engine());
        try {
            Engine engine = Engine.getEngine(setup.engine());
            ResourceInformation gpus = TaskContext.get().resourcesJMap().get("gpu");
            if (gpus == null) {
                return Device.cpu();
            }
            int gpu = Integer.parseInt(gpus.addresses()[0]);
            if (gpu >= engine.getGpuCount()) {
                throw new IllegalArgumentException(
                        String.format(
                                "spark.task.resource.gpu.amount: expected a GPU that %s sees, got"
                                        + " GPU %d of %d",
                                setup.engine(), gpu, engine.getGpuCount()));
            }
            return Device.gpu(gpu);
        } catch (EngineException | LinkageError e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new IllegalArgumentException(
                    String.format(
                            "engine: expected %s with its native library for %s %s in the class"
                                    + " path of the worker, got: %s",
                            setup.engine(),
                            System.getProperty("os.name"),
                            System.getProperty("os.arch"),
                            cause.getMessage()),
                    e);
        }
    }

    /**
     * Returns the device of the task: the GPU that Spark gave it, else the CPU.
     *
     * @return the device
     */
    public Device device() {
        return device;
    }

    /**
     * Returns the threads of the engine.
     *
     * @return as many as the CPUs of a task
     */
    public int threads() {
        return threads;
    }

    /**
     * Returns what the process keeps of a kind. If it has none, or was made of another key, the old
     * one is closed and a new one made.
     *
     * @param <T> its type
     * @param kind the kind, such as "model"
     * @param key what it is made of, with an equals that tells
     * @param make makes it
     * @return the thing, closed by the process where it is {@link AutoCloseable}
     * @throws Exception as {@code make} does
     */
    @SuppressWarnings("unchecked") // what was held under a kind and key is what made it
    public <T> T held(String kind, Object key, Callable<T> make) throws Exception {
        synchronized (HELD) {
            Held old = HELD.get(kind);
            if (old != null && old.key().equals(key)) {
                return (T) old.thing();
            }
            HELD.remove(kind);
            if (old != null && old.thing() instanceof AutoCloseable thing) {
                thing.close();
            }
            T made = make.call();
            HELD.put(kind, new Held(key, made));
            return made;
        }
    }

    /**
     * Returns a folder on the local disk that is removed when the process ends.
     *
     * @return the folder of the process
     * @throws IOException if there is none
     */
    public Path folder() throws IOException {
        synchronized (HELD) {
            if (folder == null) {
                String local = Utils.getLocalDir(SparkEnv.get().conf());
                folder = Utils.createTempDir(local, "lovasz").toPath();
            }
            return folder;
        }
    }

    /**
     * Names the process, for messages.
     *
     * @return such as "worker 1 on node7"
     */
    static String name() {
        SparkEnv env = SparkEnv.get();
        String host = env.blockManager().blockManagerId().host();
        return "worker " + env.executorId() + " on " + host;
    }
}
