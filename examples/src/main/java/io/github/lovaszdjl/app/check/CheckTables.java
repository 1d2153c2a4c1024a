package io.github.lovaszdjl.app.check;

import io.github.lovaszdjl.app.table.Table;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/** The figures of checks of engines, in cells. */
public final class CheckTables {

    private CheckTables() {}

    /** Returns the report for a console. */
    public static String text(List<EngineCheck> checks) {
        StringBuilder text = new StringBuilder();
        for (EngineCheck check : checks) {
            text.append(title(check)).append('\n');
            if (!check.losses().isEmpty()) {
                text.append(Table.text(losses(check))).append('\n');
                if (!check.timings().isEmpty()) {
                    text.append(Table.text(timings(check))).append('\n');
                }
                training(check).forEach(line -> text.append(line).append('\n'));
            }
            check.problems().forEach(p -> text.append("WRONG: ").append(p).append('\n'));
            String otherBits = otherBits(check);
            if (check.problems().isEmpty() && !check.losses().isEmpty()) {
                text.append("all right").append(otherBits.isEmpty() ? "\n" : ", but ");
            }
            if (!otherBits.isEmpty()) {
                text.append(otherBits).append('\n');
            }
            check.notes().forEach(note -> text.append(note).append('\n'));
            text.append('\n');
        }
        return text.toString();
    }

    /** Returns which losses gave other bits, which is no error; empty if none did. */
    static String otherBits(EngineCheck check) {
        return check.otherBits().isEmpty()
                ? ""
                : "other bits on the same input: " + String.join("; ", check.otherBits());
    }

    static String title(EngineCheck check) {
        String version = check.facts().getOrDefault("engine", check.engine());
        String gpu = check.facts().containsKey("GPU") ? ", " + check.facts().get("GPU") : "";
        return version + " on " + check.device() + gpu;
    }

    /** Returns the errors of the losses; a row a loss, over all options. */
    static List<List<String>> losses(EngineCheck check) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(
                List.of(
                        "loss",
                        "comparisons",
                        "value error / allowed",
                        "gradient error / allowed",
                        "same bits again"));
        Set<String> names = new LinkedHashSet<>();
        check.losses().forEach(finding -> names.add(finding.loss()));
        for (String name : names) {
            int comparisons = 0;
            int thrown = 0;
            double value = 0;
            double gradient = 0;
            List<String> others = new ArrayList<>();
            for (var finding : check.losses()) {
                if (finding.loss().equals(name)) {
                    comparisons += finding.comparisons();
                    thrown += finding.thrown();
                    value = Math.max(value, finding.value());
                    gradient = Math.max(gradient, finding.gradient());
                    if (!finding.sameBits()) {
                        others.add(finding.options());
                    }
                }
            }
            cells.add(
                    List.of(
                            name,
                            comparisons + (thrown == 0 ? "" : ", " + thrown + " failed"),
                            thrown > 0 ? "failed" : format("%.2f", value),
                            thrown > 0 ? "failed" : format("%.2f", gradient),
                            thrown == comparisons
                                    ? "failed"
                                    : others.isEmpty()
                                            ? "yes"
                                            : "no: " + String.join("; ", others)));
        }
        return cells;
    }

    /** Returns the times of the losses; a row a loss and a shape. */
    static List<List<String>> timings(EngineCheck check) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(
                List.of(
                        "forward + backward",
                        "logits",
                        "ms",
                        "/ cross-entropy",
                        "published /",
                        "peak MB",
                        "waits"));
        for (var timing : check.timings()) {
            Double time = timing.milliseconds();
            Double entropy = time(check, timing.shape(), "cross-entropy");
            Double published = time(check, timing.shape(), "published algorithm");
            cells.add(
                    List.of(
                            timing.loss(),
                            timing.shape(),
                            milliseconds(timing),
                            ratio(time, entropy),
                            ratio(published, time),
                            timing.peakBytes() == null
                                    ? "-"
                                    : format("%.0f", timing.peakBytes() / 1e6),
                            timing.synchronizations() == null
                                    ? "-"
                                    : timing.synchronizations().toString()));
        }
        return cells;
    }

    private static String milliseconds(LossTiming timing) {
        if (timing.failure() != null) {
            return "failed";
        }
        if (timing.milliseconds() != null) {
            return format("%.2f", timing.milliseconds());
        }
        return timing.expectedSeconds() == null
                ? "not run"
                : format("not run: %.1f s", timing.expectedSeconds());
    }

    private static Double time(EngineCheck check, String shape, String loss) {
        return check.timings().stream()
                .filter(t -> t.shape().equals(shape) && t.loss().equals(loss))
                .map(LossTiming::milliseconds)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static String ratio(Double numerator, Double denominator) {
        return numerator == null || denominator == null
                ? "-"
                : format("%.2f", numerator / denominator);
    }

    /** Returns what a network takes, a line each. */
    static List<String> training(EngineCheck check) {
        List<String> lines = new ArrayList<>();
        if (check.network() != null) {
            lines.add(
                    format(
                            "U-Net, one step against %s: gradient off by %.1e of its norm in"
                                    + " FLOAT64, %.1e in FLOAT32; loss off by %.1e",
                            check.network().against(),
                            check.network().gradientOff(),
                            check.network().gradientOffSingle(),
                            check.network().lossOff()));
        }
        check.stepMilliseconds()
                .forEach(
                        (loss, time) ->
                                lines.add(
                                        format(
                                                "U-Net, 8 images of 128 x 128, a step with %s:"
                                                        + " %.1f ms",
                                                loss, time)));
        if (check.imagesPerSecond() != null) {
            lines.add(format("training on earth: %.1f images/s", check.imagesPerSecond()));
        }
        return lines;
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
