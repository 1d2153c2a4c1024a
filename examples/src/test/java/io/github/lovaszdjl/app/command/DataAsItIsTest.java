package io.github.lovaszdjl.app.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of earth whose labels are kept in other ways train to the same numbers. */
class DataAsItIsTest {

    private static final int[] COLOURS = {0x0000ff, 0x808000, 0xffffff, 0x00ffff};
    private static final String MASKS = "0=0,255=1";

    private static final int COUNT = 4;

    @TempDir private static Path folder;

    private static Path earth;
    private static JsonObject ofIds;

    @BeforeAll
    static void trainOnIds() throws IOException {
        earth = CommandTesting.copyEarth(folder.resolve("earth"), COUNT, "train", "val");
        ofIds = train("earth", earth, "--allow-missing-classes");
    }

    /** Writes a copy with other label files; of more than 8 bits, what a function gives is RGB. */
    private static Path rewritten(String name, String classes, boolean rgb, IntUnaryOperator change)
            throws IOException {
        Path copy = CommandTesting.copyEarth(folder.resolve(name), COUNT, "train", "val");
        Files.writeString(copy.resolve("classes.txt"), classes);
        for (String split : List.of("train", "val")) {
            List<Path> labels;
            try (Stream<Path> files = Files.list(copy.resolve(split).resolve("labels"))) {
                labels = files.toList();
            }
            for (Path file : labels) {
                Raster ids = ImageIO.read(file.toFile()).getRaster();
                int type = rgb ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY;
                BufferedImage map = new BufferedImage(ids.getWidth(), ids.getHeight(), type);
                for (int y = 0; y < map.getHeight(); y++) {
                    for (int x = 0; x < map.getWidth(); x++) {
                        int label = change.applyAsInt(ids.getSample(x, y, 0));
                        if (rgb) {
                            map.setRGB(x, y, label);
                        } else {
                            map.getRaster().setSample(x, y, 0, label);
                        }
                    }
                }
                ImageIO.write(map, "png", file.toFile());
            }
        }
        return copy;
    }

