package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.ZooModel;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.app.picture.Palette;
import io.github.lovaszdjl.app.run.Evaluation;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.evaluator.BoundaryCounts;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.FineGrainedScores;
import io.github.lovaszdjl.evaluator.HausdorffDistances;
import io.github.lovaszdjl.evaluator.ImageCounts;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PredictAndEvaluateTest {

    private static final List<String> CLASSES = List.of("ocean", "a,b", "ice");
    private static final int IGNORED = 9;

    /** Width and height; the last is larger than a tile of 32. */
    private static final int[][] SIZES = {{16, 12}, {9, 21}, {33, 17}, {70, 45}};

    @TempDir private static Path shared;

    private static Path model;
    private static Path data;

    @TempDir private Path folder;

    private String printed;

    @BeforeAll
    static void saveAModelAndData() throws IOException {
        model = shared.resolve("model");
        save(model, CLASSES);
        data = shared.resolve("data");
        Files.createDirectories(data);
        Files.write(data.resolve("classes.txt"), CLASSES);
        Random random = new Random(4);
        for (String split : new String[] {"val", "test"}) {
            for (int i = 0; i < SIZES.length; i++) {
                int width = SIZES[i][0];
                int height = SIZES[i][1];
                BufferedImage image =
                        new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
                BufferedImage labels =
                        new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        image.setRGB(x, y, random.nextInt(1 << 24));
                        int id = random.nextInt(4);
                        // The first image has no valid pixel.
                        boolean ignored = id == 3 || split.equals("test") && i == 0;
                        labels.getRaster().setSample(x, y, 0, ignored ? IGNORED : id);
                    }
                }
                write(image, data.resolve(split).resolve("images").resolve("i" + i + ".png"));
                write(labels, data.resolve(split).resolve("labels").resolve("i" + i + ".png"));
            }
        }
    }

    /** Saves a tiny U-Net that was never trained. */
    static void save(Path folder, List<String> classNames) throws IOException {
        Engine.getInstance().setRandomSeed(21);
        ModelDescription description =
                ModelDescription.unet(
                        classNames,
                        4,
                        2,
                        32,
                        32,
                        // Not the one of the data set by default: evaluate must take the model's.
                        new Normalization(List.of(0.5f, 0.4f, 0.3f), List.of(0.2f, 0.3f, 0.4f)));
        try (Model model = Model.newInstance("tiny")) {
            model.setBlock(description.newBlock());
            model.getBlock()
                    .initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 8, 8));
            SegmentationModels.save(model, description, folder);
        }
    }

    private static void write(BufferedImage image, Path png) throws IOException {
        Files.createDirectories(png.getParent());
        ImageIO.write(image, "png", png.toFile());
    }

    private int run(Object... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            System.setErr(stream);
            return Lovasz.run(Stream.of(args).map(Object::toString).toArray(String[]::new));
        } finally {
            System.setOut(out);
            System.setErr(err);
            printed = bytes.toString(StandardCharsets.UTF_8);
        }
    }

    private int predict(Object... more) {
        List<Object> args = new ArrayList<>(List.of("predict", "--model", model, "--out", out()));
        args.addAll(List.of(more));
        return run(args.toArray());
    }

    private Path out() {
        return folder.resolve("out");
    }

    private static BufferedImage read(Path png) throws IOException {
        return ImageIO.read(png.toFile());
    }

    @Test
    void idsArePredictedColouredAndCountedByEvaluate() throws Exception {
        Path images = data.resolve("test").resolve("images");
        assertEquals(0, predict(images, "--opacity=0.25"), printed);
        assertTrue(printed.contains("4 of 4 images predicted"), printed);
        List<Color> colors = Palette.of(CLASSES);
        long[][] counts = new long[3][3];
        double sumOfMeans = 0;
        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(model);
                Predictor<Image, CategoryMask> predictor = loaded.newPredictor()) {
            for (int i = 0; i < SIZES.length; i++) {
                String name = "i" + i + ".png";
                BufferedImage image = read(images.resolve(name));
                int[][] mask =
                        predictor.predict(ImageFactory.getInstance().fromImage(image)).getMask();
                BufferedImage index = read(out().resolve("labels").resolve(name));
                BufferedImage overlay = read(out().resolve("overlays").resolve(name));
                BufferedImage truth = read(data.resolve("test").resolve("labels").resolve(name));
                assertEquals(8, index.getSampleModel().getSampleSize(0));
                assertEquals(3 * 3, paletteBytes(out().resolve("labels").resolve(name)));
                assertTrue(overlay.getHeight() > image.getHeight(), "a legend");
                long[][] ofImage = new long[3][3];
                for (int y = 0; y < image.getHeight(); y++) {
                    for (int x = 0; x < image.getWidth(); x++) {
                        int id = index.getRaster().getSample(x, y, 0);
                        assertEquals(mask[y][x], id);
                        assertEquals(colors.get(id).getRGB(), index.getRGB(x, y));
                        for (int shift = 0; shift < 24; shift += 8) {
                            int expected = image.getRGB(x, y) >> shift & 0xff;
                            int color = colors.get(id).getRGB() >> shift & 0xff;
                            int actual = overlay.getRGB(x, y) >> shift & 0xff;
                            assertEquals(0.75 * expected + 0.25 * color, actual, 0.51);
                        }
                        int label = truth.getRaster().getSample(x, y, 0);
                        if (label != IGNORED) {
                            counts[label][id]++;
                            ofImage[label][id]++;
                        }
                    }
                }
                sumOfMeans += i == 0 ? 0 : meanIou(ofImage);
            }
        }
        Path scores = folder.resolve("scores");
        assertEquals(
                0,
                run(
                        "evaluate",
                        "--model",
                        model,
                        "--data",
                        data,
                        "--ignore-label",
                        IGNORED,
                        "--out",
                        scores),
                printed);
        assertTrue(printed.contains("On the test split of " + data + " (4 images)"), printed);
        JsonObject json =
                JsonParser.parseString(Files.readString(scores.resolve("scores.json")))
                        .getAsJsonObject();
        assertEquals("test", json.get("split").getAsString());
        assertEquals(4, json.get("images").getAsInt());
        long hits = counts[0][0] + counts[1][1] + counts[2][2];
        long all = Stream.of(counts).flatMapToLong(Arrays::stream).sum();
        assertEquals(all, json.get("pixels").getAsLong());
        assertEquals((double) hits / all, json.get("pixelAccuracy").getAsDouble(), 1e-12);
        assertEquals(meanIou(counts), json.get("meanIoU").getAsDouble(), 1e-12);
        // The image without a valid pixel has no mean IoU.
        assertEquals(sumOfMeans / 3, json.get("meanIoUPerImage").getAsDouble(), 1e-12);
        List<String> csv = Files.readAllLines(scores.resolve("scores.csv"));
        assertEquals(4, csv.size());
        assertEquals("class,IoU,true positives,false positives,false negatives", csv.get(0));
        for (int c = 0; c < 3; c++) {
            JsonObject row = json.getAsJsonArray("classes").get(c).getAsJsonObject();
            long[] expected = {counts[c][c], ofPrediction(counts, c), ofTruth(counts, c)};
            expected[1] -= expected[0];
            expected[2] -= expected[0];
            assertArrayEquals(
                    expected,
                    new long[] {
                        row.get("truePositives").getAsLong(),
                        row.get("falsePositives").getAsLong(),
                        row.get("falseNegatives").getAsLong()
                    });
            String end = "," + expected[0] + "," + expected[1] + "," + expected[2];
            assertTrue(csv.get(c + 1).endsWith(end), csv.get(c + 1));
        }
        assertTrue(csv.get(2).startsWith("\"a,b\",0."), csv.get(2));

        try (ZooModel<Image, CategoryMask> loaded = SegmentationModels.load(model)) {
            FolderSegmentationDataset set =
                    FolderSegmentationDataset.builder()
                            .setRoot(data)
                            .setSplit("test")
                            .setSampling(3, true)
                            .optIgnoreLabel(IGNORED)
                            .optNormalization(
                                    ModelDescription.from(loaded.getProperties()).normalization())
                            .build();
            List<Integer> progress = new ArrayList<>();
            Evaluation evaluation =
                    Evaluation.of(
                            loaded,
                            Device.cpu(),
                            set,
                            new TileOptions.Tiles(512, 512, 64, TestTimeAugmentation.none()),
                            progress::add);
            ConfusionMatrix matrix = evaluation.matrix();
            for (int t = 0; t < 3; t++) {
                for (int p = 0; p < 3; p++) {
                    assertEquals(counts[t][p], matrix.count(t, p), t + " as " + p);
                }
            }
            assertEquals(List.of(1, 2, 3, 4), progress);
            assertEquals(4, evaluation.images());
        }
    }

    /** Java's reader fills palettes up. */
    private static int paletteBytes(Path png) throws IOException {
        byte[] bytes = Files.readAllBytes(png);
        int chunk = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PLTE");
        return ByteBuffer.wrap(bytes).getInt(chunk - Integer.BYTES);
    }

    private static long ofTruth(long[][] counts, int c) {
        return counts[c][0] + counts[c][1] + counts[c][2];
    }

    private static long ofPrediction(long[][] counts, int c) {
        return counts[0][c] + counts[1][c] + counts[2][c];
    }

    private static double meanIou(long[][] counts) {
        double sum = 0;
        int occurring = 0;
        for (int c = 0; c < 3; c++) {
            long union = ofTruth(counts, c) + ofPrediction(counts, c) - counts[c][c];
            if (union > 0) {
                sum += (double) counts[c][c] / union;
                occurring++;
            }
        }
        return sum / occurring;
    }

    @Test
    void predictionsAreLabelsOfADataSet() throws IOException {
        Path images = data.resolve("test").resolve("images");
        assertEquals(0, predict(images, "--no-overlay"), printed);
        assertFalse(Files.exists(out().resolve("overlays")));
        Path set = folder.resolve("set");
        Files.createDirectories(set.resolve("train"));
        Files.move(out().resolve("labels"), set.resolve("train").resolve("labels"));
        Files.createDirectories(set.resolve("train").resolve("images"));
        for (int i = 0; i < SIZES.length; i++) {
            Path copy = set.resolve("train").resolve("images").resolve("i" + i + ".png");
            Files.copy(images.resolve("i" + i + ".png"), copy);
        }
        Files.write(set.resolve("classes.txt"), CLASSES);
        // A model evaluated on its own predictions is perfect.
        assertEquals(
                0, run("evaluate", "--model", model, "--data", set, "--split", "train"), printed);
        assertTrue(printed.contains("pixel accuracy      1.000"), printed);
        assertTrue(printed.contains("mean IoU per image  1.000"), printed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--tile=32x32 --overlap=0 --tta=none",
                "--tile=512x512 --overlap=64 --tta=flip,0.75",
                "--tile=crop --tta=turns"
            })
    void evaluateSeesWhatPredictSees(String options) throws IOException {
        Object[] seen = options.split(" ");
        Path images = data.resolve("test").resolve("images");
        Object[] predict = {images, "--no-overlay"};
        assertEquals(0, predict(Stream.of(predict, seen).flatMap(Stream::of).toArray()), printed);
        long hits = 0;
        long all = 0;
        for (int i = 0; i < SIZES.length; i++) {
            int[] predicted = ids(out().resolve("labels").resolve("i" + i + ".png"));
            int[] truth = ids(data.resolve("test").resolve("labels").resolve("i" + i + ".png"));
            for (int p = 0; p < truth.length; p++) {
                all += truth[p] == IGNORED ? 0 : 1;
                hits += truth[p] != IGNORED && truth[p] == predicted[p] ? 1 : 0;
            }
        }
        Path scores = folder.resolve("scores");
        Object[] evaluate = {
            "evaluate", "--model", model, "--data", data, "--ignore-label", IGNORED, "--out", scores
        };
        assertEquals(0, run(Stream.of(evaluate, seen).flatMap(Stream::of).toArray()), printed);
        double accuracy = accuracy(scores);
        assertEquals((double) hits / all, accuracy, 1e-12);
        assertEquals(0, run(evaluate), printed);
        assertTrue(accuracy != accuracy(scores), "they changed nothing");
    }

    @Test
    void moreScoresAreThoseOfThePredictedLabels() throws IOException {
        Path images = data.resolve("test").resolve("images");
        assertEquals(0, predict(images, "--tile=32x32", "--no-overlay"), printed);
        ConfusionMatrix matrix = new ConfusionMatrix(3);
        List<ImageCounts> counts = new ArrayList<>();
        List<BoundaryCounts> boundaries = new ArrayList<>();
        List<HausdorffDistances> distances = new ArrayList<>();
        for (int i = 0; i < SIZES.length; i++) {
            String name = "i" + i + ".png";
            int[] predicted = ids(out().resolve("labels").resolve(name));
            int[] truth = ids(data.resolve("test").resolve("labels").resolve(name));
            ConfusionMatrix ofImage = new ConfusionMatrix(3);
            for (int p = 0; p < truth.length; p++) {
                if (truth[p] == IGNORED) {
                    truth[p] = -1;
                } else {
                    ofImage.add(truth[p], predicted[p]);
                }
            }
            matrix.add(ofImage);
            counts.add(ImageCounts.of(ofImage));
            boundaries.add(BoundaryCounts.of(truth, predicted, SIZES[i][0], 3));
            distances.add(HausdorffDistances.of(truth, predicted, SIZES[i][0], 3));
        }
        BoundaryCounts boundary = boundaries.stream().reduce(BoundaryCounts::plus).orElseThrow();
        HausdorffDistances distance =
                distances.stream().reduce(HausdorffDistances::plus).orElseThrow();
        FineGrainedScores fine = FineGrainedScores.of(counts);
        Path scores = folder.resolve("scores");
        Object[] evaluate = {
            "evaluate", "--model", model, "--data", data, "--ignore-label", IGNORED, "--out", scores
        };
        Object[] tiles = {"--tile=32x32", "--overlap=0", "--scores=all"};
        assertEquals(0, run(Stream.of(evaluate, tiles).flatMap(Stream::of).toArray()), printed);
        JsonObject json =
                JsonParser.parseString(Files.readString(scores.resolve("scores.json")))
                        .getAsJsonObject();
        assertScore(matrix.meanIou(), json, "meanIoU");
        assertScore(matrix.meanPrecision(), json, "meanPrecision");
        assertScore(matrix.meanAccuracy(), json, "meanRecall");
        assertScore(matrix.meanDice(), json, "meanF1");
        assertScore(fine.meanIouI(), json, "meanIoUI");
        assertScore(fine.meanIouI(5), json, "meanIoUIWorst5");
        assertScore(fine.meanIouIOverQuantiles(), json, "meanIoUIQuantiles");
        assertScore(fine.meanIouC(), json, "meanIoUC");
        assertScore(fine.meanIouC(1), json, "meanIoUCWorst1");
        assertScore(boundary.meanIou(), json, "meanBoundaryIoU");
        assertScore(distance.mean(), json, "meanHausdorff95");
        long pixels = 0;
        double error = 0;
        for (JsonElement element : json.getAsJsonArray("calibration")) {
            JsonObject bin = element.getAsJsonObject();
            long here = bin.get("pixels").getAsLong();
            pixels += here;
            if (here > 0) {
                double apart =
                        bin.get("accuracy").getAsDouble() - bin.get("confidence").getAsDouble();
                error += here * Math.abs(apart) / matrix.total();
            }
        }
        assertEquals(matrix.total(), pixels);
        assertScore(error, json, "expectedCalibrationError");
        List<String> csv = Files.readAllLines(scores.resolve("scores.csv"));
        assertTrue(
                csv.get(0)
                        .endsWith(
                                "false negatives,precision,recall,F1,IoU by image,boundary IoU,HD95"),
                csv.get(0));
        for (int c = 0; c < 3; c++) {
            JsonObject row = json.getAsJsonArray("classes").get(c).getAsJsonObject();
            assertScore(matrix.precision(c), row, "precision");
            assertScore(matrix.accuracy(c), row, "recall");
            assertScore(matrix.dice(c), row, "F1");
            assertScore(fine.iouC(c), row, "IoUByImage");
            assertScore(boundary.iou(c), row, "boundaryIoU");
            assertScore(distance.mean(c), row, "hausdorff95");
            assertTrue(
                    csv.get(c + 1).endsWith(String.format(Locale.ROOT, ",%.6f", distance.mean(c))),
                    csv.get(c + 1));
        }
        assertTrue(
                printed.contains(
                        String.format(
                                Locale.ROOT, "mean HD95 in pixels        %.1f", distance.mean())),
                printed);
    }

    private static void assertScore(double expected, JsonObject json, String key) {
        // Sums in another order.
        assertEquals(expected, json.get(key).getAsDouble(), 1e-9, key);
    }

    private static double accuracy(Path scores) throws IOException {
        return JsonParser.parseString(Files.readString(scores.resolve("scores.json")))
                .getAsJsonObject()
                .get("pixelAccuracy")
                .getAsDouble();
    }

    @Test
    void tilesAreUsed() throws IOException {
        Path image = data.resolve("test").resolve("images").resolve("i3.png");
        assertEquals(0, predict(image), printed);
        int[] whole = ids(out().resolve("labels").resolve("i3.png"));
        assertEquals(0, predict(image, "--tile=32x64", "--overlap=0"), printed);
        int[] tiled = ids(out().resolve("labels").resolve("i3.png"));
        assertEquals(whole.length, tiled.length);
        int same = 0;
        for (int i = 0; i < whole.length; i++) {
            same += whole[i] == tiled[i] ? 1 : 0;
        }
        assertTrue(same < whole.length && same > 0.8 * whole.length, same + "");
    }

    private static int[] ids(Path png) throws IOException {
        BufferedImage index = read(png);
        return index.getRaster()
                .getSamples(0, 0, index.getWidth(), index.getHeight(), 0, (int[]) null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bmp", "tiff"})
    void theFormatOfTheFileChangesNoPixel(String format) throws IOException {
        Path png = data.resolve("test").resolve("images").resolve("i0.png");
        Path other = Files.createDirectories(folder.resolve("other")).resolve("x." + format);
        assertTrue(ImageIO.write(read(png), format, other.toFile()));
        assertEquals(0, predict(png), printed);
        assertEquals(0, predict(other), printed);
        Path labels = out().resolve("labels");
        assertArrayEquals(ids(labels.resolve("i0.png")), ids(labels.resolve("x.png")));
    }

    @Test
    void aCorruptImageDoesNotStopTheOthers() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images"));
        Path good = data.resolve("test").resolve("images").resolve("i0.png");
        Files.copy(good, images.resolve("a.png"));
        byte[] bytes = Files.readAllBytes(good);
        Files.write(images.resolve("b.png"), Arrays.copyOf(bytes, bytes.length / 2));
        Files.copy(good, images.resolve("c.png"));
        Path cmyk = Path.of("src", "test", "resources", "images", "cmyk.jpg");
        Files.copy(cmyk, images.resolve("d.jpg"));
        Path bands = Path.of("src", "test", "resources", "tiff", "16-4-lzw.tif");
        Files.copy(bands, images.resolve("e.tif"));
        assertEquals(1, predict(images), printed);
        List<String> errors = printed.lines().filter(l -> l.startsWith("error:")).toList();
        assertEquals(4, errors.size(), printed);
        assertTrue(errors.get(0).contains("b.png: expected a whole image (PNG"), errors.get(0));
        assertTrue(errors.get(1).contains("d.jpg: expected grey or RGB, got CMYK"), errors.get(1));
        assertTrue(
                errors.get(2).endsWith("e.tif: expected the channels of the model, 3, got 4"),
                errors.get(2));
        assertEquals("error: 3 of 5 images could not be predicted", errors.get(3));
        assertTrue(Files.exists(out().resolve("labels").resolve("a.png")));
        assertFalse(Files.exists(out().resolve("labels").resolve("b.png")));
        assertTrue(Files.exists(out().resolve("overlays").resolve("c.png")));
    }

    @Test
    void wrongInputIsOneLineBeforeAnythingIsWritten() throws IOException {
        Path image = data.resolve("test").resolve("images").resolve("i0.png");
        Path other = folder.resolve("other");
        save(other, List.of("x", "y"));
        Path file = Files.writeString(folder.resolve("file"), "mine");
        Path gone = folder.resolve("gone");
        Path under = file.resolve("out");
        String[][] cases = {
            // exit code, part of the message, arguments
            {"1", "which does not exist", "predict", "--model", s(gone), s(image)},
            {"1", "gone.png: expected a file or folder", "predict", s(gone) + ".png"},
            {"1", "*.jpg: expected a match", "predict", s(folder) + "/*.jpg"},
            {"1", "--out: expected a folder, got the file", "predict", "--out", s(file), s(image)},
            {"1", "file", "predict", "--out", s(under), s(image)},
            {"2", "--opacity: expected 0 to 1", "predict", "--opacity=1.5", s(image)},
            {"2", "--tile: expected HEIGHTxWIDTH", "predict", "--tile=64", s(image)},
            {
                "2",
                "--overlap: expected 0 to 32 for tiles of 64x96, got 33",
                "predict",
                "--tile=64x96",
                "--overlap=33",
                s(image)
            },
            {"2", "--overlap: expected 0 to 480", "predict", "--overlap=-1", s(image)},
            {
                "2",
                "--tile: expected HEIGHTxWIDTH such as 512x512, multiples of 32 and at most 2^27"
                        + " pixels, or crop, got 30x30",
                "predict",
                "--tile=30x30",
                s(image)
            },
            {"2", "--tile: expected HEIGHTxWIDTH", "predict", "--tile=0x32", s(image)},
            {"2", "--tile: expected HEIGHTxWIDTH", "predict", "--tile=-32x-32", s(image)},
            {"2", "--tile: expected HEIGHTxWIDTH", "predict", "--tile=65536x65536", s(image)},
            {"2", "--tile: expected HEIGHTxWIDTH", "predict", "--tile=", s(image)},
            {"2", "--tile: expected HEIGHTxWIDTH", "evaluate", "--tile=x64"},
            {"2", "--overlap: expected 0 to 32", "evaluate", "--tile=64x96", "--overlap=64"},
            {
                "2",
                "--overlap: expected 0 to 0 for tiles of 32x32",
                "predict",
                "--tile=crop",
                "--overlap=64",
                s(image)
            },
            {"2", "--tta: expected none, or some", "predict", "--tile=crop", "--tta=x", s(image)},
            {"2", "--device: expected cpu", "predict", "--device=gpu77", s(image)},
            {"2", "--device: expected one device", "predict", "--device=gpu0,gpu1", s(image)},
            {"2", "--threads: expected 1 to", "predict", "--threads=0", s(image)},
            {"2", "IMAGE", "predict"},
            {"1", "got [x, y]", "evaluate", "--model", s(other), "--data", s(data)},
            {
                "1",
                "expected the classes of the data set, [ocean, a,b, ice]",
                "evaluate",
                "--model",
                s(other),
                "--data",
                s(data)
            },
            {"1", "which does not exist", "evaluate", "--model", s(gone)},
            {"2", "--split: expected a folder in", "evaluate", "--split=gone"},
            {"2", "--data: expected", "evaluate", "--data", s(gone)},
            {"1", "--out: expected a folder, got the file", "evaluate", "--out", s(file)},
        };
        for (String[] c : cases) {
            List<Object> args = new ArrayList<>(List.of(c).subList(2, c.length));
            if (!args.contains("--model")) {
                args.addAll(1, List.of("--model", model));
            }
            if (c[2].equals("predict") && !args.contains("--out")) {
                args.addAll(1, List.of("--out", out()));
            }
            if (c[2].equals("evaluate")) {
                if (!args.contains("--data")) {
                    args.addAll(1, List.of("--data", data));
                }
                args.add("--ignore-label=" + IGNORED);
            }
            assertEquals(Integer.parseInt(c[0]), run(args.toArray()), args + "\n" + printed);
            assertTrue(printed.startsWith("error: "), args + "\n" + printed);
            assertEquals(1, printed.lines().count(), printed);
            assertTrue(printed.contains(c[1]), args + "\n" + printed);
            assertFalse(Files.exists(out()), args.toString());
        }
        assertEquals("mine", Files.readString(file));
    }

    private static String s(Path path) {
        return path.toString();
    }

    @Test
    void helpHasExamples() {
        for (String command : new String[] {"predict", "evaluate"}) {
            assertEquals(0, run(command, "--help"));
            assertTrue(printed.contains("Examples:"), printed);
            assertTrue(printed.contains("--model") && printed.contains("--device"), printed);
        }
    }
}
