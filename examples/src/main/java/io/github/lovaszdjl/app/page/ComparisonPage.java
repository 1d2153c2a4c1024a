package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.picture.Palette;
import io.github.lovaszdjl.app.table.Summary;
import io.github.lovaszdjl.app.table.Table;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * The page that shows a comparison of losses, see {@link Html}. A loss has a number and a colour,
 * the same everywhere.
 */
public final class ComparisonPage {

    private ComparisonPage() {}

    /**
     * A run of the comparison.
     *
     * @param loss the expression of its loss
     * @param seed its seed
     * @param epochs its epochs so far
     * @param page the path from this page to its own, with "/" between folders, if it has one
     */
    public record Run(String loss, long seed, List<RunPage.Epoch> epochs, Optional<String> page) {

        public Run {
            epochs = List.copyOf(epochs);
        }
    }

    /**
     * All that the page shows.
     *
     * @param title the name of the comparison
     * @param subtitle what was trained on what
     * @param configuration the options that all runs share
     * @param versions versions of software and names of machines
     * @param classNames the names of the classes
     * @param runs all runs, also those not done; the first one's loss is the one to compare with
     * @param results the results of the runs that are done
     * @param split the name of the split that the results are of
     * @param images its number of images
     * @param montagePng a picture of predictions
     * @param resumeHint how to go on with an unfinished comparison
     */
    public record Report(
            String title,
            String subtitle,
            Map<String, String> configuration,
            Map<String, String> versions,
            List<String> classNames,
            List<Run> runs,
            List<Summary.Result> results,
            String split,
            int images,
            Optional<byte[]> montagePng,
            Optional<String> resumeHint) {

        public Report {
            classNames = List.copyOf(classNames);
            runs = List.copyOf(runs);
            results = List.copyOf(results);
            for (Run run : runs) {
                for (RunPage.Epoch epoch : run.epochs()) {
                    epoch.validation().checkClasses(classNames);
                }
            }
        }

        /** The losses in their order, whether they have results or not. */
        List<String> losses() {
            Set<String> losses = new LinkedHashSet<>();
            runs.forEach(run -> losses.add(run.loss()));
            results.forEach(result -> losses.add(result.loss()));
            return List.copyOf(losses);
        }

        /** The summary; results are put in the order of the losses. */
        Summary summary() {
            List<String> losses = losses();
            return Summary.of(
                    classNames,
                    results.stream()
                            .sorted(Comparator.comparingInt(r -> losses.indexOf(r.loss())))
                            .toList());
        }

        Optional<Summary.Result> result(Run run) {
            return results.stream()
                    .filter(r -> r.loss().equals(run.loss()) && r.seed() == run.seed())
                    .findFirst();
        }
    }

    /**
     * Writes the page.
     *
     * @param html the file, replaced if it is there
     * @param report what to show
     * @throws IOException if it cannot be written; then the old file is as it was
     */
    public static void write(Path html, Report report) throws IOException {
        List<Color> colors = Palette.of(report.classNames());
        List<String> losses = report.losses();
        Summary summary = report.summary();
        boolean curves = report.runs().stream().anyMatch(run -> !run.epochs().isEmpty());
        Map<String, String> contents = new LinkedHashMap<>();
        contents.put("losses", "Losses");
        StringBuilder body = new StringBuilder(Html.tiles(tiles(report, summary)));
        body.append(Html.section("losses", "Losses", lossTable(report, summary)));
        if (!report.results().isEmpty()) {
            contents.put("classes", "Classes");
            body.append(
                    Html.section(
                            "classes",
                            "Test IoU of each class",
                            classTable(report, summary, colors)));
        }
        if (curves) {
            contents.put("curves", "Curves");
            body.append(Html.section("curves", "Training", curves(report, losses)));
            contents.put("validation", "Classes over time");
            body.append(
                    Html.section(
                            "validation",
                            "Validation IoU of each class",
                            classCurves(report, losses, colors)));
        }
        if (report.montagePng().isPresent()) {
            contents.put("predictions", "Predictions");
            body.append(Html.montage(report.montagePng().get(), report.split()));
        }
        contents.put("runs", "Runs");
        body.append(Html.section("runs", "Runs", runTable(report, losses)));
        contents.put("configuration", "Configuration");
        body.append(Html.facts(report.configuration(), report.versions()));
        contents.put("meaning", "What the figures mean");
        body.append(Html.meaning(meaning()));
        Html.write(
                html,
                Html.page(
                        "Comparison of losses",
                        report.title(),
                        report.subtitle(),
                        notice(report),
                        body.toString(),
                        contents));
    }

