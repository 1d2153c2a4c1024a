package io.github.lovaszdjl.app.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.github.lovaszdjl.app.options.ScoreGroup;
import io.github.lovaszdjl.app.table.Csv;
import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.evaluator.BoundaryCounts;
import io.github.lovaszdjl.evaluator.CalibrationBins;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.FineGrainedScores;
import io.github.lovaszdjl.evaluator.HausdorffDistances;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** The scores of an evaluation as text, JSON and CSV. */
public final class EvaluationReport {

    private static final Gson JSON =
            new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

    private static final String THREE_PLACES = "%.3f";
    private static final String PIXELS = "%.1f";

    private final String data;
    private final String split;
    private final List<String> classNames;
    private final Evaluation evaluation;
    private final List<ClassScore> classScores = new ArrayList<>();
    private final List<Score> scores = new ArrayList<>();

    /** A score of each class, in a column. */
    private record ClassScore(String name, String key, String format, IntToDoubleFunction value) {}

    /** A score of the data set, in a line. */
    private record Score(String name, String key, String format, double value) {}

    /**
     * Makes the report of an evaluation.
     *
     * @param data the name or folder of the data set
     * @param split the name of the split
     * @param classNames the names of the classes
     * @param evaluation what it came to
     */
    public EvaluationReport(
            String data, String split, List<String> classNames, Evaluation evaluation) {
        this.data = data;
        this.split = split;
        this.classNames = List.copyOf(classNames);
        this.evaluation = evaluation;
        if (evaluation.groups().contains(ScoreGroup.CLASSES)) {
            addClasses(evaluation.matrix());
        }
        if (evaluation.groups().contains(ScoreGroup.FINE_GRAINED)) {
            addFineGrained(evaluation.fineGrained());
        }
        evaluation.boundary().ifPresent(this::addBoundary);
        evaluation.hausdorff().ifPresent(this::addHausdorff);
        evaluation.calibration().ifPresent(this::addCalibration);
    }

    private void addClasses(ConfusionMatrix matrix) {
        ofClass("precision", "precision", THREE_PLACES, matrix::precision);
        ofClass("recall", "recall", THREE_PLACES, matrix::accuracy);
        ofClass("F1", "F1", THREE_PLACES, matrix::dice);
        ofAll("mean precision", "meanPrecision", matrix.meanPrecision());
        ofAll("mean recall", "meanRecall", matrix.meanAccuracy());
        ofAll("mean F1", "meanF1", matrix.meanDice());
    }

    private void addFineGrained(FineGrainedScores fine) {
        ofClass("IoU by image", "IoUByImage", THREE_PLACES, fine::iouC);
        ofAll("mIoU I", "meanIoUI", fine.meanIouI());
        ofAll("mIoU I, mean of quantiles", "meanIoUIQuantiles", fine.meanIouIOverQuantiles());
        ofAll("mIoU I, worst 5 %", "meanIoUIWorst5", fine.meanIouI(5));
        ofAll("mIoU I, worst 1 %", "meanIoUIWorst1", fine.meanIouI(1));
        ofAll("mIoU C", "meanIoUC", fine.meanIouC());
        ofAll("mIoU C, mean of quantiles", "meanIoUCQuantiles", fine.meanIouCOverQuantiles());
        ofAll("mIoU C, worst 5 %", "meanIoUCWorst5", fine.meanIouC(5));
        ofAll("mIoU C, worst 1 %", "meanIoUCWorst1", fine.meanIouC(1));
    }

    private void addBoundary(BoundaryCounts boundary) {
        ofClass("boundary IoU", "boundaryIoU", THREE_PLACES, boundary::iou);
        ofAll("mean boundary IoU", "meanBoundaryIoU", boundary.meanIou());
    }

    private void addHausdorff(HausdorffDistances hausdorff) {
        ofClass("HD95", "hausdorff95", PIXELS, hausdorff::mean);
        scores.add(new Score("mean HD95 in pixels", "meanHausdorff95", PIXELS, hausdorff.mean()));
    }

    private void addCalibration(CalibrationBins bins) {
        ofAll("calibration error", "expectedCalibrationError", bins.expectedError());
    }

    private void ofClass(String name, String key, String format, IntToDoubleFunction value) {
        classScores.add(new ClassScore(name, key, format, value));
    }

    private void ofAll(String name, String key, double value) {
        scores.add(new Score(name, key, THREE_PLACES, value));
    }

    private List<String> header() {
        List<String> header = new ArrayList<>();
        Collections.addAll(
                header, "class", "IoU", "true positives", "false positives", "false negatives");
        classScores.forEach(score -> header.add(score.name()));
        return header;
    }

