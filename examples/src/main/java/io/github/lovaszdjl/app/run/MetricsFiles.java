package io.github.lovaszdjl.app.run;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lovaszdjl.app.table.Csv;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.internal.WholeFile;
import io.github.lovaszdjl.training.EpochReport;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The metrics of a run by epoch: {@code metrics.csv}, and {@code metrics.jsonl} with a JSON object
 * a line.
 *
 * <p>An epoch is added at the end of both, so that it takes as long after a thousand others as
 * after none. Both are written anew when a run goes on, as the last line of one that was killed may
 * be torn, and where an epoch has columns that those before it have not, as when the loss changes.
 */
public final class MetricsFiles {

    private final RunFolder folder;
    private final List<String> classNames;
    private final List<EpochReport> reports;

    /** Those of metrics.csv as it is; none where it has to be written anew. */
    private List<String> columns = List.of();

    /**
     * Begins with the epochs that are done already; nothing is written yet.
     *
     * @param before their reports
     */
    MetricsFiles(RunFolder folder, List<String> classNames, List<EpochReport> before) {
        this.folder = folder;
        this.classNames = classNames;
        reports = new ArrayList<>(before);
    }

    /** Adds an epoch. */
    void add(EpochReport report) throws IOException {
        reports.add(report);
        Map<String, String> cells = cells(report, classNames);
        if (columns.containsAll(cells.keySet())) {
            append("metrics.csv", Csv.text(List.of(line(cells))));
            append("metrics.jsonl", json(cells));
        } else {
            writeAll();
        }
    }

    /** Writes all epochs anew. */
    void writeAll() throws IOException {
        List<Map<String, String>> epochs =
                reports.stream().map(report -> cells(report, classNames)).toList();
        // Where the loss changes on the way, so do its parts.
        Set<String> names = new LinkedHashSet<>();
        epochs.forEach(cells -> names.addAll(cells.keySet()));
        List<String> sorted = new ArrayList<>(names);
        sorted.sort((a, b) -> Boolean.compare(!isBeforeValidation(a), !isBeforeValidation(b)));
        columns = List.copyOf(sorted);
        List<List<String>> lines = new ArrayList<>(List.of(columns));
        StringBuilder json = new StringBuilder();
        for (Map<String, String> cells : epochs) {
            lines.add(line(cells));
            json.append(json(cells));
        }
        Csv.write(folder.file("metrics.csv"), lines);
        folder.writeText("metrics.jsonl", json.toString());
    }

    private void append(String name, String lines) throws IOException {
        Path file = folder.file(name);
        try {
            Files.writeString(file, lines, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be written: " + WholeFile.reason(e), e);
        }
    }

    private List<String> line(Map<String, String> cells) {
        return columns.stream().map(column -> cells.getOrDefault(column, "")).toList();
    }

    private static String json(Map<String, String> cells) {
        JsonObject object = new JsonObject();
        cells.forEach((name, value) -> object.add(name, number(value)));
        return object + "\n";
    }

    private static boolean isBeforeValidation(String column) {
        return column.equals("epoch")
                || column.equals("learning rate")
                || column.startsWith("train ");
    }

    private static JsonElement number(String value) {
        return value.equals("NaN")
                ? JsonNull.INSTANCE // JSON has no NaN
                : new JsonPrimitive(new BigDecimal(value));
    }

    private static Map<String, String> cells(EpochReport report, List<String> classNames) {
        Map<String, String> cells = new LinkedHashMap<>();
        ConfusionMatrix validation = report.validation();
        cells.put("epoch", String.valueOf(report.epoch()));
        cells.put("learning rate", String.valueOf(report.learningRate()));
        report.losses().forEach((name, value) -> cells.put("train " + name, Csv.number(value)));
        cells.put("val mean IoU", Csv.number(validation.meanIou()));
        cells.put("val pixel accuracy", Csv.number(validation.pixelAccuracy()));
        for (int c = 0; c < classNames.size(); c++) {
            cells.put("val IoU " + classNames.get(c), Csv.number(validation.iou(c)));
        }
        report.averaged()
                .ifPresent(
                        counts -> {
                            cells.put("val mean IoU of the average", Csv.number(counts.meanIou()));
                            cells.put(
                                    "val pixel accuracy of the average",
                                    Csv.number(counts.pixelAccuracy()));
                            for (int c = 0; c < classNames.size(); c++) {
                                cells.put(
                                        "val IoU " + classNames.get(c) + " of the average",
                                        Csv.number(counts.iou(c)));
                            }
                        });
        cells.put("skipped batches", String.valueOf(report.skippedBatches()));
        cells.put("images/s", Csv.number(report.imagesPerSecond()));
        cells.put("wait share", Csv.number(report.waitShare()));
        cells.put("training seconds", Csv.number(report.trainingSeconds()));
        cells.put("seconds", Csv.number(report.seconds()));
        return cells;
    }
}
