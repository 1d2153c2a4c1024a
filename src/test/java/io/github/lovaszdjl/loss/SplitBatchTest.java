package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.reference.Reference;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A batch in two parts, as with two devices: the gradients of the parts' losses add up, each that
 * of its part by itself (package documentation of the losses).
 *
 * <p>The network is a matrix W; the logits of a pixel are x W.
 */
@Tag(Trials.TAG)
class SplitBatchTest {

    private static final int FEATURES = 4;
    private static final double NEAR = 0x1p-20;

    /** A loss by its name in the reference. */
    private enum Kind {
        LOVASZ,
        LOVASZ_PER_IMAGE,
        CROSS_ENTROPY,
        DICE;

        Loss loss() {
            return switch (this) {
                case LOVASZ -> LovaszSoftmaxLoss.builder().optClassAxis(-1).build();
                case LOVASZ_PER_IMAGE ->
                        LovaszSoftmaxLoss.builder().optClassAxis(-1).optPerImage(true).build();
                case CROSS_ENTROPY ->
                        SegmentationCrossEntropyLoss.builder().optClassAxis(-1).build();
                case DICE -> SoftDiceLoss.builder().optClassAxis(-1).build();
            };
        }

        Reference.Result reference(double[] logits, int[] labels, int images, int classes) {
            Reference.Options options =
                    new Reference.Options(true, null, null, this == LOVASZ_PER_IMAGE, null, NEAR);
            return switch (this) {
                case CROSS_ENTROPY ->
                        Reference.crossEntropy(
                                logits, labels, images, classes, null, null, 0, NEAR);
                case DICE -> Reference.overlap(logits, labels, images, classes, options, 1, true);
                default -> Reference.lovaszSoftmax(logits, labels, images, classes, options);
            };
        }

        /** Whether the loss of a batch is the mean of that of its halves. */
        boolean isAMean() {
            return this == LOVASZ_PER_IMAGE || this == CROSS_ENTROPY;
        }
    }

    /** One backward for both parts, or one each: on MXNet the second replaces the gradients. */
    private static final boolean[] HOW =
            Engines.isPyTorch() ? Engines.paths() : new boolean[] {true};

    /** A batch, (images, D) pixels of some features. */
    private record Data(int images, int pixels, int classes, double[] x, int[] labels, double[] w) {

        static Data random(Random random) {
            int images = 2 * (1 + random.nextInt(3));
            int pixels = 1 + random.nextInt(random.nextInt(6) == 0 ? 1200 : 30);
            int classes = 2 + random.nextInt(4);
            return new Data(
                    images,
                    pixels,
                    classes,
                    coarse(LossTesting.logits(random, images * pixels * FEATURES, 1)),
                    LossTesting.labels(random, images * pixels, classes),
                    coarse(LossTesting.logits(random, FEATURES * classes, 1.5)));
        }

        /** So few digits that x W is exact in FLOAT32. */
        private static double[] coarse(double[] values) {
            return Arrays.stream(values).map(v -> Math.rint(v * 256) / 256).toArray();
        }

        /** The loss of some images and its gradient with respect to W, by plain loops. */
        Reference.Result reference(Kind kind, int from, int to) {
            int count = to - from;
            double[] logits = new double[count * classes * pixels];
            for (int i = 0; i < count * pixels; i++) {
                for (int c = 0; c < classes; c++) {
                    double z = 0;
                    for (int f = 0; f < FEATURES; f++) {
                        z += x[(from * pixels + i) * FEATURES + f] * w[f * classes + c];
                    }
                    logits[(i / pixels * classes + c) * pixels + i % pixels] = z;
                }
            }
            int[] own = Arrays.copyOfRange(labels, from * pixels, to * pixels);
            Reference.Result result = kind.reference(logits, own, count, classes);
            double[] gradient = new double[w.length];
            double[] slack = new double[w.length];
            for (int i = 0; i < count * pixels; i++) {
                for (int c = 0; c < classes; c++) {
                    int at = (i / pixels * classes + c) * pixels + i % pixels;
                    for (int f = 0; f < FEATURES; f++) {
                        double feature = x[(from * pixels + i) * FEATURES + f];
                        gradient[f * classes + c] += feature * result.gradient()[at];
                        slack[f * classes + c] += Math.abs(feature) * result.slack()[at];
                    }
                }
            }
            return new Reference.Result(result.value(), gradient, slack);
        }
    }

