package io.github.lovaszdjl.training;

import java.io.IOException;

/**
 * Has the parts of rounds trained, wherever that is.
 *
 * <p>Every part is trained by a {@link PartTrainer} of the same training; the states that they come
 * to are averaged as {@link StateAverage} does it.
 */
public interface RoundExecutor extends AutoCloseable {

    /**
     * Returns how many parts a round has.
     *
     * @return the number, at least 1, always the same
     */
    int parts();

    /**
     * Trains all parts of a round.
     *
     * @param round the round
     * @param state what it begins with
     * @return what it came to
     * @throws IOException if a part cannot be trained
     * @throws NonFiniteLossException that of the first part that has one
     */
    RoundResult train(Round round, RoundState state) throws IOException;

    /** Gives back what it holds. */
    @Override
    void close();
}
