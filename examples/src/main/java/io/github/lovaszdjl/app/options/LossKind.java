package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.model.Decision;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The losses of an expression: names, what they train, options. */
enum LossKind {
    CE("ce", "cross-entropy", Decision.HIGHEST_LOGIT, LossOption.LABEL_SMOOTHING),
    LOVASZ(
            "lovasz",
            "lovasz-softmax",
            Decision.HIGHEST_LOGIT,
            LossOption.CLASSES,
            LossOption.PER_IMAGE),
    DICE(
            "dice",
            "dice",
            Decision.HIGHEST_LOGIT,
            LossOption.CLASSES,
            LossOption.PER_IMAGE,
            LossOption.SMOOTH,
            LossOption.LABEL_SMOOTHING),
    JACCARD(
            "jaccard",
            "jaccard",
            Decision.HIGHEST_LOGIT,
            LossOption.CLASSES,
            LossOption.PER_IMAGE,
            LossOption.SMOOTH,
            LossOption.LABEL_SMOOTHING),
    FOCAL("focal", "focal", Decision.HIGHEST_LOGIT, LossOption.GAMMA),
    JML(
            "jml",
            "jaccard-metric",
            Decision.HIGHEST_LOGIT,
            LossOption.CLASSES,
            LossOption.PER_IMAGE,
            LossOption.SMOOTH,
            LossOption.LABEL_SMOOTHING,
            LossOption.INTERSECTION,
            LossOption.SOFT_CLASSES,
            LossOption.PRESENCE,
            LossOption.MIOU_D,
            LossOption.MIOU_I,
            LossOption.MIOU_C,
            LossOption.LOG_LOSS,
            LossOption.METRIC_GAMMA),
    DML(
            "dml",
            "dice-semimetric",
            Decision.HIGHEST_LOGIT,
            LossOption.CLASSES,
            LossOption.PER_IMAGE,
            LossOption.SMOOTH,
            LossOption.LABEL_SMOOTHING,
            LossOption.INTERSECTION,
            LossOption.SOFT_CLASSES,
            LossOption.PRESENCE,
            LossOption.MIOU_D,
            LossOption.MIOU_I,
            LossOption.MIOU_C,
            LossOption.LOG_LOSS,
            LossOption.METRIC_GAMMA),
    TVERSKY(
            "tversky",
            "tversky",
            Decision.HIGHEST_LOGIT,
            LossOption.CLASSES,
            LossOption.PER_IMAGE,
            LossOption.SMOOTH,
            LossOption.LABEL_SMOOTHING,
            LossOption.ALPHA,
            LossOption.BETA,
            LossOption.TVERSKY_GAMMA),
    OHEM(
            "ohem",
            "ohem-cross-entropy",
            Decision.HIGHEST_LOGIT,
            LossOption.THRESHOLD,
            LossOption.MIN_KEPT,
            LossOption.MIN_KEPT_PIXELS),
    BOUNDARY(
            "boundary",
            "boundary",
            Decision.HIGHEST_LOGIT,
            LossOption.CLASSES,
            LossOption.PER_IMAGE),
    HINGE(
            "hinge",
            "lovasz-hinge",
            Decision.SCORE_ABOVE_ZERO,
            LossOption.PER_IMAGE,
            LossOption.SYMMETRIC,
            LossOption.ACTIVATION) {
        @Override
        String initial(LossOption option) {
            return option == LossOption.PER_IMAGE ? LossOption.TRUE : option.initial;
        }
    },
    SIGMOID("sigmoid", "lovasz-sigmoid", Decision.SCORE_ABOVE_ZERO, LossOption.PER_IMAGE);

    final String shortName;
    final String longName;
    final Decision decision;
    final List<LossOption> options;

    LossKind(String shortName, String longName, Decision decision, LossOption... options) {
        this.shortName = shortName;
        this.longName = longName;
        this.decision = decision;
        this.options = List.of(options);
    }

    /** Returns the value of an option by default, that of the loss in the library. */
    String initial(LossOption option) {
        return option.initial;
    }

    /** Whether class weights change it. */
    boolean takesClassWeights() {
        return this == CE || this == FOCAL || this == OHEM;
    }

    /** Returns the names of the losses of a decision. */
    static String names(Decision decision) {
        return Arrays.stream(values())
                .filter(kind -> kind.decision == decision)
                .map(kind -> kind.shortName)
                .collect(Collectors.joining(", "));
    }
}
