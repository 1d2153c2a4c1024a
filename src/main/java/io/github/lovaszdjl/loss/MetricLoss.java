package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import io.github.lovaszdjl.internal.Operations;
import java.util.Objects;

/** A loss D / (k · I + D + s) of the difference D and the intersection I of every class. */
abstract class MetricLoss extends OverlapLoss {

    private final SoftIntersection intersection;
    private final int factor;

    /**
     * Creates a loss.
     *
     * @param factor k: 1 for Jaccard, 2 for Dice
     */
    MetricLoss(Builder<?> builder, int factor) {
        super(builder);
        intersection = builder.intersection;
        this.factor = factor;
    }

    @Override
    final NDArray loss(OverlapSums sums, NDArray shares, NDArray smooth) {
        NDArray difference = sums.excess().add(sums.missed());
        NDArray common = intersection == SoftIntersection.MINIMUM ? sums.common() : sums.product();
        NDArray times = common.mul(Operations.number(common, factor));
        return difference.div(times.add(difference).add(smooth)).mul(shares).sum();
    }

    /** The options of these losses. */
    abstract static class Builder<T extends Builder<T>> extends OverlapLoss.Builder<T> {

        private SoftIntersection intersection = SoftIntersection.MINIMUM;

        Builder(String name) {
            super(name);
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
    }
}
