package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Pair;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResumableOptimizerTest {

    private static final int SIZE = 40;
    private static final int STEPS = 300;

    /** A rate of its own for every update, so that a wrong count shows. */
    private static final Tracker RATE = update -> 0.02f / (1 + 0.1f * (update % 7));

    /** Every kind of state, as a supplier of new optimizers. */
    private enum Kind {
        SGD(() -> ResumableSgd.builder().setLearningRateTracker(RATE).optWeightDecays(0.1f)),
        MOMENTUM(
                () ->
                        ResumableSgd.builder()
                                .setLearningRateTracker(RATE)
                                .optMomentum(0.9f)
                                .optWeightDecays(0.1f)),
        ADAM(() -> ResumableAdam.builder().optLearningRateTracker(RATE).optWeightDecays(0.1f));

        private final Supplier<ResumableOptimizer.Builder<?>> builder;

        Kind(Supplier<ResumableOptimizer.Builder<?>> builder) {
            this.builder = builder;
        }

        ResumableOptimizer create() {
            ResumableOptimizer.Builder<?> b = builder.get();
            return b instanceof ResumableSgd.Builder sgd
                    ? sgd.build()
                    : ((ResumableAdam.Builder) b).build();
        }
    }

    private static double[] start() {
        return new Random(1).doubles(SIZE, -1, 1).toArray();
    }

    /** Gradients of a few orders of magnitude, the same for the same step. */
    private static double[] gradient(int step) {
        Random random = new Random(step);
        double[] result = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            result[i] = (float) (random.nextGaussian() * Math.pow(10, -i % 5));
        }
        return result;
    }

    private static double[] run(Optimizer optimizer, DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.create(start()).toType(type, false);
            for (int t = 1; t <= STEPS; t++) {
                try (NDArray grad = manager.create(gradient(t)).toType(type, true)) {
                    optimizer.update("w", weight, grad);
                    double[] after = grad.toType(DataType.FLOAT64, false).toDoubleArray();
                    assertArrayEquals(gradient(t), after, "the gradient was changed");
                }
            }
            return weight.toType(DataType.FLOAT64, false).toDoubleArray();
        }
    }

    private static void assertFollows(
            double[] expected, Supplier<? extends Optimizer> optimizer, String what) {
        // Rates and factors are floats; 300 roundings of them, and of weights of at most 3.
        assertArrayEquals(expected, run(optimizer.get(), DataType.FLOAT64), 1e-6, what);
        assertArrayEquals(expected, run(optimizer.get(), DataType.FLOAT32), 3e-5, what);
    }

    @ParameterizedTest
    @CsvSource({
        "0, false, 0, 1, -1",
        "0, false, 0.1, 0.5, 0.2",
        "0.9, false, 0, 1, -1",
        "0.9, false, 0.1, 1, -1",
        "0.9, true, 0.1, 1, -1",
        "0.5, true, 0.01, 3, 0.4"
    })
    void sgdFollowsTheFormula(
            float momentum, boolean nesterov, float decay, float rescale, float clip) {
        double[] w = start();
        double[] b = new double[SIZE];
        for (int t = 1; t <= STEPS; t++) {
            double[] gradient = gradient(t);
            for (int i = 0; i < SIZE; i++) {
                double g = clipped(gradient[i] * rescale, clip) + decay * w[i];
                b[i] = momentum * b[i] + g;
                w[i] -= RATE.getNewValue(t) * (nesterov ? g + momentum * b[i] : b[i]);
            }
        }
        assertFollows(
                w,
                () ->
                        ResumableSgd.builder()
                                .setLearningRateTracker(RATE)
                                .optMomentum(momentum)
                                .optNesterov(nesterov)
                                .optWeightDecays(decay)
                                .setRescaleGrad(rescale)
                                .optClipGrad(clip)
                                .build(),
                "SGD");
    }

    @ParameterizedTest
    @CsvSource({
        "0.9, 0.999, 1e-8, 0, false, 1, -1",
        "0.9, 0.999, 1e-8, 0.1, false, 1, -1",
        "0.9, 0.999, 1e-8, 0.1, true, 1, -1",
        "0.5, 0.9, 1e-2, 0.1, true, 1, -1",
        "0, 0, 1e-3, 0.1, false, 1, -1",
        "0.8, 0.99, 1e-3, 0.1, true, 3, 0.4"
    })
    void adamFollowsTheFormula(
            float beta1,
            float beta2,
            float epsilon,
            float decay,
            boolean decoupled,
            float rescale,
            float clip) {
        double[] w = start();
        double[] m = new double[SIZE];
        double[] v = new double[SIZE];
        for (int t = 1; t <= STEPS; t++) {
            double[] gradient = gradient(t);
            double rate = RATE.getNewValue(t);
            for (int i = 0; i < SIZE; i++) {
                double g = clipped(gradient[i] * rescale, clip);
                if (decoupled) {
                    w[i] -= rate * decay * w[i];
                } else {
                    g += decay * w[i];
                }
                m[i] = beta1 * m[i] + (1 - (double) beta1) * g;
                v[i] = beta2 * v[i] + (1 - (double) beta2) * g * g;
                double mean = m[i] / (1 - Math.pow(beta1, t));
                double variance = v[i] / (1 - Math.pow(beta2, t));
                w[i] -= rate * mean / (Math.sqrt(variance) + epsilon);
            }
        }
        assertFollows(
                w,
                () ->
                        ResumableAdam.builder()
                                .optLearningRateTracker(RATE)
                                .optBeta1(beta1)
                                .optBeta2(beta2)
                                .optEpsilon(epsilon)
                                .optWeightDecays(decay)
                                .optDecoupledWeightDecay(decoupled)
                                .setRescaleGrad(rescale)
                                .optClipGrad(clip)
                                .build(),
                "Adam");
    }

    private static double clipped(double g, double clip) {
        return clip < 0 ? g : Math.max(-clip, Math.min(clip, g));
    }

    @Test
    void agreesWithDjlWhereTheFormulasDo() {
        Tracker fixed = Tracker.fixed(0.01f);
        assertArrayEquals(
                run(
                        Optimizer.adamW()
                                .optLearningRateTracker(RATE)
                                .optWeightDecays(0.1f)
                                .optEpsilon(1e-12f)
                                .build(),
                        DataType.FLOAT32),
                run(
                        ResumableAdam.builder()
                                .optLearningRateTracker(RATE)
                                .optWeightDecays(0.1f)
                                .optDecoupledWeightDecay(true)
                                .optEpsilon(1e-12f)
                                .build(),
                        DataType.FLOAT32),
                1e-5);
        assertArrayEquals(
                run(
                        Optimizer.sgd().setLearningRateTracker(fixed).optMomentum(0.9f).build(),
                        DataType.FLOAT32),
                run(
                        ResumableSgd.builder()
                                .setLearningRateTracker(fixed)
                                .optMomentum(0.9f)
                                .build(),
                        DataType.FLOAT32),
                1e-5);
    }

    /** A block with a parameter that has no gradient, the running mean, and new ids every time. */
    private static Block block(NDManager manager) {
        SequentialBlock block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(5).build())
                        .add(BatchNorm.builder().build())
                        .add(Linear.builder().setUnits(2).build());
        int[] seed = {0};
        block.setInitializer(
                (owner, shape, type) -> numbers(owner, shape, seed[0]++), parameter -> true);
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
        return block;
    }

    private static NDArray numbers(NDManager manager, Shape shape, int seed) {
        Random random = new Random(seed);
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, shape);
    }

    private static void update(Optimizer optimizer, Block block, int first, int last) {
        for (int t = first; t <= last; t++) {
            int seed = 100 * t;
            for (Pair<String, Parameter> entry : block.getParameters()) {
                Parameter parameter = entry.getValue();
                if (parameter.requiresGradient()) {
                    NDArray weight = parameter.getArray();
                    try (NDArray grad = numbers(weight.getManager(), weight.getShape(), seed++)) {
                        optimizer.update(parameter.getId(), weight, grad);
                    }
                }
            }
        }
    }

    private static void assertSameBits(Block expected, Block actual) {
        for (Pair<String, Parameter> entry : expected.getParameters()) {
            assertArrayEquals(
                    entry.getValue().getArray().toFloatArray(),
                    actual.getParameters().get(entry.getKey()).getArray().toFloatArray(),
                    entry.getKey());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void resumedTrainingTakesTheSameSteps(Kind kind) throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block whole = block(manager);
            update(kind.create(), whole, 1, 40);

            ResumableOptimizer first = kind.create();
            Block half = block(manager);
            update(first, half, 1, 20);
            byte[] file;
            try (NDManager saving = NDManager.newBaseManager()) {
                file = first.getState(half, saving).encode();
            }

            Block resumed = block(manager);
            ByteArrayOutputStream weights = new ByteArrayOutputStream();
            half.saveParameters(new DataOutputStream(weights));
            resumed.loadParameters(
                    manager, new DataInputStream(new ByteArrayInputStream(weights.toByteArray())));
            ResumableOptimizer second = kind.create();
            // In a scope, and from arrays that go at once.
            try (NDManager loading = NDManager.newBaseManager();
                    NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                second.setState(resumed, NDList.decode(loading, file));
                assertArrayEquals(file, second.getState(resumed, loading).encode());
            }
            update(second, resumed, 21, 40);
            assertSameBits(whole, resumed);
            assertArrayEquals(
                    second.getState(resumed, manager).encode(),
                    replay(kind, manager).encode(),
                    "state");
        }
    }

    private static NDList replay(Kind kind, NDManager manager) {
        ResumableOptimizer optimizer = kind.create();
        Block block = block(manager);
        update(optimizer, block, 1, 40);
        return optimizer.getState(block, manager);
    }

    @Test
    void stateIsNamedByPath() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = block(manager);
            ResumableOptimizer adam = Kind.ADAM.create();
            update(adam, block, 1, 3);
            NDList state = adam.getState(block, manager);
            List<String> paths =
                    block.getParameters().stream()
                            .filter(entry -> entry.getValue().requiresGradient())
                            .map(Pair::getKey)
                            .toList();
            assertEquals(
                    paths.stream()
                            .flatMap(
                                    p ->
                                            List.of(p + "/mean", p + "/variance", p + "/step")
                                                    .stream())
                            .toList(),
                    state.stream().map(NDArray::getName).toList());
            assertFalse(paths.isEmpty() || paths.size() == block.getParameters().size());
            String path = paths.get(0);
            assertEquals(3, state.get(path + "/step").getLong());
            assertEquals(
                    block.getParameters().get(path).getArray().getShape(),
                    state.get(path + "/variance").getShape());
        }
    }

    @Test
    void stateBeforeTheFirstUpdateIsZero() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList state = Kind.MOMENTUM.create().getState(block(manager), manager);
            assertEquals(12, state.size());
            assertTrue(
                    state.stream()
                            .allMatch(a -> a.toType(DataType.FLOAT32, true).sum().getFloat() == 0));
        }
    }

    @Test
    void badStateChangesNothing() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = block(manager);
            ResumableOptimizer adam = Kind.ADAM.create();
            update(adam, block, 1, 3);
            byte[] before = adam.getState(block, manager).encode();
            String path = block.getParameters().get(0).getKey();

            assertRefused(adam, block, "state: expected " + path + "/variance, got none", 1, null);
            assertRefused(
                    adam,
                    block,
                    path + "/mean: expected (5, 3) of type float32, got (3, 5) of type float32",
                    0,
                    named(manager.zeros(new Shape(3, 5)), path + "/mean"));
            assertRefused(
                    adam,
                    block,
                    path + "/mean: expected (5, 3) of type float32, got (5, 3) of type float64",
                    0,
                    named(manager.zeros(new Shape(5, 3), DataType.FLOAT64), path + "/mean"));
            assertRefused(
                    adam, block, "2^31 - 1, got -1", 2, named(manager.create(-1L), path + "/step"));
            assertRefused(
                    adam,
                    block,
                    path + "/step: expected () of type int64, got () of type float32",
                    2,
                    named(manager.create(1f), path + "/step"));
            assertRefused(adam, block, "got an array without", 2, manager.create(1f));
            assertRefused(
                    adam,
                    block,
                    "two named " + path + "/mean",
                    2,
                    named(manager.create(1f), path + "/mean"));
            NDList more = adam.getState(block, manager);
            more.add(named(manager.create(1f), "other/mean"));
            assertTrue(
                    assertThrows(IllegalArgumentException.class, () -> adam.setState(block, more))
                            .getMessage()
                            .endsWith("got other/mean too"));
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () ->
                                            Kind.MOMENTUM
                                                    .create()
                                                    .setState(block, adam.getState(block, manager)))
                            .getMessage();
            assertEquals(
                    "state: expected " + path + "/momentum and 5 more, got none of that name",
                    message);

            assertArrayEquals(before, adam.getState(block, manager).encode());
        }
    }

    private static NDArray named(NDArray array, String name) {
        array.setName(name);
        return array;
    }

    /** Removes the array at an index, or puts another there. */
    private static void assertRefused(
            ResumableOptimizer optimizer, Block block, String reason, int index, NDArray other) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList state = optimizer.getState(block, manager);
            state.remove(index);
            if (other != null) {
                state.add(index, other);
            }
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> optimizer.setState(block, state))
                            .getMessage();
            assertTrue(message.contains(reason), message);
        }
    }

    @Test
    void blockMustBeInitialized() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = Linear.builder().setUnits(2).build();
            ResumableOptimizer adam = Kind.ADAM.create();
            assertThrows(IllegalStateException.class, () -> adam.getState(block, manager));
            assertThrows(IllegalStateException.class, () -> adam.setState(block, new NDList()));
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void devicesStepTogether(Kind kind) {
        Device other = Device.of("gpu", 1);
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = block(manager);
            Block alone = block(manager);
            ResumableOptimizer two = kind.create();
            ResumableOptimizer one = kind.create();
            Parameter parameter = block.getParameters().get(0).getValue();
            NDArray mirror = parameter.getArray().duplicate();
            for (int t = 1; t <= 10; t++) {
                update(one, alone, t, t);
                update(two, block, t, t);
                if (t != 1 && t != 6) {
                    assertTrue(
                            assertThrows(
                                            IllegalStateException.class,
                                            () -> two.getState(block, manager))
                                    .getMessage()
                                    .contains("expected as many updates on every device"));
                }
                two.update(
                        parameter.getId(),
                        other,
                        mirror,
                        numbers(manager, mirror.getShape(), 100 * t));
                NDList state = two.getState(block, manager);
                assertEquals(t, state.get(steps(kind)).getLong());
                assertArrayEquals(
                        parameter.getArray().toFloatArray(), mirror.toFloatArray(), "mirror");
                if (t == 5) {
                    // Both devices start from a state that was set, too.
                    two.setState(block, state);
                }
            }
            assertSameBits(alone, block);
        }
    }

    private static int steps(Kind kind) {
        return kind == Kind.ADAM ? 2 : kind == Kind.MOMENTUM ? 1 : 0;
    }

    @Test
    void deviceMustBeThereFromTheFirstUpdate() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ResumableOptimizer adam = Kind.ADAM.create();
            NDArray weight = manager.ones(new Shape(3));
            NDArray grad = manager.ones(new Shape(3));
            adam.update("w", weight, grad);
            adam.update("w", weight, grad);
            String message =
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> adam.update("w", Device.of("gpu", 1), weight, grad))
                            .getMessage();
            assertEquals(
                    "weight: expected one on a device of the first update, [cpu()], got one on"
                            + " gpu(1)",
                    message);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void worksInATrainer(Kind kind) {
        // The sum of w x over the batch has the gradient x; were it not cleared, it would add up.
        float[] trained = train(kind.create());
        double[] w = {0, 0, 0};
        double[] m = new double[3];
        double[] v = new double[3];
        for (int t = 1; t <= 10; t++) {
            double rate = RATE.getNewValue(t);
            for (int i = 0; i < 3; i++) {
                double g = (i + 1) + (double) 0.1f * w[i];
                switch (kind) {
                    case SGD -> w[i] -= rate * g;
                    case MOMENTUM -> {
                        m[i] = (double) 0.9f * m[i] + g;
                        w[i] -= rate * m[i];
                    }
                    case ADAM -> {
                        m[i] = (double) 0.9f * m[i] + (1 - (double) 0.9f) * g;
                        v[i] = (double) 0.999f * v[i] + (1 - (double) 0.999f) * g * g;
                        w[i] -=
                                rate
                                        * (m[i] / (1 - Math.pow(0.9f, t)))
                                        / (Math.sqrt(v[i] / (1 - Math.pow(0.999f, t))) + 1e-8);
                    }
                }
            }
        }
        float[] expected = {(float) w[0], (float) w[1], (float) w[2]};
        assertArrayEquals(expected, trained, 1e-5f, Arrays.toString(trained));
    }

    private static float[] train(Optimizer optimizer) {
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("linear")) {
            model.setBlock(Linear.builder().setUnits(1).optBias(false).build());
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.l2Loss())
                            .optDevices(new Device[] {Device.cpu()})
                            .optInitializer(
                                    (manager, shape, type) -> manager.zeros(shape, type),
                                    parameter -> true)
                            .optOptimizer(optimizer);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 3));
                NDArray data = trainer.getManager().create(new float[] {1, 2, 3}, new Shape(1, 3));
                for (int t = 1; t <= 10; t++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        collector.backward(trainer.forward(new NDList(data)).head().sum());
                    }
                    trainer.step();
                }
            }
            return model.getBlock().getParameters().get(0).getValue().getArray().toFloatArray();
        }
    }

    @Test
    void workOnAnyThread() throws InterruptedException {
        // Threads other than the engine's first build graphs unless told.
        for (Kind kind : Kind.values()) {
            float[] here = train(kind.create());
            float[][] there = new float[1][];
            Thread thread = new Thread(() -> there[0] = train(kind.create()));
            thread.start();
            thread.join();
            assertArrayEquals(here, there[0], kind.toString());
        }
    }

    @Test
    void optionsAreChecked() {
        assertRefused("beta1", () -> ResumableAdam.builder().optBeta1(1).build());
        assertRefused("beta2", () -> ResumableAdam.builder().optBeta2(-0.1f).build());
        assertRefused("epsilon", () -> ResumableAdam.builder().optEpsilon(0).build());
        assertRefused("weightDecays", () -> ResumableAdam.builder().optWeightDecays(-1).build());
        assertRefused("clipGrad", () -> ResumableAdam.builder().optClipGrad(Float.NaN).build());
        assertRefused("rescaleGrad", () -> ResumableAdam.builder().setRescaleGrad(1f / 0).build());
        assertRefused("beginNumUpdate", () -> ResumableAdam.builder().optBeginNumUpdate(3));
        assertRefused("momentum", () -> sgd().optMomentum(1).build());
        assertRefused("nesterov", () -> sgd().optNesterov(true).build());
        assertEquals(
                "learningRateTracker: expected a tracker, got null",
                assertThrows(NullPointerException.class, () -> ResumableSgd.builder().build())
                        .getMessage());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray one = manager.ones(new Shape(1));
            Optimizer bad =
                    ResumableSgd.builder()
                            .setLearningRateTracker((id, update) -> Float.NaN)
                            .build();
            assertEquals(
                    "learningRate: expected a finite number not below 0 for update 1, got NaN",
                    assertThrows(IllegalArgumentException.class, () -> bad.update("w", one, one))
                            .getMessage());
            assertEquals(1, one.getFloat());
        }
    }

    private static ResumableSgd.Builder sgd() {
        return ResumableSgd.builder().setLearningRateTracker(RATE);
    }

    private static void assertRefused(String name, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.startsWith(name + ": expected "), message);
    }
}
