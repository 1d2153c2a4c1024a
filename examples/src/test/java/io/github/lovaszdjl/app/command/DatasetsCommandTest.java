package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.options.DataOptions;
import io.github.lovaszdjl.app.picture.Palette;
import io.github.lovaszdjl.app.run.FetchProgress;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class DatasetsCommandTest {

    @TempDir Path temp;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private String cache;

    @BeforeEach
    void useEmptyCache() {
        cache = System.getProperty("DJL_CACHE_DIR");
        System.setProperty("DJL_CACHE_DIR", temp.resolve("cache").toString());
    }

    @AfterEach
    void useOldCache() {
        if (cache == null) {
            System.clearProperty("DJL_CACHE_DIR");
        } else {
            System.setProperty("DJL_CACHE_DIR", cache);
        }
    }

    @Test
    void listTellsWhatIsHere() {
        assertEquals(0, run("datasets", "list"));
        List<String> lines = out.toString().lines().toList();
        assertEquals(
                "earth             4  177/14/31       128x128    yes   land cover of the planet",
                lines.get(1));
        assertEquals(
                "voc2012          21  1464/1449/-     varies     no    everyday photographs",
                lines.get(4));
        assertEquals(
                "cityscapes       19  2975/500/-      2048x1024  no    streets of 50 cities",
                lines.get(7));
        assertTrue(lines.stream().allMatch(line -> line.length() <= 100), out.toString());
    }

    @Test
    void statsCountPixelsAndImages() throws Exception {
        // Two images of 2x2: a a b ignored, and a a a a.
        write("train", "x", 0, 0, 1, 9);
        write("train", "y", 0, 0, 0, 0);
        Files.write(temp.resolve("set/classes.txt"), List.of("a,1", "b"));
        Path folder = temp.resolve("new/out");
        String set = temp.resolve("set").toString();
        assertEquals(0, run("datasets", "stats", set, "--ignore-label", "9", "--out", folder + ""));
        assertTrue(
                out.toString().startsWith("train: 2 images, 2x2, 12.50 % of the pixels ignored"),
                out.toString());
        assertTrue(out.toString().contains("b        14.29             1"), out.toString());
        assertEquals(
                """
                split,class,pixels,share_of_valid,share_of_all,images
                train,"a,1",6,0.857143,0.750000,2
                train,b,1,0.142857,0.125000,1
                train,(ignored),1,,0.125000,
                """,
                Files.readString(folder.resolve("stats.csv")));
        BufferedImage sheet = ImageIO.read(folder.resolve("contact-sheet.png").toFile());
        // Each cell is enlarged to 182 pixels; the class of the first is in its colours.
        int a = Palette.of(List.of("a,1", "b")).get(0).getRGB();
        int row = 20 + 26 + 10 + 26 + 10;
        assertEquals(a, sheet.getRGB(20 + 184 + 40, row + 40));
        assertEquals(Palette.IGNORED.getRGB(), sheet.getRGB(20 + 184 + 140, row + 140));
    }

    @Test
    void statsTellWhatIsMissing() throws Exception {
        write("train", "x", 0, 0, 0, 2);
        write("val", "x", 0, 0, 255, 255);
        Files.write(temp.resolve("set/classes.txt"), List.of("a", "b", "c"));
        String set = temp.resolve("set").toString();
        assertEquals(0, run("datasets", "stats", set, "--ignore-label=255"));
        String text = out.toString();
        assertTrue(
                text.contains(
                        "\ntrain: no valid pixel of b; train needs --allow-missing-classes\n"),
                text);
        assertTrue(
                text.contains("\nval: all labels are 0 or the ignore label 255, as in black and"),
                text);
    }

    @Test
    void faultsAreOneLineThatHelps() throws Exception {
        assertEquals(1, run("datasets", "stats", "camvid"));
        assertErr("error: camvid: not here yet; run 'lovasz datasets fetch camvid'");
        for (String command : List.of("fetch", "stats")) {
            assertEquals(1, run("datasets", command, "cityscapes"));
            assertTrue(
                    err.toString().contains("needs a login and is never fetched"), err.toString());
        }
        assertEquals(2, run("datasets", "fetch", "voc2102"));
        assertTrue(err.toString().contains("did you mean voc2012?"), err.toString());
        assertEquals(2, run("datasets", "stats", "camvd"));
        assertTrue(
                err.toString()
                        .startsWith(
                                "error: expected a folder or one of"
                                        + " earth, camvid, oxford-pet, voc2012, bbbc038, kvasir-seg,"
                                        + " cityscapes, ade20k, got camvd; did you mean camvid?"),
                err.toString());
        assertEquals(2, run("datasets"));
        assertEquals(2, run("datasets", "stats", "earth", "--ignore-label", "256"));
        assertEquals(1, run("datasets", "stats", temp.toString()));
        assertErr("error: " + temp + ": expected a folder train, val or test, got none");
        assertFalse(Files.exists(temp.resolve("cache")));
    }

    @Test
    void aNamedSetBringsItsIgnoreLabel() {
        assertEquals(OptionalInt.of(11), parse("--data", "camvid").ignoreLabel());
        assertEquals(
                OptionalInt.of(3), parse("--data", "camvid", "--ignore-label", "3").ignoreLabel());
        assertEquals(OptionalInt.empty(), parse().ignoreLabel());
        assertEquals(Path.of("datasets", "earth"), parse().root());
        assertEquals(temp, parse("--data", temp.toString()).root());
        // A name that no folder can have.
        assertThrows(ParameterException.class, () -> parse("--data", "a\0b").root());
    }

    @Test
    void withoutATerminalALineATenth() {
        try (FetchProgress progress = new FetchProgress(new PrintWriter(out, true), false)) {
            progress.reset("Downloading a", 20_000_000);
            progress.start(7_000_000);
            for (int i = 0; i < 13; i++) {
                progress.increment(1_000_000);
            }
            progress.end();
            progress.reset("Checking train", 3);
            progress.start(0);
            progress.increment(3);
        }
        List<String> lines = out.toString().lines().toList();
        assertEquals("Downloading a: 8 of 20 MB", lines.get(0));
        assertEquals("Downloading a: 20 of 20 MB", lines.get(6));
        assertEquals("Checking train: 3 of 3", lines.get(7));
        assertEquals(8, lines.size());
    }

    @CommandLine.Command
    private static final class Reader implements Runnable {
        @Mixin private DataOptions data;

        @Override
        public void run() {}
    }

    private static DataOptions parse(String... args) {
        Reader reader = new Reader();
        new CommandLine(reader).parseArgs(args);
        return reader.data;
    }

    private int run(String... args) {
        err.getBuffer().setLength(0);
        return Lovasz.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private void assertErr(String line) {
        assertEquals(line, err.toString().strip());
    }

    private void write(String split, String name, int... ids) throws Exception {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        BufferedImage labels = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY);
        labels.getRaster().setPixels(0, 0, 2, 2, ids);
        Path folder = temp.resolve("set").resolve(split);
        Files.createDirectories(folder.resolve("images"));
        Files.createDirectories(folder.resolve("labels"));
        ImageIO.write(image, "png", folder.resolve("images/" + name + ".png").toFile());
        ImageIO.write(labels, "png", folder.resolve("labels/" + name + ".png").toFile());
    }
}
