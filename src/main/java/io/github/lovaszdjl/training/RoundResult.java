package io.github.lovaszdjl.training;

import java.util.List;

/**
 * What a round came to.
 *
 * @param state the mean of the states of the parts; of {@link RoundState#updates}, the largest
 * @param parts what the parts did, in their order
 * @param bytes how many bytes went between processes, as far as is known
 */
public record RoundResult(RoundState state, List<PartReport> parts, long bytes) {

    /**
     * Copies the list.
     *
     * @param state the mean of the states
     * @param parts what the parts did
     * @param bytes how many bytes went between processes
     */
    public RoundResult {
        parts = List.copyOf(parts);
    }
}
