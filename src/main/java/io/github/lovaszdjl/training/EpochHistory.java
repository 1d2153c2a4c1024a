package io.github.lovaszdjl.training;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The reports of the epochs of a training, in a file beside its checkpoint: a JSON object a line.
 *
 * <p>The file only grows, so that an epoch costs the same however many there were. The checkpoint
 * of epoch n, which is written before the epoch is validated, tells the length and the check sum of
 * the n − 1 lines before. Whatever comes behind them is line n if it has the check sum of itself
 * and of the very state in the checkpoint; else it is damaged, what a process left that was killed
 * while it wrote, or of another training, and the next line takes its place.
 */
final class EpochHistory {

    private static final String SUM = "sum";

    private final Path file;

    private final List<EpochReport> reports = new ArrayList<>();
    private final CRC32 sum = new CRC32();
    private long bytes;

    private EpochHistory(Path file) {
        this.file = file;
    }

    /** Returns the file that belongs to a checkpoint. */
    static Path file(Path checkpoint) {
        return checkpoint.resolveSibling(checkpoint.getFileName() + ".epochs");
    }

    /** Begins the history of a checkpoint. What is in the file stays until the first report. */
    static EpochHistory begin(Path checkpoint) {
        return new EpochHistory(file(checkpoint));
    }

    /**
     * Reads the history of a checkpoint.
     *
     * @throws IOException if it is missing or damaged; names the file
     */
    static EpochHistory read(Path checkpoint, Checkpoint last) throws IOException {
        Path file = file(checkpoint);
        EpochHistory history = new EpochHistory(file);
        long known = last.historyBytes();
        int before = last.trained().epoch() - 1;
        if (!Files.exists(file)) {
            if (known > 0) {
                throw new NoSuchFileException(
                        file.toString(),
                        null,
                        "expected the reports of " + before + " epochs beside the checkpoint");
            }
            return history;
        }
        byte[] all = Files.readAllBytes(file);
        if (all.length < known || sum(all, (int) known) != last.historySum()) {
            throw new IOException(
                    String.format(
                            "%s: expected the reports of %d epochs, %d bytes with the check sum"
                                    + " %08x as in the checkpoint %s, got %d bytes with %08x",
                            file,
                            before,
                            known,
                            last.historySum(),
                            checkpoint,
                            all.length,
                            sum(all, (int) Math.min(known, all.length))));
        }
        try {
            for (int start = 0; start < known; ) {
                int end = end(all, start);
                history.take(report(json(all, start, end)), all, start, end);
                start = end;
            }
        } catch (RuntimeException e) {
            // Gson's own errors are of many kinds.
            throw new IOException(file + ": expected reports of epochs: " + e.getMessage(), e);
        }
        if (history.bytes != known || history.reports.size() != before) {
            throw new IOException(
                    String.format(
                            "%s: expected the reports of %d epochs, got %d",
                            file, before, history.reports.size()));
        }
        history.takeLast(all, last);
        return history;
    }

    /** Takes the report of the epoch of the checkpoint if the file has it. */
    private void takeLast(byte[] all, Checkpoint last) {
        int start = (int) bytes;
        try {
            int end = end(all, start);
            JsonObject line = json(all, start, end);
            EpochReport report = report(line);
            if (line.get(SUM).getAsLong() == sum(report, last.stateSum())
                    && report.epoch() == last.trained().epoch()) {
                take(report, all, start, end);
            }
        } catch (RuntimeException e) {
            // It was not written to its end, or is damaged; the epoch is validated again.
            return;
        }
    }

    private void take(EpochReport report, byte[] all, int start, int end) {
        if (report.epoch() != reports.size() + 1) {
            throw new IllegalArgumentException(
                    "expected epoch " + (reports.size() + 1) + ", got " + report.epoch());
        }
        sum.update(all, start, end - start);
        bytes = end;
        reports.add(report);
    }

    /** Returns the place behind the line that starts somewhere. */
    private static int end(byte[] all, int start) {
        int end = start;
        while (all[end] != '\n') {
            end++;
        }
        return end + 1;
    }

