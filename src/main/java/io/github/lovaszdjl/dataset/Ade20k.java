package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.RemoteFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Scenes of all kinds, the scene parsing set of ADE20K: 150 classes of things and surroundings,
 * 20,210 images to train and 2,000 to validate. The labels of its test images are not published.
 * For research and education.
 *
 * <pre>{@code
 * Ade20k train =
 *         Ade20k.builder().optUsage(Dataset.Usage.TRAIN).setSampling(8, true).build();
 * train.prepare(new ProgressBar());
 * }</pre>
 *
 * <p>{@code prepare} downloads it to DJL's cache folder, once; see {@link NamedDataset}. Batches
 * are those of {@link FolderSegmentationDataset}. Label files are left as they are, with 0 for what
 * is none of the classes and 1 to 150: in batches classes are 0 to 149, and the ignore label is
 * 255.
 */
public final class Ade20k extends NamedSegmentationDataset {

    /** The first word for each class in the source's objectInfo150.txt. */
    private static final String NAMES =
            """
            wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass,
            cabinet, sidewalk, person, earth, door, table, mountain, plant, curtain,
            chair, car, water, painting, sofa, shelf, house, sea, mirror, rug, field,
            armchair, seat, fence, desk, rock, wardrobe, lamp, bathtub, railing,
            cushion, base, box, column, signboard, chest of drawers, counter, sand,
            sink, skyscraper, fireplace, refrigerator, grandstand, path, stairs, runway,
            case, pool table, pillow, screen door, stairway, river, bridge, bookcase,
            blind, coffee table, toilet, flower, book, hill, bench, countertop, stove,
            palm, kitchen island, computer, swivel chair, boat, bar, arcade machine,
            hovel, bus, towel, light, truck, tower, chandelier, awning, streetlight,
            booth, television, airplane, dirt track, apparel, pole, land, bannister,
            escalator, ottoman, bottle, buffet, poster, stage, van, ship, fountain,
            conveyer belt, canopy, washer, plaything, swimming pool, stool, barrel,
            basket, waterfall, tent, bag, minibike, cradle, oven, ball, food, step,
            tank, trade name, microwave, pot, animal, bicycle, lake, dishwasher, screen,
            blanket, sculpture, hood, sconce, vase, traffic light, tray, ashcan, fan,
            pier, crt screen, plate, monitor, bulletin board, shower, radiator, glass,
            clock, flag
            """;

    private static final String JPEG = ".jpg";

    static final NamedDataset SET = set(NamedDataset.splits(20210, 2000, 0), Download.DEFAULT);

    private Ade20k(Builder builder) {
        super(builder);
    }

    /**
     * Returns a builder.
     *
     * @return a new builder, of the split "train"
     */
    public static Builder builder() {
        return new Builder();
    }

    static NamedDataset set(Map<String, Integer> splits, Download download) {
        List<String> names = List.of(NAMES.strip().split(",\\s+"));
        String labelMap =
                IntStream.rangeClosed(1, names.size())
                        .mapToObj(label -> label + "=" + (label - 1))
                        .collect(Collectors.joining(",", "0=255,", ""));
        NamedDataset.Card card =
                new NamedDataset.Card(
                        "ade20k",
                        "scenes of all kinds",
                        names,
                        splits,
                        "varies",
                        OptionalInt.of(255),
                        "images for research and education only, annotations BSD-3-Clause",
                        FolderLayout.builder().optLabelMap(labelMap).optIgnoreLabel(255).build());
        RemoteFile archive =
                new RemoteFile(
                        "ADEChallengeData2016.zip",
                        "http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip",
                        "lovasz.url.ade20k",
                        -1,
                        Optional.empty());
        Pattern wanted =
                Pattern.compile(
                        "ADEChallengeData2016/(images/(training|validation)/\\w+\\.jpg"
                                + "|annotations/(training|validation)/\\w+\\.png)");
        return new NamedDataset(
                card,
                new ArchiveSource(
                        List.of(archive), wanted, Ade20k::arrange, 2_000_000_000, download));
    }

    private static Map<String, Integer> arrange(
            Path unpacked, Path root, Map<String, Integer> counts) throws IOException {
        Path source = unpacked.resolve("ADEChallengeData2016");
        Map<String, String> folders = Map.of("train", "training", "val", "validation");
        Map<String, TreeSet<String>> splits = new LinkedHashMap<>();
        for (String split : counts.keySet()) {
            TreeSet<String> names = new TreeSet<>();
            Path images = source.resolve("images").resolve(folders.get(split));
            try (Stream<Path> files = Files.list(Files.createDirectories(images))) {
                files.map(file -> file.getFileName().toString())
                        .forEach(
                                name ->
                                        names.add(
                                                name.substring(0, name.length() - JPEG.length())));
            }
            splits.put(split, names);
        }
        return Layouts.arrange(
                unpacked,
                root,
                splits,
                (name, images, labels) -> {
                    String folder = folders.get(images.getParent().getFileName().toString());
                    Path image = source.resolve("images").resolve(folder).resolve(name + JPEG);
                    Path label =
                            source.resolve("annotations").resolve(folder).resolve(name + ".png");
                    DecodedSample.read(new SampleFiles(0, name, image, label), LabelDecoder.IDS);
                    Files.move(image, images.resolve(name + JPEG));
                    Files.move(label, labels.resolve(name + ".png"));
                });
    }

    /** Builds the data set. Sampling must be set. */
    public static final class Builder extends NamedBuilder<Builder> {

        private Builder() {
            super(SET);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Builds the data set; nothing is fetched or read yet.
         *
         * @return the data set
         * @throws NullPointerException if the sampling is not set
         */
        public Ade20k build() {
            return new Ade20k(this);
        }
    }
}
