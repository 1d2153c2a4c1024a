package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import ai.djl.translate.StackBatchifier;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.reference.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One instance of a loss for many batches, threads and trainers: nothing leaks from one to the
 * next.
 */
@Tag(Trials.TAG)
class SharedLossTest {

    private static final int IGNORED = 255;

    /** A batch (N, C, D) as numbers, to be made into arrays by whoever needs them. */
    private record Sample(
            DataType type, Shape shape, double[] predictions, Shape ofLabels, int[] labels) {

        static Sample random(Random random, boolean binary) {
            int images = 1 + random.nextInt(3);
            int channels = binary ? 1 + random.nextInt(3) : 2 + random.nextInt(7);
            int pixels = 1 + random.nextInt(random.nextInt(5) == 0 ? 6000 : 60);
            Shape shape = new Shape(images, channels, pixels);
            Shape ofLabels = binary ? shape : new Shape(images, pixels);
            double scale = new double[] {0.1, 3, 20}[random.nextInt(3)];
            double[] predictions = LossTesting.logits(random, (int) shape.size(), scale);
            int[] labels = LossTesting.labels(random, (int) ofLabels.size(), binary ? 2 : channels);
            double ignored = random.nextBoolean() ? 0 : random.nextDouble();
            Arrays.setAll(labels, i -> random.nextDouble() < ignored ? IGNORED : labels[i]);
            DataType half = Engines.isPyTorch() ? DataType.FLOAT16 : DataType.FLOAT32;
            DataType[] types = {DataType.FLOAT32, half, DataType.FLOAT64};
            DataType type = types[random.nextInt(types.length)];
            return new Sample(type, shape, predictions, ofLabels, labels);
        }

        Reference.Result run(Loss loss) {
            try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
                return LossTesting.run(
                        loss, predictions, shape, type, manager.create(labels, ofLabels));
            }
        }

