package io.github.lovaszdjl.training;

import static io.github.lovaszdjl.training.Values.check;
import static io.github.lovaszdjl.training.Values.checkAbove0;
import static io.github.lovaszdjl.training.Values.checkAtLeast;

/**
 * What makes class probabilities of the labels that a training learns from. With neither, labels
 * stay one class a pixel.
 *
 * @param mixup α of mix-up: every batch is mixed with itself in another order, images and labels,
 *     by a part from Beta(α, α); 0 for none
 * @param distill the part of the labels that comes from a teacher network, 0 to 1; 0 for none
 * @param distillTemperature T, above 0. Other than 1, labels and teacher have a loss each, (1 − d)
 *     L(labels, z) + d T² L(softmax(z' / T), z / T) for the part d and the logits z and z' of
 *     network and teacher (G. Hinton, O. Vinyals, J. Dean, <i>Distilling the Knowledge in a Neural
 *     Network</i>, 2015, arXiv 1503.02531, section 2). T² is meant for a cross-entropy, whose
 *     gradients fall by it
 */
public record SoftLabelPlan(float mixup, float distill, float distillTemperature) {

    /** Labels as they are. */
    public static final SoftLabelPlan NONE = new SoftLabelPlan(0, 0, 1);

    /**
     * Checks the values.
     *
     * @param mixup α of mix-up, at least 0
     * @param distill the part of the labels that comes from a teacher network, 0 to 1
     * @param distillTemperature the temperature of that, above 0
     * @throws IllegalArgumentException if a value is out of range
     */
    public SoftLabelPlan {
        checkAtLeast("mixup", mixup, 0);
        check("distill", distill, distill >= 0 && distill <= 1, "0 to 1");
        checkAbove0("distillTemperature", distillTemperature);
        check(
                "distillTemperature",
                distillTemperature,
                distillTemperature == 1 || distill > 0,
                "1.0, the default, as distill is 0");
    }

    /**
     * Creates a plan of temperature 1.
     *
     * @param mixup α of mix-up, at least 0
     * @param distill the part of the labels that comes from a teacher network, 0 to 1
     * @throws IllegalArgumentException if a value is out of range
     */
    public SoftLabelPlan(float mixup, float distill) {
        this(mixup, distill, 1);
    }

    boolean isNone() {
        return equals(NONE);
    }
}
