package io.github.lovaszdjl.training;

import java.util.Comparator;
import java.util.List;

/**
 * What a round of a training did, for a {@link TrainingCallback}.
 *
 * @param round the round
 * @param rounds how many rounds the epoch has
 * @param batches how many batches the epoch has
 * @param parts what the parts did, in their order
 * @param bytes how many bytes went between processes, as far as is known
 * @param seconds the time it took in all
 */
public record RoundReport(
        Round round, int rounds, int batches, List<PartReport> parts, long bytes, double seconds) {

    /**
     * Copies the list.
     *
     * @param round the round
     * @param rounds how many rounds the epoch has
     * @param batches how many batches the epoch has
     * @param parts what the parts did
     * @param bytes how many bytes went between processes
     * @param seconds the time it took in all
     */
    public RoundReport {
        parts = List.copyOf(parts);
    }

    /**
     * Returns the time in which no part was trained.
     *
     * @return what is left of the round beside its longest part, in seconds
     */
    public double communicationSeconds() {
        return Math.max(
                0, seconds - parts.stream().mapToDouble(PartReport::seconds).max().orElse(0));
    }

    /**
     * Returns the batches of all parts.
     *
     * @return the batches in the order of the epoch
     */
    public List<PartReport.PartBatch> allBatches() {
        return parts.stream()
                .flatMap(part -> part.batches().stream())
                .sorted(Comparator.comparingInt(PartReport.PartBatch::number))
                .toList();
    }
}
