package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SegmentationLossTest {

    private static final String KEY = "key";

    private NDManager manager;
    private NDArray predictions;
    private NDArray labels;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
        manager.getEngine().setRandomSeed(1);
        predictions = manager.randomNormal(new Shape(2, 3, 4, 4));
        labels = manager.zeros(new Shape(2, 4, 4), DataType.INT32);
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    /** Counts how often it is computed; its value is the mean of the predictions. */
    private static final class Counting extends SegmentationLoss {

        private int computed;

        Counting(String name) {
            super(name);
        }

        @Override
        NDArray compute(NDList labels, NDList predictions) {
            computed++;
            return predictions.singletonOrThrow().mean();
        }
    }

    /** The same as a loss of another library would do it. */
    private static final class ForeignCounting extends Loss {

        private int computed;

        ForeignCounting(String name) {
            super(name);
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            computed++;
            return predictions.singletonOrThrow().mean();
        }
    }

    private NDList list(NDArray array) {
        return new NDList(array);
    }

    @Test
    void reportReusesTheValueOnceOnTheSameArrays() {
        Counting loss = new Counting("a");
        loss.addAccumulator(KEY);
        loss.evaluate(list(labels), list(predictions)).close();
        loss.updateAccumulators(new String[] {KEY}, list(labels), list(predictions));
        assertEquals(1, loss.computed);
        assertEquals(predictions.mean().getFloat(), loss.getAccumulator(KEY));
        loss.updateAccumulator(KEY, list(labels), list(predictions));
        assertEquals(2, loss.computed);
    }

    @Test
    void evaluateAlwaysComputes() {
        Counting loss = new Counting("a");
        loss.evaluate(list(labels), list(predictions));
        loss.evaluate(list(labels), list(predictions));
        assertEquals(2, loss.computed);
    }

    @Test
    void otherArraysAreComputedAnew() {
        Counting loss = new Counting("a");
        loss.addAccumulator(KEY);
        loss.evaluate(list(labels), list(predictions));
        NDArray other = predictions.add(1);
        loss.updateAccumulator(KEY, list(labels), list(other));
        assertEquals(2, loss.computed);
        assertEquals(other.mean().getFloat(), loss.getAccumulator(KEY));
        // An equal copy is another array: identity counts.
        loss.resetAccumulator(KEY);
        loss.evaluate(list(labels), list(predictions));
        loss.updateAccumulator(KEY, list(labels), list(predictions.duplicate()));
        assertEquals(4, loss.computed);
    }

    @Test
    void noArrayStaysBehind() {
        for (SegmentationLoss loss :
                List.of(
                        new LovaszSoftmaxLoss(),
                        LovaszSoftmaxLoss.builder().optPerImage(true).build(),
                        new SegmentationCrossEntropyLoss(),
                        WeightedLoss.builder().add(1, new LovaszSoftmaxLoss()).build())) {
            loss.addAccumulator(KEY);
            int before = manager.getManagedArrays().size();
            loss.evaluate(list(labels), list(predictions)).close();
            loss.updateAccumulator(KEY, list(labels), list(predictions));
            // Asked without having been evaluated, as in validation.
            loss.updateAccumulator(KEY, list(labels), list(predictions));
            if (loss instanceof WeightedLoss sum) {
                for (Loss part : sum.getParts()) {
                    part.addAccumulator(KEY);
                    part.updateAccumulator(KEY, list(labels), list(predictions));
                }
            }
            assertEquals(before, manager.getManagedArrays().size(), loss.getName());
        }
    }

    @Test
    void valueOfAClosedBatchIsComputedAnew() {
        Counting loss = new Counting("a");
        loss.addAccumulator(KEY);
        NDManager batch = manager.newSubManager();
        NDArray ofBatch = predictions.duplicate();
        ofBatch.attach(batch);
        loss.evaluate(list(labels), list(ofBatch));
        ofBatch.attach(manager);
        batch.close();
        loss.updateAccumulator(KEY, list(labels), list(ofBatch));
        assertEquals(ofBatch.mean().getFloat(), loss.getAccumulator(KEY));
    }

    @Test
    void accumulatorsAverageOverBatchesInEveryType() {
        Loss loss = new LovaszSoftmaxLoss();
        loss.addAccumulator(KEY);
        loss.addAccumulator("other");
        assertTrue(Float.isNaN(loss.getAccumulator(KEY)));
        double sum = 0;
        for (DataType type :
                new DataType[] {DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray typed = predictions.toType(type, true);
            sum += LossTesting.evaluate(loss, typed, labels);
            loss.updateAccumulators(new String[] {KEY, "other"}, list(labels), list(typed));
        }
        assertEquals(sum / 3, loss.getAccumulator(KEY), 1e-7);
        assertEquals(sum / 3, loss.getAccumulator("other"), 1e-7);
        loss.resetAccumulator(KEY);
        assertTrue(Float.isNaN(loss.getAccumulator(KEY)));
        assertEquals(sum / 3, loss.getAccumulator("other"), 1e-7);
        assertThrows(IllegalArgumentException.class, () -> loss.getAccumulator("unknown"));
        assertThrows(
                IllegalArgumentException.class,
                () -> loss.updateAccumulator("unknown", list(labels), list(predictions)));
    }

    @Test
    void trainerComputesEachLossAndPartOnceABatch() throws Exception {
        Counting own = new Counting("own");
        ForeignCounting foreign = new ForeignCounting("foreign");
        WeightedLoss loss =
                WeightedLoss.builder().add(0.5f, own).add(2, foreign).optName("sum").build();
        train(loss, loss.getParts());
        // 3 batches of training and 3 of validation in each of 2 epochs.
        assertEquals(12, own.computed);
        assertEquals(12, foreign.computed);
    }

    @Test
    void evaluatorOrderDoesNotMatterInValidation() {
        for (boolean sumFirst : new boolean[] {false, true}) {
            Counting a = new Counting("a");
            ForeignCounting b = new ForeignCounting("b");
            WeightedLoss sum = WeightedLoss.builder().add(0.5f, a).add(2, b).build();
            List<Evaluator> evaluators = new ArrayList<>(sum.getParts());
            evaluators.add(sumFirst ? 0 : 2, sum);
            for (Evaluator evaluator : evaluators) {
                evaluator.addAccumulator(KEY);
            }
            for (int batch = 0; batch < 2; batch++) {
                NDArray array = predictions.add(batch);
                for (Evaluator evaluator : evaluators) {
                    evaluator.updateAccumulators(new String[] {KEY}, list(labels), list(array));
                }
            }
            assertEquals(2, a.computed);
            assertEquals(2, b.computed);
            double mean = predictions.mean().getFloat() + 0.5;
            assertEquals(2.5 * mean, sum.getAccumulator(KEY), 1e-6);
            assertEquals(mean, sum.getParts().get(0).getAccumulator(KEY), 1e-6);
            assertEquals(mean, sum.getParts().get(1).getAccumulator(KEY), 1e-6);
        }
    }

    @Test
    void partsAreInTheTrainingMetricsUnweighted() throws Exception {
        WeightedLoss loss =
                WeightedLoss.builder()
                        .add(0.5f, SegmentationCrossEntropyLoss.builder().optName("CE").build())
                        .add(1, LovaszSoftmaxLoss.builder().optName("Lovasz").build())
                        .optName("Sum")
                        .build();
        Metrics metrics = train(loss, loss.getParts());
        for (String stage :
                new String[] {
                    EvaluatorTrainingListener.TRAIN_EPOCH, EvaluatorTrainingListener.VALIDATE_EPOCH
                }) {
            List<Double> values = new ArrayList<>();
            for (Evaluator evaluator :
                    List.of(loss, loss.getParts().get(0), loss.getParts().get(1))) {
                String name = EvaluatorTrainingListener.metricName(evaluator, stage);
                values.add(metrics.latestMetric(name).getValue());
            }
            assertEquals(0.5 * values.get(1) + values.get(2), values.get(0), 1e-5);
            assertTrue(values.get(1) > 0 && values.get(2) > 0);
        }
    }

    /**
     * Two layers: DJL takes gradients for missing where they sum to 0, as those of a single layer
     * before a softmax always do.
     */
    private static Block network() {
        return new SequentialBlock()
                .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(4).build())
                .add(Activation.reluBlock())
                .add(
                        Conv2d.builder()
                                .setKernelShape(new Shape(3, 3))
                                .optPadding(new Shape(2, 2))
                                .setFilters(3)
                                .build());
    }

    /** Two epochs of three batches on random data, with validation on the same. */
    private Metrics train(Loss loss, List<Loss> parts) throws Exception {
        ArrayDataset data =
                new ArrayDataset.Builder()
                        .setData(manager.randomNormal(new Shape(6, 2, 8, 8)))
                        .optLabels(
                                manager.randomUniform(0, 3, new Shape(6, 8, 8))
                                        .toType(DataType.INT32, false))
                        .setSampling(2, false)
                        .build();
        TrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .addEvaluators(parts)
                        .optDevices(new Device[] {Engines.device()})
                        .addTrainingListeners(new EvaluatorTrainingListener());
        try (Model model = Model.newInstance("tiny")) {
            model.setBlock(network());
            try (Trainer trainer = model.newTrainer(config)) {
                Metrics metrics = new Metrics();
                trainer.setMetrics(metrics);
                trainer.initialize(new Shape(2, 2, 8, 8));
                EasyTrain.fit(trainer, 2, data, data);
                return metrics;
            }
        }
    }

    @Test
    void trainerLeavesNoArraysOfABatchBehind() throws Exception {
        WeightedLoss loss =
                WeightedLoss.builder()
                        .add(0.5f, new SegmentationCrossEntropyLoss())
                        .add(1, new LovaszSoftmaxLoss())
                        .build();
        TrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .addEvaluators(loss.getParts())
                        .optDevices(new Device[] {Engines.device()})
                        .addTrainingListeners(new EvaluatorTrainingListener());
        ArrayDataset data =
                new ArrayDataset.Builder()
                        .setData(manager.randomNormal(new Shape(8, 2, 8, 8)))
                        .optLabels(manager.zeros(new Shape(8, 8, 8), DataType.INT32))
                        .setSampling(2, false)
                        .build();
        try (Model model = Model.newInstance("tiny")) {
            model.setBlock(network());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(2, 2, 8, 8));
                List<Integer> live = new ArrayList<>();
                for (Batch batch : trainer.iterateDataset(data)) {
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                    batch.close();
                    live.add(
                            model.getNDManager().getManagedArrays().size()
                                    + trainer.getManager().getManagedArrays().size());
                }
                assertEquals(live.get(1), live.get(3));
            }
        }
    }

    @Tag("slow")
    @Test
    void garbageCollectionBetweenForwardAndBackwardNeverChangesAGradient() {
        List<Loss> byClass =
                List.of(
                        new LovaszSoftmaxLoss(),
                        LovaszSoftmaxLoss.builder()
                                .optIgnoreLabel(1)
                                .optPerImage(true)
                                .optWeight(0.7f)
                                .optClassWeights(1, 2, 3)
                                .build(),
                        LovaszSoftmaxLoss.builder().optFromLogits(false).build(),
                        SegmentationCrossEntropyLoss.builder()
                                .optLabelSmoothing(0.1f)
                                .optIgnoreLabel(1)
                                .optClassWeights(1, 2, 3)
                                .build(),
                        // Together, as every collection takes its time.
                        WeightedLoss.builder()
                                .add(
                                        1,
                                        OhemCrossEntropyLoss.builder()
                                                .optIgnoreLabel(1)
                                                .optClassWeights(1, 2, 3)
                                                .build())
                                .add(
                                        1,
                                        JaccardMetricLoss.builder()
                                                .optIgnoreLabel(1)
                                                .optLabelSmoothing(0.1f)
                                                .optWeight(0.7f)
                                                .build())
                                .add(1, DiceSemimetricLoss.builder().optPerImage(true).build())
                                .add(1, TverskyLoss.builder().optIgnoreLabel(1).optGamma(2).build())
                                .add(
                                        1,
                                        BoundaryLoss.builder()
                                                .optIgnoreLabel(1)
                                                .optClassWeights(1, 2, 3)
                                                .build())
                                .build(),
                        WeightedLoss.builder()
                                .add(0.3f, new SegmentationCrossEntropyLoss())
                                .add(0.7f, new LovaszSoftmaxLoss())
                                .build());
        List<Loss> binary =
                List.of(
                        LovaszHingeLoss.builder().optSymmetric(true).build(),
                        LovaszHingeLoss.builder()
                                .optActivation(LovaszHingeLoss.ErrorActivation.ELU_PLUS_ONE)
                                .optWeight(0.7f)
                                .build(),
                        new LovaszSigmoidLoss(),
                        LovaszSigmoidLoss.builder().optFromLogits(false).build());
        NDArray classes =
                manager.randomUniform(0, 3, new Shape(2, 4, 4)).toType(DataType.INT32, false);
        NDArray mask =
                manager.randomUniform(0, 2, new Shape(2, 3, 4, 4)).toType(DataType.INT32, false);
        NDArray probabilities = predictions.softmax(1);
        byClass.forEach(loss -> LossTesting.assertSurvivesCollection(loss, probabilities, classes));
        binary.forEach(loss -> LossTesting.assertSurvivesCollection(loss, probabilities, mask));
        if (Engines.isPyTorch()) { // else no gradient of FLOAT16
            NDArray halves = predictions.toType(DataType.FLOAT16, true);
            LossTesting.assertSurvivesCollection(new LovaszSoftmaxLoss(), halves, classes);
        }
    }

    @Test
    void theCollectionTestSeesTheHazard() {
        Engines.assumePyTorch("numbers of MXNet are no arrays, so nothing of them can be freed");
        assumeTrue(!Engines.device().isGpu(), "a GPU has a copy of the number");
        Loss naive =
                new Loss("naive") {
                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        return predictions.singletonOrThrow().mul(2f).sum();
                    }
                };
        int bad = 0;
        for (int round = 0; round < 300 && bad == 0; round++) {
            try (NDArray array = manager.ones(new Shape(3))) {
                array.setRequiresGradient(true);
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray value = naive.evaluate(list(labels), list(array));
                    LossTesting.collectGarbage();
                    collector.backward(value);
                }
                bad += array.getGradient().toFloatArray()[0] == 2 ? 0 : 1;
            }
        }
        assertTrue(bad > 0, "a Java number in the graph did no harm in 300 rounds");
    }

    private static List<Loss> all(String name) {
        return List.of(
                LovaszSoftmaxLoss.builder().optName(name).build(),
                SegmentationCrossEntropyLoss.builder().optName(name).build(),
                OhemCrossEntropyLoss.builder().optName(name).build(),
                FocalLoss.builder().optName(name).build(),
                SoftDiceLoss.builder().optName(name).build(),
                SoftJaccardLoss.builder().optName(name).build(),
                JaccardMetricLoss.builder().optName(name).build(),
                DiceSemimetricLoss.builder().optName(name).build(),
                TverskyLoss.builder().optName(name).build(),
                BoundaryLoss.builder().optName(name).build(),
                LovaszHingeLoss.builder().optName(name).build(),
                LovaszSigmoidLoss.builder().optName(name).build(),
                WeightedLoss.builder().add(1, new LovaszSoftmaxLoss()).optName(name).build());
    }

    private static boolean binary(Loss loss) {
        return loss instanceof LovaszHingeLoss || loss instanceof LovaszSigmoidLoss;
    }

    @Test
    void nameIsTheOneGiven() {
        all("mine").forEach(loss -> assertEquals("mine", loss.getName()));
        assertEquals("LovaszSoftmaxLoss", new LovaszSoftmaxLoss().getName());
        assertEquals("LovaszHingeLoss", new LovaszHingeLoss().getName());
        assertEquals("LovaszSigmoidLoss", new LovaszSigmoidLoss().getName());
        assertEquals("SegmentationCrossEntropyLoss", new SegmentationCrossEntropyLoss().getName());
    }

    @Test
    void labelsMayBeClosedBeforeBackward() {
        // Those of classes together, as every collection takes its time.
        WeightedLoss.Builder sum = WeightedLoss.builder();
        for (Loss ofClasses :
                List.of(
                        new LovaszSoftmaxLoss(),
                        new SegmentationCrossEntropyLoss(),
                        new OhemCrossEntropyLoss(),
                        new FocalLoss(),
                        new SoftDiceLoss(),
                        new JaccardMetricLoss(),
                        new TverskyLoss(),
                        new BoundaryLoss())) {
            sum.add(1, ofClasses);
        }
        List<Loss> losses = List.of(sum.build(), new LovaszHingeLoss(), new LovaszSigmoidLoss());
        for (Loss loss : losses) {
            Shape shape = binary(loss) ? new Shape(2, 3, 4, 4) : new Shape(2, 4, 4);
            long[] target = new long[Math.toIntExact(shape.size())];
            for (int i = 0; i < target.length; i++) {
                target[i] = i % 2;
            }
            double[] expected =
                    LossTesting.run(loss, predictions.duplicate(), manager.create(target, shape))
                            .gradient();
            for (int round = 0; round < LossTesting.rounds(); round++) {
                try (NDArray array = predictions.duplicate()) {
                    NDArray closed = manager.create(target, shape);
                    array.setRequiresGradient(true);
                    try (GradientCollector collector =
                            Engine.getInstance().newGradientCollector()) {
                        NDArray value = loss.evaluate(list(closed), list(array));
                        closed.close();
                        LossTesting.collectGarbage();
                        long[] other = new long[target.length];
                        Arrays.fill(other, 2);
                        for (int i = 0; i < 64; i++) {
                            manager.create(other, shape).close();
                        }
                        collector.backward(value);
                    }
                    double[] actual = LossTesting.doubles(array.getGradient());
                    for (int i = 0; i < expected.length; i++) {
                        assertEquals(expected[i], actual[i], loss + " round " + round);
                    }
                }
            }
        }
    }

    @Test
    void changingTheLossInPlaceDoesNotChangeTheReport() {
        Counting loss = new Counting("a");
        loss.addAccumulator(KEY);
        loss.evaluate(list(labels), list(predictions)).muli(7);
        loss.updateAccumulator(KEY, list(labels), list(predictions));
        assertEquals(predictions.mean().getFloat(), loss.getAccumulator(KEY));
    }

    @Test
    void reportsAreComputedWithoutAGraph() {
        List<Boolean> graphs = new ArrayList<>();
        SegmentationLoss loss =
                new SegmentationLoss("a") {
                    @Override
                    NDArray compute(NDList l, NDList p) {
                        graphs.add(p.singletonOrThrow().hasGradient());
                        return p.singletonOrThrow().mean();
                    }
                };
        loss.addAccumulator(KEY);
        predictions.setRequiresGradient(true);
        loss.updateAccumulator(KEY, list(labels), list(predictions));
        loss.evaluate(list(labels), list(predictions));
        assertEquals(List.of(false, true), graphs);
    }

    @Test
    void severalArraysAreRefused() {
        NDList two = new NDList(predictions, predictions);
        for (Loss loss : all("a")) {
            for (NDList wrong : new NDList[] {two, new NDList()}) {
                String message =
                        assertThrows(
                                        IllegalArgumentException.class,
                                        () -> loss.evaluate(list(labels), wrong))
                                .getMessage();
                assertTrue(message.startsWith("predictions: expected one array"), message);
                assertThrows(
                        IllegalArgumentException.class,
                        () -> loss.evaluate(wrong, list(predictions)));
            }
        }
    }

    /** What was kept is of the same arrays, and as many. */
    @Test
    void aReportOfMoreArraysIsNotTheKeptOne() {
        for (Loss loss : all("a")) {
            NDArray target =
                    manager.zeros(
                            binary(loss) ? new Shape(2, 3, 4, 4) : new Shape(2, 4, 4),
                            DataType.INT32);
            loss.evaluate(list(target), list(predictions));
            loss.addAccumulator("key");
            String[] keys = {"key"};
            NDList more = new NDList(predictions, predictions);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> loss.updateAccumulators(keys, list(target), more),
                    loss.toString());
        }
    }

    @Test
    void emptyBatchesAndImagesGiveZero() {
        for (Loss loss : all("a")) {
            for (Shape shape : new Shape[] {new Shape(0, 3, 4, 4), new Shape(2, 3, 0, 4)}) {
                Shape target = binary(loss) ? shape : shape.slice(0, 1).addAll(shape.slice(2));
                // In loops over memory and in operations, where MXNet takes a length of 0 for one
                // that is not known yet.
                for (DataType type :
                        Engines.isPyTorch()
                                ? List.of(DataType.FLOAT32, DataType.FLOAT64)
                                : List.of(DataType.FLOAT32)) {
                    NDArray value =
                            loss.evaluate(
                                    list(manager.zeros(target, DataType.INT32)),
                                    list(manager.zeros(shape, type)));
                    assertEquals(0, value.toType(DataType.FLOAT32, false).getFloat(), loss + "");
                }
            }
        }
    }

    @Test
    void halfIsComputedInFloatAndTheGradientReachesIt() {
        Engines.assumePyTorch("DJL has no gradients of FLOAT16 arrays on MXNet");
        for (Loss loss : all("a")) {
            NDArray target =
                    manager.randomUniform(
                                    0, 2, binary(loss) ? new Shape(2, 3, 4, 4) : new Shape(2, 4, 4))
                            .toType(DataType.INT32, false);
            NDArray half = predictions.toType(DataType.FLOAT16, true);
            Reference.Result expected =
                    LossTesting.run(loss, half.toType(DataType.FLOAT32, true), target);
            Reference.Result actual = LossTesting.run(loss, half, target);
            assertEquals(expected.value(), actual.value());
            for (int i = 0; i < expected.gradient().length; i++) {
                double g = expected.gradient()[i];
                assertEquals(g, actual.gradient()[i], Math.abs(g) * 1e-3 + 6e-8);
            }
        }
    }

    @Test
    void softLabelsAreTakenWhereEveryPartTakesThem() {
        SegmentationLoss ce = new SegmentationCrossEntropyLoss();
        SegmentationLoss dice = new SoftDiceLoss();
        SegmentationLoss lovasz = new LovaszSoftmaxLoss();
        for (Loss loss :
                List.of(
                        ce,
                        dice,
                        WeightedLoss.builder().add(1, ce).add(1, dice).build(),
                        LossSchedule.builder().add(1, ce).add(2, dice).build(),
                        new AuxiliaryLoss(ce, 0.4f))) {
            assertTrue(SegmentationLoss.takesSoftLabels(loss), loss.getName());
        }
        for (Loss loss :
                List.of(
                        lovasz,
                        new BoundaryLoss(),
                        WeightedLoss.builder().add(1, ce).add(1, lovasz).build(),
                        WeightedLoss.builder().add(1, lovasz).add(1, ce).build(),
                        LossSchedule.builder().add(1, ce).add(2, lovasz).build(),
                        LossSchedule.builder().add(1, lovasz).add(2, ce).build(),
                        new AuxiliaryLoss(lovasz, 0.4f),
                        Loss.l2Loss())) {
            assertFalse(SegmentationLoss.takesSoftLabels(loss), loss.getName());
        }
    }
}