    private static String notice(Report report) {
        long done = report.runs().stream().filter(r -> report.result(r).isPresent()).count();
        String notice =
                done == report.runs().size()
                        ? ""
                        : "Unfinished: " + done + " of " + report.runs().size() + " runs done.";
        String hint = report.resumeHint().map(h -> " " + h).orElse("");
        return (notice + hint).isBlank() ? "" : Html.notice((notice + hint).strip());
    }

    private static List<Html.Tile> tiles(Report report, Summary summary) {
        List<Html.Tile> tiles = new ArrayList<>();
        Optional<Summary.LossSummary> best =
                summary.losses().stream()
                        .filter(l -> !Double.isNaN(l.measures().meanIou().mean()))
                        .max(Comparator.comparingDouble(l -> l.measures().meanIou().mean()));
        if (best.isPresent()) {
            Summary.LossSummary loss = best.get();
            Summary.Measures measures = loss.measures();
            tiles.add(
                    new Html.Tile(
                            "Highest mean IoU",
                            measures.meanIou().text("%.3f", measures.runs()),
                            loss.name()
                                    + ", "
                                    + measures.runs()
                                    + (measures.runs() == 1 ? " seed" : " seeds")
                                    + ", on the "
                                    + report.split()
                                    + " split"));
            if (loss.difference().runs() > 0) {
                int pairs = loss.difference().runs();
                tiles.add(
                        new Html.Tile(
                                "Difference",
                                loss.difference().meanIou().text("%+.3f", pairs),
                                "to "
                                        + summary.losses().get(0).name()
                                        + ", in "
                                        + pairs
                                        + (pairs == 1 ? " pair" : " pairs")
                                        + " of runs of one seed"));
            }
            tiles.add(
                    new Html.Tile(
                            "Its pixel accuracy",
                            measures.pixelAccuracy().text("%.3f", measures.runs()),
                            "on the " + report.images() + " images of the split"));
        }
        int all = report.runs().size();
        String of = "of " + all + (all == 1 ? " run" : " runs") + ", each of a loss and a seed";
        tiles.add(new Html.Tile("Runs done", String.valueOf(report.results().size()), of));
        return tiles;
    }

    private static String lossTable(Report report, Summary summary) {
        StringBuilder table = new StringBuilder();
        table.append(
                """
                <table class="wide">
                <thead><tr><th scope="col" class="name">loss</th><th scope="col">seeds</th><th scope="col">mean IoU</th>
                <th scope="col">difference</th><th scope="col">pixel accuracy</th><th scope="col">difference</th>
                <th scope="col">seconds</th></tr></thead>
                <tbody>
                """);
        double best =
                summary.losses().stream()
                        .mapToDouble(l -> l.measures().meanIou().mean())
                        .filter(v -> !Double.isNaN(v))
                        .max()
                        .orElse(Double.NaN);
        List<String> losses = report.losses();
        for (int i = 0; i < losses.size(); i++) {
            String name = losses.get(i);
            table.append("<tr><th scope=\"row\" class=\"name\">")
                    .append(Html.badge(i))
                    .append(' ')
                    .append(Html.escape(name))
                    .append("</th>");
            Optional<Summary.LossSummary> some = find(summary, name);
            if (some.isEmpty()) {
                table.append(
                        "<td>0</td><td class=\"left absent\" colspan=\"5\">no run is done</td>");
            } else {
                Summary.Measures m = some.get().measures();
                Summary.Measures d = some.get().difference();
                boolean first = some.get() == summary.losses().get(0);
                table.append("<td>").append(m.runs()).append("</td>");
                table.append(m.meanIou().mean() == best ? "<td class=\"best\">" : "<td>")
                        .append(m.meanIou().text("%.3f", m.runs()))
                        .append("</td>");
                table.append(difference(first, d.meanIou(), d.runs()));
                table.append("<td>%s</td>".formatted(m.pixelAccuracy().text("%.3f", m.runs())));
                table.append(difference(first, d.pixelAccuracy(), d.runs()));
                table.append("<td>%s</td>".formatted(m.seconds().text("%.1f", m.runs())));
            }
            table.append("</tr>\n");
        }
        table.append("</tbody></table>\n");
        String note =
                "On the "
                        + report.split()
                        + " split. Mean ± sample standard deviation over the seeds; the difference"
                        + " is that to the first loss in runs of the same seed.";
        return Html.paragraph(note) + Html.scroll("Losses", table.toString());
    }

