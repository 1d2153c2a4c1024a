package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A trial of a search. What it came to is in its folder alone: a search that goes on reads it
 * there.
 *
 * @param number its number, from 1
 * @param values the options that it has for itself, by their names
 * @param folder its run folder
 */
public record Trial(int number, Map<String, String> values, RunFolder folder) {

    /** Says why a trial failed. */
    private static final String FAILURE = "failed.txt";

    /** The better ones first; of those that are as good, the first one first. */
    static final Comparator<Progress> BEST_FIRST =
            Comparator.comparing((Progress progress) -> progress.failure().isPresent())
                    .thenComparing(
                            progress -> Double.isNaN(progress.score()) ? -1 : progress.score(),
                            Comparator.reverseOrder())
                    .thenComparingInt(progress -> progress.trial().number());

    /**
     * What a trial has come to.
     *
     * @param trial the trial
     * @param epochs how many epochs it has
     * @param score its highest mean IoU on val, NaN where it has none
     * @param bestEpoch the epoch of that, or 0
     * @param seconds the time of all its epochs
     * @param ended whether its training is over, after all epochs or for want of patience
     * @param failure why it failed, if it did
     */
    public record Progress(
            Trial trial,
            int epochs,
            double score,
            int bestEpoch,
            double seconds,
            boolean ended,
            Optional<String> failure) {

        /** Returns that in a word or two. */
        public String state() {
            if (failure.isPresent()) {
                return "failed";
            }
            return ended ? "done" : epochs == 0 ? "to come" : "not continued";
        }
    }

    /** Returns what it has come to. */
    public Progress progress() throws IOException {
        return progress(Integer.MAX_VALUE);
    }

    /**
     * Returns what it had come to after some epochs.
     *
     * @param most how many epochs; those after them are as if they were still to come
     */
    public Progress progress(int most) throws IOException {
        List<EpochReport> all =
                Files.isRegularFile(folder.checkpoint())
                        ? SegmentationTraining.reports(folder.checkpoint())
                        : List.of();
        List<EpochReport> epochs = all.subList(0, Math.min(most, all.size()));
        Optional<EpochReport> best = TrainingResult.best(epochs);
        boolean failed = Files.isRegularFile(folder.file(FAILURE)) && all.size() < most;
        return new Progress(
                this,
                epochs.size(),
                best.map(EpochReport::score).orElse(Double.NaN),
                best.map(EpochReport::epoch).orElse(0),
                epochs.stream().mapToDouble(EpochReport::seconds).sum(),
                all.size() <= most && RunResult.isIn(folder),
                failed
                        ? Optional.of(Files.readString(folder.file(FAILURE)).strip())
                        : Optional.empty());
    }

    /**
     * Tells whether there is nothing to do for it.
     *
     * @param most how many epochs it is to have
     * @param planned how many there are in all; after the last one its best model is evaluated
     */
    public boolean hasReached(int most, int planned) throws IOException {
        Progress progress = progress(most);
        return progress.failure().isPresent()
                || RunResult.isIn(folder)
                || most < planned && progress.epochs() >= most;
    }

    /** Notes that it failed. */
    public void fail(String reason) throws IOException {
        Files.createDirectories(folder.path());
        folder.log("failed: " + reason);
        folder.writeText(FAILURE, reason + "\n");
    }
}
