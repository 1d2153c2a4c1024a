package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.LocalParameterServer;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.initializer.ConstantInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.PairList;
import io.github.lovaszdjl.Engines;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Copies of a network on several devices. There is one processor here and no GPU, so the devices
 * are fakes: two arrays on one device, or a second name of the processor.
 */
class SeveralDevicesTest {

    private static final Shape ONE = new Shape(1);
    private static final Tracker FALLING = update -> 1f / update;

    @BeforeEach
    void onPyTorch() {
        Engines.assumePyTorch("MXNet has no devices but one here");
    }

    /** Why DJL's own server is not used. If this fails, DJL has changed, and it may be. */
    @Test
    void djlLetsReplicasDriftAndAddsTheirGradients() {
        Optimizer sgd = Optimizer.sgd().setLearningRateTracker(FALLING).build();
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

    /** With the optimizers of DJL, that count for themselves, and with ours. */
    @Test
    void oursStepsAllReplicasByTheMeanAndKeepsThemEqual() {
        List<Optimizer> optimizers =
                List.of(
                        Optimizer.adam().optLearningRateTracker(FALLING).build(),
                        Optimizer.adam().optLearningRateTracker(FALLING).build(),
                        ResumableAdam.builder().optLearningRateTracker(FALLING).build(),
                        ResumableAdam.builder().optLearningRateTracker(FALLING).build());
        Random random = new Random(1);
        for (int o = 0; o < optimizers.size(); o += 2) {
            Optimizer alone = optimizers.get(o + 1);
            try (NDManager manager = NDManager.newBaseManager();
                    AveragingParameterServer server =
                            new AveragingParameterServer(optimizers.get(o))) {
                NDArray[] replicas = new NDArray[3];
                for (int i = 0; i < replicas.length; i++) {
                    replicas[i] = manager.ones(new Shape(4));
                    replicas[i].setRequiresGradient(true);
                }
                NDArray reference = manager.ones(new Shape(4));
                int arrays = 0;
                for (int step = 0; step < 20; step++) {
                    try (NDManager scope = manager.newSubManager()) {
                        step(server, alone, replicas, reference, random, scope);
                    }
                    // The optimizer's state comes with the first.
                    arrays = step == 0 ? manager.getManagedArrays().size() : arrays;
                    assertEquals(arrays, manager.getManagedArrays().size());
                }
                assertNotEquals(1, replicas[2].getFloat(0));
            }
        }
    }

    private static void step(
            AveragingParameterServer server,
            Optimizer alone,
            NDArray[] replicas,
            NDArray reference,
            Random random,
            NDManager scope) {
        float[] mean = new float[4];
        NDArray[] factors = new NDArray[replicas.length];
        for (int i = 0; i < replicas.length; i++) {
            float[] gradient = new float[4];
            for (int j = 0; j < gradient.length; j++) {
                // Sums and thirds of these are exact.
                gradient[j] = 3 * (random.nextInt(17) - 8);
                mean[j] += gradient[j] / 3;
            }
            factors[i] = scope.create(gradient);
        }
        try (GradientCollector collector = scope.getEngine().newGradientCollector()) {
            for (int i = 0; i < replicas.length; i++) {
                collector.backward(factors[i].mul(replicas[i]).sum());
            }
        }
        server.update("w", replicas);
        alone.update("w", reference, scope.create(mean));
        for (NDArray replica : replicas) {
            assertArrayEquals(reference.toFloatArray(), replica.toFloatArray());
            try (NDArray gradient = replica.getGradient()) {
                assertArrayEquals(new float[4], gradient.toFloatArray());
            }
            assertTrue(replica.hasGradient());
        }
    }

    /** A batch on two devices is a step by the gradient of the whole batch, whatever its size. */
    @Test
    void theTrainerStepsByTheMeanOverTheParts() throws Exception {
        Device[] devices = {Device.cpu(), Engines.secondProcessor()};
        Random random = new Random(2);
        float[] inputs = new float[14];
        float[] targets = new float[7];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = random.nextInt(9) - 4;
            targets[i / 2] = random.nextInt(9) - 4;
        }
        DefaultTrainingConfig config = config(1f / 16, devices);
        Line line = new Line(devices);
        try (Model model = Model.newInstance("line", Device.cpu())) {
            model.setBlock(line);
            try (DataParallelTrainer trainer = new DataParallelTrainer(model, config)) {
                trainer.initialize(new Shape(1, 2));
                NDManager manager = trainer.getManager();
                ArrayDataset data =
                        new ArrayDataset.Builder()
                                .setData(manager.create(inputs, new Shape(7, 2)))
                                .optLabels(manager.create(targets, new Shape(7, 1)))
                                .setSampling(4, false)
                                .build();
                double[] w = {1, 1};
                List<Integer> parts = new ArrayList<>();
                for (int epoch = 0; epoch < 3; epoch++) {
                    int first = 0;
                    for (Batch batch : trainer.iterateDataset(data)) {
                        line.begin();
                        EasyTrain.trainBatch(trainer, batch);
                        double norm = trainer.gradientNorm();
                        trainer.step();
                        // The first part is the larger one.
                        int half = (batch.getSize() + 1) / 2;
                        double[] a = gradient(w, inputs, targets, first, half);
                        double[] b =
                                gradient(w, inputs, targets, first + half, batch.getSize() - half);
                        for (int j = 0; j < 2; j++) {
                            w[j] -= (a[j] + b[j]) / 2 / 16;
                        }
                        assertEquals(Math.hypot(a[0] + b[0], a[1] + b[1]) / 2, norm, 1e-4);
                        first += batch.getSize();
                        parts.add(line.parts);
                        float[] expected = {(float) w[0], (float) w[1]};
                        assertArrayEquals(expected, line.weight(0).toFloatArray(), 1e-5f);
                        assertArrayEquals(
                                line.weight(0).toFloatArray(), line.weight(1).toFloatArray());
                        assertArrayEquals(line.seen(0).toFloatArray(), line.seen(1).toFloatArray());
                        batch.close();
                    }
                }
                assertEquals(List.of(2, 2, 2, 2, 2, 2), parts);
                // What the first device saw, of 2 + 2 images an epoch.
                assertEquals(12, line.seen(1).getFloat(0));
            }
        }
    }

