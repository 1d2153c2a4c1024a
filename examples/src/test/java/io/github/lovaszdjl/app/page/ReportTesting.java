package io.github.lovaszdjl.app.page;

import io.github.lovaszdjl.app.table.Scores;
import io.github.lovaszdjl.app.table.Summary;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What the report pages show in tests: six real trainings on earth. */
public final class ReportTesting {

    public static final List<String> CLASSES = List.of("ocean", "land", "ice", "lake");
    public static final List<String> LOSSES = List.of("cross-entropy", "cross-entropy+lovasz");

    private static final Path FOLDER = Path.of("examples/src/test/resources/reports");
    private static final Path MONTAGE = Path.of("docs/predictions.png");
    private static final int TRAINING_IMAGES = 177;

    private static final Map<String, String> CONFIGURATION =
            new TreeMap<>(Map.of("data", "datasets/earth", "crop", "128x128", "base width", "8"));
    private static final Map<String, String> VERSIONS =
            new TreeMap<>(Map.of("DJL", "0.36.0", "PyTorch", "2.7.1", "Java", "17"));

    private ReportTesting() {}

    public static RunPage.Report run() {
        return new RunPage.Report(
                "cross-entropy+lovasz, seed 1",
                "U-Net of base width 8 on earth, 4 classes",
                CONFIGURATION,
                VERSIONS,
                CLASSES,
                12,
                epochs(LOSSES.get(1), 1),
                12,
                Optional.of(new RunPage.Result("test", 31, matrix(LOSSES.get(1), 1), 0.701)),
                Optional.of(montage()),
                Optional.empty());
    }

    public static ComparisonPage.Report comparison() {
        List<ComparisonPage.Run> runs = new ArrayList<>();
        List<Summary.Result> results = new ArrayList<>();
        for (String loss : LOSSES) {
            for (int seed = 1; seed <= 3; seed++) {
                List<RunPage.Epoch> epochs = epochs(loss, seed);
                double seconds = epochs.stream().mapToDouble(RunPage.Epoch::seconds).sum();
                Scores scores = Scores.of(matrix(loss, seed));
                results.add(new Summary.Result(loss, seed, scores, seconds));
                Optional<String> page = Optional.of(loss + "/seed " + seed + "/report.html");
                runs.add(new ComparisonPage.Run(loss, seed, epochs, page));
            }
        }
        return new ComparisonPage.Report(
                "Cross-entropy against cross-entropy + Lovász",
                "U-Net of base width 8 on earth, 4 classes, 3 seeds",
                CONFIGURATION,
                VERSIONS,
                CLASSES,
                runs,
                Summary.of(CLASSES, results),
                "test",
                31,
                Optional.of(montage()),
                Optional.empty());
    }

    /** The epochs of a training; how long it waited was not measured, and is made up. */
    public static List<RunPage.Epoch> epochs(String loss, int seed) {
        return lines("earth-epochs.csv", loss, seed).stream()
                .map(
                        cells -> {
                            double[] v =
                                    IntStream.range(3, cells.length)
                                            .mapToDouble(i -> Double.parseDouble(cells[i]))
                                            .toArray();
                            Map<String, Double> losses = new LinkedHashMap<>();
                            losses.put(loss, v[1]);
                            if (loss.contains("+")) {
                                losses.put("cross-entropy", v[2]);
                                losses.put("lovasz", v[3]);
                            }
                            Scores scores = new Scores(List.of(v[6], v[7], v[8], v[9]), v[4], v[5]);
                            int epoch = Integer.parseInt(cells[2]);
                            double rate = TRAINING_IMAGES / v[10];
                            return new RunPage.Epoch(
                                    epoch,
                                    v[0],
                                    losses,
                                    scores,
                                    rate,
                                    0.01 + 0.05 / epoch,
                                    v[11],
                                    Optional.empty());
                        })
                .toList();
    }

    public static ConfusionMatrix matrix(String loss, int seed) {
        ConfusionMatrix matrix = new ConfusionMatrix(CLASSES.size());
        for (String[] cells : lines("earth-confusion.csv", loss, seed)) {
            int truth = CLASSES.indexOf(cells[2]);
            for (int p = 0; p < CLASSES.size(); p++) {
                for (long i = Long.parseLong(cells[3 + p]); i > 0; i--) {
                    matrix.add(truth, p);
                }
            }
        }
        return matrix;
    }

    public static byte[] montage() {
        try {
            return Files.readAllBytes(MONTAGE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String[]> lines(String file, String loss, int seed) {
        try {
            return Files.readAllLines(FOLDER.resolve(file)).stream()
                    .filter(line -> line.startsWith(loss + "," + seed + ","))
                    .map(line -> line.split(","))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