    /** Returns the tables for a console, each line ended by the platform's separator. */
    public String text() {
        ConfusionMatrix matrix = evaluation.matrix();
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        "On the %s split of %s (%s):%n%n",
                        split, data, Table.count(evaluation.images(), "image")));
        List<List<String>> cells = new ArrayList<>();
        cells.add(header());
        for (int c = 0; c < classNames.size(); c++) {
            List<String> line = new ArrayList<>();
            line.add(classNames.get(c));
            line.add(Table.number(THREE_PLACES, matrix.iou(c)));
            line.add(String.valueOf(matrix.truePositives(c)));
            line.add(String.valueOf(matrix.falsePositives(c)));
            line.add(String.valueOf(matrix.falseNegatives(c)));
            for (ClassScore score : classScores) {
                line.add(Table.number(score.format(), score.value().applyAsDouble(c)));
            }
            cells.add(line);
        }
        text.append(Table.text(cells).replace("\n", System.lineSeparator()));
        String perImage = Table.number(THREE_PLACES, evaluation.meanIouPerImage());
        String accuracy = Table.number(THREE_PLACES, matrix.pixelAccuracy());
        String perSecond = String.format(Locale.ROOT, "%.1f", evaluation.imagesPerSecond());
        text.append(
                String.format(
                        "%nmean IoU            %s%nmean IoU per image  %s%npixel accuracy      %s%n"
                                + "images/s            %s%n",
                        Table.number(THREE_PLACES, matrix.meanIou()),
                        perImage,
                        accuracy,
                        perSecond));
        int width = scores.stream().mapToInt(score -> score.name().length()).max().orElse(0);
        text.append(scores.isEmpty() ? "" : System.lineSeparator());
        for (Score score : scores) {
            String blanks = " ".repeat(width - score.name().length());
            String value = Table.number(score.format(), score.value());
            text.append(String.format("%s%s  %s%n", score.name(), blanks, value));
        }
        return text.toString();
    }

    /**
     * Returns the scores in JSON.
     *
     * @param model the folder of the model
     */
    public String json(String model) {
        ConfusionMatrix matrix = evaluation.matrix();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("model", model);
        json.put("data", data);
        json.put("split", split);
        json.put("images", evaluation.images());
        json.put("pixels", matrix.total());
        json.put("meanIoU", orNull(matrix.meanIou()));
        json.put("meanIoUPerImage", orNull(evaluation.meanIouPerImage()));
        json.put("pixelAccuracy", orNull(matrix.pixelAccuracy()));
        scores.forEach(score -> json.put(score.key(), orNull(score.value())));
        evaluation.calibration().ifPresent(bins -> json.put("calibration", bins(bins)));
        List<Map<String, Object>> classes = new ArrayList<>();
        for (int c = 0; c < classNames.size(); c++) {
            Map<String, Object> ofClass = new LinkedHashMap<>();
            ofClass.put("name", classNames.get(c));
            ofClass.put("IoU", orNull(matrix.iou(c)));
            ofClass.put("truePositives", matrix.truePositives(c));
            ofClass.put("falsePositives", matrix.falsePositives(c));
            ofClass.put("falseNegatives", matrix.falseNegatives(c));
            for (ClassScore score : classScores) {
                ofClass.put(score.key(), orNull(score.value().applyAsDouble(c)));
            }
            classes.add(ofClass);
        }
        json.put("classes", classes);
        json.put("seconds", evaluation.seconds());
        json.put("imagesPerSecond", evaluation.imagesPerSecond());
        return JSON.toJson(json) + "\n";
    }

    private static List<Map<String, Object>> bins(CalibrationBins bins) {
        return IntStream.range(0, bins.bins())
                .mapToObj(
                        m -> {
                            Map<String, Object> bin = new LinkedHashMap<>();
                            bin.put("pixels", bins.pixels(m));
                            bin.put("accuracy", orNull(bins.accuracy(m)));
                            bin.put("confidence", orNull(bins.confidence(m)));
                            return bin;
                        })
                .toList();
    }

    /** JSON has no NaN. */
    private static Double orNull(double value) {
        return Double.isNaN(value) ? null : value;
    }

    /** Returns the scores of the classes in CSV. */
    public String csv() {
        ConfusionMatrix matrix = evaluation.matrix();
        List<List<String>> lines = new ArrayList<>();
        lines.add(header());
        for (int c = 0; c < classNames.size(); c++) {
            List<String> line = new ArrayList<>();
            line.add(classNames.get(c));
            line.add(orEmpty(matrix.iou(c)));
            line.add(String.valueOf(matrix.truePositives(c)));
            line.add(String.valueOf(matrix.falsePositives(c)));
            line.add(String.valueOf(matrix.falseNegatives(c)));
            for (ClassScore score : classScores) {
                line.add(orEmpty(score.value().applyAsDouble(c)));
            }
            lines.add(line);
        }
        return Csv.text(lines);
    }

    private static String orEmpty(double value) {
        return Double.isNaN(value) ? "" : Csv.number(value);
    }
}
