package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.picture.Confusion;
import io.github.lovaszdjl.app.picture.Palette;
import io.github.lovaszdjl.app.table.Scores;
import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** The page that shows a run: one file, to be read in any browser, see {@link Html}. */
public final class RunPage {

    /** With more classes than this the confusion matrix is set closer. */
    private static final int DENSE = 12;

    private RunPage() {}

    /**
     * An epoch.
     *
     * @param epoch its number, from 1
     * @param learningRate the learning rate at its start
     * @param losses the mean training loss by name: the loss, then its parts if it has some
     * @param validation the scores on the validation set after it
     * @param imagesPerSecond the images trained with in a second; NaN if unknown
     * @param waitShare the share of the training time spent waiting for data; NaN if unknown
     * @param seconds the time it took in all
     */
    public record Epoch(
            int epoch,
            double learningRate,
            Map<String, Double> losses,
            Scores validation,
            double imagesPerSecond,
            double waitShare,
            double seconds) {

        public Epoch {
            if (epoch < 1) {
                throw new IllegalArgumentException("epoch: expected 1 or more, got " + epoch);
            }
            losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
        }
    }

    /**
     * How the model did on the test split.
     *
     * @param split the name of the split
     * @param images its number of images
     * @param matrix the counts of its pixels
     * @param perImageMeanIou the mean over images of the mean IoU of each; NaN if unknown
     */
    public record Result(
            String split, int images, ConfusionMatrix matrix, double perImageMeanIou) {}

