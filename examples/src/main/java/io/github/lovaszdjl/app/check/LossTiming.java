package io.github.lovaszdjl.app.check;

/**
 * What a loss takes on an input.
 *
 * @param loss its name
 * @param shape the shape of the logits
 * @param milliseconds the median of forward and backward; null where it was not run or failed
 * @param expectedSeconds how long it would have taken; null where it was run or that is not known
 * @param failure why it failed; null where it did not
 * @param peakBytes the memory it takes; null where that is not known
 * @param synchronizations how often it waits for the device; null where that is not known
 */
public record LossTiming(
        String loss,
        String shape,
        Double milliseconds,
        Double expectedSeconds,
        String failure,
        Long peakBytes,
        Integer synchronizations) {

    /** Returns that a loss was not run, as it would have taken too long. */
    static LossTiming notRun(String loss, String shape, Double expectedSeconds) {
        return new LossTiming(loss, shape, null, expectedSeconds, null, null, null);
    }
}
