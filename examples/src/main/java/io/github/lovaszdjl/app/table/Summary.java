package io.github.lovaszdjl.app.table;

import io.github.lovaszdjl.evaluator.ImageCounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What the results of a comparison come to: for every loss the mean and the sample standard
 * deviation of its measures over the seeds, and how it differs from the first loss.
 *
 * <p>Runs of one seed begin with the same weights and see the same batches, so losses are compared
 * in pairs: the difference is that of the two runs of each seed that both losses have, and its mean
 * and deviation are over those pairs.
 *
 * <p>A measure is NaN where there is nothing to measure, as the IoU of a class that occurs neither
 * in the truth nor in the prediction. Such a run, and such a pair, is left out of that measure
 * alone; how many remain is its count. With none the mean is NaN, with less than two the deviation.
 *
 * @param classNames the names of the classes
 * @param losses the losses in the order in which they first occur in the results
 * @param results the results
 */
public record Summary(List<String> classNames, List<LossSummary> losses, List<Result> results) {

    /** The row of mean IoU, after the heading and the number of runs. */
    private static final int MEAN_IOU = 2;

    /**
     * The result of a run.
     *
     * @param loss the expression of the loss it was trained with
     * @param seed its seed
     * @param scores its scores on the test split
     * @param seconds how long its training took
     * @param images the counts of each test image; none where they are not known
     */
    public record Result(
            String loss, long seed, Scores scores, double seconds, List<ImageCounts> images) {

        public Result {
            images = List.copyOf(images);
        }

        /** Makes a result of images that are not known. */
        public Result(String loss, long seed, Scores scores, double seconds) {
            this(loss, seed, scores, seconds, List.of());
        }
    }

    /**
     * Mean and spread of a measure.
     *
     * @param mean the mean; NaN of no values
     * @param deviation the sample standard deviation, over n - 1; NaN of less than two values
     * @param count the number of values
     */
    public record Spread(double mean, double deviation, int count) {

        /** Returns those of the values that are not NaN. */
        public static Spread of(List<Double> values) {
            double[] some =
                    values.stream().mapToDouble(v -> v).filter(v -> !Double.isNaN(v)).toArray();
            double mean = IntStream.range(0, some.length).mapToDouble(i -> some[i]).sum();
            mean /= some.length;
            double squares = 0;
            for (double value : some) {
                squares += (value - mean) * (value - mean);
            }
            double deviation =
                    some.length < 2 ? Double.NaN : Math.sqrt(squares / (some.length - 1));
            return new Spread(mean, deviation, some.length);
        }

        /** Returns "0.743 ± 0.005", or less if there is less; of fewer values it says so. */
        public String text(String format, int expected) {
            String mean = Table.number(format, this.mean);
            String spread =
                    Double.isNaN(deviation)
                            ? ""
                            : " ± " + Table.number(format.replace("+", ""), deviation);
            String of =
                    count == 0 || count == expected ? "" : " (" + count + " of " + expected + ")";
            return mean + spread + of;
        }
    }

    /**
     * The measures of a loss, or their differences.
     *
     * @param runs the number of runs, or of pairs of runs
     * @param meanIou of the mean IoU
     * @param pixelAccuracy of the pixel accuracy
     * @param iou of the IoU of each class
     * @param seconds of the seconds
     */
    public record Measures(
            int runs, Spread meanIou, Spread pixelAccuracy, List<Spread> iou, Spread seconds) {}

    /**
     * One loss.
     *
     * @param name its expression
     * @param measures its measures over the seeds
     * @param difference its measures minus those of the first loss, over the seeds that both have;
     *     of the first loss itself, and without such seeds, over no pairs
     * @param pairs the differences of single pairs in mean IoU, by seed
     * @param significance of the mean over these, where the images of all are known
     */
    public record LossSummary(
            String name,
            Measures measures,
            Measures difference,
            List<PairDifference> pairs,
            Optional<PairedSignificance.Significance> significance) {}

    /**
     * The difference in mean IoU of two runs of a seed.
     *
     * @param seed the seed
     * @param meanIou the difference
     * @param significance what it comes to over images, where these are known
     */
    public record PairDifference(
            long seed, double meanIou, Optional<PairedSignificance.Significance> significance) {}

