package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.LocalParameterServer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import org.junit.jupiter.api.Test;

/**
 * Why one device at a time: what DJL's parameter server does with two replicas, here two arrays on
 * one device. If this fails, DJL has changed, and docs/engines.md can offer more.
 */
class SeveralDevicesTest {

    private static final Shape ONE = new Shape(1);

    @Test
    void djlLetsReplicasDriftAndAddsTheirGradients() {
        Tracker tracker = update -> 1f / update;
        Optimizer sgd = Optimizer.sgd().setLearningRateTracker(tracker).build();
        try (NDManager manager = NDManager.newBaseManager();
                LocalParameterServer server = new LocalParameterServer(sgd)) {
            NDArray[] replicas = {manager.zeros(ONE), manager.zeros(ONE)};
            NDArray[] gradients = {manager.ones(ONE), manager.full(ONE, 3)};
            server.update("weight", gradients, replicas);
            float[] values = {replicas[0].getFloat(0), replicas[1].getFloat(0)};
            // One step, counted twice.
            assertNotEquals(values[0], values[1]);
            assertEquals(values[0], 2 * values[1]);
            // The gradient of the whole batch would be the mean, 2.
            assertEquals(-4, values[0]);
        }
    }
}
