package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.repository.zoo.ZooModel;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.PretrainedWeights;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.model.UNet;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tiles of earth as TIFFs of four channels of 16 bits go all the way. */
class BandsTest {

    private static final int BANDS = 4;

    /** A camera of 12 bits. */
    private static final int FACTOR = 16;

    @TempDir private static Path folder;

    private static Path bands;

    /** What {@code datasets stats} says of the set: --channels, --mean and --std. */
    private static List<String> normalization;

    @BeforeAll
    static void writeBands() throws IOException {
        bands = CommandTesting.copyEarth(folder.resolve("bands"), 4, "train", "val");
        for (String split : List.of("train", "val")) {
            List<Path> images;
            try (Stream<Path> files = Files.list(bands.resolve(split).resolve("images"))) {
                images = files.toList();
            }
            for (Path image : images) {
                String name = image.getFileName().toString().replaceFirst("\\.\\w+$", ".TIF");
                Files.write(image.resolveSibling(name), tiff(ImageIO.read(image.toFile())));
                Files.delete(image);
            }
        }
        Outcome stats = CommandTesting.run("datasets", "stats", bands.toString(), "--channels=4");
        assertEquals(0, stats.code(), stats.printed());
        String line =
                stats.printed()
                        .lines()
                        .filter(l -> l.startsWith("  --channels 4 "))
                        .findFirst()
                        .orElse(stats.printed());
        normalization = List.of(line.strip().split(" "));
        assertEquals(6, normalization.size(), line);
    }

