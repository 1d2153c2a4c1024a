package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.reference.Reference;
import io.github.lovaszdjl.reference.SoftLabelReference;
import io.github.lovaszdjl.reference.SoftLabelReference.Formula;
import io.github.lovaszdjl.reference.SoftLabelReference.Overlap;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Labels that are class probabilities. */
@Tag(Trials.TAG)
class SoftLabelTest {

    private static final int IGNORED = 255;

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    /** Predictions and labels (N, C, D), and options. */
    private static final class Batch {

        final int images;
        final int classes;
        final int pixels;
        final boolean fromLogits;
        final double[] predictions;
        final double[] target;
        final DataType type;
        final int[] selected;
        final float[] weights;
        final boolean perImage;
        final float smooth;
        final float smoothing;

        Batch(Random random) {
            images = 1 + random.nextInt(3);
            classes = 2 + random.nextInt(4);
            pixels = 1 + random.nextInt(random.nextInt(6) == 0 ? 1200 : 20);
            fromLogits = random.nextInt(3) > 0;
            type = random.nextBoolean() ? DataType.FLOAT32 : DataType.FLOAT64;
            double scale = new double[] {0.01, 1, 10}[random.nextInt(3)];
            predictions = LossTesting.logits(random, images * classes * pixels, scale);
            if (!fromLogits) {
                Arrays.setAll(predictions, i -> random.nextInt(5) / 4f);
            }
            target = new double[predictions.length];
            double ignored = random.nextBoolean() ? 0 : random.nextDouble();
            int kind = random.nextInt(3);
            for (int i = 0; i < images * pixels; i++) {
                float[] drawn = new float[classes];
                if (kind == 0) {
                    drawn[random.nextInt(classes)] = 1;
                } else {
                    // Halves and quarters, so that predictions may equal them, or anything.
                    for (int c = 0; c < classes - 1; c++) {
                        float left = 1;
                        for (int k = 0; k < c; k++) {
                            left -= drawn[k];
                        }
                        float part = kind == 1 ? random.nextInt(3) / 2f : random.nextFloat();
                        drawn[c] = left * part;
                        drawn[classes - 1] = left - drawn[c];
                    }
                }
                boolean ignore = random.nextDouble() < ignored;
                for (int c = 0; c < classes; c++) {
                    target[at(i, c)] = ignore ? IGNORED : drawn[c];
                }
            }
            selected =
                    random.nextBoolean()
                            ? null
                            : random.ints(1 + random.nextInt(3), 0, classes).toArray();
            weights = random.nextBoolean() ? null : new float[classes];
            for (int c = 0; weights != null && c < classes; c++) {
                weights[c] = random.nextInt(4) == 0 ? 0 : random.nextFloat();
            }
            perImage = random.nextBoolean();
            smooth = random.nextBoolean() ? 1 : 0.0625f;
            smoothing = random.nextBoolean() ? 0 : random.nextFloat();
        }

        int at(int pixel, int c) {
            return (pixel / pixels * classes + c) * pixels + pixel % pixels;
        }

        Shape shape() {
            return new Shape(images, classes, pixels);
        }

        <B extends PixelLossBuilder<B>> B apply(B builder) {
            builder.optIgnoreLabel(IGNORED);
            if (weights != null) {
                builder.optClassWeights(weights);
            }
            if (builder instanceof OverlapLoss.Builder<?> overlap) {
                overlap.optFromLogits(fromLogits)
                        .optPerImage(perImage)
                        .optSmooth(smooth)
                        .optLabelSmoothing(smoothing);
                if (selected != null) {
                    overlap.optClasses(ClassSelection.of(selected));
                }
            }
            return builder;
        }

        Reference.Options options() {
            double[] doubles =
                    weights == null
                            ? null
                            : IntStream.range(0, classes).mapToDouble(c -> weights[c]).toArray();
            return new Reference.Options(
                    fromLogits,
                    selected,
                    doubles,
                    perImage,
                    IGNORED,
                    type == DataType.FLOAT64 ? 1e-14 : 0x1p-21);
        }

