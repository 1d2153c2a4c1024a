package io.github.lovaszdjl.app.run;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.picture.Curves;
import io.github.lovaszdjl.app.table.Scores;
import io.github.lovaszdjl.app.table.Summary;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.ImageCounts;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/**
 * What a training came to.
 *
 * @param loss the loss as an expression
 * @param seed the seed
 * @param classNames the names of the classes
 * @param split the split that its best model was evaluated on
 * @param images the number of images of that split
 * @param matrix the counts of that split
 * @param meanIouPerImage the mean IoU per image
 * @param counts the counts of each image; none where they are not known
 * @param epochs the reports of all epochs
 */
public record RunResult(
        String loss,
        int seed,
        List<String> classNames,
        String split,
        long images,
        ConfusionMatrix matrix,
        double meanIouPerImage,
        List<ImageCounts> counts,
        List<EpochReport> epochs) {

    /** The name of the file in a run folder; it exists once the run is done. */
    static final String NAME = "result.json";

    /** Returns the scores on the split. */
    public Scores scores() {
        return Scores.of(matrix);
    }

    /** Returns it as one of the results of a comparison. */
    public Summary.Result summary() {
        return new Summary.Result(loss, seed, scores(), seconds(), counts);
    }

    /** Returns its curves: of the average of the weights, where there is one. */
    public List<Curves.Epoch> points() {
        return epochs.stream()
                .map(
                        epoch -> {
                            double value = epoch.losses().values().iterator().next();
                            return new Curves.Epoch(
                                    value,
                                    Scores.of(epoch.averaged().orElse(epoch.validation())),
                                    epoch.averaged().isPresent());
                        })
                .toList();
    }

    /** Returns the number of the epoch whose model was evaluated, that of the highest mean IoU. */
    int bestEpoch() {
        return TrainingResult.best(epochs).map(EpochReport::epoch).orElse(0);
    }

    /** Returns the time that the training took, validation included. */
    public double seconds() {
        return epochs.stream().mapToDouble(EpochReport::seconds).sum();
    }

    /** Returns the speed of the training, validation left out. */
    public double imagesPerSecond() {
        return epochs.stream().mapToDouble(EpochReport::images).sum()
                / epochs.stream().mapToDouble(EpochReport::trainingSeconds).sum();
    }

    /** Returns the share of the training time in which no batch was ready. */
    double waitShare() {
        return epochs.stream().mapToDouble(EpochReport::waitSeconds).sum()
                / epochs.stream().mapToDouble(EpochReport::trainingSeconds).sum();
    }

    /** Tells whether the run of a folder is done. */
    public static boolean isIn(RunFolder folder) {
        return Files.isRegularFile(folder.file(NAME));
    }

    public void write(RunFolder folder) throws IOException {
        ImageCountsFile.write(folder.file(ImageCountsFile.NAME), classNames, counts);
        JsonObject json = new JsonObject();
        json.addProperty("loss", loss);
        json.addProperty("seed", seed);
        json.addProperty("split", split);
        json.addProperty("images", images);
        json.addProperty("bestEpoch", bestEpoch());
        addScore(json, "meanIou", matrix.meanIou());
        addScore(json, "meanIouPerImage", meanIouPerImage);
        addScore(json, "pixelAccuracy", matrix.pixelAccuracy());
        JsonArray names = new JsonArray();
        classNames.forEach(names::add);
        json.add("classes", names);
        JsonArray ious = new JsonArray();
        JsonArray rows = new JsonArray();
        for (int truth = 0; truth < matrix.classes(); truth++) {
            double iou = matrix.iou(truth);
            ious.add(Double.isNaN(iou) ? null : iou);
            JsonArray row = new JsonArray();
            for (int prediction = 0; prediction < matrix.classes(); prediction++) {
                row.add(matrix.count(truth, prediction));
            }
            rows.add(row);
        }
        json.add("iou", ious);
        json.add("confusion", rows);
        addScore(json, "seconds", seconds());
        addScore(json, "imagesPerSecond", imagesPerSecond());
        addScore(json, "waitShare", waitShare());
        RoundTotals.read(folder).ifPresent(rounds -> json.add("rounds", rounds.json()));
        folder.writeText(
                NAME,
                new GsonBuilder()
                                .serializeNulls()
                                .setPrettyPrinting()
                                .disableHtmlEscaping()
                                .create()
                                .toJson(json)
                        + "\n");
    }

    /** Adds a number, null where it is NaN, which JSON does not have. */
    private static void addScore(JsonObject json, String name, double value) {
        json.addProperty(name, Double.isNaN(value) ? null : value);
    }

    /** Reads the result of a run that is done. */
    public static RunResult read(RunFolder folder) throws IOException {
        List<EpochReport> epochs = SegmentationTraining.reports(folder.checkpoint());
        try {
            JsonObject json =
                    JsonParser.parseString(Files.readString(folder.file(NAME))).getAsJsonObject();
            JsonArray rows = json.getAsJsonArray("confusion");
            long[][] counts = new long[rows.size()][];
            for (int truth = 0; truth < counts.length; truth++) {
                counts[truth] =
                        rows.get(truth).getAsJsonArray().asList().stream()
                                .mapToLong(JsonElement::getAsLong)
                                .toArray();
            }
            JsonElement perImage = json.get("meanIouPerImage");
            List<String> classNames =
                    json.getAsJsonArray("classes").asList().stream()
                            .map(JsonElement::getAsString)
                            .toList();
            long images = json.get("images").getAsLong();
            return new RunResult(
                    json.get("loss").getAsString(),
                    json.get("seed").getAsInt(),
                    classNames,
                    json.get("split").getAsString(),
                    images,
                    ConfusionMatrix.of(counts),
                    perImage.isJsonNull() ? Double.NaN : perImage.getAsDouble(),
                    ImageCountsFile.read(
                            folder.file(ImageCountsFile.NAME), classNames, Math.toIntExact(images)),
                    epochs);
        } catch (RuntimeException e) {
            // Gson's own errors are of many kinds.
            throw new IOException(
                    folder.file(NAME) + ": expected the result of a run: " + e.getMessage(), e);
        }
    }
}