    private static JsonObject json(byte[] all, int start, int end) {
        String line = new String(all, start, end - start, StandardCharsets.UTF_8);
        return JsonParser.parseString(line).getAsJsonObject();
    }

    private static long sum(byte[] all, int length) {
        CRC32 sum = new CRC32();
        sum.update(all, 0, length);
        return sum.getValue();
    }

    /** Returns the check sum of a report and of what it is a report of. */
    private static long sum(EpochReport report, long state) {
        CRC32 sum = new CRC32();
        sum.update((toJson(report) + " " + state).getBytes(StandardCharsets.UTF_8));
        return sum.getValue();
    }

    /**
     * Adds a report behind the others: wholly, or the file has those before alone.
     *
     * @param report the report of the epoch after the last
     * @param state the {@linkplain Checkpoint#stateSum check sum} of its checkpoint
     */
    void append(EpochReport report, long state) throws IOException {
        JsonObject json = toJson(report);
        json.addProperty(SUM, sum(report, state));
        byte[] line = (json + "\n").getBytes(StandardCharsets.UTF_8);
        write(line);
        sum.update(line);
        bytes += line.length;
        reports.add(report);
    }

    private void write(byte[] line) throws IOException {
        try {
            cut();
            try (OutputStream out =
                    Files.newOutputStream(
                            file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                out.write(line);
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        } catch (IOException e) {
            try {
                cut();
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw new IOException(file + ": cannot be written: " + WholeFile.reason(e), e);
        }
    }

    /** Takes away what is behind the reports so far. */
    private void cut() throws IOException {
        if (Files.exists(file) && Files.size(file) > bytes) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(bytes);
            }
        }
    }

    List<EpochReport> reports() {
        return reports;
    }

    long bytes() {
        return bytes;
    }

    long sum() {
        return sum.getValue();
    }

    static JsonObject toJson(EpochReport report) {
        JsonObject json = new JsonObject();
        json.addProperty("epoch", report.epoch());
        json.addProperty("learningRate", report.learningRate());
        JsonObject losses = new JsonObject();
        // As text: JSON has no NaN.
        report.losses().forEach((name, value) -> losses.addProperty(name, value.toString()));
        json.add("losses", losses);
        json.add("validation", rows(report.validation()));
        report.averaged().ifPresent(counts -> json.add("averaged", rows(counts)));
        json.addProperty("skippedBatches", report.skippedBatches());
        json.addProperty("images", report.images());
        json.addProperty("waitSeconds", report.waitSeconds());
        json.addProperty("trainingSeconds", report.trainingSeconds());
        json.addProperty("seconds", report.seconds());
        return json;
    }

    static EpochReport report(JsonObject json) {
        Map<String, Float> losses = new LinkedHashMap<>();
        json.getAsJsonObject("losses")
                .entrySet()
                .forEach(e -> losses.put(e.getKey(), Float.valueOf(e.getValue().getAsString())));
        return new EpochReport(
                json.get("epoch").getAsInt(),
                json.get("learningRate").getAsFloat(),
                losses,
                counts(json.getAsJsonArray("validation")),
                json.get("skippedBatches").getAsInt(),
                json.get("images").getAsInt(),
                json.get("waitSeconds").getAsDouble(),
                json.get("trainingSeconds").getAsDouble(),
                json.get("seconds").getAsDouble(),
                Optional.ofNullable(json.getAsJsonArray("averaged")).map(EpochHistory::counts));
    }

    private static JsonArray rows(ConfusionMatrix matrix) {
        JsonArray rows = new JsonArray();
        for (int truth = 0; truth < matrix.classes(); truth++) {
            JsonArray row = new JsonArray();
            for (int prediction = 0; prediction < matrix.classes(); prediction++) {
                row.add(matrix.count(truth, prediction));
            }
            rows.add(row);
        }
        return rows;
    }

    private static ConfusionMatrix counts(JsonArray rows) {
        long[][] counts = new long[rows.size()][];
        for (int truth = 0; truth < counts.length; truth++) {
            counts[truth] =
                    rows.get(truth).getAsJsonArray().asList().stream()
                            .mapToLong(JsonElement::getAsLong)
                            .toArray();
        }
        return ConfusionMatrix.of(counts);
    }
}
