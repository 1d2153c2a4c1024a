package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.dataset.MalformedDatasetException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Annotations of all damages. They are refused in a message that names the file, and nothing is
 * written; or the data set that comes of them is one that a training reads.
 */
@Tag(Trials.TAG)
class ImportFuzzTest {

    /** A file of 64 KiB and what is made of it, many times over. */
    private static final long MAX_ALLOCATED = 64 << 20;

    /** A label map of VOC is an image, which may declare as many pixels as its bytes can hold. */
    private static final long MAX_ALLOCATED_IMAGE = 290 << 20;

    private static final int WIDTH = 8;
    private static final int HEIGHT = 6;

    @TempDir(factory = Fuzz.Memory.class)
    private Path temp;

    private ImportTesting files;

    @BeforeEach
    void writeImages() throws IOException {
        files = new ImportTesting(temp).image("a.png", WIDTH, HEIGHT).image("b.jpg", WIDTH, HEIGHT);
    }

    private static byte[] utf8(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    /** Damages one file of a source. */
    private interface Damage {
        void write(Random random) throws IOException;
    }

    private void fuzz(ImportFormat format, Path annotations, Damage damage) throws Exception {
        Fuzz fuzz =
                new Fuzz(
                        "annotations of " + format,
                        files.source().toString(),
                        format == ImportFormat.VOC ? MAX_ALLOCATED_IMAGE : MAX_ALLOCATED,
                        Set.of(
                                MalformedAnnotationsException.class,
                                MalformedDatasetException.class,
                                IOException.class));
        Map<String, Integer> outcomes =
                fuzz.run(
                        Trials.of(400, 100_000),
                        random -> {
                            damage.write(random);
                            ImportRequest request = request(format, annotations, random);
                            try {
                                files.run(request);
                            } catch (IOException e) {
                                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
                                assertTrue(Files.notExists(files.out()), "nothing is written");
                                throw e;
                            }
                            delete(files.out());
                            return "imported";
                        });
        assertTrue(outcomes.getOrDefault("imported", 0) > 10, outcomes.toString());
        assertTrue(outcomes.get("MalformedAnnotationsException") > 10, outcomes.toString());
    }

    private ImportRequest request(ImportFormat format, Path annotations, Random random) {
        return new ImportRequest(
                format,
                annotations,
                files.source(),
                files.out(),
                "train",
                "train",
                null,
                format == ImportFormat.VOC || random.nextBoolean(),
                random.nextBoolean() ? Overlap.AREA : Overlap.ORDER,
                false);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void cocoIsImportedOrRefused() throws Exception {
        String head =
                "{'info': {'year': 1}, 'images': [{'id': 1, 'file_name': 'x/a.png', 'width': 8,"
                        + " 'height': 6}, {'id': 2, 'file_name': 'b.jpg'}], 'categories': [{'id': 1,"
                        + " 'name': 'dog'}, {'id': 2, 'name': 'cat'}], 'annotations': [";
        String one = "{'id': 1, 'image_id': 1, 'category_id': 2, 'iscrowd': 0, 'segmentation': ";
        List<byte[]> seeds =
                List.of(
                        utf8(
                                head
                                        + one
                                        + "[[1, 1, 5.5, 1, 5, 4.25, 1, 4], [0, 0, 1, 1, 0, 1]]}, "
                                        + one.replace("'image_id': 1", "'image_id': 2")
                                        + "[[-2, 3, 9, 3, 9, 5]]}]}"),
                        utf8(
                                head
                                        + one.replace("'iscrowd': 0", "'iscrowd': 1")
                                        + "{'size': [6, 8], 'counts': [6, 9, 33]}}, "
                                        + one
                                        + "{'counts': 'Z16', 'size': [6, 8]}}]}"),
                        utf8(head + one + "{'counts': '31O1NY1', 'size': [6, 8]}}]}"));
        Path file = files.source().resolve("coco.json");
        fuzz(
                ImportFormat.COCO,
                file,
                random -> Files.write(file, Mutator.mutateText(seeds, random)));
    }

    @Test
    void labelMeIsImportedOrRefused() throws Exception {
        BufferedImage mask = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
        mask.getRaster().setPixels(0, 0, 3, 2, new int[] {0, 1, 1, 1, 0, 1});
        byte[] png = png(mask);
        String shapes =
                "{'version': '5.5.0', 'flags': {}, 'imagePath': 'a.png', 'imageData': null,"
                        + " 'imageHeight': 6, 'imageWidth': 8, 'shapes': [{'label': 'tree',"
                        + " 'points': [[1, 1], [5, 1.5], [5, 4]], 'shape_type': 'polygon'},"
                        + " {'label': '__ignore__', 'points': [[6, 1], [8, 4]], 'shape_type':"
                        + " 'rectangle'}, {'label': 'eye', 'points': [[4, 3], [4, 1.5]],"
                        + " 'shape_type': 'circle'}, {'label': 'tree', 'points': [[1, 1]],"
                        + " 'shape_type': 'point'}]}";
        String masks =
                "{'imagePath': 'x\\\\b.jpg', 'shapes': [{'label': 'm', 'points': [[2, 1], [4, 2]],"
                        + " 'shape_type': 'mask', 'mask': 'PNG'}]}";
        List<byte[]> seeds = List.of(utf8(shapes), utf8(masks.replace("PNG", base64(png))));
        Path file = files.source().resolve("a.json");
        fuzz(
                ImportFormat.LABELME,
                files.source(),
                random -> {
                    boolean damaged = random.nextInt(3) == 0;
                    byte[] other = damaged ? Mutator.mutate(List.of(png), random) : png;
                    Files.write(
                            file,
                            damaged
                                    ? utf8(masks.replace("PNG", base64(other)))
                                    : Mutator.mutateText(seeds, random));
                });
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Test
    void labelStudioIsImportedOrRefused() throws Exception {
        int[] values = new int[4 * WIDTH * HEIGHT];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 40 % 2 * 255;
        }
        byte[] packed = BrushPacking.pack(values, new Random(1));
        String result =
                "{'type': 'brushlabels', 'original_width': 8, 'original_height': 6,"
                        + " 'image_rotation': 0, 'value': {'format': 'rle', 'rle': RLE,"
                        + " 'brushlabels': ['dog']}}";
        String others =
                "{'original_width': 8, 'original_height': 6, 'value': {'points': [[2, 2], [60.5, 3],"
                        + " [30, 90]], 'polygonlabels': ['cat']}}, {'original_width': 8,"
                        + " 'original_height': 6, 'value': {'x': 1, 'y': 2, 'width': 50, 'height': 20,"
                        + " 'rotation': 30, 'rectanglelabels': ['cat']}}, {'original_width': 8,"
                        + " 'original_height': 6, 'value': {'x': 50, 'y': 50, 'radiusX': 9,"
                        + " 'radiusY': 20, 'rotation': 3, 'ellipselabels': ['cow']}}";
        String task =
                "{'data': {'image': '/data/upload/1/0a1b2c3d-a.png'}, 'annotations': [{'result':"
                        + " [RESULTS], 'was_cancelled': false}]}";
        String minimal =
                "[{'image': 'b.jpg', 'tag': [{'original_width': 8, 'original_height': 6, 'points':"
                        + " [[2, 2], [60.5, 3], [30, 90]], 'polygonlabels': ['cat']}]}]";
        String brush = task.replace("RESULTS", result);
        List<byte[]> seeds =
                List.of(
                        utf8("[" + brush.replace("RLE", list(packed)) + "]"),
                        utf8("[" + task.replace("RESULTS", others) + "]"),
                        utf8(minimal));
        Path file = files.source().resolve("tasks.json");
        fuzz(
                ImportFormat.LABEL_STUDIO,
                file,
                random -> {
                    byte[] bytes =
                            random.nextInt(3) > 0
                                    ? Mutator.mutateText(seeds, random)
                                    : utf8(
                                            "["
                                                    + brush.replace(
                                                            "RLE",
                                                            list(
                                                                    Mutator.mutate(
                                                                            List.of(packed),
                                                                            random)))
                                                    + "]");
                    Files.write(file, bytes);
                });
    }

    private static String list(byte[] bytes) {
        List<Integer> numbers = new ArrayList<>();
        for (byte b : bytes) {
            numbers.add(b & 0xff);
        }
        return numbers.toString();
    }

    @Test
    void cvatIsImportedOrRefused() throws Exception {
        String head =
                "<?xml version='1.0' encoding='utf-8'?>\n<annotations><version>1.1</version><meta>"
                        + "<task><labels><label><name>dog</name><type>any</type></label><label>"
                        + "<name>cat</name></label></labels></task></meta>\n";
        List<byte[]> seeds =
                List.of(
                        utf8(
                                head
                                        + "<image id='0' name='a.png' width='8' height='6'><polygon"
                                        + " label='dog' points='1,1;5.25,1;5,4' z_order='1'>"
                                        + "<attribute name='x'>y</attribute></polygon><box"
                                        + " label='cat' xtl='1' ytl='1' xbr='5' ybr='3'"
                                        + " rotation='30' z_order='0'></box></image></annotations>"),
                        utf8(
                                head
                                        + "<image id='0' name='x/b.jpg' width='8' height='6'><mask"
                                        + " label='dog' rle='1,2,1' left='0' top='3' width='2'"
                                        + " height='2'/><ellipse label='cat' cx='3' cy='3' rx='2'"
                                        + " ry='1.5'/><points label='cat' points='1,1'/></image>"
                                        + "</annotations>"),
                        utf8(
                                "<!DOCTYPE annotations [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>"
                                        + "<annotations><image name='a.png' width='8' height='6'>"
                                        + "<box label='&b;' xtl='1' ytl='1' xbr='5' ybr='3'/>"
                                        + "</image></annotations>"));
        Path file = files.source().resolve("annotations.xml");
        fuzz(
                ImportFormat.CVAT,
                file,
                random -> Files.write(file, Mutator.mutateText(seeds, random)));
    }

    @Test
    void vocIsImportedOrRefused() throws Exception {
        BufferedImage colours = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        BufferedImage ids = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            colours.setRGB(i % WIDTH, i / WIDTH, i % 2 == 0 ? 0x0a141e : 0x010203);
            ids.getRaster().setSample(i % WIDTH, i / WIDTH, 0, i % 2);
        }
        byte[] map = utf8("# label:color_rgb:parts:actions\nroad:10,20,30::\ncar:1,2,3:body:act\n");
        byte[] list = utf8("a\nb\n");
        Path labels = Files.createDirectories(files.source().resolve("SegmentationClass"));
        Path lists =
                Files.createDirectories(
                        files.source().resolve("ImageSets").resolve("Segmentation"));
        byte[] png = png(colours);
        byte[] grey = png(ids);
        fuzz(
                ImportFormat.VOC,
                files.source(),
                random -> {
                    int damaged = random.nextInt(3);
                    Files.write(
                            files.source().resolve("labelmap.txt"),
                            damaged == 0 ? Mutator.mutateText(List.of(map), random) : map);
                    Files.write(
                            lists.resolve("train.txt"),
                            damaged == 1 ? Mutator.mutateText(List.of(list), random) : list);
                    Files.write(
                            labels.resolve("a.png"),
                            damaged == 2 ? Mutator.mutate(List.of(png, grey), random) : png);
                    Files.write(labels.resolve("b.png"), grey);
                });
    }
}