        Loss overlap(Formula formula) {
            return switch (formula.overlap()) {
                case SOFT_JACCARD -> apply(SoftJaccardLoss.builder()).build();
                case SOFT_DICE -> apply(SoftDiceLoss.builder()).build();
                case JML1 -> apply(JaccardMetricLoss.builder()).build();
                case JML2 ->
                        apply(JaccardMetricLoss.builder())
                                .optIntersection(SoftIntersection.PRODUCT)
                                .build();
                case DML1 -> apply(DiceSemimetricLoss.builder()).build();
                case DML2 ->
                        apply(DiceSemimetricLoss.builder())
                                .optIntersection(SoftIntersection.PRODUCT)
                                .build();
                case TVERSKY ->
                        apply(TverskyLoss.builder())
                                .optAlpha((float) formula.alpha())
                                .optBeta((float) formula.beta())
                                .build();
            };
        }
    }

    private Reference.Result run(Loss loss, Batch batch) {
        NDArray labels = manager.create(batch.target, batch.shape());
        return LossTesting.run(loss, batch.predictions, batch.shape(), batch.type, labels);
    }

    private static void assertEqual(
            Reference.Result expected, Reference.Result actual, Batch batch, String message) {
        if (batch.type == DataType.FLOAT32) {
            LossTesting.assertClose(expected, actual, message);
        } else {
            assertEquals(expected.value(), actual.value(), 1e-12, message);
            double bound = 1e-12 * Math.max(1e-3, LossTesting.norm(expected.gradient()));
            double off = LossTesting.distance(expected, actual);
            assertTrue(off <= bound, () -> message + ": gradient off by " + off);
        }
    }

    @Test
    void overlapLossesEqualReference() {
        int trials = Trials.of(40, 4_000);
        for (int trial = 0; trial < trials; trial++) {
            Batch batch = new Batch(Trials.random(trial));
            for (Overlap overlap : Overlap.values()) {
                Formula formula =
                        new Formula(overlap, batch.smooth, 0.25, 0.75, 1, batch.smoothing);
                Reference.Result expected =
                        SoftLabelReference.overlap(
                                batch.predictions,
                                batch.target,
                                batch.images,
                                batch.classes,
                                batch.options(),
                                formula);
                String message = "seed " + Trials.seed(trial) + " " + formula;
                assertEqual(expected, run(batch.overlap(formula), batch), batch, message);
            }
        }
        Trials.report("Losses of overlap of soft labels", trials + " batches, 7 losses");
    }

    @Test
    void pixelwiseLossesEqualReference() {
        int trials = Trials.of(40, 4_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            Batch batch = new Batch(random);
            if (!batch.fromLogits) {
                continue;
            }
            String message = "seed " + Trials.seed(trial);
            Loss crossEntropy =
                    batch.apply(SegmentationCrossEntropyLoss.builder())
                            .optLabelSmoothing(batch.smoothing)
                            .build();
            Reference.Result ofCrossEntropy = reference(batch, 0, batch.smoothing, null);
            assertEqual(ofCrossEntropy, run(crossEntropy, batch), batch, message);
            float gamma = new float[] {0, 0.5f, 2}[random.nextInt(3)];
            Loss focal = batch.apply(FocalLoss.builder()).optGamma(gamma).build();
            assertEqual(reference(batch, gamma, 0, null), run(focal, batch), batch, message);
            double[] entropies =
                    SoftLabelReference.entropies(
                            batch.predictions, batch.target, batch.images, batch.classes, IGNORED);
            boolean[] kept = new boolean[entropies.length];
            boolean near = false;
            for (int i = 0; i < kept.length; i++) {
                kept[i] = entropies[i] > -Math.log(0.5);
                near |= Math.abs(entropies[i] + Math.log(0.5)) < 1e-5;
            }
            if (!near) {
                Loss mining =
                        batch.apply(OhemCrossEntropyLoss.builder())
                                .optThreshold(0.5f)
                                .optMinKept(0)
                                .build();
                assertEqual(reference(batch, 0, 0, kept), run(mining, batch), batch, message);
            }
        }
        Trials.report("Pixel-wise losses of soft labels", trials + " batches, 3 losses");
    }

    private static Reference.Result reference(
            Batch batch, double gamma, double smoothing, boolean[] kept) {
        return SoftLabelReference.pixelwise(
                batch.predictions,
                batch.target,
                batch.images,
                batch.classes,
                batch.options(),
                gamma,
                smoothing,
                kept);
    }

