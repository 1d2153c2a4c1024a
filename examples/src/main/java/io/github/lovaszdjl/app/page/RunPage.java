package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.picture.Confusion;
import io.github.lovaszdjl.app.picture.Palette;
import io.github.lovaszdjl.app.table.Scores;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The page that shows a run, {@code run.ftlh}: one file, to be read in any browser. */
public final class RunPage {

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
     * @param averaged the scores of the average of the weights, if there is one
     */
    public record Epoch(
            int epoch,
            double learningRate,
            Map<String, Double> losses,
            Scores validation,
            double imagesPerSecond,
            double waitShare,
            double seconds,
            Optional<Scores> averaged) {

        public Epoch {
            if (epoch < 1) {
                throw new IllegalArgumentException("epoch: expected 1 or more, got " + epoch);
            }
            losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
        }

        /** Returns the scores that count: those of the average, if there is one. */
        Scores counted() {
            return averaged.orElse(validation);
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
     * What a cluster took for its rounds.
     *
     * @param rounds how many there were
     * @param workers how many parts each had
     * @param communicationShare the share of their time in which no part was trained
     * @param bytes how many bytes went between processes
     */
    public record Rounds(int rounds, int workers, double communicationShare, long bytes) {}

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
     * @param rounds what was sent, where a cluster trained
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
            Optional<String> resumeHint,
            Optional<Rounds> rounds) {

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

        /** Constructs the report of a run without a cluster. */
        public Report(
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
            this(
                    title,
                    subtitle,
                    configuration,
                    versions,
                    classNames,
                    plannedEpochs,
                    epochs,
                    bestEpoch,
                    test,
                    montagePng,
                    resumeHint,
                    Optional.empty());
        }
    }

    /**
     * What the template shows.
     *
     * @param report the report
     * @param colors a colour for each class
     * @param bestValidation the scores of the best epoch
     * @param imagesPerSecond the median of the epochs; NaN if unknown
     * @param waitShare the median of the epochs; NaN if unknown
     * @param seconds of all epochs
     * @param losses the chart of the training losses
     * @param scores the chart of the validation scores
     * @param averaged whether there is an average of the weights
     * @param learningRate the chart of the learning rate
     * @param classCharts the charts of the IoU of each class
     */
    public record View(
            Report report,
            List<String> colors,
            Optional<Scores> bestValidation,
            double imagesPerSecond,
            double waitShare,
            double seconds,
            LineChart losses,
            LineChart scores,
            boolean averaged,
            LineChart learningRate,
            List<LineChart> classCharts) {}

    /**
     * Writes the page.
     *
     * @param html the file, replaced if it exists
     * @param report what to show
     * @throws IOException if it cannot be written; then the old file is as it was
     */
    public static void write(Path html, Report report) throws IOException {
        Pages.write(html, "run.ftlh", view(report));
    }

    private static View view(Report report) {
        List<Epoch> epochs = report.epochs();
        List<String> colors = Show.hex(Palette.of(report.classNames()));
        return new View(
                report,
                colors,
                epochs.stream()
                        .filter(epoch -> epoch.epoch() == report.bestEpoch())
                        .map(Epoch::counted)
                        .findFirst(),
                median(epochs, Epoch::imagesPerSecond),
                median(epochs, Epoch::waitShare),
                epochs.stream().mapToDouble(Epoch::seconds).sum(),
                chart(report, "Training loss by epoch", losses(epochs), false),
                chart(report, "Validation by epoch", scores(epochs), true),
                hasAverage(epochs),
                chart(
                        report,
                        "Learning rate by epoch",
                        List.of(line("learning rate", 0, epochs, Epoch::learningRate)),
                        false),
                classCharts(report, colors));
    }

    private static double median(List<Epoch> epochs, ToDoubleFunction<Epoch> value) {
        double[] sorted =
                epochs.stream().mapToDouble(value).filter(Double::isFinite).sorted().toArray();
        int n = sorted.length;
        return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }

    private static LineChart chart(
            Report report, String title, List<LineChart.Line> lines, boolean upToOne) {
        return new LineChart(title, lines, upToOne, report.bestEpoch(), false);
    }

    private static List<LineChart.Line> scores(List<Epoch> epochs) {
        List<LineChart.Line> lines = new ArrayList<>();
        lines.add(line("mean IoU", 0, epochs, e -> e.validation().meanIou()));
        lines.add(line("pixel accuracy", 1, epochs, e -> e.validation().pixelAccuracy()));
        if (hasAverage(epochs)) {
            lines.add(
                    line(
                            "mean IoU of the average",
                            2,
                            epochs,
                            e -> e.averaged().map(Scores::meanIou).orElse(Double.NaN)));
        }
        return lines;
    }

    static boolean hasAverage(List<Epoch> epochs) {
        return epochs.stream().anyMatch(epoch -> epoch.averaged().isPresent());
    }

    private static List<LineChart.Line> losses(List<Epoch> epochs) {
        List<LineChart.Line> lines = new ArrayList<>();
        epochs.stream()
                .flatMap(epoch -> epoch.losses().keySet().stream())
                .distinct()
                .forEach(
                        name ->
                                lines.add(
                                        line(
                                                name,
                                                lines.size(),
                                                epochs,
                                                e -> e.losses().getOrDefault(name, Double.NaN))));
        return lines;
    }

    private static List<LineChart> classCharts(Report report, List<String> colors) {
        return IntStream.range(0, colors.size())
                .mapToObj(
                        c -> {
                            double[] values =
                                    values(report.epochs(), e -> e.counted().iou().get(c));
                            return new LineChart(
                                    "Validation IoU of " + report.classNames().get(c) + " by epoch",
                                    List.of(
                                            new LineChart.Line(
                                                    "IoU", -1, colors.get(c), false, values)),
                                    true,
                                    report.bestEpoch(),
                                    true);
                        })
                .toList();
    }

    private static LineChart.Line line(
            String name, int series, List<Epoch> epochs, ToDoubleFunction<Epoch> value) {
        return LineChart.Line.of(name, series, values(epochs, value));
    }

    /** Returns one value of each epoch, in the place of its number, NaN where there is none. */
    static double[] values(List<Epoch> epochs, ToDoubleFunction<Epoch> value) {
        double[] values = new double[epochs.stream().mapToInt(Epoch::epoch).max().orElse(0)];
        Arrays.fill(values, Double.NaN);
        epochs.forEach(epoch -> values[epoch.epoch() - 1] = value.applyAsDouble(epoch));
        return values;
    }
}
