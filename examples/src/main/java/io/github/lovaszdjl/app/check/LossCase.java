package io.github.lovaszdjl.app.check;

import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.app.check.CheckBatch.Layout;
import io.github.lovaszdjl.loss.ClassSelection;
import io.github.lovaszdjl.loss.FocalLoss;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import io.github.lovaszdjl.loss.LovaszHingeLoss.ErrorActivation;
import io.github.lovaszdjl.loss.LovaszSigmoidLoss;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.SoftDiceLoss;
import io.github.lovaszdjl.loss.SoftJaccardLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.reference.BinaryReference;
import io.github.lovaszdjl.reference.ErrorFunction;
import io.github.lovaszdjl.reference.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * A loss with some of its options, and the same in double precision.
 *
 * @param loss its name
 * @param options its options in words
 * @param layout what it takes
 * @param make makes the loss for a number of channels
 * @param reference computes the same
 */
public record LossCase(
        String loss,
        String options,
        Layout layout,
        IntFunction<Loss> make,
        ReferenceLoss reference) {

    private static final int IGNORED = CheckBatch.IGNORED;

    /** A loss in double precision. */
    interface ReferenceLoss {
        /**
         * Computes value and gradient.
         *
         * @param batch the labels, and the predictions as the loss sees them
         * @param precision what equal errors may be apart, and how softmax may round
         */
        Reference.Result of(CheckBatch batch, Precision precision);
    }

    /**
     * What rounding may change, see {@link Reference.Options}.
     *
     * @param near how close errors may be to stand in any order
     * @param rounding the relative rounding of a softmax
     */
    record Precision(double near, double rounding) {}

    /** Returns all losses with all options. */
    static List<LossCase> all() {
        List<LossCase> cases = new ArrayList<>();
        addSoftmax(cases);
        addBinary(cases);
        addPixelwise(cases);
        addOverlap(cases);
        SoftLossCases.add(cases);
        return cases;
    }

    static float[] weights(int classes) {
        float[] weights = new float[classes];
        for (int c = 0; c < classes; c++) {
            weights[c] = 0.5f + c % 3;
        }
        return weights;
    }

    static double[] doubles(float... values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    static int[] allClasses(int classes) {
        return java.util.stream.IntStream.range(0, classes).toArray();
    }

    private static void addSoftmax(List<LossCase> cases) {
        String name = "Lovász-Softmax";
        for (boolean perImage : new boolean[] {false, true}) {
            for (Layout layout : List.of(Layout.CLASS_LOGITS, Layout.CLASS_PROBABILITIES)) {
                boolean logits = !layout.probabilities();
                String where =
                        (perImage ? "per image" : "per batch") + (logits ? "" : ", probabilities");
                cases.add(
                        new LossCase(
                                name,
                                where,
                                layout,
                                c -> softmax(perImage, logits).build(),
                                (b, p) -> softmax(b, p, null, null, perImage)));
                cases.add(
                        new LossCase(
                                name,
                                where + ", all classes, weights",
                                layout,
                                c ->
                                        softmax(perImage, logits)
                                                .optClasses(ClassSelection.all())
                                                .optClassWeights(weights(c))
                                                .build(),
                                (b, p) ->
                                        softmax(
                                                b,
                                                p,
                                                allClasses(b.channels()),
                                                doubles(weights(b.channels())),
                                                perImage)));
                cases.add(
                        new LossCase(
                                name,
                                where + ", two classes",
                                layout,
                                c ->
                                        softmax(perImage, logits)
                                                .optClasses(ClassSelection.of(0, 1))
                                                .build(),
                                (b, p) -> softmax(b, p, new int[] {0, 1}, null, perImage)));
            }
        }
    }

    private static LovaszSoftmaxLoss.Builder softmax(boolean perImage, boolean logits) {
        return LovaszSoftmaxLoss.builder()
                .optPerImage(perImage)
                .optFromLogits(logits)
                .optIgnoreLabel(IGNORED);
    }

    private static Reference.Result softmax(
            CheckBatch batch,
            Precision precision,
            int[] classes,
            double[] weights,
            boolean perImage) {
        return Reference.lovaszSoftmax(
                batch.predictions(),
                batch.labels(),
                batch.images(),
                batch.channels(),
                options(batch, classes, weights, perImage, precision.near()));
    }

    static Reference.Options options(
            CheckBatch batch, int[] classes, double[] weights, boolean perImage, double near) {
        return new Reference.Options(
                !batch.layout().probabilities(), classes, weights, perImage, IGNORED, near);
    }

    private static void addBinary(List<LossCase> cases) {
        for (boolean perImage : new boolean[] {false, true}) {
            String where = perImage ? "per image" : "per batch";
            for (ErrorActivation activation : ErrorActivation.values()) {
                for (boolean symmetric : new boolean[] {false, true}) {
                    ErrorFunction errors =
                            activation == ErrorActivation.RELU
                                    ? ErrorFunction.HINGE
                                    : ErrorFunction.ELU_HINGE;
                    cases.add(
                            new LossCase(
                                    "Lovász hinge",
                                    where
                                            + (activation == ErrorActivation.RELU
                                                    ? ""
                                                    : ", ELU + 1")
                                            + (symmetric ? ", symmetric" : ""),
                                    Layout.SCORES,
                                    c ->
                                            LovaszHingeLoss.builder()
                                                    .optPerImage(perImage)
                                                    .optMultilabel(c > 1)
                                                    .optSymmetric(symmetric)
                                                    .optActivation(activation)
                                                    .optIgnoreLabel(IGNORED)
                                                    .build(),
                                    (b, p) -> hinge(b, p, perImage, symmetric, errors)));
                }
            }
            for (Layout layout : List.of(Layout.SCORES, Layout.SCORE_PROBABILITIES)) {
                boolean logits = layout == Layout.SCORES;
                cases.add(
                        new LossCase(
                                "Lovász sigmoid",
                                where + (logits ? "" : ", probabilities"),
                                layout,
                                c ->
                                        LovaszSigmoidLoss.builder()
                                                .optPerImage(perImage)
                                                .optMultilabel(c > 1)
                                                .optFromLogits(logits)
                                                .optIgnoreLabel(IGNORED)
                                                .build(),
                                (b, p) ->
                                        binary(
                                                b,
                                                p,
                                                perImage,
                                                false,
                                                logits
                                                        ? ErrorFunction.SIGMOID
                                                        : ErrorFunction.PROBABILITY)));
            }
        }
    }

    private static Reference.Result hinge(
            CheckBatch batch,
            Precision precision,
            boolean perImage,
            boolean symmetric,
            ErrorFunction errors) {
        Reference.Result one = binary(batch, precision, perImage, false, errors);
        return symmetric
                ? one.plus(binary(batch, precision, perImage, true, errors)).times(0.5)
                : one;
    }

    private static Reference.Result binary(
            CheckBatch batch,
            Precision precision,
            boolean perImage,
            boolean flip,
            ErrorFunction errors) {
        return BinaryReference.binary(
                batch.predictions(),
                batch.labels(),
                batch.images(),
                batch.channels(),
                perImage,
                IGNORED,
                flip,
                errors,
                precision.near());
    }

    private static void addPixelwise(List<LossCase> cases) {
        for (boolean weighted : new boolean[] {false, true}) {
            String options = weighted ? "weights, smoothing 0.1" : "";
            float smoothing = weighted ? 0.1f : 0;
            cases.add(
                    new LossCase(
                            "cross-entropy",
                            options,
                            Layout.CLASS_LOGITS,
                            c -> {
                                var builder =
                                        SegmentationCrossEntropyLoss.builder()
                                                .optIgnoreLabel(IGNORED)
                                                .optLabelSmoothing(smoothing);
                                return weighted
                                        ? builder.optClassWeights(weights(c)).build()
                                        : builder.build();
                            },
                            (b, p) -> crossEntropy(b, p, weighted, smoothing)));
            cases.add(
                    new LossCase(
                            "focal",
                            weighted ? "weights, gamma 0.5" : "gamma 2",
                            Layout.CLASS_LOGITS,
                            c -> {
                                var builder =
                                        FocalLoss.builder()
                                                .optIgnoreLabel(IGNORED)
                                                .optGamma(weighted ? 0.5f : 2);
                                return weighted
                                        ? builder.optClassWeights(weights(c)).build()
                                        : builder.build();
                            },
                            (b, p) ->
                                    Reference.focal(
                                            b.predictions(),
                                            b.labels(),
                                            b.images(),
                                            b.channels(),
                                            options(
                                                    b,
                                                    null,
                                                    weighted
                                                            ? doubles(weights(b.channels()))
                                                            : null,
                                                    false,
                                                    p.rounding()),
                                            weighted ? 0.5 : 2)));
        }
        cases.add(
                new LossCase(
                        "0.5 cross-entropy + Lovász-Softmax",
                        "",
                        Layout.CLASS_LOGITS,
                        c ->
                                WeightedLoss.builder()
                                        .add(
                                                0.5f,
                                                SegmentationCrossEntropyLoss.builder()
                                                        .optIgnoreLabel(IGNORED)
                                                        .build())
                                        .add(1, softmax(false, true).build())
                                        .build(),
                        (b, p) ->
                                crossEntropy(b, p, false, 0)
                                        .times(0.5)
                                        .plus(softmax(b, p, null, null, false))));
    }

    private static Reference.Result crossEntropy(
            CheckBatch batch, Precision precision, boolean weighted, double smoothing) {
        return Reference.crossEntropy(
                batch.predictions(),
                batch.labels(),
                batch.images(),
                batch.channels(),
                weighted ? doubles(weights(batch.channels())) : null,
                IGNORED,
                smoothing,
                precision.rounding());
    }

    private static void addOverlap(List<LossCase> cases) {
        for (boolean dice : new boolean[] {false, true}) {
            for (boolean perImage : new boolean[] {false, true}) {
                for (Layout layout : List.of(Layout.CLASS_LOGITS, Layout.CLASS_PROBABILITIES)) {
                    for (boolean all : new boolean[] {false, true}) {
                        cases.add(overlap(dice, perImage, layout, all));
                    }
                }
            }
        }
    }

    private static LossCase overlap(boolean dice, boolean perImage, Layout layout, boolean all) {
        boolean logits = !layout.probabilities();
        float smooth = all ? 0.5f : 1;
        return new LossCase(
                dice ? "soft Dice" : "soft Jaccard",
                (perImage ? "per image" : "per batch")
                        + (logits ? "" : ", probabilities")
                        + (all ? ", all classes, weights, smooth 0.5" : ""),
                layout,
                c -> {
                    var classes = all ? ClassSelection.all() : ClassSelection.present();
                    float[] weights = weights(c);
                    if (dice) {
                        var builder =
                                SoftDiceLoss.builder()
                                        .optPerImage(perImage)
                                        .optFromLogits(logits)
                                        .optIgnoreLabel(IGNORED)
                                        .optClasses(classes)
                                        .optSmooth(smooth);
                        return all ? builder.optClassWeights(weights).build() : builder.build();
                    }
                    var builder =
                            SoftJaccardLoss.builder()
                                    .optPerImage(perImage)
                                    .optFromLogits(logits)
                                    .optIgnoreLabel(IGNORED)
                                    .optClasses(classes)
                                    .optSmooth(smooth);
                    return all ? builder.optClassWeights(weights).build() : builder.build();
                },
                (b, p) ->
                        Reference.overlap(
                                b.predictions(),
                                b.labels(),
                                b.images(),
                                b.channels(),
                                options(
                                        b,
                                        all ? allClasses(b.channels()) : null,
                                        all ? doubles(weights(b.channels())) : null,
                                        perImage,
                                        p.rounding()),
                                smooth,
                                dice));
    }
}
