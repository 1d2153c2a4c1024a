package io.github.lovaszdjl.app.page;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The page that shows a search for good values of options, {@code search.ftlh}. */
public final class SearchPage {

    private SearchPage() {}

    /**
     * A trial.
     *
     * @param number its number, from 1
     * @param values its values of the options that are searched
     * @param score its highest validation mean IoU, or NaN
     * @param bestEpoch the epoch of that, or 0
     * @param epochs how many epochs it has
     * @param seconds what they took
     * @param state what became of it, in a word or two
     * @param failure why it failed, if it did
     * @param page the path from this page to its own, with "/" between folders, if it has one
     */
    public record Row(
            int number,
            List<String> values,
            double score,
            int bestEpoch,
            int epochs,
            double seconds,
            String state,
            Optional<String> failure,
            Optional<String> page) {}

    /** Some trials that are trained to an epoch. */
    public record Rung(int trials, int epochs) {}

    /**
     * All that the page shows.
     *
     * @param title the name of the search
     * @param subtitle what is searched
     * @param configuration the options that all trials share
     * @param versions versions of software and names of machines
     * @param names the options that are searched
     * @param rungs how the trials are trained
     * @param rows the trials, the best one first
     * @param charts the scores by trial, and by each of the options
     * @param command the command line that trains as the best trial, once one has a score
     * @param resumeHint how to go on with an unfinished search
     */
    public record Report(
            String title,
            String subtitle,
            Map<String, String> configuration,
            Map<String, String> versions,
            List<String> names,
            List<Rung> rungs,
            List<Row> rows,
            List<ScatterChart> charts,
            Optional<String> command,
            Optional<String> resumeHint) {

        /** Returns the best trial, once there is one. */
        public Optional<Row> best() {
            return command.map(any -> rows.get(0));
        }

        /** Returns how many trials failed. */
        public long failed() {
            return rows.stream().filter(row -> row.failure().isPresent()).count();
        }

        /** Returns how long all trials took. */
        public double seconds() {
            return rows.stream().mapToDouble(Row::seconds).sum();
        }
    }

    /**
     * Writes the page.
     *
     * @param html the file, replaced if it exists
     * @param report what to show
     * @throws IOException if it cannot be written; then the old file is as it was
     */
    public static void write(Path html, Report report) throws IOException {
        Pages.write(html, "search.ftlh", report);
    }
}
