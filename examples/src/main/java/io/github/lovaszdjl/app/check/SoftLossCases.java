package io.github.lovaszdjl.app.check;

import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.app.check.CheckBatch.Layout;
import io.github.lovaszdjl.loss.BoundaryLoss;
import io.github.lovaszdjl.loss.ClassSelection;
import io.github.lovaszdjl.loss.DiceSemimetricLoss;
import io.github.lovaszdjl.loss.JaccardMetricLoss;
import io.github.lovaszdjl.loss.OhemCrossEntropyLoss;
import io.github.lovaszdjl.loss.SoftIntersection;
import io.github.lovaszdjl.loss.TverskyLoss;
import io.github.lovaszdjl.reference.Reference;
import io.github.lovaszdjl.reference.SoftLabelReference;
import io.github.lovaszdjl.reference.SoftLabelReference.Formula;
import io.github.lovaszdjl.reference.SoftLabelReference.Overlap;
import java.util.Arrays;
import java.util.List;

/** The cases of losses that take class probabilities for labels, and of the boundary loss. */
final class SoftLossCases {

    private static final int IGNORED = CheckBatch.IGNORED;

    private SoftLossCases() {}

    static void add(List<LossCase> cases) {
        for (Overlap overlap :
                List.of(Overlap.JML1, Overlap.JML2, Overlap.DML1, Overlap.DML2, Overlap.TVERSKY)) {
            for (boolean perImage : new boolean[] {false, true}) {
                for (boolean smoothed : new boolean[] {false, true}) {
                    cases.add(overlap(overlap, perImage, smoothed));
                }
            }
        }
        for (boolean perImage : new boolean[] {false, true}) {
            cases.add(boundary(perImage));
        }
        for (boolean weighted : new boolean[] {false, true}) {
            cases.add(mining(weighted));
        }
    }

    /** Smoothed labels are the soft labels that every batch here can be given. */
    private static LossCase overlap(Overlap overlap, boolean perImage, boolean smoothed) {
        float smoothing = smoothed ? 0.1f : 0;
        boolean focus = overlap == Overlap.TVERSKY && smoothed;
        Formula formula = new Formula(overlap, 1, 0.3f, 0.7f, focus ? 2 : 1, smoothing);
        String name =
                switch (overlap) {
                    case JML1, JML2 -> "Jaccard metric";
                    case DML1, DML2 -> "Dice semimetric";
                    default -> "Tversky";
                };
        String options =
                (perImage ? "per image" : "per batch")
                        + (overlap == Overlap.JML2 || overlap == Overlap.DML2 ? ", product" : "")
                        + (smoothed ? ", smoothing 0.1" : "")
                        + (focus ? ", gamma 2" : "");
        return new LossCase(
                name,
                options,
                Layout.CLASS_LOGITS,
                c -> overlap(overlap, perImage, smoothing, focus),
                (b, p) ->
                        SoftLabelReference.overlap(
                                b.predictions(),
                                target(b),
                                b.images(),
                                b.channels(),
                                LossCase.options(b, null, null, perImage, p.rounding()),
                                formula));
    }

    private static double[] target(CheckBatch batch) {
        return SoftLabelReference.target(batch.labels(), batch.images(), batch.channels(), IGNORED);
    }

    private static Loss overlap(Overlap overlap, boolean perImage, float smoothing, boolean focus) {
        boolean product = overlap == Overlap.JML2 || overlap == Overlap.DML2;
        SoftIntersection intersection =
                product ? SoftIntersection.PRODUCT : SoftIntersection.MINIMUM;
        return switch (overlap) {
            case JML1, JML2 ->
                    JaccardMetricLoss.builder()
                            .optIntersection(intersection)
                            .optPerImage(perImage)
                            .optLabelSmoothing(smoothing)
                            .optIgnoreLabel(IGNORED)
                            .build();
            case DML1, DML2 ->
                    DiceSemimetricLoss.builder()
                            .optIntersection(intersection)
                            .optPerImage(perImage)
                            .optLabelSmoothing(smoothing)
                            .optIgnoreLabel(IGNORED)
                            .build();
            default ->
                    TverskyLoss.builder()
                            .optGamma(focus ? 2 : 1)
                            .optPerImage(perImage)
                            .optLabelSmoothing(smoothing)
                            .optIgnoreLabel(IGNORED)
                            .build();
        };
    }

    private static LossCase boundary(boolean perImage) {
        return new LossCase(
                "boundary",
                perImage ? "per image, all classes, weights" : "per batch",
                Layout.CLASS_LOGITS,
                c -> {
                    var builder =
                            BoundaryLoss.builder().optPerImage(perImage).optIgnoreLabel(IGNORED);
                    return perImage
                            ? builder.optClasses(ClassSelection.all())
                                    .optClassWeights(LossCase.weights(c))
                                    .build()
                            : builder.build();
                },
                (b, p) ->
                        SoftLabelReference.boundary(
                                b.predictions(),
                                b.labels(),
                                b.images(),
                                b.channels(),
                                LossCase.options(
                                        b,
                                        perImage ? LossCase.allClasses(b.channels()) : null,
                                        perImage
                                                ? LossCase.doubles(LossCase.weights(b.channels()))
                                                : null,
                                        perImage,
                                        p.rounding()),
                                b.height(),
                                b.width()));
    }

    private static LossCase mining(boolean weighted) {
        float threshold = weighted ? 0 : 0.7f;
        float minKept = weighted ? 0.0625f : 0;
        return new LossCase(
                "hard-example mining",
                weighted ? "weights, 1/16 kept" : "below 0.7",
                Layout.CLASS_LOGITS,
                c -> {
                    var builder =
                            OhemCrossEntropyLoss.builder()
                                    .optThreshold(threshold)
                                    .optMinKept(minKept)
                                    .optIgnoreLabel(IGNORED);
                    return weighted
                            ? builder.optClassWeights(LossCase.weights(c)).build()
                            : builder.build();
                },
                (b, p) -> mining(b, p.rounding(), weighted, threshold, minKept));
    }

    private static Reference.Result mining(
            CheckBatch batch, double rounding, boolean weighted, double threshold, double minKept) {
        double[] target = target(batch);
        double[] entropies =
                SoftLabelReference.entropies(
                        batch.predictions(), target, batch.images(), batch.channels(), IGNORED);
        double[] increasing =
                Arrays.stream(entropies).filter(e -> !Double.isNaN(e)).sorted().toArray();
        int least = (int) Math.ceil(minKept * increasing.length);
        double atLeast =
                least == 0 ? Double.POSITIVE_INFINITY : increasing[increasing.length - least];
        boolean[] kept = new boolean[entropies.length];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = entropies[i] > -Math.log(threshold) || entropies[i] >= atLeast;
        }
        double[] weights = weighted ? LossCase.doubles(LossCase.weights(batch.channels())) : null;
        return SoftLabelReference.pixelwise(
                batch.predictions(),
                target,
                batch.images(),
                batch.channels(),
                LossCase.options(batch, null, weights, false, rounding),
                0,
                0,
                kept);
    }
}
