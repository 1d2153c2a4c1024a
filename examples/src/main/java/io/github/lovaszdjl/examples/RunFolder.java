package io.github.lovaszdjl.examples;

import ai.djl.engine.Engine;
import ai.djl.util.JsonUtils;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The folder that a run writes: what was asked, what came of it. */
record RunFolder(Path path) {

    Path file(String name) {
        return path.resolve(name);
    }

    /** Writes what it takes to repeat the run. */
    void writeConfiguration(TrainingPlan plan, Path data, OptionalInt ignoreLabel, Integer threads)
            throws IOException {
        Engine engine = Engine.getInstance();
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("data", data.toString());
        configuration.put("ignoreLabel", ignoreLabel.isPresent() ? ignoreLabel.getAsInt() : "none");
        configuration.put("threads", threads != null ? threads : "as many as the engine takes");
        configuration.put("plan", plan);
        configuration.put("engine", engine.getEngineName() + " " + engine.getVersion());
        configuration.put("djl", Engine.getDjlVersion());
        configuration.put("device", engine.defaultDevice().toString());
        configuration.put("java", System.getProperty("java.version"));
        configuration.put(
                "system",
                System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.arch")
                        + ", "
                        + Runtime.getRuntime().availableProcessors()
                        + " processors");
        writeText("config.json", JsonUtils.GSON_PRETTY.toJson(configuration) + "\n");
    }

    /** Writes the model of one training and its metrics by epoch. */
    void writeRun(String name, List<String> classNames, TrainingResult result) throws IOException {
        Files.createDirectories(file(name));
        SegmentationModels.save(result.model(), result.description(), file(name).resolve("model"));
        List<List<String>> lines = new ArrayList<>();
        for (EpochReport report : result.epochs()) {
            Map<String, String> cells = cells(report, classNames);
            if (lines.isEmpty()) {
                lines.add(List.copyOf(cells.keySet()));
            }
            lines.add(List.copyOf(cells.values()));
        }
        Csv.write(file(name).resolve("metrics.csv"), lines);
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
        cells.put("skipped batches", String.valueOf(report.skippedBatches()));
        cells.put("training seconds", Csv.number(report.trainingSeconds()));
        cells.put("seconds", Csv.number(report.seconds()));
        return cells;
    }

    void writeText(String name, String text) throws IOException {
        Pictures.replace(file(name), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
