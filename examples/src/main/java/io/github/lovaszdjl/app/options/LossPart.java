package io.github.lovaszdjl.app.options;

import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.loss.BoundaryLoss;
import io.github.lovaszdjl.loss.ClassSelection;
import io.github.lovaszdjl.loss.DiceSemimetricLoss;
import io.github.lovaszdjl.loss.FocalLoss;
import io.github.lovaszdjl.loss.JaccardMetricLoss;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import io.github.lovaszdjl.loss.LovaszSigmoidLoss;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.OhemCrossEntropyLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.SoftDiceLoss;
import io.github.lovaszdjl.loss.SoftIntersection;
import io.github.lovaszdjl.loss.SoftJaccardLoss;
import io.github.lovaszdjl.loss.TverskyLoss;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A loss and its options, without those that have their default. */
record LossPart(LossKind kind, Map<LossOption, String> options) {

    public String canonical() {
        if (options.isEmpty()) {
            return kind.shortName;
        }
        return options.entrySet().stream()
                .map(e -> option(e.getKey(), e.getValue()))
                .collect(Collectors.joining(",", kind.shortName + "(", ")"));
    }

    private static String option(LossOption option, String value) {
        return option.isFlag() && value.equals(LossOption.TRUE)
                ? option.toString()
                : option + "=" + value;
    }

    /** Returns a name without what a CSV column would have to quote. */
    String name() {
        return canonical().replaceAll("[(,=]", "-").replace(")", "");
    }

    private String get(LossOption option) {
        return options.getOrDefault(option, kind.initial(option));
    }

    private float number(LossOption option) {
        return Float.parseFloat(get(option));
    }

    private boolean flag(LossOption option) {
        return get(option).equals(LossOption.TRUE);
    }

    private LovaszHingeLoss.ErrorActivation activation() {
        return get(LossOption.ACTIVATION).equals("relu")
                ? LovaszHingeLoss.ErrorActivation.RELU
                : LovaszHingeLoss.ErrorActivation.ELU_PLUS_ONE;
    }

    private ClassSelection classes() {
        return get(LossOption.CLASSES).equals("all")
                ? ClassSelection.all()
                : ClassSelection.present();
    }

    private ClassSelection softClasses() {
        return switch (get(LossOption.SOFT_CLASSES)) {
            case "all" -> ClassSelection.all();
            case "present" -> ClassSelection.present();
            default -> classes();
        };
    }

    private SoftIntersection intersection() {
        return get(LossOption.INTERSECTION).equals("minimum")
                ? SoftIntersection.MINIMUM
                : SoftIntersection.PRODUCT;
    }

    public Loss toLoss(int ignoreLabel, Optional<float[]> classWeights) {
        return switch (kind) {
            case CE -> {
                var builder =
                        SegmentationCrossEntropyLoss.builder()
                                .optName(name())
                                .optIgnoreLabel(ignoreLabel)
                                .optLabelSmoothing(number(LossOption.LABEL_SMOOTHING));
                classWeights.ifPresent(builder::optClassWeights);
                yield builder.build();
            }
            case LOVASZ ->
                    LovaszSoftmaxLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optClasses(classes())
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .build();
            case DICE ->
                    SoftDiceLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optClasses(classes())
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .optSmooth(number(LossOption.SMOOTH))
                            .optLabelSmoothing(number(LossOption.LABEL_SMOOTHING))
                            .build();
            case JACCARD ->
                    SoftJaccardLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optClasses(classes())
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .optSmooth(number(LossOption.SMOOTH))
                            .optLabelSmoothing(number(LossOption.LABEL_SMOOTHING))
                            .build();
            case JML ->
                    JaccardMetricLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optClasses(classes())
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .optSmooth(number(LossOption.SMOOTH))
                            .optLabelSmoothing(number(LossOption.LABEL_SMOOTHING))
                            .optIntersection(intersection())
                            .optSoftClasses(softClasses())
                            .optPresence(number(LossOption.PRESENCE))
                            .optMiouD(number(LossOption.MIOU_D))
                            .optMiouI(number(LossOption.MIOU_I))
                            .optMiouC(number(LossOption.MIOU_C))
                            .optLogLoss(flag(LossOption.LOG_LOSS))
                            .optGamma(number(LossOption.METRIC_GAMMA))
                            .build();
            case DML ->
                    DiceSemimetricLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optClasses(classes())
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .optSmooth(number(LossOption.SMOOTH))
                            .optLabelSmoothing(number(LossOption.LABEL_SMOOTHING))
                            .optIntersection(intersection())
                            .optSoftClasses(softClasses())
                            .optPresence(number(LossOption.PRESENCE))
                            .optMiouD(number(LossOption.MIOU_D))
                            .optMiouI(number(LossOption.MIOU_I))
                            .optMiouC(number(LossOption.MIOU_C))
                            .optLogLoss(flag(LossOption.LOG_LOSS))
                            .optGamma(number(LossOption.METRIC_GAMMA))
                            .build();
            case TVERSKY ->
                    TverskyLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optClasses(classes())
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .optSmooth(number(LossOption.SMOOTH))
                            .optLabelSmoothing(number(LossOption.LABEL_SMOOTHING))
                            .optAlpha(number(LossOption.ALPHA))
                            .optBeta(number(LossOption.BETA))
                            .optGamma(number(LossOption.TVERSKY_GAMMA))
                            .build();
            case OHEM -> {
                var builder =
                        OhemCrossEntropyLoss.builder()
                                .optName(name())
                                .optIgnoreLabel(ignoreLabel)
                                .optThreshold(number(LossOption.THRESHOLD))
                                .optMinKept(number(LossOption.MIN_KEPT))
                                .optMinKeptPixels((int) number(LossOption.MIN_KEPT_PIXELS));
                classWeights.ifPresent(builder::optClassWeights);
                yield builder.build();
            }
            case BOUNDARY ->
                    BoundaryLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optClasses(classes())
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .build();
            case FOCAL -> {
                var builder =
                        FocalLoss.builder()
                                .optName(name())
                                .optIgnoreLabel(ignoreLabel)
                                .optGamma(number(LossOption.GAMMA));
                classWeights.ifPresent(builder::optClassWeights);
                yield builder.build();
            }
            case HINGE ->
                    LovaszHingeLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .optSymmetric(flag(LossOption.SYMMETRIC))
                            .optActivation(activation())
                            .build();
            case SIGMOID ->
                    LovaszSigmoidLoss.builder()
                            .optName(name())
                            .optIgnoreLabel(ignoreLabel)
                            .optPerImage(flag(LossOption.PER_IMAGE))
                            .build();
        };
    }
}
