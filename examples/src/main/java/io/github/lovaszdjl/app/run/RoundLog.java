package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.training.RoundReport;
import io.github.lovaszdjl.training.TrainingCallback;
import java.io.IOException;

/** Writes down, for every epoch in rounds, what they took. */
final class RoundLog implements TrainingCallback {

    private final RunFolder folder;

    private double seconds;
    private double communication;
    private long bytes;

    RoundLog(RunFolder folder) {
        this.folder = folder;
    }

    @Override
    public void onRound(RoundReport report) throws IOException {
        if (report.round().number() == 0) {
            seconds = 0;
            communication = 0;
            bytes = 0;
        }
        seconds += report.seconds();
        communication += report.communicationSeconds();
        bytes += report.bytes();
        if (report.round().number() == report.rounds() - 1) {
            RoundTotals totals =
                    new RoundTotals(
                            report.rounds(), report.round().parts(), seconds, communication, bytes);
            totals.write(folder, report.round().epoch());
            folder.log("epoch " + report.round().epoch() + ": " + totals);
        }
    }
}
