package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Descriptions, lists, label maps and colours of all kinds and damages. */
@Tag(Trials.TAG)
class LayoutFuzzTest {

    private static final long MAX_ALLOCATED = 64 << 20;
    private static final int SIZE = 6;

    @TempDir(factory = Fuzz.Memory.class)
    private Path temp;

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private FolderSegmentationDataset data(String split) {
        return FolderSegmentationDataset.builder()
                .setRoot(temp)
                .setSplit(split)
                .setSampling(1, false)
                .build();
    }

    /** A set with the default layout, lists, and one folder of all. */
    private void writeFiles() throws Exception {
        new TestFiles(temp, "a", "b");
        for (String folder : List.of("", "train/", "train/deep/")) {
            Files.createDirectories(temp.resolve(folder + "images"));
            Files.createDirectories(temp.resolve(folder + "masks"));
            for (String name : List.of("d1_1", "d1_2", "d2_1", "d3_1")) {
                TestFiles.write(
                        temp.resolve(folder + "images/" + name + ".png"),
                        TestFiles.rgb(2, 2, (x, y) -> x));
                TestFiles.write(
                        temp.resolve(folder + "masks/" + name + "_m.png"),
                        TestFiles.grey(2, 2, (x, y) -> 255 * x));
            }
        }
        Files.writeString(temp.resolve("train.txt"), "d1_1\nd2_1\n");
        Files.writeString(temp.resolve("val.txt"), "d1_2\n");
    }

    @Test
    void descriptionsAreReadOrRefused() throws Exception {
        writeFiles();
        Path file = temp.resolve("dataset.json");
        String masks =
                "\"labels\": \"masks\", \"label-suffix\": \"_m\", \"label-map\": \"0=0,255=1\"";
        List<byte[]> seeds =
                List.of(
                        utf8("{" + masks + "}"),
                        utf8("{" + masks + ", \"val\": 0.25, \"test\": 0.3, \"split-seed\": 3}"),
                        utf8("{" + masks + ", \"val\": \"0.5\", \"groups\": \"[^_]*\"}"),
                        utf8("{" + masks + ", \"lists\": \".\", \"ignore-label\": 255}"),
                        utf8("{" + masks + ", \"images\": \"SPLIT/images\"}"),
                        utf8("{" + masks + ", \"split-names\": \"train=deep,val=train\"}"),
                        utf8(
                                "{"
                                        + masks
                                        + ", \"channels\": 3, \"mean\": \"0.1,.2,3e-1\","
                                        + " \"std\": \"0.1,0.2,1\"}"),
                        utf8("{" + masks + ", \"mean\": \"0.5,0,1\", \"std\": \"1,1,2\"}"));
        Fuzz fuzz =
                new Fuzz(
                        "dataset.json",
                        temp.toString(),
                        MAX_ALLOCATED,
                        Set.of(MalformedDatasetException.class));
        Map<String, Integer> outcomes =
                fuzz.run(
                        Trials.of(500, 100_000),
                        random -> {
                            Files.write(
                                    file,
                                    random.nextInt(4) == 0
                                            ? Mutator.any(seeds, random)
                                            : Mutator.mutateText(seeds, random));
                            FolderLayout layout = FolderLayout.read(temp);
                            // What was read, written again, reads the same.
                            assertEquals(
                                    layout.toString(),
                                    FolderLayout.of(layout.options()).toString());
                            FolderSegmentationDataset data =
                                    data(Mutator.any(List.of("train", "val", "test"), random));
                            data.prepare();
                            for (int i = 0; i < data.size(); i++) {
                                assertTrue(
                                        data.getImagePath(i).normalize().startsWith(temp)
                                                && data.getLabelPath(i)
                                                        .normalize()
                                                        .startsWith(temp));
                            }
                            return "accepted";
                        });
        assertTrue(outcomes.getOrDefault("accepted", 0) > 10, outcomes.toString());
        assertTrue(outcomes.get("MalformedDatasetException") > 10, outcomes.toString());
    }

    @Test
    void listsAreReadOrRefused() throws Exception {
        writeFiles();
        Files.writeString(
                temp.resolve("dataset.json"),
                "{\"labels\": \"masks\", \"label-suffix\": \"_m\", \"label-map\": \"0=0,255=1\","
                        + " \"lists\": \".\"}");
        Path list = temp.resolve("train.txt");
        List<byte[]> seeds =
                List.of(
                        utf8("d1_1\nd1_2\nd2_1\n"),
                        utf8("# all\r\nd3_1.png d3_1_m.png\r\n\r\nimages/d1_1.png\r\n"),
                        utf8("d2_1"));
        Fuzz fuzz =
                new Fuzz(
                        "lists of names",
                        temp + "/train.txt: expected ",
                        MAX_ALLOCATED,
                        Set.of(MalformedDatasetException.class));
        Map<String, Integer> outcomes =
                fuzz.run(
                        Trials.of(300, 100_000),
                        random -> {
                            byte[] bytes = Mutator.mutateText(seeds, random);
                            Files.write(list, bytes);
                            FolderSegmentationDataset data = data("train");
                            data.prepare();
                            String text = new String(bytes, StandardCharsets.UTF_8);
                            for (int i = 0; i < data.size(); i++) {
                                assertTrue(text.contains(data.getName(i)), text);
                            }
                            return "accepted";
                        });
        assertTrue(outcomes.getOrDefault("accepted", 0) > 10, outcomes.toString());
        assertTrue(outcomes.get("MalformedDatasetException") > 10, outcomes.toString());
    }