    /**
     * All that the page shows.
     *
     * @param title the name of the run
     * @param subtitle what was trained on what
     * @param configuration the options, by name, in the order to show them in
     * @param versions versions of software and names of machines
     * @param classNames the names of the classes
     * @param plannedEpochs how many epochs there are to be; the run is unfinished with fewer
     * @param epochs those done
     * @param bestEpoch the epoch whose weights are kept and tested, or 0 before the first
     * @param test the result, once there is one
     * @param montagePng a picture of predictions
     * @param resumeHint how to go on with an unfinished run
     */
    public record Report(
            String title,
            String subtitle,
            Map<String, String> configuration,
            Map<String, String> versions,
            List<String> classNames,
            int plannedEpochs,
            List<Epoch> epochs,
            int bestEpoch,
            Optional<Result> test,
            Optional<byte[]> montagePng,
            Optional<String> resumeHint) {

        public Report {
            classNames = List.copyOf(classNames);
            epochs = List.copyOf(epochs);
            for (Epoch epoch : epochs) {
                epoch.validation().checkClasses(classNames);
            }
            if (test.isPresent()) {
                Confusion.checkClasses(classNames, test.get().matrix());
            }
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
        StringBuilder body = new StringBuilder(Html.tiles(tiles(report)));
        Map<String, String> contents = new LinkedHashMap<>();
        if (!report.epochs().isEmpty()) {
            contents.put("curves", "Curves");
            body.append(Html.section("curves", "Training", curves(report)));
            contents.put("validation", "Classes over time");
            body.append(
                    Html.section(
                            "validation",
                            "Validation IoU of each class",
                            Html.paragraph("After each epoch; the number is that of the last.")
                                    + classCurves(report, colors)));
        }
        if (report.test().isPresent()) {
            Result test = report.test().get();
            contents.put("classes", "Test result");
            body.append(
                    Html.section(
                            "classes",
                            "Test result of each class",
                            classTable(test, report.classNames(), colors)));
            contents.put("confusion", "Confusion matrix");
            body.append(
                    Html.section(
                            "confusion",
                            "Confusion matrix",
                            heatMap(test.matrix(), report.classNames(), colors)));
        }
        if (report.montagePng().isPresent()) {
            contents.put("predictions", "Predictions");
            String split = report.test().map(Result::split).orElse("test");
            body.append(Html.montage(report.montagePng().get(), split));
        }
        contents.put("configuration", "Configuration");
        body.append(Html.facts(report.configuration(), report.versions()));
        contents.put("meaning", "What the figures mean");
        body.append(Html.meaning(meaning()));
        Html.write(
                html,
                Html.page(
                        "Training run",
                        report.title(),
                        report.subtitle(),
                        notice(report),
                        body.toString(),
                        contents));
    }

    private static String notice(Report report) {
        String notice = "";
        int done = report.epochs().size();
        if (done < report.plannedEpochs() && report.test().isEmpty()) {
            notice = "Unfinished: " + done + " of " + report.plannedEpochs() + " epochs done.";
        } else if (report.test().isEmpty()) {
            notice = "The model has not been tested yet.";
        }
        String hint = report.resumeHint().map(h -> " " + h).orElse("");
        return (notice + hint).isBlank() ? "" : Html.notice((notice + hint).strip());
    }

    private static List<Html.Tile> tiles(Report report) {
        List<Html.Tile> tiles = new ArrayList<>();
        List<Epoch> epochs = report.epochs();
        if (report.test().isPresent()) {
            Result test = report.test().get();
            String where = "on the " + test.images() + " images of the " + test.split() + " split";
            String perImage =
                    Double.isNaN(test.perImageMeanIou())
                            ? ""
                            : "; " + Html.score(test.perImageMeanIou()) + " image by image";
            tiles.add(
                    new Html.Tile(
                            "Mean IoU", Html.score(test.matrix().meanIou()), where + perImage));
            tiles.add(
                    new Html.Tile(
                            "Pixel accuracy", Html.score(test.matrix().pixelAccuracy()), where));
        }
        if (report.bestEpoch() > 0) {
            String validation =
                    epochs.stream()
                            .filter(e -> e.epoch() == report.bestEpoch())
                            .map(
                                    e ->
                                            "; validation mean IoU "
                                                    + Html.score(e.validation().meanIou()))
                            .findFirst()
                            .orElse("");
            int all = Math.max(report.plannedEpochs(), epochs.size());
            String hint = "of " + all + validation;
            tiles.add(new Html.Tile("Best epoch", String.valueOf(report.bestEpoch()), hint));
        }
        if (!epochs.isEmpty()) {
            double rate = median(epochs, Epoch::imagesPerSecond);
            double wait = 100 * median(epochs, Epoch::waitShare);
            double seconds = epochs.stream().mapToDouble(Epoch::seconds).sum();
            String median = "in training; median of the epochs";
            tiles.add(new Html.Tile("Images per second", Table.number("%.1f", rate), median));
            tiles.add(
                    new Html.Tile(
                            "Waiting for data",
                            Double.isNaN(wait) ? "-" : Table.number("%.1f", wait) + " %",
                            "of the training time; median of the epochs"));
            tiles.add(new Html.Tile("Time", Html.duration(seconds), "all epochs, with validation"));
        } else {
            tiles.add(new Html.Tile("Epochs", "0", "of " + report.plannedEpochs()));
        }
        return tiles;
    }

    private static double median(List<Epoch> epochs, ToDoubleFunction<Epoch> value) {
        double[] sorted =
                epochs.stream().mapToDouble(value).filter(Double::isFinite).sorted().toArray();
        int n = sorted.length;
        return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }

    private static String curves(Report report) {
        List<LineChart.Line> losses = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        report.epochs().forEach(epoch -> names.addAll(epoch.losses().keySet()));
        for (String name : names) {
            double[] values =
                    values(report.epochs(), e -> e.losses().getOrDefault(name, Double.NaN));
            losses.add(LineChart.Line.of(name, losses.size(), values));
        }
        List<LineChart.Line> scores =
                List.of(
                        LineChart.Line.of(
                                "mean IoU",
                                0,
                                values(report.epochs(), e -> e.validation().meanIou())),
                        LineChart.Line.of(
                                "pixel accuracy",
                                1,
                                values(report.epochs(), e -> e.validation().pixelAccuracy())));
        List<LineChart.Line> rate =
                List.of(
                        LineChart.Line.of(
                                "learning rate", 0, values(report.epochs(), Epoch::learningRate)));
        String note = report.bestEpoch() > 0 ? " The dashed line is the best epoch." : "";
        return Html.paragraph("Values of an epoch show where the mouse rests on it." + note)
                + "<div class=\"charts\">\n"
                + new LineChart("Training loss by epoch", losses, false, report.bestEpoch(), false)
                        .figure(
                                losses.size() > 1 ? "Training loss and its parts" : "Training loss",
                                losses)
                + new LineChart("Validation by epoch", scores, true, report.bestEpoch(), false)
                        .figure("Validation", scores)
                + new LineChart("Learning rate by epoch", rate, false, report.bestEpoch(), false)
                        .figure("Learning rate", List.of())
                + "</div>\n";
    }

    /** Returns one value of each epoch, in the place of its number, NaN where there is none. */
    static double[] values(List<Epoch> epochs, ToDoubleFunction<Epoch> value) {
        double[] values = new double[epochs.stream().mapToInt(Epoch::epoch).max().orElse(0)];
        Arrays.fill(values, Double.NaN);
        epochs.forEach(epoch -> values[epoch.epoch() - 1] = value.applyAsDouble(epoch));
        return values;
    }

    private static String classCurves(Report report, List<Color> colors) {
        StringBuilder charts = new StringBuilder("<div class=\"small\">\n");
        for (int i = 0; i < report.classNames().size(); i++) {
            int c = i;
            String name = report.classNames().get(c);
            double[] values = values(report.epochs(), e -> e.validation().iou().get(c));
            LineChart.Line line =
                    new LineChart.Line("IoU", "", Html.hex(colors.get(c)), false, values);
            String title = "Validation IoU of " + name + " by epoch";
            String heading =
                    Html.className(name, colors.get(c))
                            + " "
                            + Html.score(values[values.length - 1]);
            charts.append(
                    new LineChart(title, List.of(line), true, report.bestEpoch(), true)
                            .figure(heading, List.of()));
        }
        return charts.append("</div>\n").toString();
    }

    private static String classTable(Result test, List<String> classNames, List<Color> colors) {
        ConfusionMatrix matrix = test.matrix();
        StringBuilder table = new StringBuilder();
        table.append(
                """
                <table class="wide">
                <thead><tr><th scope="col">class</th><th scope="col" class="left">IoU</th>
                <th scope="col"><span class="hidden">IoU as a number</span></th><th scope="col">precision</th>
                <th scope="col">recall</th><th scope="col">true pixels</th></tr></thead>
                <tbody>
                """);
        for (int c = 0; c < classNames.size(); c++) {
            table.append("<tr><th scope=\"row\">")
                    .append(Html.className(classNames.get(c), colors.get(c)))
                    .append("</th>");
            if (Double.isNaN(matrix.iou(c))) {
                table.append("<td class=\"left absent\" colspan=\"2\">does not occur</td>");
            } else {
                String style = "background:" + Html.hex(colors.get(c)) + ";";
                table.append("<td class=\"bar\">")
                        .append(Html.bar("class", style, matrix.iou(c), 0))
                        .append("</td><td class=\"best\">")
                        .append(Html.score(matrix.iou(c)))
                        .append("</td>");
            }
            String share =
                    Confusion.percent(Confusion.truePixels(matrix, c), matrix.total(), 1) + " %";
            table.append(
                    "<td>%s</td><td>%s</td><td>%s</td></tr>\n"
                            .formatted(
                                    Html.score(matrix.precision(c)),
                                    Html.score(matrix.accuracy(c)),
                                    Html.escape(share)));
        }
        table.append("</tbody></table>\n");
        String note = "On the " + test.split() + " split, " + matrix.total() + " pixels.";
        return Html.paragraph(note) + Html.scroll("Test result of each class", table.toString());
    }

    private static String heatMap(
            ConfusionMatrix matrix, List<String> classNames, List<Color> colors) {
        // The numbers of many classes are shorter, lest few of them be seen at a time.
        boolean dense = classNames.size() > DENSE;
        StringBuilder table = new StringBuilder();
        table.append("<table class=\"heat%s\">\n<thead><tr>".formatted(dense ? " dense" : ""));
        table.append("<th scope=\"col\">truth ↓ prediction →</th>");
        for (int c = 0; c < classNames.size(); c++) {
            table.append("<th scope=\"col\" class=\"up\"><span class=\"turn\">")
                    .append(Html.className(classNames.get(c), colors.get(c)))
                    .append("</span></th>");
        }
        table.append("</tr></thead>\n<tbody>\n");
        for (int t = 0; t < classNames.size(); t++) {
            long whole = Confusion.truePixels(matrix, t);
            table.append("<tr><th scope=\"row\">")
                    .append(Html.className(classNames.get(t), colors.get(t)))
                    .append("</th>");
            for (int p = 0; p < classNames.size(); p++) {
                long count = matrix.count(t, p);
                double share = whole == 0 ? 0 : (double) count / whole;
                String title =
                        classNames.get(t) + " → " + classNames.get(p) + ": " + count + " pixels";
                table.append(
                        String.format(
                                Locale.ROOT,
                                "<td class=\"%s\" style=\"--v:%.3f\" title=\"%s\">%s</td>",
                                share > 0.5 ? "hot" : count == 0 ? "zero" : "some",
                                share,
                                Html.escape(title),
                                Html.escape(Confusion.percent(count, whole, dense ? 0 : 1))));
            }
            table.append("</tr>\n");
        }
        table.append("</tbody></table>\n");
        return Html.paragraph(
                        "Of the pixels of each true class (row), the percentage predicted as each"
                                + " class (column). The diagonal is right, and is the recall.")
                + Html.scroll("Confusion matrix", table.toString());
    }

    private static Map<String, String> meaning() {
        Map<String, String> terms = new LinkedHashMap<>(scoreMeaning());
        terms.put(
                "Image by image",
                "The mean IoU of every image by itself, averaged over the images. It is not the mean"
                        + " IoU of all pixels: a small object counts as much as a large one elsewhere.");
        terms.put(
                "Precision and recall",
                "Of the pixels predicted as a class, the share that is right; of its true pixels,"
                        + " the share that was found.");
        terms.put(
                "Best epoch",
                "The epoch whose weights are kept and tested, chosen on the validation set alone.");
        terms.put(
                "Training loss",
                "What is minimised: the mean over the batches of an epoch, on augmented images and"
                        + " while the weights change. A sum is shown with its parts, which are not"
                        + " weighted.");
        terms.put(
                "Waiting for data",
                "The share of the training time in which no batch was ready. More than a few percent"
                        + " says that reading and augmenting images is what limits the speed.");
        return terms;
    }

    /** What the measures are that both pages show. */
    static Map<String, String> scoreMeaning() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put(
                "IoU",
                "Intersection over union of a class: the pixels that are of it both in the truth"
                        + " and in the prediction, over those that are of it in either. From 0 to"
                        + " 1, from one count over all images; ignored pixels are left out. A class"
                        + " in neither has no IoU and is shown as absent.");
        terms.put(
                "Mean IoU",
                "The mean of the classes' IoU, of those that occur: each class counts the same,"
                        + " however few its pixels.");
        terms.put(
                "Pixel accuracy",
                "The share of pixels that have the right class: frequent classes decide it.");
        return terms;
    }
}
