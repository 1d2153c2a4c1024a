package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import io.github.lovaszdjl.internal.Operations;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A loss D / (k · I + D + s) of the difference D and the intersection I of every class. */
abstract class MetricLoss extends OverlapLoss {

    private final SoftIntersection intersection;
    private final int factor;
    private final boolean logLoss;
    private final float gamma;
    private final ClassSelection softClasses;
    private final float miouD;
    private final float miouI;
    private final float miouC;

    /**
     * Creates a loss.
     *
     * @param factor k: 1 for Jaccard, 2 for Dice
     */
    MetricLoss(Builder<?> builder, int factor) {
        super(builder);
        intersection = builder.intersection;
        logLoss = builder.logLoss;
        gamma = builder.gamma;
        softClasses = builder.softClasses;
        miouD = builder.miouD;
        miouI = builder.miouI;
        miouC = builder.miouC;
        this.factor = factor;
    }

    @Override
    final List<List<ClassGroup>> divisions(SegmentationInput input, ClassOptions options) {
        ClassOptions used = options;
        if (input.isSoft() && softClasses != null) {
            softClasses.check(input.channels());
            used = options.withClasses(softClasses);
        }
        if (miouD == 1 && miouI == 0 && miouC == 0) {
            return super.divisions(input, used);
        }
        List<List<ClassGroup>> divisions = new ArrayList<>();
        if (miouD > 0) {
            ClassOptions scaled = used.withPerImage(false).withWeight(miouD * used.weight());
            divisions.add(ClassGroup.of(input.counts(), scaled));
        }
        if (miouI > 0 || miouC > 0) {
            divisions.add(ClassGroup.ofImages(input.counts(), used, miouI, miouC));
        }
        return divisions;
    }

    @Override
    final NDArray loss(OverlapSums sums, NDArray shares, NDArray smooth) {
        NDArray difference = sums.excess().add(sums.missed());
        NDArray common = intersection == SoftIntersection.MINIMUM ? sums.common() : sums.product();
        NDArray times = common.mul(Operations.number(common, factor));
        NDArray below = times.add(difference).add(smooth);
        NDArray loss = logLoss ? below.div(times.add(smooth)).log() : difference.div(below);
        if (gamma > 1) {
            loss = loss.pow(Operations.number(loss, gamma));
        }
        return loss.mul(shares).sum();
    }

    /** The options of these losses. */
    abstract static class Builder<T extends Builder<T>> extends OverlapLoss.Builder<T> {

        private SoftIntersection intersection = SoftIntersection.MINIMUM;
        private boolean logLoss;
        private float gamma = 1;
        private ClassSelection softClasses;
        private double presence = SoftLabels.TRACE;
        private float miouD = 1;
        private float miouI;
        private float miouC;

        Builder(String name) {
            super(name);
        }

        @Override
        ClassOptions options() {
            ClassOptions own = super.options();
            if (miouD + miouI + miouC == 0) {
                throw new IllegalArgumentException(
                        "miouD, miouI, miouC: expected one of them above 0, got 0, 0 and 0");
            }
            if (own.perImage() && !(miouD == 1 && miouI == 0 && miouC == 0)) {
                throw new IllegalArgumentException(
                        String.format(
                                "perImage: expected false, as miouD is %s, miouI %s and miouC %s,"
                                        + " got true",
                                miouD, miouI, miouC));
            }
            return own.withPerImage(own.perImage() || miouI > 0 || miouC > 0)
                    .withPresence(presence);
        }

        /**
         * Sets what is the intersection where labels are class probabilities. With hard labels it
         * changes nothing.
         *
         * @param intersection the intersection; {@link SoftIntersection#MINIMUM} by default
         * @return this builder
         */
        public T optIntersection(SoftIntersection intersection) {
            this.intersection =
                    Objects.requireNonNull(
                            intersection, "intersection: expected MINIMUM or PRODUCT, got null");
            return self();
        }

        /**
         * Sets how much the loss of the batch as one counts, as the mean IoU of a whole data set
         * does (mIoU<sup>D</sup>). The weights need not sum to 1.
         *
         * <p>Source of the three: Z. Wang et al., <i>Revisiting Evaluation Metrics for Semantic
         * Segmentation</i>, NeurIPS 2023, arXiv 2310.19252, section 3, and the authors' code.
         *
         * @param miouD the weight, finite and not below 0; 1 by default
         * @return this builder
         * @throws IllegalArgumentException if it is neither
         */
        public T optMiouD(float miouD) {
            this.miouD = Checks.notNegative("miouD", miouD);
            return self();
        }

        /**
         * Sets how much the mean over images of the mean over their classes counts
         * (mIoU<sup>I</sup>). Of 1, with 0 for mIoU<sup>D</sup>, it is {@link #optPerImage}; not
         * with that.
         *
         * @param miouI the weight, finite and not below 0; 0 by default
         * @return this builder
         * @throws IllegalArgumentException if it is neither
         */
        public T optMiouI(float miouI) {
            this.miouI = Checks.notNegative("miouI", miouI);
            return self();
        }

        /**
         * Sets how much the mean over classes of the mean over the images in which they are
         * selected counts (mIoU<sup>C</sup>); not with {@link #optPerImage}.
         *
         * @param miouC the weight, finite and not below 0; 0 by default
         * @return this builder
         * @throws IllegalArgumentException if it is neither
         */
        public T optMiouC(float miouC) {
            this.miouC = Checks.notNegative("miouC", miouC);
            return self();
        }

        /**
         * Sets whether the loss of a class is −log(1 − L_c) in place of L_c: 0 at equality alone,
         * too, but without an upper bound, and no metric.
         *
         * @param logLoss whether it is; false by default
         * @return this builder
         */
        public T optLogLoss(boolean logLoss) {
            this.logLoss = logLoss;
            return self();
        }

        /**
         * Sets the power to which the loss of a class is raised, so that those with little overlap
         * count more. It is the reciprocal of that of {@link TverskyLoss}.
         *
         * @param gamma γ, finite, at least 1; 1 by default
         * @return this builder
         * @throws IllegalArgumentException if it is not
         */
        public T optGamma(float gamma) {
            if (!(gamma >= 1) || Float.isInfinite(gamma)) {
                throw new IllegalArgumentException(
                        "gamma: expected a finite number, at least 1, got " + gamma);
            }
            this.gamma = gamma;
            return self();
        }

        /**
         * Sets above which probability, at any pixel, a class is present in labels that are class
         * probabilities.
         *
         * @param presence the probability, from 0 to below 1; 0.01 by default
         * @return this builder
         * @throws IllegalArgumentException if it is outside
         */
        public T optPresence(float presence) {
            if (!(presence >= 0 && presence < 1)) {
                throw new IllegalArgumentException(
                        "presence: expected 0 to below 1, got " + presence);
            }
            this.presence = presence;
            return self();
        }

        /**
         * Sets other classes to average over where labels are class probabilities: the authors take
         * all there, and those present with hard labels.
         *
         * @param softClasses the selection; that of {@link #optClasses} by default
         * @return this builder
         */
        public T optSoftClasses(ClassSelection softClasses) {
            this.softClasses =
                    Objects.requireNonNull(
                            softClasses, "softClasses: expected a selection, got null");
            return self();
        }
    }
}