    /** A plain little-endian TIFF: red, green, blue, and what red lacks for white. */
    private static byte[] tiff(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int[][] tags = {
            {256, width},
            {257, height},
            {258, Short.SIZE}, // where there are several, all are the same: see below
            {259, 1},
            {262, 1},
            {273, 0},
            {277, BANDS},
            {278, height},
            {279, width * height * BANDS * Short.BYTES},
            {338, 0}
        };
        int directory = 8;
        int bits = directory + 2 + 12 * tags.length + 4;
        int extra = bits + BANDS * Short.BYTES;
        int pixels = extra + (BANDS - 1) * Short.BYTES;
        ByteBuffer file =
                ByteBuffer.allocate(pixels + width * height * BANDS * Short.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(directory);
        file.putShort((short) tags.length);
        for (int[] tag : tags) {
            boolean several = tag[0] == 258 || tag[0] == 338;
            int count = tag[0] == 258 ? BANDS : tag[0] == 338 ? BANDS - 1 : 1;
            int value = tag[0] == 258 ? bits : tag[0] == 338 ? extra : tag[1];
            boolean isShort = several || tag[0] == 259 || tag[0] == 262 || tag[0] == 277;
            file.putShort((short) tag[0]).putShort((short) (isShort ? 3 : 4)).putInt(count);
            file.putInt(tag[0] == 273 ? pixels : value);
        }
        file.putInt(0);
        for (int i = 0; i < BANDS; i++) {
            file.putShort((short) Short.SIZE);
        }
        file.position(pixels);
        for (int i = 0; i < width * height; i++) {
            int rgb = image.getRGB(i % width, i / width);
            for (int c = 0; c < BANDS; c++) {
                int sample = c < 3 ? rgb >> 16 - 8 * c & 0xff : 0xff - (rgb >> 16 & 0xff);
                file.putShort((short) (sample * FACTOR));
            }
        }
        return file.array();
    }

    private static Path run(String name) {
        return folder.resolve("runs").resolve(name);
    }

    private static Outcome start(String command, String name, Path data, String... more) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                command,
                                "--data=" + data,
                                "--out=" + run(name),
                                "--epochs=1",
                                "--batch-size=2",
                                "--crop=32x48",
                                "--base-width=2",
                                "--depth=2",
                                "--allow-missing-classes"));
        args.addAll(List.of(more));
        return CommandTesting.run(args.toArray(String[]::new));
    }

    private static String[] with(List<String> some, String... more) {
        return Stream.concat(some.stream(), Arrays.stream(more)).toArray(String[]::new);
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    @Test
    void aRunIsTrainedEvaluatedUsedAndGoesOn() throws IOException {
        Outcome trained = start("train", "flags", bands, with(normalization));
        assertEquals(0, trained.code(), trained.printed());
        JsonObject result = json(run("flags").resolve("result.json"));

        String model = "--model=" + run("flags");
        Path scores = folder.resolve("scores");
        String[] evaluate = {"evaluate", model, "--data=" + bands, "--out=" + scores};
        Outcome evaluated = CommandTesting.run(evaluate);
        assertEquals(0, evaluated.code(), evaluated.printed());
        assertEquals(
                result.get("meanIou").getAsDouble(),
                json(scores.resolve("scores.json")).get("meanIoU").getAsDouble());
        Outcome same = CommandTesting.run(with(List.of(evaluate), with(normalization)));
        assertEquals(0, same.code(), same.printed());
        Outcome others =
                CommandTesting.run(
                        with(List.of(evaluate), "--mean=0,0,0,0", normalization.get(4), "1,1,1,1"));
        assertEquals(2, others.code(), others.printed());
        assertTrue(
                others.printed().startsWith("error: --mean: expected those of the model"),
                others.printed());

        Path photo = CommandTesting.copyEarth(folder.resolve("earth"), 1, "val");
        Path out = folder.resolve("predicted");
        Outcome predicted =
                CommandTesting.run(
                        "predict",
                        model,
                        "--out=" + out,
                        photo.resolve("val/images").toString(),
                        bands.resolve("val/images").toString());
        assertEquals(1, predicted.code(), predicted.printed());
        assertTrue(
                predicted.printed().contains(": expected the channels of the model, 4, got 3"),
                predicted.printed());
        assertTrue(predicted.printed().contains("4 of 5 images predicted"), predicted.printed());
        List<Path> overlays;
        try (Stream<Path> files = Files.walk(out.resolve("overlays"))) {
            overlays = files.filter(f -> f.toString().endsWith(".png")).toList();
        }
        assertEquals(4, overlays.size());

        String resume = "--resume=" + run("flags");
        Outcome other = CommandTesting.run("train", resume, "--epochs=2", "--mean=0,0,0,0");
        assertEquals(2, other.code(), other.printed());
        Outcome on = CommandTesting.run("train", resume, "--epochs=2");
        assertEquals(0, on.code(), on.printed());
        // A head and two epochs.
        assertEquals(3, Files.readAllLines(run("flags").resolve("metrics.csv")).size());
    }

    /** Of one process, which is this one: the data goes the way to workers all the same. */
    @Test
    void aClusterComesToTheSame() throws Exception {
        String master = "--master=local";
        for (String[] how : new String[][] {{"alone"}, {"cluster", master, "--workers=1"}}) {
            String[] more = Arrays.copyOfRange(how, 1, how.length);
            Outcome trained = start("train", how[0], bands, with(normalization, more));
            assertEquals(0, trained.code(), trained.printed());
        }
        RunNumbers.assertSameModel(run("alone"), run("cluster"));

        Map<String, byte[]> expected = used(folder.resolve("here"));
        Map<String, byte[]> got = used(folder.resolve("there"), master);
        assertTrue(expected.containsKey("scores/confusion.csv"), expected.keySet()::toString);
        assertEquals(expected.keySet(), got.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, got.get(name), name));
    }

    /** Evaluates and predicts; returns the counts and pictures by name, which have no times. */
    private static Map<String, byte[]> used(Path out, String... master) throws IOException {
        String model = "--model=" + run("alone");
        String data = "--data=" + bands;
        String to = "--out=" + out.resolve("scores");
        Outcome evaluated = CommandTesting.run(with(List.of("evaluate", model, data, to), master));
        assertEquals(0, evaluated.code(), evaluated.printed());
        to = "--out=" + out.resolve("predicted");
        String images = bands.resolve("val/images").toString();
        Outcome predicted = CommandTesting.run(with(List.of("predict", model, to, images), master));
        assertEquals(0, predicted.code(), predicted.printed());
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(out)) {
            for (Path file : all.filter(f -> f.toString().matches(".*[.](png|csv)")).toList()) {
                files.put(out.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    @Test
    void aSetThatSaysItsBandsIsComparedAndStartedFrom() throws IOException {
        Path own = folder.resolve("own");
        CommandTesting.copyEarth(own, 1, "train");
        for (String split : List.of("train", "val")) {
            for (String kind : List.of("images", "labels")) {
                Path to = Files.createDirectories(own.resolve(split).resolve(kind));
                try (Stream<Path> old = Files.list(to)) {
                    for (Path file : old.toList()) {
                        Files.delete(file);
                    }
                }
                try (Stream<Path> files = Files.list(bands.resolve(split).resolve(kind))) {
                    for (Path file : files.toList()) {
                        Files.copy(file, to.resolve(file.getFileName()));
                    }
                }
            }
        }
        Files.writeString(
                own.resolve("dataset.json"),
                String.format(
                        "{\"channels\": 4, \"mean\": \"%s\", \"std\": \"%s\"}",
                        normalization.get(3), normalization.get(5)));
        Outcome compared = start("compare", "compare", own, "--loss=ce", "--loss=lovasz");
        assertEquals(0, compared.code(), compared.printed());
        assertTrue(Files.exists(run("compare").resolve("report.html")));

        String init = "--init=" + run("compare").resolve("lovasz-seed1");
        Outcome started = start("train", "init", own, init);
        assertEquals(0, started.code(), started.printed());
        Path earth = CommandTesting.copyEarth(folder.resolve("three"), 2, "train", "val");
        Outcome refused = start("train", "none", earth, init);
        assertEquals(1, refused.code(), refused.printed());
        assertTrue(
                refused.printed()
                        .startsWith(
                                "error: --init: expected a model for images of the channels of the"
                                        + " data, 3, got 4 in "),
                refused.printed());
        assertFalse(Files.exists(run("none").resolve("checkpoint.zip")));
    }

    /** The kernels again and again, times 3 / 4, but for steps that are too small to see. */
    @Test
    void weightsOfThreeChannelsAreTakenForFour() throws Exception {
        Path file = folder.resolve("unet.safetensors");
        float[] three;
        try (NDManager manager = NDManager.newBaseManager()) {
            UNet net = UNet.builder().setClasses(4).optBaseWidth(2).optDepth(2).build();
            net.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
            PretrainedWeights.write(net, file, Normalization.imageNet());
            three = first(net);
        }
        Outcome trained =
                start(
                        "train",
                        "weights",
                        bands,
                        with(normalization, "--weights=" + file, "--learning-rate=1e-12"));
        assertEquals(0, trained.code(), trained.printed());
        float[] four;
        try (ZooModel<Image, CategoryMask> model =
                SegmentationModels.load(run("weights").resolve("best"), Device.cpu())) {
            four = first(model.getBlock());
        }
        int kernel = 9;
        float[] expected = new float[four.length];
        for (int i = 0; i < expected.length; i++) {
            int filter = i / kernel / BANDS;
            int channel = i / kernel % BANDS % 3;
            expected[i] = three[(filter * 3 + channel) * kernel + i % kernel] * 3 / BANDS;
        }
        assertArrayEquals(expected, four, 1e-9f);
    }

    /** Returns the weights of the convolution that sees the channels. */
    private static float[] first(Block network) {
        return network.getParameters().values().stream()
                .filter(p -> p.getShape().dimension() == 4)
                .findFirst()
                .orElseThrow()
                .getArray()
                .toFloatArray();
    }
}
