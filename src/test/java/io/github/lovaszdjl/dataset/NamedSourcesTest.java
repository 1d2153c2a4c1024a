package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.training.dataset.Dataset;
import io.github.lovaszdjl.Loopback;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sets of microscopy, endoscopy, streets and scenes, from files of their sources' structure. */
class NamedSourcesTest {

    private static final String[] PROPERTIES = {
        "ai.djl.offline",
        "DJL_CACHE_DIR",
        "lovasz.url.bbbc038",
        "lovasz.url.kvasir-seg",
        "lovasz.url.ade20k",
        Cityscapes.PROPERTY
    };

    @TempDir Path temp;
    private final Map<String, String> before = new LinkedHashMap<>();

    @BeforeEach
    void goOnline() {
        for (String property : PROPERTIES) {
            before.put(property, System.getProperty(property));
        }
        System.setProperty("ai.djl.offline", "false");
        System.setProperty("DJL_CACHE_DIR", temp.toString());
    }

    @AfterEach
    void goBack() {
        before.forEach(
                (property, value) -> {
                    if (value == null) {
                        System.clearProperty(property);
                    } else {
                        System.setProperty(property, value);
                    }
                });
    }

    /** Two nuclei that touch, one of them at the edge; the second mask repeats a pixel. */
    @Test
    void boundariesPartNuclei() throws Exception {
        List<String> ids = new ArrayList<>();
        Map<String, byte[]> files = new LinkedHashMap<>();
        BufferedImage image = new BufferedImage(6, 4, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 10; i++) {
            String id = "0a" + i;
            ids.add(id);
            files.put(id + "/images/" + id + ".png", png(image));
            files.put(id + "/masks/a.png", png(mask((x, y) -> x < 3 && y < 3)));
            files.put(
                    id + "/masks/b.png",
                    png(mask((x, y) -> x > 2 && x < 5 && y > 0 && y < 3 || x == 2 && y == 1)));
        }
        List<String> order = new ArrayList<>(ids);
        order.sort(Comparator.comparingLong(NamedSourcesTest::draw));
        String damaged = order.get(5);
        files.put(damaged + "/masks/b.png", png(TestFiles.grey(5, 4, (x, y) -> 0)));
        NamedDataset set =
                fetch("bbbc038", files, Bbbc038.set(NamedDataset.splits(8, 1, 1), Loopback.FAST));
        Map<String, TreeSet<String>> names = new LinkedHashMap<>();
        for (String split : set.getSplits().keySet()) {
            FolderSegmentationDataset data = open(set.root(), split);
            names.put(split, new TreeSet<>());
            for (int i = 0; i < data.size(); i++) {
                names.get(split).add(data.getName(i));
                assertArrayEquals(
                        new int[][] {
                            {1, 1, 2, 0, 0, 0},
                            {1, 1, 2, 2, 2, 0},
                            {2, 2, 2, 2, 2, 0},
                            {0, 0, 0, 0, 0, 0}
                        },
                        data.readLabels(i));
            }
        }
        TreeSet<String> train = new TreeSet<>(order.subList(2, 10));
        train.remove(damaged);
        assertEquals(
                Map.of(
                        "test", new TreeSet<>(order.subList(0, 1)),
                        "val", new TreeSet<>(order.subList(1, 2)),
                        "train", train),
                names);
        assertEquals(
                List.of(
                        "train "
                                + damaged
                                + ": "
                                + damaged
                                + "/masks/b.png: expected the size of its image, 6x4, got 5x4"),
                Files.readAllLines(set.root().resolve("left-out.txt")));
    }

