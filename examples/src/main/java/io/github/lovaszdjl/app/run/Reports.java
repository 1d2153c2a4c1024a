package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.page.ComparisonPage;
import io.github.lovaszdjl.app.page.RunPage;
import io.github.lovaszdjl.app.table.Scores;
import io.github.lovaszdjl.app.table.Summary;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts runs and comparisons on their pages. */
public final class Reports {

    /** The name of the page in a run folder. */
    static final String NAME = "report.html";

    private Reports() {}

    /**
     * Writes the page of a run.
     *
     * @param folder its folder
     * @param options its options, by name
     * @param resumeCommand the command that goes on with it
     * @param classNames the names of the classes
     * @param turned how many images of the training set are turned by their EXIF orientation
     * @param plannedEpochs the number of epochs in all, unless the training ends before
     * @param epochs those done
     * @param result the result, once there is one
     */
    public static void writeRun(
            RunFolder folder,
            Map<String, String> options,
            String resumeCommand,
            List<String> classNames,
            int turned,
            int plannedEpochs,
            List<EpochReport> epochs,
            Optional<RunResult> result)
            throws IOException {
        RunPage.write(
                folder.file(NAME),
                new RunPage.Report(
                        options.get("loss") + ", seed " + options.get("seed"),
                        "Trained on "
                                + options.get("data")
                                + (turned == 0 ? "" : "; images turned as EXIF says: " + turned),
                        options,
                        ConfigFile.versions(),
                        classNames,
                        plannedEpochs,
                        epochs.stream().map(Reports::epoch).toList(),
                        TrainingResult.best(epochs).map(EpochReport::epoch).orElse(0),
                        result.map(
                                r ->
                                        new RunPage.Result(
                                                r.split(),
                                                Math.toIntExact(r.images()),
                                                r.matrix(),
                                                r.meanIouPerImage())),
                        // That of a result before is not this one's.
                        result.isPresent() ? montage(folder) : Optional.empty(),
                        result.isPresent()
                                ? Optional.empty()
                                : Optional.of("Go on with: " + resumeCommand),
                        RoundTotals.read(folder)
                                .map(
                                        totals ->
                                                new RunPage.Rounds(
                                                        totals.rounds(),
                                                        totals.workers(),
                                                        totals.share(),
                                                        totals.bytes()))));
    }

    /**
     * Writes the page of a comparison.
     *
     * @param folder its folder
     * @param options its options, by name
     * @param results the results of all its runs by their folders
     * @param summary what they come to
     */
    public static void writeComparison(
            RunFolder folder,
            Map<String, String> options,
            Map<RunFolder, RunResult> results,
            Summary summary)
            throws IOException {
        RunResult first = results.values().iterator().next();
        ComparisonPage.write(
                folder.file(NAME),
                new ComparisonPage.Report(
                        "Comparison of losses on " + options.get("data"),
                        "Losses "
                                + options.get("loss").replace(";", ", ")
                                + "; seeds "
                                + options.get("seeds"),
                        options,
                        ConfigFile.versions(),
                        first.classNames(),
                        results.entrySet().stream()
                                .map(
                                        entry ->
                                                new ComparisonPage.Run(
                                                        entry.getValue().loss(),
                                                        entry.getValue().seed(),
                                                        entry.getValue().epochs().stream()
                                                                .map(Reports::epoch)
                                                                .toList(),
                                                        Optional.of(
                                                                entry.getKey().path().getFileName()
                                                                        + "/"
                                                                        + NAME)))
                                .toList(),
                        summary,
                        first.split(),
                        Math.toIntExact(first.images()),
                        montage(folder),
                        Optional.empty()));
    }

    private static Optional<byte[]> montage(RunFolder folder) throws IOException {
        return Files.isRegularFile(folder.predictions())
                ? Optional.of(Files.readAllBytes(folder.predictions()))
                : Optional.empty();
    }

    private static RunPage.Epoch epoch(EpochReport report) {
        Map<String, Double> losses = new LinkedHashMap<>();
        report.losses().forEach((name, value) -> losses.put(name, (double) value));
        return new RunPage.Epoch(
                report.epoch(),
                report.learningRate(),
                losses,
                Scores.of(report.validation()),
                report.imagesPerSecond(),
                report.waitShare(),
                report.seconds(),
                report.averaged().map(Scores::of));
    }
}