    private static Optional<Summary.LossSummary> find(Summary summary, String loss) {
        return summary.losses().stream().filter(l -> l.name().equals(loss)).findFirst();
    }

    private static String difference(boolean first, Summary.Spread spread, int pairs) {
        return first
                ? "<td class=\"absent\">first</td>"
                : "<td>" + spread.text("%+.3f", pairs) + "</td>";
    }

    private static String classTable(Report report, Summary summary, List<Color> colors) {
        List<String> losses = report.losses();
        StringBuilder table = new StringBuilder();
        table.append(
                """
                <table class="wide">
                <thead><tr><th scope="col">class</th><th scope="col">loss</th><th scope="col" class="left">IoU</th>
                <th scope="col"><span class="hidden">IoU as a number</span></th><th scope="col">difference</th></tr></thead>
                """);
        for (int c = 0; c < report.classNames().size(); c++) {
            table.append("<tbody class=\"group\">\n");
            String head =
                    "<th scope=\"rowgroup\" rowspan=\"%d\">%s</th>"
                            .formatted(
                                    summary.losses().size(),
                                    Html.className(report.classNames().get(c), colors.get(c)));
            for (Summary.LossSummary loss : summary.losses()) {
                int series = losses.indexOf(loss.name());
                Summary.Spread iou = loss.measures().iou().get(c);
                table.append("<tr>").append(head);
                head = "";
                table.append("<td title=\"%s\">".formatted(Html.escape(loss.name())))
                        .append(Html.badge(series))
                        .append("</td>");
                if (iou.count() == 0) {
                    table.append("<td class=\"left absent\" colspan=\"2\">does not occur</td>");
                } else {
                    table.append("<td class=\"bar\">")
                            .append(Html.bar(Html.fill(series), "", iou.mean(), iou.deviation()))
                            .append("</td><td>")
                            .append(iou.text("%.3f", loss.measures().runs()))
                            .append("</td>");
                }
                boolean first = loss == summary.losses().get(0);
                int pairs = loss.difference().runs();
                table.append(difference(first, loss.difference().iou().get(c), pairs))
                        .append("</tr>\n");
            }
            table.append("</tbody>\n");
        }
        table.append("</table>\n");
        String note =
                "On the "
                        + report.split()
                        + " split, mean over the seeds; the line on a bar is one standard deviation"
                        + " to each side.";
        return Html.paragraph(note)
                + legend(losses)
                + Html.scroll("Test IoU of each class", table.toString());
    }

    private static String legend(List<String> losses) {
        StringBuilder list = new StringBuilder("<ul class=\"legend\">");
        for (int i = 0; i < losses.size(); i++) {
            list.append("<li>%s %s</li>".formatted(Html.badge(i), Html.escape(losses.get(i))));
        }
        return list.append("</ul>\n").toString();
    }

    private static String curves(Report report, List<String> losses) {
        String note =
                "A thin line is a run, a bold one the mean over the seeds, as far as all of them"
                        + " got. Values of an epoch show where the mouse rests on it. The training"
                        + " loss of each loss has a scale of its own.";
        return Html.paragraph(note)
                + legend(losses)
                + "<div class=\"charts\">\n"
                + new LineChart(
                                "Validation mean IoU by epoch",
                                lines(report, losses, e -> e.validation().meanIou()),
                                true,
                                0,
                                false)
                        .figure("Validation mean IoU", List.of())
                + new LineChart(
                                "Validation pixel accuracy by epoch",
                                lines(report, losses, e -> e.validation().pixelAccuracy()),
                                true,
                                0,
                                false)
                        .figure("Validation pixel accuracy", List.of())
                + new LineChart(
                                "Training loss by epoch",
                                lines(report, losses, ComparisonPage::loss),
                                false,
                                0,
                                false)
                        .figure("Training loss", List.of())
                + "</div>\n";
    }

    private static double loss(RunPage.Epoch epoch) {
        return epoch.losses().values().stream().findFirst().orElse(Double.NaN);
    }

