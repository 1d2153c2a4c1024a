package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.dataset.Sampling;
import java.util.Locale;

/** How often an epoch takes each sample. */
public enum SamplingName {
    /** Every one once. */
    UNIFORM,
    /** Those with rare classes more often, see {@link Sampling#rareClasses}. */
    RARE_CLASSES;

    static SamplingName of(Sampling sampling) {
        return sampling.rareThreshold().isEmpty() ? UNIFORM : RARE_CLASSES;
    }

    /**
     * Returns the sampling.
     *
     * @param rareThreshold the share of the images below which a class is rare
     * @throws IllegalArgumentException if it is out of range, or given where no class is rare
     */
    Sampling sampling(double rareThreshold) {
        Sampling rareClasses = Sampling.rareClasses(rareThreshold);
        if (this == RARE_CLASSES) {
            return rareClasses;
        }
        if (rareThreshold != Sampling.DEFAULT_RARE_THRESHOLD) {
            throw new IllegalArgumentException(
                    String.format(
                            "rareThreshold: expected %s, the default, as %s sampling has no rare"
                                    + " classes, got %s",
                            Sampling.DEFAULT_RARE_THRESHOLD, this, rareThreshold));
        }
        return Sampling.uniform();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
