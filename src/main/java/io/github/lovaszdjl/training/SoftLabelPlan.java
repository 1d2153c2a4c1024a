package io.github.lovaszdjl.training;

import static io.github.lovaszdjl.training.Values.check;
import static io.github.lovaszdjl.training.Values.checkAtLeast;

/**
 * What makes class probabilities of the labels that a training learns from. With neither, labels
 * stay one class a pixel.
 *
 * @param mixup α of mix-up: every batch is mixed with itself in another order, images and labels,
 *     by a part from Beta(α, α); 0 for none
 * @param distill the part of the labels that comes from a teacher network, 0 to 1; 0 for none
 */
public record SoftLabelPlan(float mixup, float distill) {

    /** Labels as they are. */
    public static final SoftLabelPlan NONE = new SoftLabelPlan(0, 0);

    /**
     * Checks the values.
     *
     * @param mixup α of mix-up, at least 0
     * @param distill the part of the labels that comes from a teacher network, 0 to 1
     * @throws IllegalArgumentException if a value is out of range
     */
    public SoftLabelPlan {
        checkAtLeast("mixup", mixup, 0);
        check("distill", distill, distill >= 0 && distill <= 1, "0 to 1");
    }

    boolean isNone() {
        return equals(NONE);
    }
}