    private static List<Loss> losses(int classAxis) {
        return List.of(
                SegmentationCrossEntropyLoss.builder()
                        .optClassAxis(classAxis)
                        .optIgnoreLabel(IGNORED)
                        .optClassWeights(1, 2, 0.5f)
                        .build(),
                FocalLoss.builder().optClassAxis(classAxis).optIgnoreLabel(IGNORED).build(),
                OhemCrossEntropyLoss.builder()
                        .optClassAxis(classAxis)
                        .optIgnoreLabel(IGNORED)
                        .build(),
                SoftDiceLoss.builder().optClassAxis(classAxis).optIgnoreLabel(IGNORED).build(),
                SoftJaccardLoss.builder().optClassAxis(classAxis).optIgnoreLabel(IGNORED).build(),
                JaccardMetricLoss.builder().optClassAxis(classAxis).optIgnoreLabel(IGNORED).build(),
                DiceSemimetricLoss.builder()
                        .optClassAxis(classAxis)
                        .optIgnoreLabel(IGNORED)
                        .build(),
                TverskyLoss.builder()
                        .optClassAxis(classAxis)
                        .optGamma(2)
                        .optIgnoreLabel(IGNORED)
                        .build());
    }

    /** Hard labels (2, 3, 5) of three classes, the first ignored, and the same as probabilities. */
    private double[] oneHot(int[] labels) {
        return SoftLabelReference.target(labels, 2, 3, IGNORED);
    }

    @Test
    void oneHotLabelsAreHardLabels() {
        Random random = new Random(4);
        int[] labels = LossTesting.labels(random, 2 * 15, 3);
        labels[0] = IGNORED;
        double[] logits = LossTesting.logits(random, 2 * 3 * 15, 2);
        NDArray hard = manager.create(labels, new Shape(2, 3, 5));
        NDArray soft = manager.create(oneHot(labels), new Shape(2, 3, 3, 5));
        NDArray predictions =
                LossTesting.create(manager, logits, new Shape(2, 3, 3, 5), DataType.FLOAT32);
        for (DataType type : List.of(DataType.FLOAT64, DataType.FLOAT32, DataType.FLOAT16)) {
            for (int i = 0; i < losses(1).size(); i++) {
                Reference.Result expected =
                        LossTesting.run(losses(1).get(i), predictions.duplicate(), hard);
                NDArray typed = soft.toType(type, true);
                LossTesting.assertClose(
                        expected,
                        LossTesting.run(losses(1).get(i), predictions.duplicate(), typed),
                        losses(1).get(i).getName() + " " + type);
                double last =
                        LossTesting.evaluate(
                                losses(-1).get(i),
                                predictions.transpose(0, 2, 3, 1),
                                typed.transpose(0, 2, 3, 1));
                assertEquals(expected.value(), last, LossTesting.VALUE_TOLERANCE);
            }
        }
    }

    @Test
    void whateverStandsAtIgnoredPixelsChangesNothing() {
        Random random = new Random(6);
        int[] labels = LossTesting.labels(random, 2 * 15, 3);
        labels[3] = IGNORED;
        labels[20] = IGNORED;
        double[] logits = LossTesting.logits(random, 2 * 3 * 15, 2);
        double[] other = logits.clone();
        for (int c = 0; c < 3; c++) {
            other[c * 15 + 3] = Double.NaN;
            other[(3 + c) * 15 + 5] = c == 1 ? Double.POSITIVE_INFINITY : -1e30;
        }
        Shape shape = new Shape(2, 3, 15);
        NDArray soft = manager.create(oneHot(labels), shape).toType(DataType.FLOAT32, true);
        for (Loss loss : losses(1)) {
            Reference.Result expected =
                    LossTesting.run(loss, logits, shape, DataType.FLOAT32, soft);
            Reference.Result actual = LossTesting.run(loss, other, shape, DataType.FLOAT32, soft);
            assertEquals(expected.value(), actual.value(), loss.getName());
            assertEquals(0, LossTesting.distance(expected, actual), loss.getName());
            assertEquals(0, actual.gradient()[3], loss.getName());
        }
        NDArray nothing = manager.full(shape, IGNORED, DataType.FLOAT32);
        for (Loss loss : losses(1)) {
            Reference.Result none = LossTesting.run(loss, other, shape, DataType.FLOAT32, nothing);
            assertEquals(0, none.value(), loss.getName());
            assertEquals(0, LossTesting.norm(none.gradient()), loss.getName());
        }
    }