    /** Label files of every kind by maps and colours, compared with what Java says of a pixel. */
    @Test
    void labelsAreDecodedOrRefused() throws Exception {
        TestFiles files = new TestFiles(temp, "a", "b", "c");
        files.add("x", SIZE, SIZE, (x, y) -> 0, (x, y) -> 0);
        Path label = files.label("x.png");
        Fuzz fuzz =
                new Fuzz(
                        "label files by value and colour",
                        "",
                        MAX_ALLOCATED,
                        Set.of(MalformedDatasetException.class, IllegalArgumentException.class));
        Map<String, Integer> outcomes =
                fuzz.run(
                        Trials.of(500, 100_000),
                        random -> {
                            boolean colours = random.nextBoolean();
                            Files.writeString(
                                    temp.resolve("classes.txt"),
                                    colours ? "a #000000\nb #804080\nc #ffffff" : "a\nb\nc");
                            byte[] good = label(random, colours);
                            Files.write(
                                    label,
                                    random.nextInt(3) == 0
                                            ? Mutator.mutate(List.of(good), random)
                                            : good);
                            FolderSegmentationDataset.Builder builder = files.builder();
                            Map<Integer, Integer> map = new HashMap<>();
                            if (random.nextBoolean()) {
                                String text = map(random, colours, map);
                                builder.optLayout(FolderLayout.builder().optLabelMap(text).build());
                            }
                            FolderSegmentationDataset data = builder.build();
                            data.prepare();
                            assertDecoded(label, data, colours, map);
                            return "accepted";
                        });
        assertTrue(outcomes.getOrDefault("accepted", 0) > 10, outcomes.toString());
        assertTrue(outcomes.get("MalformedDatasetException") > 10, outcomes.toString());
    }

    private static byte[] label(Random random, boolean colours) throws Exception {
        int[] values = colours ? new int[] {0, 0x804080, 0xffffff} : new int[] {0, 1, 2, 255};
        int odd = random.nextInt(4) == 0 ? random.nextInt(0x1000000) : values[0];
        BufferedImage image =
                switch (random.nextInt(colours ? 2 : 4)) {
                    case 0 -> new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
                    case 1 -> new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_4BYTE_ABGR);
                    case 2 -> new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_USHORT_GRAY);
                    default -> new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
                };
        for (int i = 0; i < SIZE * SIZE; i++) {
            int value =
                    i == 7
                            ? odd
                            : values[random.nextInt(random.nextInt(9) == 0 ? values.length : 2)];
            if (image.getRaster().getNumBands() == 1) {
                image.getRaster().setSample(i % SIZE, i / SIZE, 0, value & 0xff);
            } else {
                int rgb = colours || i == 7 ? value : value * 0x010101;
                image.setRGB(i % SIZE, i / SIZE, 0xff000000 | rgb);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    /** Writes a label map, sound in most cases, and tells what is in it. */
    private static String map(Random random, boolean colours, Map<Integer, Integer> map) {
        int[] keys = colours ? new int[] {0xe0e0c0} : new int[] {0, 1, 2, 255};
        StringBuilder text = new StringBuilder();
        for (int key : keys) {
            int id = random.nextInt(random.nextInt(20) == 0 ? 300 : 3);
            map.put(key, id);
            text.append(text.isEmpty() ? "" : ",")
                    .append(colours ? String.format("#%06x", key) : String.valueOf(key))
                    .append('=')
                    .append(id);
        }
        return text.toString();
    }

    private static void assertDecoded(
            Path label, FolderSegmentationDataset data, boolean colours, Map<Integer, Integer> map)
            throws Exception {
        BufferedImage image = ImageIO.read(label.toFile());
        int[][] ids = data.readLabels(0);
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                int[] pixel = image.getRaster().getPixel(x, y, (int[]) null);
                int expected;
                if (colours) {
                    int rgb =
                            pixel.length < 3
                                    ? image.getRGB(x, y) & 0xffffff
                                    : pixel[0] << 16 | pixel[1] << 8 | pixel[2];
                    int id = List.of(0, 0x804080, 0xffffff).indexOf(rgb);
                    expected = id < 0 ? map.getOrDefault(rgb, -1) : id;
                } else {
                    expected = map.isEmpty() ? pixel[0] : map.getOrDefault(pixel[0], -1);
                }
                assertEquals(expected, ids[y][x]);
            }
        }
    }
}
