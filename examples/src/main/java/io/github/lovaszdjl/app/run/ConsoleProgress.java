package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Help.Ansi;

/**
 * Shows a training on the console, a progress bar where it is a terminal and a line an epoch
 * elsewhere, and writes log and metrics to the run folder.
 */
public final class ConsoleProgress implements TrainingProgress, AutoCloseable {

    private final RunFolder folder;
    private final int epochs;
    private final List<EpochReport> reports;
    private final MetricsFiles metrics;
    private final ProgressBar bar;
    private final PageWriter page;
    private final Pauses pagePauses = new Pauses(System::nanoTime);
    private boolean pageLacksEpochs;
    private String validation = "";

    /** Writes the page of the run as far as it is. */
    interface PageWriter {
        void write(List<EpochReport> epochs) throws IOException;
    }

    /**
     * Begins to show a training.
     *
     * @param name what to call it
     * @param folder the folder of the run
     * @param epochs the number of epochs in all
     * @param images the number of images in an epoch
     * @param classNames the names of the classes
     * @param before the reports of the epochs that are done already
     * @param page writes the page: it is drawn anew each time, so not after every epoch where these
     *     are shorter than that takes, and at the end
     */
    ConsoleProgress(
            String name,
            RunFolder folder,
            int epochs,
            long images,
            List<String> classNames,
            List<EpochReport> before,
            PageWriter page) {
        this.page = page;
        this.folder = folder;
        this.epochs = epochs;
        reports = new ArrayList<>(before);
        metrics = new MetricsFiles(folder, classNames, before);
        bar =
                Ansi.AUTO.enabled()
                        ? new ProgressBarBuilder()
                                .setTaskName(name)
                                .setInitialMax(epochs * images)
                                .startsFrom(before.size() * images, Duration.ZERO)
                                .setUnit(" images", 1)
                                .showSpeed()
                                .setStyle(ProgressBarStyle.ASCII)
                                .setUpdateIntervalMillis(200)
                                .build()
                        : null;
    }

    @Override
    public void onBatch(int epoch, int batch, int batches, int images, Map<String, Float> losses) {
        if (bar != null) {
            bar.setExtraMessage(
                    String.format(
                            Locale.ROOT,
                            " epoch %d/%d%s%s",
                            epoch,
                            epochs,
                            text(losses, "%.2f"),
                            validation));
            bar.stepBy(images);
        }
    }

    private static String text(Map<String, Float> losses, String format) {
        StringBuilder text = new StringBuilder();
        losses.forEach(
                (name, value) ->
                        text.append("  ")
                                .append(name)
                                .append(' ')
                                .append(String.format(Locale.ROOT, format, value)));
        return text.toString();
    }

    @Override
    public void onEpoch(EpochReport report) {
        reports.add(report);
        validation = String.format(Locale.ROOT, "  mIoU %.3f", report.score());
        String averaged =
                report.averaged().isPresent()
                        ? String.format(Locale.ROOT, ", %.3f of the average", report.score())
                        : "";
        String line =
                String.format(
                        Locale.ROOT,
                        "epoch %d/%d%s  val mean IoU %.3f%s  %.1f images/s, wait %.1f %%  %.1f s%s",
                        report.epoch(),
                        epochs,
                        text(report.losses(), "%.4f"),
                        report.validation().meanIou(),
                        averaged,
                        report.imagesPerSecond(),
                        100 * report.waitShare(),
                        report.seconds(),
                        report.skippedBatches() == 0
                                ? ""
                                : "  "
                                        + report.skippedBatches()
                                        + " batches without a valid pixel");
        if (bar == null) {
            System.out.println(line);
        }
        try {
            folder.log(line);
            metrics.add(report);
            pageLacksEpochs = true;
            if (pagePauses.isDue()) {
                writePage();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void writePage() throws IOException {
        pagePauses.run(() -> page.write(reports));
        pageLacksEpochs = false;
    }

    /** Ends, on whatever grounds, with a page of all epochs so far. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
        if (pageLacksEpochs) {
            try {
                writePage();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