    /** Blocks of one level each, which JPEG keeps but for rounding. */
    @Test
    void masksOfPolypsAreTakenAtTheMiddle() throws Exception {
        int[][] levels = {{255, 0}, {131, 124}};
        BufferedImage mask = TestFiles.grey(16, 16, (x, y) -> levels[y / 8][x / 8]);
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < 10; i++) {
            files.put("Kvasir-SEG/images/p" + i + ".jpg", encode(mask, "jpg"));
            files.put("Kvasir-SEG/masks/p" + i + ".jpg", encode(mask, "jpg"));
        }
        files.put("Kvasir-SEG/kavsir_bboxes.json", new byte[] {'{', '}'});
        NamedDataset set =
                fetch(
                        "kvasir-seg",
                        files,
                        KvasirSeg.set(NamedDataset.splits(8, 1, 1), Loopback.FAST));
        FolderSegmentationDataset data = open(set.root(), "train");
        assertEquals(8, data.size());
        assertEquals(List.of("background", "polyp"), data.getClassNames());
        int[][] labels = data.readLabels(0);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                assertEquals(x < 8 ? 1 : 0, labels[y][x], x + ", " + y);
            }
        }
        assertTrue(data.getImagePath(0).toString().endsWith(".jpg"));
        assertFalse(Files.exists(set.root().resolve("left-out.txt")));
    }

    @Test
    void scenesBeginAtOneInFilesAndAtZeroInBatches() throws Exception {
        String top = "ADEChallengeData2016/";
        int[] stored = {0, 1, 150, 75};
        Map<String, byte[]> files = new LinkedHashMap<>();
        byte[] labels = png(TestFiles.grey(4, 2, (x, y) -> stored[x]));
        for (String name : List.of("training/t1", "training/t2", "validation/v1")) {
            files.put(
                    top + "images/" + name + ".jpg",
                    encode(TestFiles.rgb(4, 2, (x, y) -> x), "jpg"));
            files.put(top + "annotations/" + name + ".png", labels);
        }
        files.put(top + "objectInfo150.txt", new byte[] {'x'});
        NamedDataset set =
                fetch("ade20k", files, Ade20k.set(NamedDataset.splits(2, 1, 0), Loopback.FAST));
        int[] expected = {255, 0, 149, 74};
        // A folder that says itself how it is read.
        FolderSegmentationDataset folder = open(set.root(), "val");
        assertEquals(255, folder.getIgnoreLabel());
        assertArrayEquals(expected, folder.readLabels(0)[1]);
        assertArrayEquals(labels, Files.readAllBytes(folder.getLabelPath(0)));
        Ade20k train =
                Ade20k.builder()
                        .setSource(set)
                        .optUsage(Dataset.Usage.TRAIN)
                        .setSampling(2, false)
                        .build();
        train.prepare();
        assertEquals(2, train.size());
        assertEquals(folder.getSettings(), train.getSettings());
        assertEquals(150, train.getClassNames().size());
        assertEquals("wall", train.getClassNames().get(0));
        assertEquals("coffee table", train.getClassNames().get(64));
        assertEquals("flag", train.getClassNames().get(149));
        assertArrayEquals(expected, train.open(0).labels(1));
    }

    /** Known by its folders, by name, and as a class; the ids are Cityscapes' own. */
    @Test
    void cityscapesIsReadWhereItIs() throws Exception {
        int[] ids = {7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33};
        int[] others = {0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 29, 30};
        Path root = temp.resolve("cityscapes");
        for (String name : List.of("train/aachen/a_0", "train/bonn/b_0", "val/ulm/u_0")) {
            write(root, "leftImg8bit/" + name + "_leftImg8bit", (x, y) -> x);
            String labels = "gtFine/" + name + "_gtFine_";
            write(root, labels + "labelIds", (x, y) -> y == 0 ? ids[x] : others[x % 15]);
            write(root, labels + "instanceIds", (x, y) -> 26);
            write(root, labels + "labelTrainIds", (x, y) -> y == 0 ? x : 255);
            Files.writeString(root.resolve(labels + "polygons.json"), "{}");
        }
        int[] first = java.util.stream.IntStream.range(0, 19).toArray();
        Cityscapes train = Cityscapes.builder().setRoot(root).setSampling(1, false).build();
        train.prepare();
        assertEquals(2, train.size());
        assertEquals("aachen/a_0", train.getName(0));
        assertEquals(255, train.getIgnoreLabel());
        assertEquals("rider", train.getClassNames().get(12));
        assertArrayEquals(first, train.readLabels(0)[0]);
        for (int label : train.readLabels(0)[1]) {
            assertEquals(255, label);
        }
        NamedDataset set = SegmentationDatasets.find("cityscapes");
        System.setProperty(Cityscapes.PROPERTY, temp.resolve("none").toString());
        assertFalse(set.isPresent() || set.isEmbedded());
        String message = assertThrows(IOException.class, () -> set.fetch(null)).getMessage();
        assertTrue(message.startsWith(set.root() + ": expected the folders leftImg8bit"), message);
        System.setProperty(Cityscapes.PROPERTY, root.toString());
        assertTrue(set.isPresent());
        assertEquals(root, set.fetch(null));
        FolderSegmentationDataset val = open(root, "val");
        assertEquals(1, val.size());
        assertEquals(OptionalInt.of(255), FolderLayout.read(root).ignoreLabel());
        assertEquals(train.getSettings(), val.getSettings());
        // Files of train ids would be spoilt by the map of ids.
        FolderSegmentationDataset trainIds =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit("val")
                        .setSampling(1, false)
                        .optLayout(
                                FolderLayout.builder()
                                        .optLabelSuffix("_gtFine_labelTrainIds")
                                        .build())
                        .build();
        assertThrows(MalformedDatasetException.class, trainIds::prepare);
        // What the user wrote goes before.
        Files.write(root.resolve("classes.txt"), List.of("a"));
        assertEquals(FolderLayout.standard().options(), FolderLayout.read(root).options());
    }

    private interface Shape {
        boolean at(int x, int y);
    }

    private static BufferedImage mask(Shape inside) {
        return TestFiles.grey(6, 4, (x, y) -> inside.at(x, y) ? 255 : 0);
    }

    private static void write(Path root, String name, java.util.function.IntBinaryOperator value)
            throws IOException {
        Path file = root.resolve(name + ".png");
        Files.createDirectories(file.getParent());
        Files.write(file, png(TestFiles.grey(19, 2, value)));
    }

    /** Brings a set from a zip of these files. */
    private static NamedDataset fetch(String name, Map<String, byte[]> files, NamedDataset set)
            throws IOException {
        try (Loopback server = new Loopback(Packed.zip(zip -> files.forEach(zip::file)))) {
            System.setProperty("lovasz.url." + name, server.url());
            assertFalse(set.isPresent());
            set.fetch(null);
            assertTrue(set.isPresent());
        }
        return set;
    }

    private static FolderSegmentationDataset open(Path root, String split) throws IOException {
        FolderSegmentationDataset data =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit(split)
                        .setSampling(1, false)
                        .build();
        data.prepare();
        return data;
    }

    /** The first 64 bits of the SHA-256 of seed and name. */
    private static long draw(String name) {
        try {
            byte[] text = ("0\n" + name).getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text)).getLong();
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] png(BufferedImage image) throws IOException {
        return encode(image, "png");
    }

    private static byte[] encode(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(image, format, out));
        return out.toByteArray();
    }
}