    /** One image goes to one device, and its gradient is not halved. */
    @Test
    void aBatchSmallerThanTheDevicesIsAWholeStep() throws Exception {
        Device[] devices = {Device.cpu(), Engines.secondProcessor()};
        DefaultTrainingConfig config = config(1, devices);
        Line line = new Line(devices);
        try (Model model = Model.newInstance("line", Device.cpu())) {
            model.setBlock(line);
            try (Trainer trainer = new DataParallelTrainer(model, config)) {
                trainer.initialize(new Shape(1, 2));
                NDManager manager = trainer.getManager();
                ArrayDataset data =
                        new ArrayDataset.Builder()
                                .setData(manager.ones(new Shape(1, 2)))
                                .optLabels(manager.zeros(new Shape(1, 1)))
                                .setSampling(1, false)
                                .build();
                for (Batch batch : trainer.iterateDataset(data)) {
                    line.begin();
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                    batch.close();
                }
                // Half of (w1 + w2)^2 at (1, 1) has the gradient (2, 2).
                assertArrayEquals(new float[] {-1, -1}, line.weight(0).toFloatArray());
                assertArrayEquals(new float[] {-1, -1}, line.weight(1).toFloatArray());
                assertEquals(
                        "step: expected a forward pass since the last step, got none",
                        assertThrows(IllegalStateException.class, trainer::step).getMessage());
            }
        }
    }

