package io.github.lovaszdjl.app.run;

import com.google.gson.JsonObject;
import io.github.lovaszdjl.app.table.Csv;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the rounds of a training took, in the run folder's {@code rounds.csv}, which has a line for
 * each epoch; a training without a cluster has none.
 *
 * @param rounds how many rounds there were
 * @param workers how many parts each had
 * @param seconds the time they took
 * @param communicationSeconds that of it in which no part was trained
 * @param bytes how many bytes went between processes
 */
record RoundTotals(
        int rounds, int workers, double seconds, double communicationSeconds, long bytes) {

    /** The name of the file in a run folder. */
    static final String NAME = "rounds.csv";

    private static final List<String> COLUMNS =
            List.of("epoch", "rounds", "workers", "seconds", "communication seconds", "bytes");

    /**
     * Reads those of all epochs.
     *
     * @return their sum, empty where there are none
     */
    static Optional<RoundTotals> read(RunFolder folder) throws IOException {
        return lines(folder).stream().map(RoundTotals::of).reduce(RoundTotals::plus);
    }

    /** Writes those of an epoch; of this and later ones there are lines where it is done anew. */
    void write(RunFolder folder, int epoch) throws IOException {
        List<List<String>> all = new ArrayList<>(List.of(COLUMNS));
        for (List<String> line : lines(folder)) {
            if (Integer.parseInt(line.get(0)) < epoch) {
                all.add(line);
            }
        }
        all.add(
                List.of(
                        String.valueOf(epoch),
                        String.valueOf(rounds),
                        String.valueOf(workers),
                        Csv.number(seconds),
                        Csv.number(communicationSeconds),
                        String.valueOf(bytes)));
        Csv.write(folder.file(NAME), all);
    }

    private static List<List<String>> lines(RunFolder folder) throws IOException {
        Path file = folder.file(NAME);
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        return Files.readAllLines(file).stream()
                .skip(1)
                .map(line -> List.of(line.split(",", -1)))
                .toList();
    }

    private static RoundTotals of(List<String> line) {
        return new RoundTotals(
                Integer.parseInt(line.get(1)),
                Integer.parseInt(line.get(2)),
                Double.parseDouble(line.get(3)),
                Double.parseDouble(line.get(4)),
                Long.parseLong(line.get(5)));
    }

    /** Returns the sum; the workers of all rounds are as many. */
    RoundTotals plus(RoundTotals next) {
        return new RoundTotals(
                rounds + next.rounds,
                next.workers,
                seconds + next.seconds,
                communicationSeconds + next.communicationSeconds,
                bytes + next.bytes);
    }

    /** Returns the share of the time that is communication, 0 to 1. */
    double share() {
        return seconds == 0 ? 0 : communicationSeconds / seconds;
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("rounds", rounds);
        json.addProperty("workers", workers);
        json.addProperty("seconds", seconds);
        json.addProperty("communicationSeconds", communicationSeconds);
        json.addProperty("bytes", bytes);
        return json;
    }

    /** Returns it in words. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d %s of %d %s, %.1f s, %.1f s of them communication of %.1f MB",
                rounds,
                rounds == 1 ? "round" : "rounds",
                workers,
                workers == 1 ? "worker" : "workers",
                seconds,
                communicationSeconds,
                bytes / 1e6);
    }
}