        double evaluate(Loss loss, String key) {
            try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
                NDArray target = manager.create(labels, ofLabels);
                NDArray input = LossTesting.create(manager, predictions, shape, type);
                double value = LossTesting.evaluate(loss, input, target);
                loss.updateAccumulator(key, new NDList(target), new NDList(input));
                return value;
            }
        }

        /** Asks for what every loss refuses: shapes that do not match, a label that is none. */
        void fail(Loss loss, Random random) {
            try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
                NDArray input = LossTesting.create(manager, predictions, shape, type);
                NDArray target = manager.create(labels, ofLabels);
                NDArray wrong =
                        random.nextBoolean()
                                ? manager.ones(ofLabels.add(2), DataType.INT32)
                                : target.zerosLike().sub(7);
                assertThrows(
                        IllegalArgumentException.class,
                        () -> loss.evaluate(new NDList(wrong), new NDList(input)));
            }
        }
    }

    private static List<Supplier<Loss>> losses(boolean binary) {
        if (binary) {
            return List.of(
                    () ->
                            LovaszHingeLoss.builder()
                                    .optMultilabel(true)
                                    .optIgnoreLabel(IGNORED)
                                    .optSymmetric(true)
                                    .build(),
                    () ->
                            LovaszSigmoidLoss.builder()
                                    .optMultilabel(true)
                                    .optIgnoreLabel(IGNORED)
                                    .build());
        }
        return List.of(
                SharedLossTest::softmax,
                () -> LovaszSoftmaxLoss.builder().optPerImage(true).optIgnoreLabel(IGNORED).build(),
                SharedLossTest::crossEntropy,
                () -> FocalLoss.builder().optIgnoreLabel(IGNORED).build(),
                () -> SoftDiceLoss.builder().optIgnoreLabel(IGNORED).build(),
                () -> OhemCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build(),
                () -> JaccardMetricLoss.builder().optIgnoreLabel(IGNORED).build(),
                () -> TverskyLoss.builder().optIgnoreLabel(IGNORED).optGamma(2).build(),
                () -> BoundaryLoss.builder().optIgnoreLabel(IGNORED).build(),
                () -> SoftJaccardLoss.builder().optIgnoreLabel(IGNORED).build(),
                SharedLossTest::sum,
                () ->
                        LossSchedule.builder()
                                .add(1, sum())
                                .add(2, LovaszSoftmaxLoss.builder().optName("later").build())
                                .build());
    }

    private static Loss softmax() {
        return LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build();
    }

    private static Loss crossEntropy() {
        return SegmentationCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build();
    }

    private static Loss sum() {
        return WeightedLoss.builder().add(0.5f, crossEntropy()).add(1, softmax()).build();
    }

    private static void assertIdentical(
            Reference.Result expected, Reference.Result actual, String message) {
        assertEquals(expected.value(), actual.value(), message);
        assertArrayEquals(expected.gradient(), actual.gradient(), message);
    }

    @Test
    void aUsedLossEqualsAFreshOneBitForBit() throws Exception {
        int rounds = Trials.of(6, 200);
        int runs = 0;
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            for (boolean binary : new boolean[] {false, true}) {
                for (Supplier<Loss> kind : losses(binary)) {
                    Loss used = kind.get();
                    for (int round = 0; round < rounds; round++) {
                        Random random = Trials.random(round);
                        Sample sample = Sample.random(random, binary);
                        if (random.nextInt(3) == 0) {
                            sample.fail(used, random);
                        }
                        Callable<Reference.Result> again = () -> sample.run(used);
                        Reference.Result actual =
                                random.nextBoolean() ? again.call() : other.submit(again).get();
                        assertIdentical(
                                sample.run(kind.get()),
                                actual,
                                used.getName() + " seed " + Trials.seed(round));
                        runs++;
                    }
                }
            }
        } finally {
            other.shutdown();
        }
        Trials.report(
                "One loss for batches of any shape, errors in between, on two threads in turn",
                runs + " batches, each to the bit as with a new loss");
    }

    @Test
    void threadsMayAskAtOnce() throws Exception {
        int threads = 4;
        int rounds = Trials.of(5, 200);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        int runs = 0;
        try {
            for (boolean binary : new boolean[] {false, true}) {
                for (Supplier<Loss> kind : losses(binary)) {
                    Loss shared = kind.get();
                    shared.addAccumulator("all");
                    List<Sample> samples = new ArrayList<>();
                    List<Double> expected = new ArrayList<>();
                    for (int i = 0; i < 2 * threads; i++) {
                        Sample sample = Sample.random(Trials.random(i), binary);
                        Loss fresh = kind.get();
                        fresh.addAccumulator("all");
                        samples.add(sample);
                        expected.add(sample.evaluate(fresh, "all"));
                    }
                    CyclicBarrier together = new CyclicBarrier(threads);
                    List<Future<Double>> sums = new ArrayList<>();
                    for (int t = 0; t < threads; t++) {
                        int thread = t;
                        sums.add(
                                executor.submit(
                                        () -> {
                                            together.await();
                                            double sum = 0;
                                            for (int r = 0; r < rounds; r++) {
                                                int i = (thread + r) % samples.size();
                                                double value =
                                                        samples.get(i).evaluate(shared, "all");
                                                assertEquals(
                                                        expected.get(i),
                                                        value,
                                                        shared.getName()
                                                                + " seed "
                                                                + Trials.seed(i));
                                                sum += value;
                                            }
                                            return sum;
                                        }));
                    }
                    double sum = 0;
                    for (Future<Double> future : sums) {
                        sum += future.get();
                    }
                    runs += threads * rounds;
                    double mean = sum / (threads * rounds);
                    assertEquals(
                            mean,
                            shared.getAccumulator("all"),
                            LossTesting.VALUE_TOLERANCE * Math.max(1, mean),
                            shared.getName());
                }
            }
        } finally {
            executor.shutdown();
        }
        Trials.report("One loss asked by four threads at once", runs + " values, all to the bit");
    }

    /** A small network and its trainer. */
    private static final class Training implements AutoCloseable {

        private final int classes;
        private final Model model = Model.newInstance("tiny");
        private final Trainer trainer;
        private final Random random;

        Training(Loss loss, int classes, long seed) {
            this.classes = classes;
            random = new Random(seed);
            Engine.getInstance().setRandomSeed((int) seed);
            // Two layers: the gradients of one before a softmax sum to 0, which DJL refuses.
            model.setBlock(
                    new SequentialBlock()
                            .add(
                                    Conv2d.builder()
                                            .setKernelShape(new Shape(1, 1))
                                            .setFilters(4)
                                            .build())
                            .add(Activation::relu)
                            .add(
                                    Conv2d.builder()
                                            .setKernelShape(new Shape(1, 1))
                                            .setFilters(classes)
                                            .build()));
            trainer =
                    model.newTrainer(
                            new DefaultTrainingConfig(loss)
                                    .optDevices(new Device[] {Engines.device()})
                                    .optOptimizer(
                                            Optimizer.sgd()
                                                    .setLearningRateTracker(Tracker.fixed(0.1f))
                                                    .build())
                                    .addTrainingListeners(new EvaluatorTrainingListener()));
            trainer.initialize(new Shape(2, 3, 6, 7));
        }

        void step() {
            int images = 1 + random.nextInt(3);
            int height = 4 + random.nextInt(5);
            NDManager manager = trainer.getManager().newSubManager();
            Shape shape = new Shape(images, 3, height, 7);
            Shape ofLabels = new Shape(images, height, 7);
            double[] data = LossTesting.logits(random, (int) shape.size(), 1);
            int[] labels = LossTesting.labels(random, (int) ofLabels.size(), classes);
            Batchifier batchifier = new StackBatchifier();
            try (Batch batch =
                    new Batch(
                            manager,
                            new NDList(LossTesting.create(manager, data, shape, DataType.FLOAT32)),
                            new NDList(manager.create(labels, ofLabels)),
                            images,
                            batchifier,
                            batchifier,
                            0,
                            1)) {
                EasyTrain.trainBatch(trainer, batch);
                trainer.step();
            }
        }

        float[] parameters() {
            List<Float> values = new ArrayList<>();
            model.getBlock()
                    .getParameters()
                    .values()
                    .forEach(
                            p -> {
                                for (float v : p.getArray().toFloatArray()) {
                                    values.add(v);
                                }
                            });
            float[] all = new float[values.size()];
            for (int i = 0; i < all.length; i++) {
                all[i] = values.get(i);
            }
            return all;
        }

        @Override
        public void close() {
            trainer.close();
            model.close();
        }
    }

    @Test
    void twoTrainersInTurnTrainAsEachAlone() {
        int steps = Trials.of(4, 60);
        for (Supplier<Loss> kind : losses(false)) {
            Loss shared = kind.get();
            float[] first;
            float[] second;
            try (Training a = new Training(shared, 3, 1);
                    Training b = new Training(shared, 5, 2)) {
                for (int step = 0; step < steps; step++) {
                    a.step();
                    b.step();
                }
                first = a.parameters();
                second = b.parameters();
            }
            assertArrayEquals(alone(kind.get(), 3, 1, steps), first, shared.getName());
            assertArrayEquals(alone(kind.get(), 5, 2, steps), second, shared.getName());
            assertTrue(first.length > 0);
        }
        Trials.report(
                "One loss for two trainers in turn",
                losses(false).size() + " losses, " + steps + " steps each, parameters to the bit");
    }

    private static float[] alone(Loss loss, int classes, long seed, int steps) {
        try (Training training = new Training(loss, classes, seed)) {
            float[] before = training.parameters();
            for (int step = 0; step < steps; step++) {
                training.step();
            }
            float[] after = training.parameters();
            assertTrue(!Arrays.equals(before, after), "nothing was learned");
            return after;
        }
    }
}
