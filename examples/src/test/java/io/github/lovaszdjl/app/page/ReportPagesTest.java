package io.github.lovaszdjl.app.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.table.Scores;
import io.github.lovaszdjl.app.table.Summary;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The pages as text and as XML; {@link ReportBrowserTest} looks at them in a browser. */
class ReportPagesTest {

    private static final String EVIL = "</td><script>alert('1')</script> \"&amp;\" \u0001";
    // What cannot be in XML is replaced.
    private static final String EVIL_SHOWN = EVIL.replace('\u0001', '\uFFFD');

    @TempDir Path folder;

    @Test
    void pagesLoadNothingAndTheirLinksLeadSomewhere() throws Exception {
        for (Document page : List.of(page(ReportTesting.run()), page(ReportTesting.comparison()))) {
            Set<String> ids = new HashSet<>();
            for (Element element : elements(page, "*")) {
                String id = element.getAttribute("id");
                assertTrue(id.isEmpty() || ids.add(id), "twice: " + id);
                assertFalse(
                        Set.of("script", "iframe", "object", "embed", "video", "form")
                                .contains(element.getTagName()),
                        element.getTagName());
                assertFalse(element.hasAttribute("onload") || element.hasAttribute("srcset"));
                if (element.hasAttribute("src") || element.getTagName().equals("link")) {
                    String address = element.getAttribute("src") + element.getAttribute("href");
                    assertTrue(address.startsWith("data:"), address);
                }
            }
            for (Element link : elements(page, "a")) {
                String href = link.getAttribute("href");
                assertTrue(
                        href.startsWith("#")
                                ? ids.contains(href.substring(1))
                                : href.startsWith("./"),
                        href);
            }
            String text = elements(page, "style").get(0).getTextContent();
            assertFalse(text.contains("url(") || text.contains("@import"), text);
            assertEquals("en", page.getDocumentElement().getAttribute("lang"));
            assertEquals(1, elements(page, "main").size());
            assertEquals(1, elements(page, "h1").size());
            elements(page, "img").forEach(i -> assertFalse(i.getAttribute("alt").isBlank()));
            elements(page, "svg")
                    .forEach(
                            s ->
                                    assertFalse(
                                            s.getAttribute("aria-label").isBlank()
                                                    && s.getAttribute("aria-hidden").isBlank()));
        }
    }

    @Test
    void headlineFiguresAreThoseOfTheMatrix() throws Exception {
        RunPage.Report report = ReportTesting.run();
        ConfusionMatrix matrix = report.test().orElseThrow().matrix();
        List<String> values = new ArrayList<>();
        for (Element dd : elements(page(report), "dd")) {
            if (dd.getAttribute("class").equals("value")) {
                values.add(dd.getTextContent());
            }
        }
        assertEquals(String.format(Locale.ROOT, "%.3f", matrix.meanIou()), values.get(0));
        assertEquals(String.format(Locale.ROOT, "%.3f", matrix.pixelAccuracy()), values.get(1));
        assertEquals("12", values.get(2));
        double[] rates =
                report.epochs().stream()
                        .mapToDouble(RunPage.Epoch::imagesPerSecond)
                        .sorted()
                        .toArray();
        double median = (rates[5] + rates[6]) / 2;
        assertEquals(String.format(Locale.ROOT, "%.1f", median), values.get(3));
        double[] waits =
                report.epochs().stream().mapToDouble(RunPage.Epoch::waitShare).sorted().toArray();
        double medianWait = 100 * (waits[5] + waits[6]) / 2;
        assertEquals(String.format(Locale.ROOT, "%.1f %%", medianWait), values.get(4));
    }

