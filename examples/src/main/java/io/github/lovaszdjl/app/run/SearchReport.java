package io.github.lovaszdjl.app.run;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.SearchRange;
import io.github.lovaszdjl.app.options.SearchSpace;
import io.github.lovaszdjl.app.page.ScatterChart;
import io.github.lovaszdjl.app.page.SearchPage;
import io.github.lovaszdjl.app.run.Trial.Progress;
import io.github.lovaszdjl.app.table.Csv;
import io.github.lovaszdjl.app.table.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a search shows: its table on the console, in {@code tune.csv} and {@code tune.json}, and its
 * page.
 *
 * @param folder its folder
 * @param space what is searched
 * @param rungs how the trials are trained
 * @param options the options of the command, by name
 * @param commandLine the command line that trains as a trial does
 * @param resumeCommand the command that goes on with the search
 */
public record SearchReport(
        RunFolder folder,
        SearchSpace space,
        List<Rung> rungs,
        Map<String, String> options,
        Function<Trial, String> commandLine,
        String resumeCommand) {

    /** More numbers of trials than this do not fit an axis. */
    private static final int MAX_TICKS = 6;

    /**
     * Returns the trials that go on to the next rung.
     *
     * @param trials those of the rung before
     * @param epochs the epochs that these have, or 0 where nothing is trained yet
     * @param most how many go on
     */
    public static List<Trial> best(List<Trial> trials, int epochs, int most) throws IOException {
        if (epochs == 0) {
            return trials;
        }
        return ranked(trials, epochs).stream()
                .filter(progress -> progress.failure().isEmpty())
                .limit(most)
                .map(Progress::trial)
                .toList();
    }

    private static List<Progress> ranked(List<Trial> trials, int epochs) throws IOException {
        List<Progress> all = new ArrayList<>();
        for (Trial trial : trials) {
            all.add(trial.progress(epochs));
        }
        all.sort(Trial.BEST_FIRST);
        return all;
    }

    private static Optional<Progress> best(List<Progress> ranked) {
        return ranked.stream()
                .findFirst()
                .filter(first -> first.failure().isEmpty() && !Double.isNaN(first.score()));
    }

    /** Returns the command line that trains as the best trial, if one has a score. */
    public Optional<String> bestCommand(List<Trial> trials) throws IOException {
        return best(ranked(trials, Integer.MAX_VALUE)).map(Progress::trial).map(commandLine);
    }

    /** Returns the table for a console, the best trial first. */
    public String table(List<Trial> trials) throws IOException {
        return Table.text(cells(ranked(trials, Integer.MAX_VALUE), "%.4f", "%.1f"));
    }

    private List<List<String>> cells(List<Progress> all, String score, String time) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(
                Stream.of(
                                Stream.of("trial"),
                                space.ranges().keySet().stream(),
                                Stream.of("mean IoU", "best epoch", "epochs", "seconds", "state"))
                        .flatMap(names -> names)
                        .toList());
        for (Progress progress : all) {
            List<String> row = new ArrayList<>(List.of("" + progress.trial().number()));
            row.addAll(progress.trial().values().values());
            row.add(Table.number(score, progress.score()));
            row.add(progress.bestEpoch() == 0 ? "-" : "" + progress.bestEpoch());
            row.add("" + progress.epochs());
            row.add(Table.number(time, progress.seconds()));
            row.add(progress.state());
            cells.add(row);
        }
        return cells;
    }

    /**
     * Writes the files.
     *
     * @param done whether the search is over
     */
    public void write(List<Trial> trials, boolean done) throws IOException {
        List<Progress> ranked = ranked(trials, Integer.MAX_VALUE);
        Csv.write(folder.file("tune.csv"), cells(ranked, "%.6f", "%.6f"));
        writeJson(ranked);
        SearchPage.write(folder.file(Reports.NAME), page(ranked, done));
    }

    private void writeJson(List<Progress> ranked) throws IOException {
        JsonArray rows = new JsonArray();
        for (Progress progress : ranked) {
            JsonObject values = new JsonObject();
            progress.trial().values().forEach(values::addProperty);
            JsonObject row = new JsonObject();
            row.addProperty("trial", progress.trial().number());
            row.addProperty("folder", name(progress.trial()));
            row.add("values", values);
            row.addProperty("meanIou", Double.isNaN(progress.score()) ? null : progress.score());
            row.addProperty("bestEpoch", progress.bestEpoch() == 0 ? null : progress.bestEpoch());
            row.addProperty("epochs", progress.epochs());
            row.addProperty("seconds", progress.seconds());
            row.addProperty("state", progress.state());
            row.addProperty("failure", progress.failure().orElse(null));
            rows.add(row);
        }
        JsonArray steps = new JsonArray();
        for (Rung rung : rungs) {
            JsonObject step = new JsonObject();
            step.addProperty("trials", rung.trials());
            step.addProperty("epochs", rung.epochs());
            steps.add(step);
        }
        JsonObject json = new JsonObject();
        json.addProperty("split", "val");
        json.add("rungs", steps);
        json.add("trials", rows);
        json.addProperty("best", best(ranked).map(Progress::trial).map(commandLine).orElse(null));
        folder.writeText(
                "tune.json",
                new GsonBuilder()
                                .serializeNulls()
                                .setPrettyPrinting()
                                .disableHtmlEscaping()
                                .create()
                                .toJson(json)
                        + "\n");
    }

    private static String name(Trial trial) {
        return trial.folder().path().getFileName().toString();
    }

    private SearchPage.Report page(List<Progress> ranked, boolean done) {
        Map<String, String> shown = new LinkedHashMap<>(options);
        // What a trial has in their place is in the table.
        shown.keySet().removeAll(space.ranges().keySet());
        List<SearchPage.Row> rows = new ArrayList<>();
        for (Progress progress : ranked) {
            boolean hasPage = progress.epochs() > 0;
            rows.add(
                    new SearchPage.Row(
                            progress.trial().number(),
                            List.copyOf(progress.trial().values().values()),
                            progress.score(),
                            progress.bestEpoch(),
                            progress.epochs(),
                            progress.seconds(),
                            progress.state(),
                            progress.failure(),
                            hasPage
                                    ? Optional.of(name(progress.trial()) + "/" + Reports.NAME)
                                    : Optional.empty()));
        }
        return new SearchPage.Report(
                "Search on " + options.get("data"),
                space.ranges().size() == 1
                        ? "Of " + space.ranges().keySet().iterator().next()
                        : "Of " + String.join(", ", space.ranges().keySet()),
                shown,
                ConfigFile.versions(),
                List.copyOf(space.ranges().keySet()),
                rungs.stream().map(r -> new SearchPage.Rung(r.trials(), r.epochs())).toList(),
                rows,
                charts(ranked),
                best(ranked).map(Progress::trial).map(commandLine),
                done ? Optional.empty() : Optional.of("Go on with: " + resumeCommand));
    }

    private List<ScatterChart> charts(List<Progress> ranked) {
        int trials = ranked.size();
        int every = Math.max(1, (trials + MAX_TICKS - 1) / MAX_TICKS);
        List<ScatterChart> charts = new ArrayList<>();
        charts.add(
                chart(
                        "trial",
                        IntStream.iterate(1, i -> i <= trials, i -> i + every)
                                .mapToObj(i -> new ScatterChart.Tick((i - 0.5) / trials, "" + i))
                                .toList(),
                        ranked,
                        progress -> (progress.trial().number() - 0.5) / trials));
        space.ranges()
                .forEach(
                        (name, range) ->
                                charts.add(
                                        chart(
                                                name,
                                                ticks(range),
                                                ranked,
                                                p ->
                                                        range.position(
                                                                p.trial().values().get(name)))));
        return charts;
    }

    private static List<ScatterChart.Tick> ticks(SearchRange range) {
        return range.shown().stream()
                .map(value -> new ScatterChart.Tick(range.position(value), value))
                .toList();
    }

    private ScatterChart chart(
            String axis,
            List<ScatterChart.Tick> ticks,
            List<Progress> ranked,
            ToDoubleFunction<Progress> position) {
        int best = best(ranked).map(progress -> progress.trial().number()).orElse(0);
        List<ScatterChart.Dot> dots = new ArrayList<>();
        for (Progress progress : ranked) {
            Trial trial = progress.trial();
            String told =
                    "trial "
                            + trial.number()
                            + "\n"
                            + String.join(
                                    "\n",
                                    trial.values().entrySet().stream()
                                            .map(e -> e.getKey() + ": " + e.getValue())
                                            .toList());
            dots.add(
                    new ScatterChart.Dot(
                            position.applyAsDouble(progress),
                            progress.failure().isPresent() ? Double.NaN : progress.score(),
                            trial.number() == best
                                    ? ScatterChart.Kind.BEST
                                    : progress.ended()
                                            ? ScatterChart.Kind.WHOLE
                                            : ScatterChart.Kind.PART,
                            told));
        }
        return new ScatterChart(axis, ticks, dots);
    }
}
