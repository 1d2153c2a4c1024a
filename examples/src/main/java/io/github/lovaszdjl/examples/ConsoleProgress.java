package io.github.lovaszdjl.examples;

import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingProgress;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Help.Ansi;

/** A progress bar over the whole training on a terminal, else a line an epoch. */
final class ConsoleProgress implements TrainingProgress, AutoCloseable {

    private final String name;
    private final int epochs;
    private final boolean terminal = Ansi.AUTO.enabled();
    private ProgressBar bar;
    private String validation = "";

    ConsoleProgress(String name, int epochs) {
        this.name = name;
        this.epochs = epochs;
    }

    @Override
    public void onBatch(int epoch, int batch, int batches, float loss) {
        if (!terminal) {
            return;
        }
        if (bar == null) {
            // Made here since the number of batches is known here.
            bar =
                    new ProgressBarBuilder()
                            .setTaskName(name)
                            .setInitialMax((long) epochs * batches)
                            .setStyle(ProgressBarStyle.ASCII)
                            .setUpdateIntervalMillis(200)
                            .build();
        }
        bar.setExtraMessage(
                String.format(Locale.ROOT, " %d/%d loss %.2f%s", epoch, epochs, loss, validation));
        bar.step();
    }

    @Override
    public void onEpoch(EpochReport report) {
        double meanIou = report.validation().meanIou();
        validation = String.format(Locale.ROOT, " mIoU %.2f", meanIou);
        if (!terminal) {
            StringBuilder losses = new StringBuilder();
            report.losses()
                    .forEach(
                            (n, v) -> losses.append(String.format(Locale.ROOT, "  %s %.4f", n, v)));
            System.out.printf(
                    Locale.ROOT,
                    "%s: epoch %d/%d %s  val mean IoU %.3f  %.1f s%s%n",
                    name,
                    report.epoch(),
                    epochs,
                    losses,
                    meanIou,
                    report.seconds(),
                    report.skippedBatches() == 0
                            ? ""
                            : "  " + report.skippedBatches() + " batches without a valid pixel");
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
