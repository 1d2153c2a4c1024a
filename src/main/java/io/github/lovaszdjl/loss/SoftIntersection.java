package io.github.lovaszdjl.loss;

/**
 * What a soft loss takes for the intersection of predicted probabilities p and labels y, each in
 * [0, 1]. Of labels 0 and 1 both are the same.
 */
public enum SoftIntersection {
    /** Σ min(p, y) = ½ (‖p‖₁ + ‖y‖₁ − ‖p − y‖₁), as in JML1 and DML1. */
    MINIMUM,
    /** Σ p · y, as in JML2 and DML2. */
    PRODUCT
}
