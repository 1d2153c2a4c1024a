package io.github.lovaszdjl.app.check;

import java.util.List;

/**
 * What was found of a loss with some of its options.
 *
 * @param loss its name
 * @param options its options
 * @param comparisons the number of batches and types
 * @param thrown how many of them gave no numbers to compare, as the loss threw
 * @param value the largest error of a value, in parts of what is allowed
 * @param gradient the largest error of a gradient, in parts of what is allowed
 * @param sameBits whether the same input gave the same bits each time
 * @param failures what is wrong, none if all is right
 */
public record LossFinding(
        String loss,
        String options,
        int comparisons,
        int thrown,
        double value,
        double gradient,
        boolean sameBits,
        List<String> failures) {

    /** Returns the loss with its options. */
    String name() {
        return options.isEmpty() ? loss : loss + " (" + options + ")";
    }
}