    @Test
    void smoothedLabelsAreLabelSmoothing() {
        Random random = new Random(8);
        int[] labels = LossTesting.labels(random, 30, 3);
        double[] logits = LossTesting.logits(random, 90, 2);
        Shape shape = new Shape(2, 3, 15);
        double[] smoothed = Arrays.stream(oneHot(labels)).map(y -> 0.7 * y + 0.1).toArray();
        NDArray hard = manager.create(labels, new Shape(2, 15));
        NDArray soft = manager.create(smoothed, shape);
        List<Loss> smoothing =
                List.of(
                        SegmentationCrossEntropyLoss.builder().optLabelSmoothing(0.3f).build(),
                        JaccardMetricLoss.builder().optLabelSmoothing(0.3f).build());
        List<Loss> plain = List.of(new SegmentationCrossEntropyLoss(), new JaccardMetricLoss());
        for (int i = 0; i < plain.size(); i++) {
            LossTesting.assertClose(
                    LossTesting.run(plain.get(i), logits, shape, DataType.FLOAT32, soft),
                    LossTesting.run(smoothing.get(i), logits, shape, DataType.FLOAT32, hard),
                    plain.get(i).getName());
        }
    }

    @Test
    void labelsThatAreNoProbabilitiesAreRefused() {
        NDArray predictions = manager.ones(new Shape(1, 2, 3));
        for (float[] wrong :
                new float[][] {
                    {0.5f, 1, 0, 0.4f, 0, 1},
                    {-0.1f, 1, 0, 1.1f, 0, 1},
                    {Float.NaN, 1, 0, 1, 0, 1},
                    {IGNORED, 1, 0, 0, 0, 1}
                }) {
            NDArray labels = manager.create(wrong, new Shape(1, 2, 3));
            for (Loss loss :
                    List.of(
                            SoftDiceLoss.builder().optIgnoreLabel(IGNORED).build(),
                            SegmentationCrossEntropyLoss.builder()
                                    .optIgnoreLabel(IGNORED)
                                    .build())) {
                String message = refused(loss, predictions, labels);
                assertEquals(
                        "labels: expected class probabilities from 0 to 1 that sum to 1 at every"
                                + " pixel, or the ignore label 255 for each, got (1, 2, 3) in which 1"
                                + " of 3 pixels have others",
                        message);
            }
        }
        NDArray fine = manager.create(new float[] {0.5f, 1, 0, 0.5f, 0, 1}, new Shape(1, 2, 3));
        Loss ofProbabilities = JaccardMetricLoss.builder().optFromLogits(false).build();
        assertEquals(
                "predictions: expected probabilities 0 to 1 as optFromLogits(false) is set, got"
                        + " values outside at 3 of 3 pixels",
                refused(ofProbabilities, predictions.mul(2), fine));
    }

    private static String refused(Loss loss, NDArray predictions, NDArray labels) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> LossTesting.evaluate(loss, predictions, labels))
                .getMessage();
    }

    @Test
    void lossesWithoutAMeaningForThemSayWhy() {
        NDArray labels = manager.full(new Shape(1, 2, 3), 0.5f);
        NDArray predictions = manager.zeros(new Shape(1, 2, 3));
        assertEquals(
                "labels: expected one label a pixel, got (1, 2, 3), class probabilities; a Lovász"
                        + " loss extends the Jaccard loss of sets of wrong pixels, which soft labels"
                        + " have none of; for those use JaccardMetricLoss",
                refused(new LovaszSoftmaxLoss(), predictions, labels));
        assertEquals(
                "labels: expected one label a pixel, got (1, 2, 3), class probabilities; they have"
                        + " no boundary between classes",
                refused(new BoundaryLoss(), predictions, labels));
    }

    @Test
    void garbageCollectionAndClosedLabelsChangeNothing() {
        Random random = new Random(5);
        NDArray predictions =
                LossTesting.create(
                        manager,
                        LossTesting.logits(random, 90, 1),
                        new Shape(2, 3, 15),
                        DataType.FLOAT32);
        NDArray labels = predictions.mul(2).softmax(1);
        float[] numbers = labels.toFloatArray();
        // Together, as every collection takes its time.
        WeightedLoss.Builder sum = WeightedLoss.builder();
        losses(1).forEach(loss -> sum.add(1, loss));
        // Labels in Java's memory.
        NDArray ofJava = manager.create(numbers, labels.getShape());
        LossTesting.assertSurvivesCollection(sum.build(), predictions, ofJava);
    }
}