    /** Else gradients of a frozen parameter would add up in the copies. */
    @Test
    void copiesAreFrozenWithTheirParameter() throws Exception {
        Device[] devices = {Device.cpu(), Engines.secondProcessor()};
        Line line = new Line(devices);
        try (Model model = Model.newInstance("line", Device.cpu())) {
            model.setBlock(line);
            try (Trainer trainer = new DataParallelTrainer(model, config(1, devices))) {
                trainer.initialize(new Shape(1, 2));
                NDList input = new NDList(trainer.getManager().ones(new Shape(1, 2)));
                for (boolean frozen : new boolean[] {false, true, false}) {
                    line.begin();
                    line.freezeParameters(frozen, p -> p.getName().equals("weight"));
                    trainer.forward(input).head().close();
                    for (int device = 0; device < devices.length; device++) {
                        assertEquals(!frozen, line.weight(device).hasGradient());
                        assertFalse(line.seen(device).hasGradient());
                    }
                    trainer.step();
                }
            }
        }
    }

    @Test
    void theModelIsOnTheFirstDevice() {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.l2Loss())
                        .optDevices(new Device[] {Device.gpu(1), Device.gpu(0)});
        try (Model model = Model.newInstance("line", Device.cpu())) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> new DataParallelTrainer(model, config));
            assertEquals(
                    "devices: expected that of the model first, cpu(), got [gpu(1), gpu(0)]",
                    e.getMessage());
        }
    }

    private static DefaultTrainingConfig config(float rate, Device... devices) {
        Optimizer sgd = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(rate)).build();
        return new DefaultTrainingConfig(Loss.l2Loss()).optOptimizer(sgd).optDevices(devices);
    }

    /** Returns the gradient of half the mean squared error of w · x. */
    private static double[] gradient(
            double[] w, float[] inputs, float[] targets, int first, int count) {
        double[] gradient = new double[2];
        for (int i = first; i < first + count; i++) {
            double error = w[0] * inputs[2 * i] + w[1] * inputs[2 * i + 1] - targets[i];
            gradient[0] += error * inputs[2 * i] / count;
            gradient[1] += error * inputs[2 * i + 1] / count;
        }
        return gradient;
    }

    /** w · x, each part of a batch with the weights of its own device; counts its inputs. */
    private static final class Line extends AbstractBlock {

        private final Device[] devices;
        private final Parameter weight =
                addParameter(
                        Parameter.builder()
                                .setName("weight")
                                .setType(Parameter.Type.WEIGHT)
                                .optInitializer(new ConstantInitializer(1))
                                .build());
        private final Parameter seen =
                addParameter(
                        Parameter.builder()
                                .setName("seen")
                                .setType(Parameter.Type.RUNNING_MEAN)
                                .optRequiresGrad(false)
                                .build());
        private ParameterStore store;
        private int parts;

        Line(Device[] devices) {
            this.devices = devices;
        }

        /** Begins a batch. */
        void begin() {
            parts = 0;
        }

        /** Gives the second device memory of its own, which two names of one do not have. */
        private void separate() {
            weight(1).intern(weight(1).duplicate());
            weight(1).setRequiresGradient(true);
            seen(1).intern(seen(1).duplicate());
        }

        NDArray weight(int device) {
            return store.getValue(weight, devices[device], true);
        }

        NDArray seen(int device) {
            return store.getValue(seen, devices[device], true);
        }

        @Override
        protected void prepare(Shape[] inputShapes) {
            weight.setShape(new Shape(2, 1));
            seen.setShape(new Shape(1));
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore parameterStore,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            if (store == null) {
                store = parameterStore;
                separate();
            }
            Device device = devices[parts];
            parts++;
            NDArray input = inputs.singletonOrThrow();
            parameterStore.getValue(seen, device, training).addi(input.getShape().get(0));
            NDArray own = parameterStore.getValue(weight, device, training);
            return new NDList(input.matMul(own));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return new Shape[] {new Shape(inputShapes[0].get(0), 1)};
        }
    }
}
