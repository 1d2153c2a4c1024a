package io.github.lovaszdjl.app.run;

import ai.djl.util.Progress;
import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Help.Ansi;

/** A progress bar for each step of a fetch on a terminal, else a line a tenth of it. */
public final class FetchProgress implements Progress, AutoCloseable {

    private static final long MB = 1_000_000;

    /** Where the size is not known, a line comes every so many bytes. */
    private static final long STRIDE = 50 * MB;

    private final PrintWriter out;
    private final boolean terminal;
    private ProgressBar bar;
    private String task = "";
    private long max;
    private long done;
    private long told;

    public FetchProgress(PrintWriter out) {
        this(out, Ansi.AUTO.enabled());
    }

    public FetchProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public void reset(String message, long max, String trailingMessage) {
        close();
        task = message;
        this.max = max;
        done = 0;
        told = 0;
        if (terminal) {
            ProgressBarBuilder builder =
                    new ProgressBarBuilder()
                            .setTaskName(message)
                            .setInitialMax(max)
                            .setStyle(ProgressBarStyle.ASCII)
                            .setUpdateIntervalMillis(200);
            bar = (inBytes() ? builder.setUnit(" MB", MB) : builder).build();
        }
    }

    @Override
    public void start(long initialProgress) {
        told = step(initialProgress);
        update(initialProgress);
    }

    @Override
    public void end() {
        close();
    }

    @Override
    public void increment(long increment) {
        update(done + increment);
    }

    @Override
    public void update(long progress, String message) {
        done = progress;
        if (bar != null) {
            bar.stepTo(progress);
        } else if (!terminal && step(progress) > told) {
            told = step(progress);
            out.println(
                    task
                            + ": "
                            + amount(progress)
                            + (max > 0 ? " of " + amount(max) : "")
                            + (inBytes() ? " MB" : ""));
            out.flush();
        }
    }

    private long step(long progress) {
        return max > 0 ? progress * 10 / max : progress / STRIDE;
    }

    private boolean inBytes() {
        return max < 0 || max >= MB;
    }

    private long amount(long progress) {
        return inBytes() ? progress / MB : progress;
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