    @Test
    void classesAndCellsAreThoseOfTheMatrix() throws Exception {
        RunPage.Report report = ReportTesting.run();
        ConfusionMatrix matrix = report.test().orElseThrow().matrix();
        Document page = page(report);
        List<List<String>> rows = rows(page, "classes");
        List<List<String>> cells = rows(page, "confusion");
        for (int c = 0; c < 4; c++) {
            List<String> row = rows.get(c + 1);
            assertEquals(ReportTesting.CLASSES.get(c), row.get(0));
            assertEquals(String.format(Locale.ROOT, "%.3f", matrix.iou(c)), row.get(2));
            assertEquals(String.format(Locale.ROOT, "%.3f", matrix.precision(c)), row.get(3));
            assertEquals(String.format(Locale.ROOT, "%.3f", matrix.accuracy(c)), row.get(4));
            // The diagonal in percent is the accuracy of the class, also called recall.
            String diagonal = cells.get(c + 1).get(c + 1);
            double percent = 100 * matrix.accuracy(c);
            assertEquals(percent, Double.parseDouble(diagonal), 0.05 + 1e-9);
        }
        // Lakes in column 4, of row ocean.
        Element cell = elements(byId(page, "confusion"), "td").get(3);
        assertEquals("ocean → lake: " + matrix.count(0, 3) + " pixels", cell.getAttribute("title"));
    }

    @Test
    void comparisonShowsTheSummary() throws Exception {
        ComparisonPage.Report report = ReportTesting.comparison();
        Summary.LossSummary lovasz = report.summary().losses().get(1);
        Document page = page(report);
        List<String> row = rows(page, "losses").get(2);
        assertEquals("2 cross-entropy+lovasz", row.get(0));
        assertEquals("3", row.get(1));
        assertEquals(plusMinus("%.3f", lovasz.measures().meanIou()), row.get(2));
        assertEquals(plusMinus("%+.3f", lovasz.difference().meanIou()), row.get(3));
        assertEquals(plusMinus("%.3f", lovasz.measures().pixelAccuracy()), row.get(4));
        // Two rows a class under the heading; that of the second loss has no class of its own.
        List<String> lake = rows(page, "classes").get(8);
        assertEquals("2", lake.get(0));
        assertEquals(plusMinus("%.3f", lovasz.measures().iou().get(3)), lake.get(2));
        assertEquals(plusMinus("%+.3f", lovasz.difference().iou().get(3)), lake.get(3));
        assertEquals(7, rows(page, "runs").size());
        String link = elements(byId(page, "runs"), "a").get(5).getAttribute("href");
        assertEquals("./cross-entropy+lovasz/seed%203/report.html", link);
    }

    @Test
    void chartsAreOfTheAverageWhereThereIsOne() throws Exception {
        Scores weights = new Scores(List.of(0.1, 0.1, 0.1, 0.1), 0.1, 0.2);
        Scores average = new Scores(List.of(0.5, 0.6, 0.7, 0.8), 0.65, 0.9);
        List<RunPage.Epoch> epochs =
                List.of(
                        new RunPage.Epoch(
                                1, 1, Map.of("ce", 1.0), weights, 1, 0, 1, Optional.of(average)));
        ComparisonPage.Report all = ReportTesting.comparison();
        ComparisonPage.Report report =
                new ComparisonPage.Report(
                        "comparison",
                        "",
                        Map.of(),
                        Map.of(),
                        all.classNames(),
                        List.of(new ComparisonPage.Run("ce", 1, epochs, Optional.empty())),
                        Summary.of(all.classNames(), List.of()),
                        "test",
                        31,
                        Optional.empty(),
                        Optional.empty());
        ComparisonPage.View view = ComparisonPage.view(report);
        assertArrayEquals(new double[] {0.65}, view.meanIou().lines().get(0).values());
        assertArrayEquals(new double[] {0.9}, view.pixelAccuracy().lines().get(0).values());
        assertArrayEquals(new double[] {0.7}, view.classCharts().get(2).lines().get(0).values());
        String said = "Validation is that of the average of the weights.";
        assertTrue(page(report).getDocumentElement().getTextContent().contains(said));
        assertFalse(page(all).getDocumentElement().getTextContent().contains(said));
    }

    private static String plusMinus(String format, Summary.Spread spread) {
        return String.format(Locale.ROOT, format, spread.mean())
                + String.format(Locale.ROOT, " ± %.3f", spread.deviation());
    }

