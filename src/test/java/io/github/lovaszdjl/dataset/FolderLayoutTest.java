package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files are found by their names alone; what is in them is looked at in one test. */
class FolderLayoutTest {

    @TempDir private Path root;

    private void touch(String... files) throws Exception {
        for (String file : files) {
            Files.createDirectories(root.resolve(file).getParent());
            Files.createFile(root.resolve(file));
        }
    }

    private static FolderLayout layout(String... options) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            map.put(options[i], options[i + 1]);
        }
        return FolderLayout.of(map);
    }

    /** Returns name, image and label file of each sample. */
    private List<String> find(FolderLayout layout, String split) throws Exception {
        return SampleFinder.find(root, layout, split).stream()
                .map(
                        files ->
                                files.name()
                                        + " "
                                        + root.relativize(files.image())
                                        + " "
                                        + root.relativize(files.labels()))
                .toList();
    }

    private String fault(FolderLayout layout, String split) {
        return assertThrows(MalformedDatasetException.class, () -> find(layout, split))
                .getMessage()
                .replace(root.toString(), "ROOT");
    }

    @Test
    void foldersOfOtherNamesWithSuffixes() throws Exception {
        touch("train/img/a_rgb.JPG", "train/img/b_rgb.png", "train/img/b_depth.png");
        touch("train/masks/a_mask.PNG", "train/masks/b_mask.bmp", "train/masks/b_edge.txt");
        FolderLayout layout =
                FolderLayout.builder()
                        .optImages("img")
                        .optLabels("masks")
                        .optImageSuffix("_rgb")
                        .optLabelSuffix("_mask")
                        .build();
        assertEquals(
                List.of(
                        "a train/img/a_rgb.JPG train/masks/a_mask.PNG",
                        "b train/img/b_rgb.png train/masks/b_mask.bmp"),
                find(layout, "train"));
        Files.delete(root.resolve("train/masks/b_mask.bmp"));
        assertEquals(
                "ROOT/train/img/b_rgb.png: expected a label file masks/b_mask.png, got none",
                fault(layout, "train"));
        touch("train/masks/c_mask.png", "train/masks/b_mask.png");
        assertEquals(
                "ROOT/train/masks/c_mask.png: expected an image img/c_rgb.png or .jpg, got none",
                fault(layout, "train"));
    }

    @Test
    void splitsBelowImagesAndLabelsInFoldersOfCities() throws Exception {
        touch("leftImg8bit/train/ulm/ulm_1_leftImg8bit.png", "leftImg8bit/val/x_leftImg8bit.png");
        touch("leftImg8bit/train/bonn/bonn_1_leftImg8bit.png");
        for (String kind : List.of("labelIds.png", "color.png", "polygons.json")) {
            touch("gtFine/train/ulm/ulm_1_gtFine_" + kind, "gtFine/val/x_gtFine_" + kind);
            touch("gtFine/train/bonn/bonn_1_gtFine_" + kind);
        }
        FolderLayout layout =
                layout(
                        "images",
                        "leftImg8bit/SPLIT",
                        "labels",
                        "gtFine/SPLIT",
                        "image-suffix",
                        "_leftImg8bit",
                        "label-suffix",
                        "_gtFine_labelIds");
        assertEquals(
                List.of(
                        "bonn/bonn_1 leftImg8bit/train/bonn/bonn_1_leftImg8bit.png"
                                + " gtFine/train/bonn/bonn_1_gtFine_labelIds.png",
                        "ulm/ulm_1 leftImg8bit/train/ulm/ulm_1_leftImg8bit.png"
                                + " gtFine/train/ulm/ulm_1_gtFine_labelIds.png"),
                find(layout, "train"));
        assertEquals(List.of("train", "val"), layout.splits(root));
        assertFalse(FolderLayout.standard().hasSplit(root, "train"));
    }

    @Test
    void oneFolderHoldsBoth() throws Exception {
        touch("train/a.jpg", "train/a_mask.png", "train/b.png", "train/b_mask.png", "train/n.txt");
        FolderLayout suffix = layout("images", ".", "labels", ".", "label-suffix", "_mask");
        assertEquals(
                List.of("a train/a.jpg train/a_mask.png", "b train/b.png train/b_mask.png"),
                find(suffix, "train"));
        touch("val/a.jpg", "val/a.png", "val/b.JPEG", "val/b.PNG");
        FolderLayout bare = layout("images", ".", "labels", ".");
        assertEquals(List.of("a val/a.jpg val/a.png", "b val/b.JPEG val/b.PNG"), find(bare, "val"));
    }

    @Test
    void splitsMayHaveOtherNames() throws Exception {
        touch("training/images/a.png", "training/labels/a.png", "validation/images/b.png");
        touch("validation/labels/b.png", "test/images/c.png");
        FolderLayout layout = layout("split-names", "train=training, val=validation");
        assertEquals(List.of("train", "val", "test"), layout.splits(root));
        assertEquals(
                List.of("a training/images/a.png training/labels/a.png"), find(layout, "train"));
        assertEquals(
                "ROOT/test/labels: expected a folder, got nothing there", fault(layout, "test"));
    }

    @Test
    void listsNameImages() throws Exception {
        touch("JPEGImages/2007_1.jpg", "JPEGImages/2007_2.jpg", "JPEGImages/2007_3.jpg");
        touch("SegmentationClass/2007_1.png", "SegmentationClass/2007_2.png");
        Path lists = Files.createDirectories(root.resolve("ImageSets/Segmentation"));
        FolderLayout layout =
                layout(
                        "images",
                        "JPEGImages",
                        "labels",
                        "SegmentationClass",
                        "lists",
                        "ImageSets/Segmentation");
        Files.writeString(lists.resolve("train.txt"), "2007_2\r\n\n# some\n 2007_1 1\n");
        Files.writeString(lists.resolve("val.txt"), "2007_1.jpg\nJPEGImages/2007_2.jpg x.png\n");
        String one = "2007_1 JPEGImages/2007_1.jpg SegmentationClass/2007_1.png";
        String two = "2007_2 JPEGImages/2007_2.jpg SegmentationClass/2007_2.png";
        assertEquals(List.of(one, two), find(layout, "train"));
        assertEquals(List.of(one, two), find(layout, "val"));
        assertEquals(List.of("train", "val"), layout.splits(root));
        String list = "ROOT/ImageSets/Segmentation/test.txt: expected ";
        assertEquals(list + "a list of names, in UTF-8, got there is none", fault(layout, "test"));
        Files.writeString(lists.resolve("test.txt"), "2007_1\n2007_4\n");
        assertEquals(
                list + "the name of an image in JPEGImages in line 2, got '2007_4'",
                fault(layout, "test"));
        Files.writeString(lists.resolve("test.txt"), "2007_1\n2007_1.jpg\n");
        assertEquals(
                list + "every image once, in line 2, got '2007_1.jpg' again",
                fault(layout, "test"));
        Files.writeString(lists.resolve("test.txt"), "2007_3\n");
        assertEquals(
                "ROOT/JPEGImages/2007_3.jpg: expected a label file SegmentationClass/2007_3.png, got"
                        + " none",
                fault(layout, "test"));
    }

    private List<String> names(FolderLayout layout, String split) throws Exception {
        return SampleFinder.find(root, layout, split).stream().map(SampleFiles::name).toList();
    }

    @ParameterizedTest
    @CsvSource({"0.1, 0.2, 20, 2, 4", "0.5, 0, 7, 4, 0", "0, 0.01, 9, 0, 1", "0.3, 0.3, 3, 1, 1"})
    void sharesSplitOnceAndForAll(double val, double test, int count, int vals, int tests)
            throws Exception {
        for (int i = 0; i < count; i++) {
            touch("images/n" + i + ".jpg", "labels/n" + i + ".png");
        }
        FolderLayout layout = FolderLayout.builder().optShares(val, test).build();
        TreeSet<String> all = new TreeSet<>();
        List<String> splits = layout.splits(root);
        assertEquals(val > 0, splits.contains("val"));
        assertEquals(test > 0, splits.contains("test"));
        for (String split : splits) {
            for (String name : names(layout, split)) {
                assertTrue(all.add(name), name);
            }
        }
        assertEquals(count, all.size());
        assertEquals(vals, val > 0 ? names(layout, "val").size() : 0);
        assertEquals(tests, test > 0 ? names(layout, "test").size() : 0);
    }

    /** The order of SHA-256 of "SEED\nNAME", computed by sha256sum. */
    @Test
    void theDrawIsTheSameOnEveryMachine() throws Exception {
        for (String name : List.of("a", "b", "c", "d", "e", "f")) {
            touch("images/" + name + ".jpg", "labels/" + name + ".png");
        }
        FolderLayout zero = FolderLayout.builder().optShares(0.2, 0.4).build();
        FolderLayout seven = FolderLayout.builder().optShares(0.2, 0.4).optSplitSeed(7).build();
        assertEquals("[e, f] [c]", names(zero, "test") + " " + names(zero, "val"));
        assertEquals("[a, f] [e]", names(seven, "test") + " " + names(seven, "val"));
    }

    @Test
    void groupsStayTogether() throws Exception {
        for (int drive = 0; drive < 6; drive++) {
            for (int frame = 0; frame < 3 + drive; frame++) {
                touch("images/d" + drive + "_" + frame + ".jpg");
                touch("labels/d" + drive + "_" + frame + ".png");
            }
        }
        for (String groups : List.of("[^_]*", "(d.)_\\d+", "d(.)")) {
            for (int seed = 0; seed < 5; seed++) {
                FolderLayout layout =
                        FolderLayout.builder()
                                .optShares(0.2, 0.3)
                                .optSplitSeed(seed)
                                .optGroups(groups)
                                .build();
                List<String> drives = new ArrayList<>();
                int count = 0;
                for (String split : layout.splits(root)) {
                    List<String> names = names(layout, split);
                    count += names.size();
                    drives.addAll(
                            new TreeSet<>(names.stream().map(n -> n.substring(0, 2)).toList()));
                    assertFalse(names.isEmpty());
                }
                assertEquals(IntStream.range(0, 6).map(d -> 3 + d).sum(), count);
                assertEquals(6, drives.size(), drives.toString());
                assertEquals(6, new TreeSet<>(drives).size(), drives.toString());
            }
        }
        FolderLayout one = layout("val", "0.5", "groups", "d");
        assertEquals(
                "ROOT/images: expected at least 2 images or groups of them to split, got 1",
                fault(one, "train"));
        assertEquals(
                "ROOT/images: expected names that begin as groups has it, x, got 'd0_0'",
                fault(layout("val", "0.5", "groups", "x"), "train"));
        assertEquals(
                "ROOT/images: expected a share for the split test, got none; give one with --test",
                fault(layout("val", "0.5"), "test"));
    }

    @Test
    void anExpressionWithoutEndIsStopped() throws Exception {
        String name = "a".repeat(60) + "!";
        touch("images/" + name + ".jpg", "labels/" + name + ".png");
        assertTrue(
                fault(layout("val", "0.5", "groups", "(a|aa)+(b?)\\2$"), "val")
                        .contains("expected a regular expression of groups that comes to an end"));
    }

    @Test
    void theFolderDescribesItself() throws Exception {
        Path file = root.resolve("dataset.json");
        assertEquals(Map.of(), FolderLayout.read(root).options());
        Files.writeString(
                file,
                "{\"val\": 0.25, \"labels\": \"masks\", \"label-map\": \"255=1,0=0\","
                        + " \"ignore-label\": 9}");
        FolderLayout read = FolderLayout.read(root);
        assertEquals(
                "{label-map=0=0,255=1, ignore-label=9, labels=masks, val=0.25}", read.toString());
        assertEquals(OptionalInt.of(9), read.ignoreLabel());
        FolderLayout given = layout("labels", "gt", "images", "photos");
        assertEquals(
                "{label-map=0=0,255=1, ignore-label=9, images=photos, labels=gt, val=0.25}",
                given.over(read).toString());
        // Read as a data set.
        Files.createDirectories(root.resolve("images"));
        Files.createDirectories(root.resolve("masks"));
        Files.write(root.resolve("classes.txt"), List.of("a", "b"));
        for (int i = 0; i < 4; i++) {
            TestFiles.write(root.resolve("images/" + i + ".png"), TestFiles.rgb(4, 2, (x, y) -> 0));
            TestFiles.write(
                    root.resolve("masks/" + i + ".png"),
                    TestFiles.grey(4, 2, (x, y) -> x == 0 ? 255 : 0));
        }
        FolderSegmentationDataset.Builder builder =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit("val")
                        .setSampling(1, false);
        Files.writeString(file, Files.readString(file).replace("255=1", "255=1,7=9"));
        FolderSegmentationDataset data = builder.build();
        data.prepare();
        assertEquals(1, data.size());
        assertEquals(9, data.getIgnoreLabel());
        assertEquals(2, data.countPixels()[0][1]);
        assertEquals(
                Map.of("label-map", "0=0,7=9,255=1", "labels", "masks", "val", "0.25"),
                data.getSettings());
        assertEquals(8, builder.optIgnoreLabel(8).build().getIgnoreLabel());
        assertEquals(
                List.of(data.getItems()),
                List.of(data.subDataset(0, 1)).stream()
                        .map(sub -> ((FolderSegmentationDataset) sub).getItems())
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"lables\": \"x\"} | option: expected one of label-map, ignore-label, images,"
                        + " labels, image-suffix, label-suffix, split-names, lists, val, test,"
                        + " split-seed, groups, channels, mean, std, got \"lables\"; did you mean labels?",
                "{\"val\": 2} | val: expected a share of 0 to below 1, got \"2\"",
                "{\"val\": [1]} | val: expected a text or a number, got another value",
                "{\"val\": 0.1, \"val\": 0.2} | val: expected once, got it twice",
                "{\"images\": \"../x\"} | images: expected a folder in that of the data set, got"
                        + " \"../x\"",
                "[] | expected a JSON object of options, each a text or a number, got something else",
                "{\"val\": 0.1 | expected a JSON object of options, each a text or a number, got"
                        + " something else",
                "{\"val\": 0.1, \"lists\": \".\"} | val: expected lists or shares to make the"
                        + " splits, got both",
                "{\"groups\": \"x\"} | groups: expected val or test with it, of which it is an"
                        + " option"
            })
    void aWrongDescriptionIsSaidByPrepare(String json, String fault) throws Exception {
        Path file = Files.writeString(root.resolve("dataset.json"), json);
        FolderSegmentationDataset data =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit("train")
                        .setSampling(1, false)
                        .build();
        assertEquals(
                file + ": " + fault,
                assertThrows(MalformedDatasetException.class, data::prepare).getMessage());
    }
}
