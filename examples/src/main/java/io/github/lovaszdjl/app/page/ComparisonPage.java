package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.picture.Palette;
import io.github.lovaszdjl.app.table.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The page that shows a comparison of losses, {@code comparison.ftlh}. A loss has a number and a
 * colour, the same everywhere.
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
     * @param summary of the results of the runs that are done
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
            Summary summary,
            String split,
            int images,
            Optional<byte[]> montagePng,
            Optional<String> resumeHint) {

        public Report {
            classNames = List.copyOf(classNames);
            runs = List.copyOf(runs);
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
            summary.losses().forEach(loss -> losses.add(loss.name()));
            return List.copyOf(losses);
        }

        Optional<Summary.Result> result(Run run) {
            return summary.results().stream()
                    .filter(r -> r.loss().equals(run.loss()) && r.seed() == run.seed())
                    .findFirst();
        }
    }

    /**
     * A loss of the comparison.
     *
     * @param name its expression
     * @param summary its results, once there is one
     */
    public record Loss(String name, Optional<Summary.LossSummary> summary) {}

    /**
     * A run in the table of runs.
     *
     * @param run the run
     * @param series the number of its loss, from 0
     * @param result its result, once it is done
     */
    public record RunRow(Run run, int series, Optional<Summary.Result> result) {}

    /**
     * What the template shows.
     *
     * @param report the report
     * @param colors a colour for each class
     * @param losses the losses in their order
     * @param summaries of those that have results; the first is what the others differ from
     * @param best the one of the highest mean IoU
     * @param runs all runs
     * @param hasCurves whether any run has an epoch
     * @param averaged whether any has an average of the weights, which the charts are of then
     * @param meanIou the chart of the validation mean IoU
     * @param pixelAccuracy the chart of the validation pixel accuracy
     * @param trainingLoss the chart of the training loss
     * @param classCharts the charts of the validation IoU of each class
     */
    public record View(
            Report report,
            List<String> colors,
            List<Loss> losses,
            List<Summary.LossSummary> summaries,
            Optional<Summary.LossSummary> best,
            List<RunRow> runs,
            boolean hasCurves,
            boolean averaged,
            LineChart meanIou,
            LineChart pixelAccuracy,
            LineChart trainingLoss,
            List<LineChart> classCharts) {}

    /**
     * Writes the page.
     *
     * @param html the file, replaced if it exists
     * @param report what to show
     * @throws IOException if it cannot be written; then the old file is as it was
     */
    public static void write(Path html, Report report) throws IOException {
        Pages.write(html, "comparison.ftlh", view(report));
    }

    static View view(Report report) {
        List<String> names = report.losses();
        List<Summary.LossSummary> summaries = report.summary().losses();
        List<String> classNames = report.classNames();
        return new View(
                report,
                Show.hex(Palette.of(classNames)),
                names.stream().map(name -> new Loss(name, find(summaries, name))).toList(),
                summaries,
                summaries.stream()
                        .filter(loss -> !Double.isNaN(loss.measures().meanIou().mean()))
                        .max(Comparator.comparingDouble(l -> l.measures().meanIou().mean())),
                report.runs().stream()
                        .map(r -> new RunRow(r, names.indexOf(r.loss()), report.result(r)))
                        .toList(),
                report.runs().stream().anyMatch(run -> !run.epochs().isEmpty()),
                report.runs().stream().anyMatch(run -> RunPage.hasAverage(run.epochs())),
                chart(report, "Validation mean IoU", true, e -> e.counted().meanIou()),
                chart(report, "Validation pixel accuracy", true, e -> e.counted().pixelAccuracy()),
                chart(report, "Training loss", false, ComparisonPage::loss),
                IntStream.range(0, classNames.size())
                        .mapToObj(
                                c ->
                                        new LineChart(
                                                "Validation IoU of "
                                                        + classNames.get(c)
                                                        + " by epoch",
                                                lines(report, e -> e.counted().iou().get(c)),
                                                true,
                                                0,
                                                true))
                        .toList());
    }

    private static Optional<Summary.LossSummary> find(
            List<Summary.LossSummary> summaries, String loss) {
        return summaries.stream().filter(summary -> summary.name().equals(loss)).findFirst();
    }

    private static double loss(RunPage.Epoch epoch) {
        return epoch.losses().values().stream().findFirst().orElse(Double.NaN);
    }

    private static LineChart chart(
            Report report, String what, boolean upToOne, ToDoubleFunction<RunPage.Epoch> value) {
        return new LineChart(what + " by epoch", lines(report, value), upToOne, 0, false);
    }

    /** Returns the curves of all runs, thin, and over them the means of the losses. */
    private static List<LineChart.Line> lines(
            Report report, ToDoubleFunction<RunPage.Epoch> value) {
        List<String> losses = report.losses();
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
                    thin.add(new LineChart.Line(name, i, "", true, curve));
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
}