    /**
     * Sums up.
     *
     * @param classNames the names of the classes
     * @param results the results, in any order; the first one's loss is the one to compare with
     * @throws IllegalArgumentException if a loss has a seed twice, or scores do not fit the classes
     */
    public static Summary of(List<String> classNames, List<Result> results) {
        Map<String, Map<Long, Result>> bySeed = new LinkedHashMap<>();
        for (Result result : results) {
            result.scores().checkClasses(classNames);
            Map<Long, Result> seeds =
                    bySeed.computeIfAbsent(result.loss(), l -> new LinkedHashMap<>());
            if (seeds.put(result.seed(), result) != null) {
                throw new IllegalArgumentException(
                        "results: expected a seed once for each loss, got seed "
                                + result.seed()
                                + " of "
                                + result.loss()
                                + " twice");
            }
        }
        List<LossSummary> losses = new ArrayList<>();
        for (Map.Entry<String, Map<Long, Result>> entry : bySeed.entrySet()) {
            Map<Long, Result> first = bySeed.get(results.get(0).loss());
            Map<Long, Result> own = entry.getValue();
            losses.add(summary(entry.getKey(), classNames.size(), own, first));
        }
        return new Summary(List.copyOf(classNames), List.copyOf(losses), List.copyOf(results));
    }

    private static LossSummary summary(
            String name, int classes, Map<Long, Result> own, Map<Long, Result> first) {
        Set<Long> shared = new HashSet<>(own == first ? Set.of() : own.keySet());
        shared.retainAll(first.keySet());
        List<Long> seeds = shared.stream().sorted().toList();
        List<Long> known =
                seeds.stream()
                        .filter(s -> !own.get(s).images().isEmpty())
                        .filter(s -> !first.get(s).images().isEmpty())
                        .toList();
        Optional<PairedSignificance.Significances> significances = significances(own, first, known);
        List<PairDifference> pairs = new ArrayList<>();
        for (long seed : seeds) {
            int place = known.indexOf(seed);
            pairs.add(
                    new PairDifference(
                            seed,
                            minus(r -> r.scores().meanIou(), own, first, seed),
                            significances.filter(s -> place >= 0).map(s -> s.pairs().get(place))));
        }
        return new LossSummary(
                name,
                measures(
                        classes,
                        own.size(),
                        f -> own.values().stream().map(f::applyAsDouble).toList()),
                measures(
                        classes,
                        seeds.size(),
                        f -> seeds.stream().map(s -> minus(f, own, first, s)).toList()),
                List.copyOf(pairs),
                // The interval of some pairs is not around the mean of all.
                significances
                        .filter(s -> known.size() == seeds.size())
                        .map(PairedSignificance.Significances::mean));
    }

    private static Optional<PairedSignificance.Significances> significances(
            Map<Long, Result> own, Map<Long, Result> first, List<Long> seeds) {
        List<PairedSignificance.Pair> pairs =
                seeds.stream()
                        .map(
                                s ->
                                        new PairedSignificance.Pair(
                                                first.get(s).images(), own.get(s).images()))
                        .toList();
        return pairs.isEmpty() ? Optional.empty() : Optional.of(PairedSignificance.of(pairs));
    }

    private static double minus(
            ToDoubleFunction<Result> measure,
            Map<Long, Result> own,
            Map<Long, Result> first,
            long seed) {
        return measure.applyAsDouble(own.get(seed)) - measure.applyAsDouble(first.get(seed));
    }

    private static Measures measures(
            int classes, int runs, Function<ToDoubleFunction<Result>, List<Double>> values) {
        return new Measures(
                runs,
                Spread.of(values.apply(r -> r.scores().meanIou())),
                Spread.of(values.apply(r -> r.scores().pixelAccuracy())),
                IntStream.range(0, classes)
                        .mapToObj(c -> Spread.of(values.apply(r -> r.scores().iou().get(c))))
                        .toList(),
                Spread.of(values.apply(Result::seconds)));
    }

    /** Returns the tables for a console, each line ended by "\n". */
    public String text() {
        String differences =
                hasPairs() ? "\n" + heading() + "\n\n" + Table.text(differences()) : "";
        return Table.text(measures()) + differences;
    }

    /** Returns the tables in Markdown, each line ended by "\n". */
    public String markdown() {
        String differences =
                hasPairs()
                        ? "\n" + Table.escape(heading()) + "\n\n" + Table.markdown(differences())
                        : "";
        return Table.markdown(measures()) + differences;
    }

