package io.github.lovaszdjl.training;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A round of a training: every part takes steps on batches of its own, and the states that they
 * come to are averaged.
 *
 * <p>Batches are those of the epoch in its order. Batch b, from 0, is of part b mod {@code parts},
 * and of round b div ({@code parts} × {@code steps}): every batch is of one part of one round. The
 * last round may be shorter, and its last parts may have a step less, or none.
 *
 * @param epoch the epoch, from 1
 * @param number the round in the epoch, from 0
 * @param parts how many parts there are, at least 1
 * @param steps how many batches each part has in a round that is whole, at least 1
 * @param settings what steps depend on, by name, which a part is compared with before it is
 *     trained; none where there is nothing to compare
 * @serial exclude
 */
public record Round(int epoch, int number, int parts, int steps, Map<String, String> settings)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /**
     * Checks the numbers.
     *
     * @param epoch the epoch, from 1
     * @param number the round in the epoch, from 0
     * @param parts how many parts there are
     * @param steps how many batches each part has
     * @param settings what steps depend on, by name
     * @throws IllegalArgumentException if a number is too small
     */
    public Round {
        Values.check("epoch", epoch, epoch >= 1, "at least 1");
        Values.check("number", number, number >= 0, "at least 0");
        Values.check("parts", parts, parts >= 1, "at least 1");
        Values.check("steps", steps, steps >= 1, "at least 1");
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /**
     * Constructs a round whose parts are not compared with anything.
     *
     * @param epoch the epoch, from 1
     * @param number the round in the epoch, from 0
     * @param parts how many parts there are
     * @param steps how many batches each part has
     * @throws IllegalArgumentException if a number is too small
     */
    public Round(int epoch, int number, int parts, int steps) {
        this(epoch, number, parts, steps, Map.of());
    }

    /**
     * Returns a batch of a part.
     *
     * @param part the part, from 0
     * @param step its step in the round, from 0
     * @return the number of the batch in the epoch, from 0; the epoch may have fewer
     */
    public int batch(int part, int step) {
        return Math.toIntExact(((long) number * steps + step) * parts + part);
    }

    /**
     * Counts the batches of a part.
     *
     * @param part the part, from 0
     * @param batches the number of batches in the epoch
     * @return how many steps it has in this round
     */
    public int countSteps(int part, int batches) {
        long left = (long) batches - part - (long) number * steps * parts;
        return (int) Math.max(0, Math.min(steps, (left + parts - 1) / parts));
    }

    /**
     * Counts the rounds of an epoch.
     *
     * @param batches the number of batches in the epoch
     * @param parts how many parts there are
     * @param steps how many batches each part has in a round
     * @return the number of rounds
     */
    static int count(int batches, int parts, int steps) {
        long whole = (long) parts * steps;
        return (int) ((batches + whole - 1) / whole);
    }
}
