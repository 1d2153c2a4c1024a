package io.github.lovaszdjl.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.model.SegmentationModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareLossesTest {

    private static final Path EARTH = Path.of("datasets", "earth");

    @TempDir private Path folder;

    /** Runs the command and returns its exit code; what it printed is in {@link #printed}. */
    private int run(String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            System.setErr(stream);
            return CompareLosses.run(args);
        } finally {
            System.setOut(out);
            System.setErr(err);
            printed = bytes.toString(StandardCharsets.UTF_8);
        }
    }

    private String printed;

    private Path data(String... splits) throws IOException {
        Path root = folder.resolve("data");
        Files.createDirectories(root);
        Files.copy(EARTH.resolve("classes.txt"), root.resolve("classes.txt"));
        for (String split : splits) {
            for (String kind : new String[] {"images", "labels"}) {
                Path to = Files.createDirectories(root.resolve(split).resolve(kind));
                try (Stream<Path> files = Files.list(EARTH.resolve(split).resolve(kind))) {
                    for (Path file : files.sorted().limit(3).toList()) {
                        Files.copy(file, to.resolve(file.getFileName()));
                    }
                }
            }
        }
        return root;
    }

    private int train(Path data, String... more) {
        Stream<String> tiny =
                Stream.of(
                        "--data",
                        data.toString(),
                        "--out",
                        folder.resolve("run").toString(),
                        "--epochs=2",
                        "--batch-size=2",
                        "--crop=32x48",
                        "--base-width=2",
                        "--depth=2");
        return run(Stream.concat(tiny, Arrays.stream(more)).toArray(String[]::new));
    }

    @Test
    void writesAWholeRun() throws Exception {
        assertEquals(0, train(data("train", "val", "test"), "--seed=5", "--no-flip"), printed);
        assertTrue(printed.contains("On the test split (3 images)"), printed);
        Path run = folder.resolve("run");
        String configuration = Files.readString(run.resolve("config.json"));
        for (String expected :
                new String[] {
                    "\"seed\": 5",
                    "\"epochs\": 2",
                    "\"cropHeight\": 32",
                    "\"cropWidth\": 48",
                    "\"horizontalFlip\": false",
                    "\"engine\": \"PyTorch"
                }) {
            assertTrue(configuration.contains(expected), configuration);
        }
        List<String> table = Files.readAllLines(run.resolve("table.md"));
        assertEquals(4, table.size());
        for (String name : new String[] {"cross-entropy", "cross-entropy+lovasz"}) {
            List<String> metrics = Files.readAllLines(run.resolve(name).resolve("metrics.csv"));
            assertEquals(3, metrics.size());
            assertTrue(metrics.get(0).startsWith("epoch,learning rate,train "), metrics.get(0));
            assertTrue(metrics.get(0).contains("val mean IoU") && metrics.get(0).contains("lake"));
            int columns = metrics.get(0).split(",").length;
            assertEquals(columns, metrics.get(2).split(",").length);
            assertTrue(metrics.get(2).startsWith("2,"), metrics.get(2));
            Image tile = ImageFactory.getInstance().fromFile(firstTestImage());
            try (ZooModel<Image, CategoryMask> model =
                            SegmentationModels.load(run.resolve(name).resolve("model"));
                    Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
                CategoryMask mask = predictor.predict(tile);
                assertEquals(List.of("ocean", "land", "ice", "lake"), mask.getClasses());
                assertEquals(128, mask.getMask().length);
            }
        }
        assertTrue(
                Files.readAllLines(run.resolve("cross-entropy+lovasz").resolve("metrics.csv"))
                        .get(0)
                        .contains("train sum,train cross-entropy,train lovasz"));
        for (String picture : new String[] {"curves.png", "predictions.png"}) {
            assertTrue(ImageIO.read(run.resolve(picture).toFile()).getWidth() > 300, picture);
        }
    }

    private static Path firstTestImage() throws IOException {
        try (Stream<Path> files = Files.list(EARTH.resolve("test").resolve("images"))) {
            return files.sorted().findFirst().orElseThrow();
        }
    }

    @Test
    void sameSeedGivesTheSameMetrics() throws IOException {
        Path data = data("train", "val");
        assertEquals(0, train(data));
        assertTrue(printed.contains("On the val split"), printed);
        Path run = folder.resolve("run");
        Path first = Files.move(run, folder.resolve("first"));
        assertEquals(0, train(data));
        for (String name : new String[] {"cross-entropy", "cross-entropy+lovasz"}) {
            assertArrayEquals(
                    withoutSeconds(first.resolve(name).resolve("metrics.csv")),
                    withoutSeconds(run.resolve(name).resolve("metrics.csv")));
        }
    }

    private static String[] withoutSeconds(Path csv) throws IOException {
        return Files.readAllLines(csv).stream()
                .map(line -> line.replaceAll(",[^,]*,[^,]*$", ""))
                .toArray(String[]::new);
    }

    @Test
    void wrongArgumentsAreOneLineAndCodeTwo() {
        for (String[] args :
                new String[][] {
                    {"--epochs=0"},
                    {"--epochs=many"},
                    {"--crop=128"},
                    {"--crop=axb"},
                    {"--crop=32x32x"},
                    {"--depth=11"},
                    {"--base-width=70000"},
                    {"--threads=100000"},
                    {"--scale=2..1"},
                    {"--scale=1"},
                    {"--learning-rate=-1"},
                    {"--ignore-label=256"},
                    {"--threads=0"},
                    {"--unknown"}
                }) {
            assertEquals(2, run(args), String.join(" ", args));
            assertEquals(1, printed.lines().count(), printed);
            // The plan calls crop-height cropHeight.
            String option = args[0].split("=")[0].replace("-", "");
            String spoken = printed.replace("-", "").toLowerCase(Locale.ROOT);
            assertTrue(spoken.contains(option), args[0] + ": " + printed);
        }
    }

    @Test
    void badDataIsOneLineAndCodeOne() throws IOException {
        assertEquals(1, train(folder.resolve("nowhere")));
        assertEquals(1, printed.lines().count(), printed);
        assertTrue(printed.contains("nowhere"), printed);
        assertFalse(Files.exists(folder.resolve("run")), "nothing is written before the checks");
    }

    @Test
    void whatCannotBeTrainedIsOneLineAndCodeOne() throws IOException {
        // Three samples in batches of two: the last has one, of one value after two halvings.
        Path data = data("train", "val");
        String out = folder.resolve("run").toString();
        assertEquals(
                1,
                run("--data=" + data, "--out=" + out, "--batch-size=2", "--crop=4x4", "--depth=2"));
        assertEquals(1, printed.lines().count(), printed);
        assertTrue(printed.contains("batch normalisation"), printed);
    }

    @Test
    void aMissingTrainingSplitLeavesNoRunFolder() throws IOException {
        assertEquals(1, train(data("val")));
        assertEquals(1, printed.lines().count(), printed);
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void aFolderWithFilesIsNotWrittenTo() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(run.resolve("table.md"), "mine");
        assertEquals(1, train(data("train", "val")));
        assertTrue(printed.contains("--out") && printed.lines().count() == 1, printed);
        assertEquals("mine", Files.readString(run.resolve("table.md")));
    }

    @Test
    void helpExplainsEveryHyperParameter() {
        assertEquals(0, run("--help"));
        for (String option :
                new String[] {
                    "--data",
                    "--ignore-label",
                    "--out",
                    "--threads",
                    "--epochs",
                    "--batch-size",
                    "--crop",
                    "--base-width",
                    "--depth",
                    "--learning-rate",
                    "--weight-decay",
                    "--[no-]flip",
                    "--scale",
                    "--brightness",
                    "--contrast",
                    "--seed"
                }) {
            assertTrue(printed.contains(option), option + " in " + printed);
        }
    }
}
