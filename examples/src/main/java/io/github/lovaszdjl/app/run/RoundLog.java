package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.training.RoundReport;
import io.github.lovaszdjl.training.TrainingCallback;
import java.io.IOException;

/** Logs, for every epoch in rounds, what they took. */
final class RoundLog implements TrainingCallback {

    private final RunFolder folder;

    private int rounds;
    private double seconds;
    private double communication;
    private long bytes;

    RoundLog(RunFolder folder) {
        this.folder = folder;
    }

    @Override
    public void onRound(RoundReport report) throws IOException {
        if (report.round().number() == 0) {
            rounds = 0;
            seconds = 0;
            communication = 0;
            bytes = 0;
        }
        rounds++;
        seconds += report.seconds();
        communication += report.communicationSeconds();
        bytes += report.bytes();
        if (report.round().number() == report.rounds() - 1) {
            folder.log(
                    String.format(
                            "epoch %d: %d %s of %d %s, %.1f s, %.1f s of them communication of"
                                    + " %.1f MB",
                            report.round().epoch(),
                            rounds,
                            rounds == 1 ? "round" : "rounds",
                            report.round().parts(),
                            report.round().parts() == 1 ? "worker" : "workers",
                            seconds,
                            communication,
                            bytes / 1e6));
        }
    }
}
