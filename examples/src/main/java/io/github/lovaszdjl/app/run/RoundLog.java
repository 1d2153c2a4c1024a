package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.training.RoundReport;
import io.github.lovaszdjl.training.TrainingCallback;
import java.io.IOException;

/** Writes down, for every epoch in rounds, what they took. */
final class RoundLog implements TrainingCallback {

    private final RunFolder folder;

    /** Those of the epoch so far. */
    private RoundTotals totals;

    RoundLog(RunFolder folder) {
        this.folder = folder;
    }

    @Override
    public void onRound(RoundReport report) throws IOException {
        RoundTotals one =
                new RoundTotals(
                        1,
                        report.round().parts(),
                        report.seconds(),
                        report.communicationSeconds(),
                        report.bytes());
        totals = report.round().number() == 0 ? one : totals.plus(one);
        if (report.round().number() == report.rounds() - 1) {
            totals.write(folder, report.round().epoch());
            folder.log("epoch " + report.round().epoch() + ": " + totals);
        }
    }
}
