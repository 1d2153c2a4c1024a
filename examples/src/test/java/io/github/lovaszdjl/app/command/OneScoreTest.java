package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.translator.SegmentationTranslatorFactory;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of one score a pixel, from training to label maps: the ground of earth. */
class OneScoreTest {

    private static final List<String> LOSSES = List.of("ce", "hinge", "sigmoid");

    @TempDir private static Path shared;

    private static Path data;
    private static Path compared;
    private static Outcome outcome;

    @TempDir private Path folder;

    @BeforeAll
    static void compare() throws IOException {
        Engine.getInstance();
        data = CommandTesting.oceanOrGround(shared.resolve("data"), 24, "train", "val");
        compared = shared.resolve("compared");
        outcome =
                CommandTesting.run(
                        "compare",
                        "--data=" + data,
                        "--ignore-label=" + CommandTesting.IGNORED,
                        "--out=" + compared,
                        "--loss=" + String.join(";", LOSSES),
                        "--epochs=6",
                        "--batch-size=4",
                        "--crop=64x64",
                        "--base-width=4",
                        "--depth=2",
                        "--learning-rate=0.01",
                        "--threads=2");
    }

    private static Path run(String loss) {
        return compared.resolve(loss + "-seed1");
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    private static long[][] confusion(String loss) throws IOException {
        return json(run(loss).resolve("result.json")).getAsJsonArray("confusion").asList().stream()
                .map(
                        row ->
                                row.getAsJsonArray().asList().stream()
                                        .mapToLong(count -> count.getAsLong())
                                        .toArray())
                .toArray(long[][]::new);
    }

    @Test
    void everyLossOfAComparisonGetsTheNetworkItNeeds() throws IOException {
        assertEquals(0, outcome.code(), outcome.printed());
        for (String loss : LOSSES) {
            String description = Files.readString(run(loss).resolve("best/serving.properties"));
            assertEquals(
                    !loss.equals("ce"),
                    description.contains("segmentation.decision=score-above-zero\n"),
                    description);
            assertTrue(description.contains("segmentation.class.1=ground\n"), description);
            String head = Files.readAllLines(run(loss).resolve("metrics.csv")).get(0);
            assertTrue(head.contains(",val IoU ocean,val IoU ground"), head);
        }
        assertEquals(4, Files.readAllLines(compared.resolve("results.csv")).size());
        for (String picture : new String[] {"curves.png", "predictions.png"}) {
            assertTrue(ImageIO.read(compared.resolve(picture).toFile()).getWidth() > 200, picture);
            assertTrue(Files.exists(run("hinge").resolve(picture)), picture);
        }
        String page = Files.readString(compared.resolve("report.html"));
        assertTrue(page.contains("hinge-seed1/report.html"), page);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hinge", "sigmoid"})
    void theForegroundIsLearned(String loss) throws IOException {
        ConfusionMatrix matrix = ConfusionMatrix.of(confusion(loss));
        // Who calls all of it ground has an IoU of its share.
        double share = (matrix.count(1, 0) + matrix.count(1, 1)) / (double) matrix.total();
        assertTrue(share > 0.2 && share < 0.6, "share " + share);
        assertTrue(matrix.iou(1) > share + 0.25, matrix.iou(1) + " of a share of " + share);
        assertTrue(matrix.iou(0) > 1 - share, matrix.iou(0) + " of a share of " + (1 - share));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hinge", "sigmoid"})
    void evaluateAndPredictGiveTheNumbersOfTheRun(String loss) throws IOException {
        Path scores = evaluated(loss, "512x512");
        assertEquals(
                Files.readString(run(loss).resolve("confusion.csv")),
                Files.readString(scores.resolve("confusion.csv")));
        assertEquals(
                json(run(loss).resolve("result.json")).get("meanIouPerImage"),
                json(scores.resolve("scores.json")).get("meanIoUPerImage"));
        assertPredicts(loss, "512x512");
        // Four tiles an image.
        assertPredicts(loss, "96x96");
    }

    private void assertPredicts(String loss, String tile) throws IOException {
        long[][] counts = predicted(loss, tile);
        String expected =
                String.format(
                        "ocean,%d,%d\nground,%d,%d\n",
                        counts[0][0], counts[0][1], counts[1][0], counts[1][1]);
        String csv = Files.readString(evaluated(loss, tile).resolve("confusion.csv"));
        assertTrue(csv.endsWith(expected), csv + " and " + expected);
    }

    private Path evaluated(String loss, String tile) {
        Path scores = folder.resolve("scores" + tile);
        Outcome evaluated =
                CommandTesting.run(
                        "evaluate",
                        "--model=" + run(loss),
                        "--data=" + data,
                        "--ignore-label=" + CommandTesting.IGNORED,
                        "--tile=" + tile,
                        "--out=" + scores);
        assertEquals(0, evaluated.code(), evaluated.printed());
        return scores;
    }

    private long[][] predicted(String loss, String tile) throws IOException {
        Path out = folder.resolve("predicted" + tile);
        Outcome predicted =
                CommandTesting.run(
                        "predict",
                        "--model=" + run(loss),
                        "--out=" + out,
                        "--tile=" + tile,
                        data.resolve("val").resolve("images").toString());
        assertEquals(0, predicted.code(), predicted.printed());
        assertTrue(predicted.printed().contains("ground "), predicted.printed());
        long[][] counts = new long[2][2];
        try (Stream<Path> maps = Files.list(out.resolve("labels"))) {
            for (Path map : maps.filter(m -> m.toString().endsWith(".png")).toList()) {
                Raster ids = ImageIO.read(map.toFile()).getRaster();
                Path labels = data.resolve("val").resolve("labels").resolve(map.getFileName());
                Raster truth = ImageIO.read(labels.toFile()).getRaster();
                for (int y = 0; y < ids.getHeight(); y++) {
                    for (int x = 0; x < ids.getWidth(); x++) {
                        if (truth.getSample(x, y, 0) != CommandTesting.IGNORED) {
                            counts[truth.getSample(x, y, 0)][ids.getSample(x, y, 0)]++;
                        }
                    }
                }
                assertTrue(Files.exists(out.resolve("overlays").resolve(map.getFileName())));
            }
        }
        return counts;
    }

    @Test
    void plainDjlLoadsTheBestModel() throws Exception {
        assertPlainDjlPredictsAsTheApp(run("hinge"));
    }

    private void assertPlainDjlPredictsAsTheApp(Path run) throws Exception {
        Path image = data.resolve("val/images");
        try (Stream<Path> files = Files.list(image)) {
            image = files.sorted().skip(5).findFirst().orElseThrow();
        }
        Path out = folder.resolve("out");
        assertEquals(
                0,
                CommandTesting.run("predict", "--model=" + run, "--out=" + out, image.toString())
                        .code());
        String name = image.getFileName().toString().replace(".jpg", ".png");
        Raster map = ImageIO.read(out.resolve("labels").resolve(name).toFile()).getRaster();
        int[][] expected = new int[map.getHeight()][map.getWidth()];
        for (int y = 0; y < map.getHeight(); y++) {
            map.getSamples(0, y, map.getWidth(), 1, 0, expected[y]);
        }
        Criteria<Image, CategoryMask> criteria =
                Criteria.builder()
                        .setTypes(Image.class, CategoryMask.class)
                        .optModelPath(run.resolve("best"))
                        .optTranslatorFactory(new SegmentationTranslatorFactory())
                        .build();
        try (ZooModel<Image, CategoryMask> model = criteria.loadModel();
                Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
            CategoryMask mask = predictor.predict(ImageFactory.getInstance().fromFile(image));
            assertEquals(List.of("ocean", "ground"), mask.getClasses());
            assertArrayEquals(expected, mask.getMask());
        }
    }

    @Test
    void aModuleOfOneChannelIsFineTunedAndPredictsTheSame() throws Exception {
        Path run = folder.resolve("module");
        Outcome trained =
                CommandTesting.run(
                        "train",
                        "--data=" + data,
                        "--ignore-label=" + CommandTesting.IGNORED,
                        "--out=" + run,
                        "--loss=0.5*hinge(symmetric)+sigmoid",
                        "--model=src/test/resources/torchscript/one-score.pt",
                        "--epochs=8",
                        "--batch-size=4",
                        "--crop=64x64",
                        "--learning-rate=0.03");
        assertEquals(0, trained.code(), trained.printed());
        String head = Files.readAllLines(run.resolve("metrics.csv")).get(0);
        assertTrue(head.contains("train loss,train hinge-symmetric,train sigmoid,"), head);
        JsonObject result = json(run.resolve("result.json"));
        // Who calls all of it one class has at most half of that class's share.
        assertTrue(result.get("meanIou").getAsDouble() > 0.7, result.toString());
        Path scores = folder.resolve("scores");
        Outcome evaluated =
                CommandTesting.run(
                        "evaluate",
                        "--model=" + run,
                        "--data=" + data,
                        "--ignore-label=" + CommandTesting.IGNORED,
                        "--out=" + scores);
        assertEquals(0, evaluated.code(), evaluated.printed());
        assertEquals(
                Files.readString(run.resolve("confusion.csv")),
                Files.readString(scores.resolve("confusion.csv")));
        assertPlainDjlPredictsAsTheApp(run);
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeTraining() throws IOException {
        assertFails(
                2,
                "--loss at position 4: expected a loss of one logit a class as ce is (ce, lovasz,"
                        + " dice, jaccard, focal, jml, dml, tversky, ohem, boundary), got hinge, which is of one score a pixel",
                "train",
                "--data=" + data,
                "--loss=ce+hinge");
        Path four = CommandTesting.copyEarth(folder.resolve("four"), 2, "train", "val");
        assertFails(
                1,
                "--loss: expected two classes in classes.txt for hinge, which trains one score a"
                        + " pixel, above 0 for the second of them, got 4",
                "train",
                "--data=" + four,
                "--loss=hinge",
                "--crop=32x32");
        assertFails(
                1,
                "--class-weights: expected a loss that takes them, ce, focal or ohem, got hinge",
                "train",
                "--data=" + data,
                "--ignore-label=" + CommandTesting.IGNORED,
                "--loss=hinge",
                "--class-weights=median-frequency");
        assertFails(
                1,
                "net.pt: expected logits (8, 1, 32, 32) for images (8, 3, 32, 32), got [(8, 4, 32,"
                        + " 32)]",
                "train",
                "--data=" + data,
                "--ignore-label=" + CommandTesting.IGNORED,
                "--loss=hinge",
                "--crop=32x32",
                "--model=src/test/resources/torchscript/net.pt");
    }

    private void assertFails(int code, String message, String... args) {
        Path out = folder.resolve("refused");
        String[] all =
                Stream.concat(Stream.of(args), Stream.of("--out=" + out)).toArray(String[]::new);
        Outcome refused = CommandTesting.run(all);
        assertEquals(code, refused.code(), refused.printed());
        assertTrue(refused.printed().contains(message), refused.printed());
        assertFalse(Files.exists(out.resolve("config.json")));
    }
}