    @Test
    void theMontageIsInThePage() throws Exception {
        Document page = page(ReportTesting.run());
        String data = elements(page, "img").get(0).getAttribute("src");
        assertTrue(data.startsWith("data:image/png;base64,"));
        byte[] png = Base64.getDecoder().decode(data.substring(data.indexOf(',') + 1));
        assertArrayEquals(ReportTesting.montage(), png);
    }

    @Test
    void textFromOutsideStaysText() throws Exception {
        RunPage.Report run = ReportTesting.run();
        List<String> names = List.of(EVIL, "b&b", "c<d", "'e'");
        List<RunPage.Epoch> epochs =
                run.epochs().stream()
                        .map(
                                e ->
                                        new RunPage.Epoch(
                                                e.epoch(),
                                                1,
                                                Map.of(EVIL, 1.0),
                                                e.validation(),
                                                1,
                                                0,
                                                1,
                                                Optional.of(e.validation())))
                        .toList();
        RunPage.Result test = run.test().orElseThrow();
        RunPage.Report evil =
                new RunPage.Report(
                        EVIL,
                        EVIL,
                        Map.of(EVIL, EVIL),
                        Map.of(EVIL, EVIL),
                        names,
                        20,
                        epochs,
                        1,
                        Optional.of(new RunPage.Result(EVIL, 3, test.matrix(), Double.NaN)),
                        run.montagePng(),
                        Optional.of(EVIL));
        Document page = page(evil);
        assertEquals(0, elements(page, "script").size());
        assertEquals(EVIL_SHOWN, elements(page, "h1").get(0).getTextContent());
        assertEquals(EVIL_SHOWN, elements(page, "title").get(0).getTextContent());
        assertEquals(EVIL_SHOWN, rows(page, "confusion").get(1).get(0));
        assertEquals(List.of(EVIL_SHOWN, EVIL_SHOWN), rows(page, "configuration").get(0));
        ComparisonPage.Report comparison =
                new ComparisonPage.Report(
                        EVIL,
                        EVIL,
                        Map.of(),
                        Map.of(),
                        names,
                        List.of(
                                new ComparisonPage.Run(
                                        EVIL, 1, epochs, Optional.of("a:b/?#<\">%"))),
                        Summary.of(
                                names,
                                List.of(new Summary.Result(EVIL, 1, Scores.of(test.matrix()), 1))),
                        EVIL,
                        1,
                        Optional.empty(),
                        Optional.empty());
        Document second = page(comparison);
        assertEquals(0, elements(second, "script").size());
        assertEquals("1 " + EVIL_SHOWN, rows(second, "losses").get(1).get(0));
        assertEquals(
                "./a:b/%3F%23%3C%22%3E%25",
                elements(byId(second, "runs"), "a").get(0).getAttribute("href"));
    }

    @Test
    void aClassThatIsAbsentIsMarked() throws Exception {
        ConfusionMatrix matrix = new ConfusionMatrix(4);
        IntStream.of(0, 0, 0, 1).forEach(t -> matrix.add(t, t));
        matrix.add(0, 2);
        RunPage.Report run = ReportTesting.run();
        Document page =
                page(
                        new RunPage.Report(
                                "",
                                "",
                                Map.of(),
                                Map.of(),
                                run.classNames(),
                                1,
                                List.of(),
                                0,
                                Optional.of(new RunPage.Result("val", 1, matrix, Double.NaN)),
                                Optional.empty(),
                                Optional.empty()));
        List<List<String>> rows = rows(page, "classes");
        // Ice is only in the prediction: its IoU is 0; lake is nowhere.
        assertEquals(List.of("ice", "", "0.000", "0.000", "-", "0.000", "0 %"), rows.get(3));
        assertEquals(List.of("lake", "does not occur", "-", "-", "-", "0 %"), rows.get(4));
        assertEquals("-", rows(page, "confusion").get(4).get(1));
        assertFalse(page.getDocumentElement().getTextContent().contains("NaN"));
    }

