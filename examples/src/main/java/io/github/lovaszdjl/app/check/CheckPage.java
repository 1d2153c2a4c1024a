package io.github.lovaszdjl.app.check;

import io.github.lovaszdjl.app.page.Html;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The page that shows checks of engines, see {@link Html}. */
public final class CheckPage {

    private CheckPage() {}

    /** Returns the page. */
    public static String of(List<EngineCheck> checks) throws IOException {
        Map<String, String> contents = new LinkedHashMap<>();
        StringBuilder body = new StringBuilder();
        int number = 0;
        for (EngineCheck check : checks) {
            number++;
            String id = "check" + number;
            contents.put(id, check.engine() + ", " + check.device());
            body.append(Html.section(id, CheckTables.title(check), section(check)));
        }
        contents.put("meaning", "What the figures mean");
        body.append(Html.meaning(meaning()));
        long wrong = checks.stream().filter(check -> !check.problems().isEmpty()).count();
        String notice =
                wrong == 0
                        ? ""
                        : Html.notice(
                                String.format(
                                        "Something is wrong on %d of %d engines and devices.",
                                        wrong, checks.size()));
        return Html.page(
                "engine check",
                wrong == 0 ? "All right" : "Something is wrong",
                "Every loss, value and gradient, against a reference in double precision, and what"
                        + " it takes",
                notice,
                body.toString(),
                contents);
    }

    private static String section(EngineCheck check) {
        StringBuilder body = new StringBuilder();
        check.problems().forEach(problem -> body.append(Html.notice(problem)));
        if (!check.losses().isEmpty()) {
            body.append("<h3>Right or wrong</h3>\n");
            body.append(Html.scroll("Errors of the losses", table(CheckTables.losses(check))));
            if (!check.timings().isEmpty()) {
                body.append("<h3>Time and memory</h3>\n");
                body.append(Html.scroll("Times of the losses", table(CheckTables.timings(check))));
            }
            body.append("<h3>A network</h3>\n");
            CheckTables.training(check).forEach(line -> body.append(Html.paragraph(line)));
        }
        String facts =
                check.facts().entrySet().stream()
                        .map(
                                e ->
                                        "<tr><th scope=\"row\">%s</th><td><code>%s</code></td></tr>\n"
                                                .formatted(
                                                        Html.escape(e.getKey()),
                                                        Html.escape(e.getValue())))
                        .collect(Collectors.joining());
        if (!facts.isEmpty()) {
            body.append("<h3>Versions</h3>\n<table class=\"facts\"><tbody>\n")
                    .append(facts)
                    .append("</tbody></table>\n");
        }
        return body.toString();
    }

    private static String table(List<List<String>> cells) {
        StringBuilder table = new StringBuilder("<table>\n<thead><tr>");
        for (String cell : cells.get(0)) {
            table.append("<th scope=\"col\">").append(Html.escape(cell)).append("</th>");
        }
        table.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : cells.subList(1, cells.size())) {
            table.append("<tr><th scope=\"row\">").append(Html.escape(row.get(0))).append("</th>");
            for (String cell : row.subList(1, row.size())) {
                table.append("<td>").append(Html.escape(cell)).append("</td>");
            }
            table.append("</tr>\n");
        }
        return table.append("</tbody></table>\n").toString();
    }

    private static Map<String, String> meaning() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put(
                "value error / allowed",
                "the largest error of a value over all batches, types and options, in parts of what"
                        + " is allowed: 2e-6 of the value, or of 1 where it is less; 1e-12 of"
                        + " FLOAT64");
        terms.put(
                "gradient error / allowed",
                "the same for gradients: 1e-5 of the norm, or of 1e-3; 1e-12 of FLOAT64; of FLOAT16"
                        + " what its 11 bits add");
        terms.put(
                "same bits again", "whether the same input gave the same value and gradient twice");
        terms.put("ms", "the median time of forward and backward");
        terms.put("/ cross-entropy", "how many times the time of cross-entropy");
        terms.put(
                "published /",
                "how many times as long the algorithm as published takes, in the same operations");
        terms.put("peak MB", "the memory that a step takes beyond the logits and labels");
        terms.put("waits", "how often a step waits for the GPU, by CUPTI");
        return terms;
    }
}