    @Test
    void theGradientsOfThePartsAddUp() {
        int trials = Trials.of(25, 2_000);
        int different = 0;
        int comparisons = 0;
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            Data data = Data.random(random);
            int cut = data.images / 2;
            for (Kind kind : Kind.values()) {
                String message = "seed " + Trials.seed(trial) + " " + kind;
                Reference.Result expected =
                        data.reference(kind, 0, cut).plus(data.reference(kind, cut, data.images));
                Reference.Result whole = data.reference(kind, 0, data.images);
                for (boolean atOnce : HOW) {
                    Reference.Result actual = run(kind.loss(), data, atOnce, 0, cut, data.images);
                    LossTesting.assertClose(expected, actual, message);
                    comparisons++;
                }
                LossTesting.assertClose(
                        whole, run(kind.loss(), data, false, 0, data.images), message + " whole");
                double off = LossTesting.distance(whole.times(2), expected);
                if (kind.isAMean()) {
                    // Parts of as many images or pixels: twice the gradient of the whole.
                    LossTesting.assertClose(whole.times(2), expected, message + " mean");
                } else {
                    different += off > 1e-3 * LossTesting.norm(whole.gradient()) ? 1 : 0;
                }
            }
        }
        // The Jaccard loss of the parts, not that of the whole.
        assertTrue(different > trials, different + " of " + 2 * trials);
        Trials.report(
                "A batch in two halves under one collector",
                String.format(
                        "%d batches, %d gradients the sum of those of the halves; %d of %d Lovász"
                                + " and Dice gradients differ from that of the whole by over 0.1 %%",
                        trials, comparisons, different, 2 * trials));
    }

    /** Takes the parts through forward, loss and backward under one collector. */
    private static Reference.Result run(Loss loss, Data data, boolean atOnce, int... cuts) {
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            Shape images = new Shape(data.images, data.pixels);
            NDArray x = LossTesting.create(manager, data.x, images.add(FEATURES), DataType.FLOAT32);
            NDArray labels = manager.create(data.labels, images);
            Shape matrix = new Shape(FEATURES, data.classes);
            NDArray w = LossTesting.create(manager, data.w, matrix, DataType.FLOAT32);
            w.setRequiresGradient(true);
            loss.addAccumulator("parts");
            double value = 0;
            NDList targets = new NDList();
            NDList outputs = new NDList();
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray sum = null;
                for (int part = 0; part + 1 < cuts.length; part++) {
                    NDIndex index = new NDIndex("{}:{}", cuts[part], cuts[part + 1]);
                    NDArray logits = x.get(index).matMul(w);
                    NDArray target = labels.get(index);
                    NDArray ofPart = loss.evaluate(new NDList(target), new NDList(logits));
                    value += LossTesting.scalar(ofPart);
                    targets.add(target);
                    outputs.add(logits);
                    if (atOnce) {
                        sum = sum == null ? ofPart : sum.add(ofPart);
                    } else {
                        collector.backward(ofPart);
                    }
                }
                if (atOnce) {
                    collector.backward(sum);
                }
            }
            // As a listener reports: after the parts, one by one.
            for (int part = 0; part < targets.size(); part++) {
                loss.updateAccumulator(
                        "parts", new NDList(targets.get(part)), new NDList(outputs.get(part)));
            }
            assertEquals(
                    value / targets.size(),
                    loss.getAccumulator("parts"),
                    LossTesting.VALUE_TOLERANCE * Math.max(1, value));
            return new Reference.Result(value, LossTesting.doubles(w.getGradient()));
        }
    }
}