    /** Writes every single result, a line each. */
    public void writeCsv(Path csv) throws IOException {
        List<List<String>> lines = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("loss", "seed", "mean IoU"));
        header.add("pixel accuracy");
        classNames.forEach(name -> header.add("IoU " + name));
        header.add("seconds");
        lines.add(header);
        for (Result result : results) {
            List<String> line = new ArrayList<>();
            line.add(result.loss());
            line.add(String.valueOf(result.seed()));
            line.add(Csv.number(result.scores().meanIou()));
            line.add(Csv.number(result.scores().pixelAccuracy()));
            result.scores().iou().forEach(iou -> line.add(Csv.number(iou)));
            line.add(Csv.number(result.seconds()));
            lines.add(line);
        }
        Csv.write(csv, lines);
    }

    /**
     * Writes the differences in mean IoU to the first loss and how sure they are, a line for each
     * pair of runs and one for their mean; a cell is empty where there is no such number.
     */
    public void writeSignificance(Path csv) throws IOException {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("loss", "seed", "difference in mean IoU", "low", "high", "p"));
        for (LossSummary loss : losses) {
            for (PairDifference pair : loss.pairs()) {
                String seed = String.valueOf(pair.seed());
                lines.add(line(loss.name(), seed, pair.meanIou(), pair.significance()));
            }
            if (loss.difference().runs() > 0) {
                double mean = loss.difference().meanIou().mean();
                lines.add(line(loss.name(), "mean", mean, loss.significance()));
            }
        }
        Csv.write(csv, lines);
    }

    private static List<String> line(
            String loss,
            String seed,
            double difference,
            Optional<PairedSignificance.Significance> significance) {
        List<String> line = new ArrayList<>(List.of(loss, seed, Csv.number(difference)));
        line.add(cell(significance, PairedSignificance.Significance::low));
        line.add(cell(significance, PairedSignificance.Significance::high));
        line.add(cell(significance, PairedSignificance.Significance::p));
        return line;
    }

    private static String cell(
            Optional<PairedSignificance.Significance> significance,
            ToDoubleFunction<PairedSignificance.Significance> value) {
        return significance
                .map(value::applyAsDouble)
                .filter(v -> !Double.isNaN(v))
                .map(Csv::number)
                .orElse("");
    }

    /** Tells whether any loss has a seed in common with the first. */
    boolean hasPairs() {
        return losses.stream().anyMatch(loss -> loss.difference().runs() > 0);
    }

    private String heading() {
        return "Difference to " + losses.get(0).name() + " in runs of the same seed:";
    }

    // A loss is a column: classes may be many, losses are few.
    private List<List<String>> measures() {
        return cells("seeds", "%.3f", losses, LossSummary::measures, true);
    }

    private List<List<String>> differences() {
        List<LossSummary> others = losses.subList(1, losses.size());
        List<List<String>> cells = cells("pairs", "%+.3f", others, LossSummary::difference, false);
        if (others.stream().anyMatch(loss -> loss.significance().isPresent())) {
            cells.add(
                    MEAN_IOU + 1,
                    row(
                            "95 % of images",
                            others,
                            loss -> significance(loss, PairedSignificance.Significance::interval)));
            cells.add(
                    MEAN_IOU + 2,
                    row("p", others, loss -> significance(loss, s -> Table.number("%.4f", s.p()))));
        }
        return cells;
    }

    private static String significance(
            LossSummary loss, Function<PairedSignificance.Significance, String> text) {
        return loss.significance().map(text).orElse("-");
    }

    private List<List<String>> cells(
            String runs,
            String format,
            List<LossSummary> columns,
            Function<LossSummary, Measures> part,
            boolean withSeconds) {
        List<Measures> measures = columns.stream().map(part).toList();
        List<List<String>> cells = new ArrayList<>();
        cells.add(row("", columns, LossSummary::name));
        cells.add(row(runs, measures, m -> String.valueOf(m.runs())));
        cells.add(row("mean IoU", measures, m -> m.meanIou().text(format, m.runs())));
        cells.add(row("pixel accuracy", measures, m -> m.pixelAccuracy().text(format, m.runs())));
        for (int i = 0; i < classNames.size(); i++) {
            int c = i;
            String name = "IoU " + classNames.get(c);
            cells.add(row(name, measures, m -> m.iou().get(c).text(format, m.runs())));
        }
        if (withSeconds) {
            cells.add(row("seconds", measures, m -> m.seconds().text("%.1f", m.runs())));
        }
        return cells;
    }

    private static <T> List<String> row(String name, List<T> columns, Function<T, String> cell) {
        List<String> row = new ArrayList<>(Collections.singleton(name));
        columns.forEach(column -> row.add(cell.apply(column)));
        return row;
    }
}