    private static String classCurves(Report report, List<String> losses, List<Color> colors) {
        StringBuilder charts = new StringBuilder(legend(losses) + "<div class=\"small\">\n");
        for (int i = 0; i < report.classNames().size(); i++) {
            int c = i;
            String name = report.classNames().get(c);
            charts.append(
                    new LineChart(
                                    "Validation IoU of " + name + " by epoch",
                                    lines(report, losses, e -> e.validation().iou().get(c)),
                                    true,
                                    0,
                                    true)
                            .figure(Html.className(name, colors.get(c)), List.of()));
        }
        return charts.append("</div>\n").toString();
    }

    /** Returns the curves of all runs, thin, and over them the means of the losses. */
    private static List<LineChart.Line> lines(
            Report report, List<String> losses, ToDoubleFunction<RunPage.Epoch> value) {
        List<LineChart.Line> thin = new ArrayList<>();
        List<LineChart.Line> bold = new ArrayList<>();
        for (int i = 0; i < losses.size(); i++) {
            String loss = losses.get(i);
            List<double[]> curves = new ArrayList<>();
            for (Run run : report.runs()) {
                if (run.loss().equals(loss) && !run.epochs().isEmpty()) {
                    double[] curve = RunPage.values(run.epochs(), value);
                    curves.add(curve);
                    String name = loss + ", seed " + run.seed();
                    thin.add(new LineChart.Line(name, Html.stroke(i), "", true, curve));
                }
            }
            if (curves.size() == 1) {
                thin.remove(thin.size() - 1);
            }
            bold.add(LineChart.Line.of(loss, i, mean(curves)));
        }
        thin.addAll(bold);
        return thin;
    }

    /** Returns the mean of the epochs that every curve has: over fewer it would jump. */
    private static double[] mean(List<double[]> curves) {
        int epochs = curves.stream().mapToInt(curve -> curve.length).min().orElse(0);
        double[] mean = new double[epochs];
        Arrays.setAll(
                mean, e -> curves.stream().mapToDouble(c -> c[e]).average().orElse(Double.NaN));
        return mean;
    }

    private static String runTable(Report report, List<String> losses) {
        StringBuilder table = new StringBuilder();
        table.append(
                """
                <table class="wide">
                <thead><tr><th scope="col" class="name">loss</th><th scope="col">seed</th><th scope="col">epochs</th>
                <th scope="col">mean IoU</th><th scope="col">pixel accuracy</th><th scope="col">seconds</th>
                <th scope="col">page</th></tr></thead>
                <tbody>
                """);
        for (Run run : report.runs()) {
            Optional<Summary.Result> result = report.result(run);
            String page = run.page().map(p -> Html.link(Html.relative(p), "report")).orElse("-");
            table.append(
                    String.format(
                            Locale.ROOT,
                            "<tr><th scope=\"row\" class=\"name\">%s %s</th><td>%d</td><td>%d</td>",
                            Html.badge(losses.indexOf(run.loss())),
                            Html.escape(run.loss()),
                            run.seed(),
                            run.epochs().size()));
            table.append(
                    result.map(
                                    r ->
                                            "<td>%s</td><td>%s</td><td>%s</td>"
                                                    .formatted(
                                                            Html.score(r.scores().meanIou()),
                                                            Html.score(r.scores().pixelAccuracy()),
                                                            Table.number("%.1f", r.seconds())))
                            .orElse("<td class=\"left absent\" colspan=\"3\">not done</td>"));
            table.append("<td>").append(page).append("</td></tr>\n");
        }
        table.append("</tbody></table>\n");
        return Html.scroll("Runs", table.toString());
    }

    private static Map<String, String> meaning() {
        Map<String, String> terms = new LinkedHashMap<>(RunPage.scoreMeaning());
        terms.put(
                "±",
                "The sample standard deviation over the seeds: how much a result changes with the"
                        + " first weights and the order of the images alone. One seed has none.");
        terms.put(
                "Difference",
                "A loss minus the first one, run by run of the same seed: both began with the same"
                        + " weights and saw the same batches. Its mean ± the deviation of these"
                        + " differences. A difference that is not well above its deviation may be"
                        + " chance, above all of few seeds.");
        terms.put(
                "2 of 3",
                "In that many of the runs, or pairs of runs, the class occurred; the others are"
                        + " left out of this figure.");
        terms.put("Seconds", "The time all epochs of a run took, validation included.");
        return terms;
    }
}
