package io.github.lovaszdjl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.training.GradientCollector;
import java.lang.reflect.Constructor;
import java.util.function.Supplier;

/** The tests run on every engine that trains, each in a process of its own. */
public final class Engines {

    private Engines() {}

    /** Skips a test of what the other engines do not have. */
    public static void assumePyTorch(String why) {
        assumeTrue(isPyTorch(), why);
    }

    /** Tells whether this process runs PyTorch. */
    public static boolean isPyTorch() {
        return Engine.getDefaultEngineName().equals("PyTorch");
    }

    /** Computes in training mode: MXNet refuses it without a collector. */
    public static <T> T inTraining(Supplier<T> computation) {
        if (isPyTorch()) {
            return computation.get();
        }
        GradientCollector collector = Engine.getInstance().newGradientCollector();
        try {
            return computation.get();
        } finally {
            collector.close();
        }
    }

    /** Returns where the losses are tested, as the system property {@code device} says. */
    public static Device device() {
        return Device.fromName(System.getProperty("device", "cpu"));
    }

    /**
     * Returns whether losses compute on the host, for each way there is: not with a GPU's arrays.
     */
    public static boolean[] paths() {
        return device().isGpu() ? new boolean[] {false} : new boolean[] {false, true};
    }

    /**
     * Returns another name of the processor, which libtorch knows and DJL has no way to ask for: a
     * second device where there is none.
     */
    public static Device secondProcessor() throws ReflectiveOperationException {
        Constructor<Device> constructor =
                Device.class.getDeclaredConstructor(String.class, int.class);
        constructor.setAccessible(true);
        return constructor.newInstance(Device.Type.CPU, 0);
    }
}