    private static JsonObject train(String run, Path data, String... more) throws IOException {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "train",
                                "--data=" + data,
                                "--out=" + folder.resolve("runs/" + run),
                                "--epochs=1",
                                "--batch-size=2",
                                "--crop=32x48",
                                "--base-width=2",
                                "--depth=2"));
        args.addAll(List.of(more));
        return result(run, args);
    }

    private static JsonObject result(String run, List<String> args) throws IOException {
        Outcome outcome = CommandTesting.run(args.toArray(String[]::new));
        assertEquals(0, outcome.code(), outcome.printed());
        return JsonParser.parseString(
                        Files.readString(
                                folder.resolve("runs").resolve(run).resolve("result.json")))
                .getAsJsonObject();
    }

    private static void assertSame(JsonObject expected, JsonObject got) {
        for (String score : List.of("meanIou", "meanIouPerImage", "confusion")) {
            assertTrue(expected.has(score), expected.toString());
            assertEquals(expected.get(score), got.get(score), score);
        }
    }

    @Test
    void colourCodedMasksTrainAsIdsDo() throws IOException {
        String classes = "ocean #0000ff\nland #808000\nice #ffffff\nlake #00ffff\n";
        Path coloured = rewritten("coloured", classes, true, id -> COLOURS[id]);
        assertSame(ofIds, train("colours", coloured, "--allow-missing-classes"));
    }

    @Test
    void cocoOfTheLabelMapsTrainsAsIdsDo() throws IOException {
        Path imported = folder.resolve("from-coco");
        for (String split : List.of("train", "val")) {
            Path json = Files.writeString(folder.resolve(split + ".json"), coco(split));
            Outcome outcome =
                    CommandTesting.run(
                            "datasets",
                            "import",
                            "--format=coco",
                            "--no-background",
                            "--annotations=" + json,
                            "--images-folder=" + earth.resolve(split).resolve("images"),
                            "--split=" + split,
                            "--out=" + imported);
            assertEquals(0, outcome.code(), outcome.printed());
        }
        assertSame(ofIds, train("coco", imported, "--allow-missing-classes"));
    }

    /** Every class of an image as one instance, in run lengths down the columns. */
    private static String coco(String split) throws IOException {
        List<String> images = new ArrayList<>();
        List<String> annotations = new ArrayList<>();
        List<String> categories = new ArrayList<>();
        List<String> names = Files.readAllLines(earth.resolve("classes.txt"));
        for (int c = 0; c < names.size(); c++) {
            categories.add(String.format("{\"id\": %d, \"name\": \"%s\"}", c + 1, names.get(c)));
        }
        try (Stream<Path> files = Files.list(earth.resolve(split).resolve("images"))) {
            for (Path image : files.sorted().toList()) {
                int id = images.size() + 1;
                String name = image.getFileName().toString();
                images.add(
                        String.format(
                                "{\"id\": %d, \"file_name\": \"%s\", \"width\": 128,"
                                        + " \"height\": 128}",
                                id, name));
                Path labels = earth.resolve(split).resolve("labels");
                Raster ids =
                        ImageIO.read(labels.resolve(name.replace(".jpg", ".png")).toFile())
                                .getRaster();
                for (int c = 0; c < names.size(); c++) {
                    List<Integer> runs = new ArrayList<>(List.of(0));
                    boolean inside = false;
                    for (int i = 0; i < 128 * 128; i++) {
                        if (ids.getSample(i / 128, i % 128, 0) == c != inside) {
                            inside = !inside;
                            runs.add(0);
                        }
                        runs.set(runs.size() - 1, runs.get(runs.size() - 1) + 1);
                    }
                    if (runs.size() > 1) {
                        annotations.add(
                                String.format(
                                        "{\"id\": %d, \"image_id\": %d, \"category_id\": %d,"
                                                + " \"iscrowd\": 0, \"segmentation\":"
                                                + " {\"size\": [128, 128], \"counts\": %s}}",
                                        annotations.size() + 1, id, c + 1, runs));
                    }
                }
            }
        }
        return String.format(
                "{\"images\": %s, \"annotations\": %s, \"categories\": %s}",
                images, annotations, categories);
    }

    @Test
    void masksOf255TrainAsIdsDoAlsoWhenTheyGoOn() throws IOException {
        String classes = "ocean\nground\n";
        Path ids = rewritten("ids-of-two", classes, false, id -> Math.min(id, 1));
        Path masks = rewritten("masks", classes, false, id -> id == 0 ? 0 : 255);
        Outcome refused =
                CommandTesting.run("train", "--data=" + masks, "--out=" + folder.resolve("none"));
        assertEquals(1, refused.code(), refused.printed());
        assertTrue(refused.printed().contains("the label map 0=0,255=1 (--label-map)"));

        JsonObject expected = train("ids", ids);
        assertSame(expected, train("masks", masks, "--label-map=255=1, 0=0"));
        // The run has its options, so it goes on with them.
        JsonObject config =
                JsonParser.parseString(Files.readString(folder.resolve("runs/masks/config.json")))
                        .getAsJsonObject();
        assertEquals("0=0,255=1", config.getAsJsonObject("options").get("label-map").getAsString());
        String[] more = {"train", "--epochs=2", "--resume=" + folder.resolve("runs/ids")};
        expected = result("ids", List.of(more));
        more[2] = "--resume=" + folder.resolve("runs/masks");
        assertSame(expected, result("masks", List.of(more)));

        more[1] = "--label-map=*=1,0=0";
        Outcome other = CommandTesting.run(more);
        assertEquals(2, other.code(), other.printed());
        assertTrue(other.printed().startsWith("error: --label-map: expected 0=0,255=1 as in"));

        String model = "--model=" + folder.resolve("runs/masks");
        Outcome evaluated =
                CommandTesting.run("evaluate", model, "--data=" + masks, "--label-map=" + MASKS);
        assertEquals(0, evaluated.code(), evaluated.printed());
        Outcome ignored =
                CommandTesting.run("evaluate", model, "--data=" + masks, "--ignore-label=255");
        assertTrue(
                ignored.printed()
                        .contains("warning: val: all labels are 0 or the ignore label 255, as in"),
                ignored.printed());
        Outcome asIds = CommandTesting.run("evaluate", model, "--data=" + ids);
        assertEquals(scores(asIds), scores(evaluated));
        // The data of the run, read as it read them.
        assertEquals(scores(asIds), scores(CommandTesting.run("evaluate", model)));
        assertEquals(
                scores(asIds),
                scores(CommandTesting.run("--verbose", "evaluate", model + "/best")));
        Outcome other255 = CommandTesting.run("evaluate", model, "--label-map=0=0,255=0");
        assertTrue(other255.printed().contains("On the val split of " + masks));
        assertNotEquals(scores(asIds), scores(other255));
        Outcome stats = CommandTesting.run("datasets", "stats", masks + "", "--label-map=" + MASKS);
        assertEquals(CommandTesting.run("datasets", "stats", ids + "").printed(), stats.printed());

        Files.move(masks, masks.resolveSibling("moved"));
        Outcome gone = CommandTesting.run("evaluate", model);
        assertEquals(2, gone.code(), gone.printed());
        assertTrue(
                gone.printed()
                        .startsWith(
                                "error: "
                                        + folder.resolve("runs/masks/config.json")
                                        + ": --data: expected a folder or one of"),
                gone.printed());
    }

    @Test
    void aFolderThatDescribesItselfTrainsAsItsCopyDoes() throws IOException {
        // Frames of train and val in one folder of each kind, as lists name them.
        Path own = folder.resolve("own");
        Files.createDirectories(own.resolve("photos"));
        Files.createDirectories(own.resolve("lists"));
        Files.copy(earth.resolve("classes.txt"), own.resolve("classes.txt"));
        for (String split : List.of("train", "val")) {
            List<String> names = new ArrayList<>();
            for (String kind : List.of("images", "labels")) {
                try (Stream<Path> files = Files.list(earth.resolve(split).resolve(kind))) {
                    for (Path file : files.toList()) {
                        String name = file.getFileName().toString();
                        Files.copy(
                                file,
                                own.resolve("photos").resolve(name.replace(".png", "_mask.png")));
                        names.add(name);
                    }
                }
            }
            names.removeIf(name -> name.endsWith(".png"));
            Files.write(own.resolve("lists").resolve(split + ".txt"), names);
        }
        Path description = own.resolve("dataset.json");
        Files.writeString(
                description,
                "{\"images\": \"photos\", \"labels\": \"photos\", \"label-suffix\": \"_mask\","
                        + " \"lists\": \"lists\", \"ignore-label\": 254}");
        assertSame(ofIds, train("own", own, "--allow-missing-classes"));
        // The run keeps what the file said, and goes on with that or not at all.
        String config = Files.readString(folder.resolve("runs/own/config.json"));
        assertTrue(config.contains("\"label-suffix\": \"_mask\""), config);
        assertTrue(config.contains("\"ignore-label\": \"254\""), config);
        String[] more = {"train", "--epochs=2", "--resume=" + folder.resolve("runs/own")};
        Files.writeString(description, "{\"label-map\": \"0=0,1=1,2=2,*=3\"}");
        Outcome other = CommandTesting.run(more);
        assertEquals(2, other.code(), other.printed());
        assertTrue(
                other.printed().startsWith("error: --label-map: expected none as in"),
                other.printed());
        Files.writeString(description, "{\"lists\": \".\", \"labelmap\": \"0=0\"}");
        Outcome wrong = CommandTesting.run("datasets", "stats", own.toString());
        assertEquals(1, wrong.code());
        assertTrue(
                wrong.printed().startsWith("error: " + description + ": option: expected one of"),
                wrong.printed());
        assertTrue(wrong.printed().contains("did you mean label-map?"), wrong.printed());
        Files.writeString(description, "{\"lists\": \".\"}");
        Outcome both = CommandTesting.run("datasets", "stats", own.toString(), "--val=0.5");
        assertEquals(2, both.code());
        assertTrue(
                both.printed()
                        .startsWith(
                                "error: --val: expected lists or shares to make the splits, got"
                                        + " both, with "
                                        + description),
                both.printed());
    }

    @Test
    void oneFolderIsSplitByADraw() throws IOException {
        Path all = folder.resolve("all");
        Files.createDirectories(all);
        Files.copy(earth.resolve("classes.txt"), all.resolve("classes.txt"));
        Path five = CommandTesting.copyEarth(folder.resolve("five"), 5, "train");
        Files.move(five.resolve("train/images"), all.resolve("images"));
        Files.move(five.resolve("train/labels"), all.resolve("labels"));
        Outcome stats =
                CommandTesting.run("datasets", "stats", all.toString(), "--val=0.2", "--test=0.4");
        assertEquals(0, stats.code(), stats.printed());
        for (String split : List.of("train: 2 images", "val: 1 image", "test: 2 images")) {
            assertTrue(stats.printed().contains(split + ", 128x128"), stats.printed());
        }
        JsonObject result =
                train("drawn", all, "--val=0.2", "--test=0.4", "--allow-missing-classes");
        assertEquals("test", result.get("split").getAsString());
        assertEquals(2, result.get("images").getAsInt());
        Outcome none = CommandTesting.run("datasets", "stats", all.toString());
        assertTrue(none.printed().contains("expected a folder train, val or test"));
    }

    @Test
    void aTurnedImageIsReadAsItIsSeenAndCounted() throws IOException {
        Path copy = CommandTesting.copyEarth(folder.resolve("turned"), COUNT, "train", "val");
        Path jpeg;
        try (Stream<Path> files = Files.list(copy.resolve("train/images"))) {
            jpeg = files.min(Comparator.naturalOrder()).orElseThrow();
        }
        BufferedImage seen = ImageIO.read(jpeg.toFile());
        int last = seen.getWidth() - 1;
        BufferedImage stored =
                new BufferedImage(last + 1, seen.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < seen.getHeight(); y++) {
            for (int x = 0; x <= last; x++) {
                stored.setRGB(last - x, seen.getHeight() - 1 - y, seen.getRGB(x, y));
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(stored, "png", png);
        // A directory of one tag: orientation 3, by half a turn; behind signature and head.
        ByteBuffer note = ByteBuffer.allocate(30).put("eXIfMM\0*".getBytes(US_ASCII));
        note.putInt(8).putShort((short) 1);
        note.putShort((short) 0x0112).putShort((short) 3).putInt(1).putInt(3 << 16).putInt(0);
        CRC32 sum = new CRC32();
        sum.update(note.array());
        int head = 33;
        ByteBuffer turned = ByteBuffer.allocate(png.size() + 38).put(png.toByteArray(), 0, head);
        turned.putInt(26).put(note.array()).putInt((int) sum.getValue());
        turned.put(png.toByteArray(), head, png.size() - head);
        Files.write(Path.of(jpeg.toString().replace(".jpg", ".png")), turned.array());
        Files.delete(jpeg);

        assertSame(ofIds, train("turned", copy, "--allow-missing-classes"));
        String page = Files.readString(folder.resolve("runs/turned/report.html"));
        assertTrue(page.contains("; images turned as EXIF says: 1"), page);
        assertFalse(
                Files.readString(folder.resolve("runs/earth/report.html"))
                        .contains("turned as EXIF says"));
        Outcome stats = CommandTesting.run("datasets", "stats", copy.toString());
        assertTrue(stats.printed().contains("train: 1 image turned as EXIF says"), stats.printed());
    }

    private static String scores(Outcome outcome) {
        return outcome.printed()
                .replaceAll("(?m)^images/s.*$", "")
                .replaceFirst("split of .* \\(", "split (");
    }
}
