package io.github.lovaszdjl.app.check;

/**
 * A training step of a U-Net against one that is right.
 *
 * @param against whose that is: of a GPU the CPU's, of a CPU a stored one
 * @param gradientOff the norm of the difference of all gradients in FLOAT64, in parts of their norm
 * @param gradientOffSingle the same in FLOAT32, in which a GPU multiplies with 10 bits (TF32) and
 *     an untrained network multiplies what that rounds
 * @param lossOff the difference of the losses in FLOAT32, in parts of the loss
 * @param right whether gradients in FLOAT64 and losses are as close as rounding leaves them
 */
public record StepComparison(
        String against,
        double gradientOff,
        double gradientOffSingle,
        double lossOff,
        boolean right) {}
