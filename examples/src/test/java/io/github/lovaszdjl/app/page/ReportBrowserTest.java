package io.github.lovaszdjl.app.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.util.JsonUtils;
import freemarker.core.HTMLOutputFormat;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pages as Chromium, without a window, shows them. Skipped where there is none: it is not
 * needed to build.
 */
class ReportBrowserTest {

    private static final int LAPTOP = 1280;
    private static final int PHONE = 390;

    /** More than enough to open a page on a busy machine; it takes about a second. */
    private static final int LIMIT_SECONDS = 120;

    @TempDir Path folder;

    private Path chromium;

    /** What a frame of some width measures of the page in it. */
    private record Measured(
            int width,
            int scrollWidth,
            int height,
            int charts,
            int emptyCharts,
            int lines,
            int picture,
            int requests,
            int brokenNames,
            String background,
            String title) {}

    /** The document after its scripts, and what the browser said. */
    private record Output(String dom, List<String> console) {}

    @BeforeEach
    void findChromium() {
        Optional<Path> found =
                Stream.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
                        .flatMap(
                                name ->
                                        Arrays.stream(
                                                        System.getenv("PATH")
                                                                .split(File.pathSeparator))
                                                .map(bin -> Path.of(bin, name)))
                        .filter(Files::isExecutable)
                        .findFirst();
        assumeTrue(found.isPresent(), "no Chromium on the path: report pages are not looked at");
        chromium = found.get();
    }

    @Test
    void pagesFitLaptopsAndPhones() throws Exception {
        Path run = folder.resolve("run.html");
        Path comparison = folder.resolve("comparison.html");
        RunPage.write(run, ReportTesting.run());
        ComparisonPage.write(comparison, ReportTesting.comparison());
        Output light = dump(frames(run, comparison), false);
        Output dark = dump(frames(run, comparison), true);
        assertEquals(List.of(), light.console());
        List<Measured> pages = measured(light);
        for (int i = 0; i < 4; i++) {
            Measured page = pages.get(i);
            assertEquals(i % 2 == 0 ? LAPTOP : PHONE, page.width());
            assertTrue(page.scrollWidth() <= page.width(), page.toString());
            assertTrue(page.height() > 1500, page.toString());
            // Three charts, and one for each class.
            assertEquals(3 + 4, page.charts(), page.toString());
            assertEquals(0, page.emptyCharts(), page.toString());
            assertTrue(page.lines() >= page.charts(), page.toString());
            assertTrue(page.picture() > 0, page.toString());
            assertEquals(0, page.requests(), page.toString());
            assertEquals(
                    i < 2 ? ReportTesting.run().title() : ReportTesting.comparison().title(),
                    page.title());
            assertNotEquals(page.background(), measured(dark).get(i).background());
        }
    }

    @Test
    void namesOfClassesStayOnOneLine() throws Exception {
        Path comparison = folder.resolve("comparison.html");
        ComparisonPage.write(comparison, ReportTesting.comparison());
        String page = Files.readString(comparison);
        assertTrue(page.contains("</span>lake</span>"));
        Files.writeString(
                comparison, page.replace("</span>lake</span>", "</span>sign_symbol</span>"));
        for (Measured measured : measured(dump(frames(comparison), false))) {
            assertEquals(0, measured.brokenNames(), measured.toString());
        }
    }

    @Test
    void hostileAndLongNamesFitPhonesToo() throws Exception {
        Path run = folder.resolve("run.html");
        RunPage.Report report = ReportTesting.run();
        List<String> names = List.of("<b>&\"'", "x".repeat(300), "</style><img src=x>", "d e");
        RunPage.write(
                run,
                new RunPage.Report(
                        names.get(0),
                        names.get(1),
                        report.configuration(),
                        report.versions(),
                        names,
                        20,
                        report.epochs(),
                        1,
                        report.test(),
                        report.montagePng(),
                        Optional.of(names.get(2))));
        Output output = dump(frames(run), false);
        assertEquals(List.of(), output.console());
        for (Measured page : measured(output)) {
            assertTrue(page.scrollWidth() <= page.width(), page.toString());
            assertEquals(0, page.requests(), page.toString());
            assertEquals(names.get(0), page.title());
        }
    }

    @Test
    void pagesAreNotBlank() throws Exception {
        Path run = folder.resolve("run.html");
        RunPage.write(run, ReportTesting.run());
        assertTrue(colors(run) > 100);
        Path comparison = folder.resolve("comparison.html");
        ComparisonPage.write(comparison, ReportTesting.comparison());
        assertTrue(colors(comparison) > 100);
    }

