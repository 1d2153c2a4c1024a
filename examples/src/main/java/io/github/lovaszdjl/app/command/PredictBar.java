package io.github.lovaszdjl.app.command;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Help.Ansi;

/** A progress bar of images and their rows on a terminal, else nothing. */
final class PredictBar implements AutoCloseable {

    /** The steps of one image. */
    private static final int STEPS = 1000;

    private final ProgressBar bar;
    private final int images;
    private int image;

    PredictBar(int images) {
        this.images = images;
        bar =
                Ansi.AUTO.enabled()
                        ? new ProgressBarBuilder()
                                .setTaskName("predict")
                                .setInitialMax((long) images * STEPS)
                                .setStyle(ProgressBarStyle.ASCII)
                                .setUpdateIntervalMillis(200)
                                .build()
                        : null;
    }

    boolean shown() {
        return bar != null;
    }

    void image(int number) {
        image = number;
        row(-1, 1);
    }

    void row(int y, int height) {
        if (bar != null) {
            bar.setExtraMessage(" image " + image + "/" + images);
            bar.stepTo((image - 1L) * STEPS + (y + 1L) * STEPS / height);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