    @Test
    void unfinishedRunsShowWhatThereIs() throws Exception {
        RunPage.Report run = ReportTesting.run();
        for (int epochs : new int[] {0, 1, 12}) {
            Document page =
                    page(
                            new RunPage.Report(
                                    "run",
                                    "",
                                    Map.of(),
                                    Map.of(),
                                    run.classNames(),
                                    12,
                                    run.epochs().subList(0, epochs),
                                    Math.min(1, epochs),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.of("Go on with --resume.")));
            String notice =
                    epochs == 12
                            ? "The model has not been tested yet."
                            : "Unfinished: " + epochs + " of 12 epochs done.";
            String text = page.getDocumentElement().getTextContent();
            assertTrue(text.contains(notice + " Go on with --resume."), text);
            // Three charts and one for each class, or none.
            long charts =
                    elements(page, "svg").stream()
                            .filter(svg -> svg.getAttribute("class").equals("chart"))
                            .count();
            assertEquals(epochs == 0 ? 0 : 7, charts);
            assertFalse(text.contains("Confusion matrix"), text);
        }
    }

    @Test
    void anUnfinishedComparisonShowsWhatThereIs() throws Exception {
        ComparisonPage.Report all = ReportTesting.comparison();
        for (int done : new int[] {0, 1, 4}) {
            Document page =
                    page(
                            new ComparisonPage.Report(
                                    "comparison",
                                    "",
                                    Map.of(),
                                    Map.of(),
                                    all.classNames(),
                                    all.runs(),
                                    Summary.of(
                                            all.classNames(),
                                            all.summary().results().subList(0, done)),
                                    "test",
                                    31,
                                    Optional.empty(),
                                    Optional.empty()));
            String text = page.getDocumentElement().getTextContent();
            assertTrue(text.contains("Unfinished: " + done + " of 6 runs done."), text);
            assertEquals(done == 4, !rows(page, "losses").get(2).contains("no run is done"));
            assertEquals("not done", rows(page, "runs").get(6).get(3));
        }
    }

    @Test
    void aPageReplacesTheOldOneAndLeavesNothingElse() throws IOException {
        Path html = Files.writeString(folder.resolve("report.html"), "old");
        RunPage.write(html, ReportTesting.run());
        assertTrue(Files.readString(html).startsWith("<!DOCTYPE html>"));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(html), files.toList());
        }
    }

    @Test
    void whatDoesNotFitTheClassesIsRefused() {
        RunPage.Report run = ReportTesting.run();
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new RunPage.Report(
                                "",
                                "",
                                Map.of(),
                                Map.of(),
                                List.of("one"),
                                12,
                                run.epochs(),
                                1,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new RunPage.Epoch(
                                0,
                                1,
                                Map.of(),
                                run.epochs().get(0).validation(),
                                1,
                                0,
                                1,
                                Optional.empty()));
    }

    private Document page(RunPage.Report report) throws Exception {
        Path html = folder.resolve("run.html");
        RunPage.write(html, report);
        return parse(html);
    }

    private Document page(ComparisonPage.Report report) throws Exception {
        Path html = folder.resolve("comparison.html");
        ComparisonPage.write(html, report);
        return parse(html);
    }

    private static Document parse(Path html) throws Exception {
        String text = Files.readString(html);
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static Element byId(Document page, String id) {
        return elements(page, "section").stream()
                .filter(e -> e.getAttribute("id").equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** The cells of the rows of a section's tables. */
    private static List<List<String>> rows(Document page, String section) {
        List<List<String>> rows = new ArrayList<>();
        for (Element row : elements(byId(page, section), "tr")) {
            rows.add(
                    elements(row, "*").stream()
                            .filter(e -> e.getTagName().equals("td") || e.getTagName().equals("th"))
                            .map(Element::getTextContent)
                            .toList());
        }
        return rows;
    }

    private static List<Element> elements(Document page, String tag) {
        return elements(page.getDocumentElement(), tag);
    }

    private static List<Element> elements(Element root, String tag) {
        var nodes = root.getElementsByTagName(tag);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }
}