    /** The number of colours on the first screens of a page. */
    private long colors(Path html) throws Exception {
        BufferedImage seen = screenshot(html);
        int width = seen.getWidth();
        int[] pixels = seen.getRGB(0, 0, width, seen.getHeight(), null, 0, width);
        return Arrays.stream(pixels).distinct().count();
    }

    @Test
    void whatIsWrongIsSeen() throws Exception {
        Path html = folder.resolve("bad.html");
        Files.writeString(
                html,
                "<!DOCTYPE html><title>bad</title><div style=\"width:600px\">wide</div>"
                        + "<img src=\"http://127.0.0.1:9/nowhere.png\"/><svg class=\"chart\" height=\"0\"></svg>"
                        + "<script>console.error('wrong')</script>");
        Output output = dump(frames(html), false);
        List<Measured> pages = measured(output);
        assertTrue(pages.get(0).scrollWidth() == LAPTOP, output.dom());
        assertTrue(pages.get(1).scrollWidth() > PHONE, output.dom());
        assertEquals(1, pages.get(1).emptyCharts());
        assertEquals(0, pages.get(1).picture());
        assertEquals(1, pages.get(1).requests(), output.dom());
        assertTrue(output.console().stream().anyMatch(l -> l.contains("wrong")), output.toString());
    }

    /** A page that measures pages in frames: a window cannot be as narrow as a phone. */
    private Path frames(Path... pages) throws IOException {
        String frame = "<iframe style=\"border:0;width:%dpx;height:800px\" srcdoc=\"%s\"></iframe>";
        String script =
                """
                <pre id="measured"></pre>
                <script>
                onload = () => {
                  document.getElementById('measured').textContent = JSON.stringify(
                      [...document.querySelectorAll('iframe')].map(frame => {
                    const page = frame.contentDocument;
                    const root = page.documentElement;
                    const charts = [...page.querySelectorAll('svg.chart')];
                    const image = page.querySelector('img');
                    const linesOf = name => {
                      const text = page.createRange();
                      text.selectNodeContents(name.lastChild);
                      return text.getClientRects().length;
                    };
                    const names = [...page.querySelectorAll('tbody.group .class-name')];
                    return {
                      width: frame.contentWindow.innerWidth,
                      scrollWidth: root.scrollWidth,
                      height: root.scrollHeight,
                      charts: charts.length,
                      emptyCharts: charts.filter(c => c.getBoundingClientRect().height < 50).length,
                      lines: page.querySelectorAll('svg.chart path').length,
                      picture: image ? image.naturalWidth : 0,
                      requests: frame.contentWindow.performance.getEntriesByType('resource').length,
                      brokenNames: names.filter(name => linesOf(name) > 1).length,
                      background: getComputedStyle(page.body).backgroundColor,
                      title: page.title
                    };
                  }));
                };
                </script>
                """;
        StringBuilder frames = new StringBuilder();
        for (Path html : pages) {
            String page = HTMLOutputFormat.INSTANCE.escapePlainText(Files.readString(html));
            frames.append(frame.formatted(LAPTOP, page)).append(frame.formatted(PHONE, page));
        }
        return Files.writeString(
                folder.resolve("frames.html"),
                "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>"
                        + frames
                        + script
                        + "</body></html>");
    }

    private static List<Measured> measured(Output output) {
        Matcher json = Pattern.compile("<pre id=\"measured\">([^<]+)</pre>").matcher(output.dom());
        assertTrue(json.find(), output.dom());
        String text = json.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        return List.of(JsonUtils.GSON.fromJson(text, Measured[].class));
    }

    private Output dump(Path html, boolean dark) throws Exception {
        // Blink's number for dark is 0, for light 1.
        String scheme = "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1);
        return open(html, scheme, "--dump-dom");
    }

    private BufferedImage screenshot(Path html) throws Exception {
        Path png = folder.resolve("screenshot.png");
        Output output = open(html, "--window-size=" + LAPTOP + ",2000", "--screenshot=" + png);
        assertEquals(List.of(), output.console());
        return ImageIO.read(png.toFile());
    }

    private Output open(Path html, String... options) throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        List<String> command = new ArrayList<>();
        command.add(chromium.toString());
        // Without a sandbox: it is the own page, and in containers there is no sandbox.
        command.addAll(List.of("--headless", "--no-sandbox", "--disable-gpu"));
        command.addAll(List.of("--no-first-run", "--disable-background-networking"));
        command.add("--enable-logging=stderr");
        command.add("--user-data-dir=" + folder.resolve("profile"));
        command.addAll(List.of(options));
        command.add(html.toUri().toString());
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        try {
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "Chromium does not end");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(0, process.exitValue(), Files.readString(err));
        try (Stream<String> lines = Files.lines(err)) {
            return new Output(
                    Files.readString(out), lines.filter(l -> l.contains("CONSOLE")).toList());
        }
    }
}
