package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Record;
import ai.djl.translate.Transform;
import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.MalformedDatasetException;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.dataset.SegmentationSample;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.MeanIoU;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.TorchScriptNetwork;
import io.github.lovaszdjl.model.UNet;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentationEvaluationTest {

    private static final List<String> CLASSES = List.of("a", "b", "c");
    private static final int IGNORED = 9;

    /** Width and height, in the order of the names; the second and the last are above 64. */
    private static final int[][] SIZES = {{40, 30}, {100, 50}, {64, 64}, {9, 21}, {150, 131}};

    @TempDir private Path root;

    @BeforeEach
    void writeData() throws IOException {
        Engine.getInstance().setRandomSeed(11);
        Files.write(root.resolve("classes.txt"), CLASSES);
        Random random = new Random(8);
        for (String split : new String[] {"all", "small"}) {
            for (int i = 0; i < SIZES.length; i++) {
                boolean large = SIZES[i][0] > 64 || SIZES[i][1] > 64;
                if (split.equals("all") || !large) {
                    write(root.resolve(split), "i" + i, SIZES[i][0], SIZES[i][1], 3, random);
                }
            }
        }
    }

    private static void write(
            Path split, String name, int width, int height, int classes, Random random)
            throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        BufferedImage labels = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        int[] colors = random.ints(17 * 17, 0, 1 << 24).toArray();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                // Patches, of which the network sees more than of noise.
                image.setRGB(x, y, colors[y / 9 * 17 + x / 9]);
                int id = random.nextInt(classes + 1);
                labels.getRaster().setSample(x, y, 0, id == classes ? IGNORED : id);
            }
        }
        for (String kind : new String[] {"images", "labels"}) {
            Path folder = Files.createDirectories(split.resolve(kind));
            ImageIO.write(
                    kind.equals("images") ? image : labels,
                    "png",
                    folder.resolve(name + ".png").toFile());
        }
    }

    private FolderSegmentationDataset.Builder data(String split, int batchSize) {
        return FolderSegmentationDataset.builder()
                .setRoot(root)
                .setSplit(split)
                .setSampling(batchSize, false)
                .optIgnoreLabel(IGNORED);
    }

    private static Model model(Block block) {
        Model model = Model.newInstance("model", Device.cpu());
        model.setBlock(block);
        block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 8, 8));
        return model;
    }

    private static Block unet() {
        return UNet.builder().setClasses(3).optBaseWidth(4).optDepth(2).build();
    }

    /** It sees one pixel, so that tiles cannot matter. */
    private static Block pixelwise() {
        return Conv2d.builder().setFilters(3).setKernelShape(new Shape(1, 1)).build();
    }

    private static SegmentationEvaluation.Builder evaluation(Model model) {
        return SegmentationEvaluation.builder().setModel(model);
    }

    /** As it is done without tiles. */
    private static ConfusionMatrix whole(Model model, FolderSegmentationDataset data)
            throws IOException {
        MeanIoU evaluator = MeanIoU.builder().optIgnoreLabel(IGNORED).build();
        evaluator.addAccumulator("all");
        try (NDManager manager = model.getNDManager().newSubManager()) {
            for (Batch batch : data.getData(manager, data.getSampler(), null)) {
                NDList logits =
                        model.getBlock()
                                .forward(
                                        new ParameterStore(manager, false), batch.getData(), false);
                evaluator.updateAccumulator("all", batch.getLabels(), logits);
                batch.close();
            }
        }
        return evaluator.getConfusionMatrix("all");
    }

    /** As the predictions of an image file and its label file have it. */
    private static ConfusionMatrix ofFiles(
            Model model, FolderSegmentationDataset data, int index, int tile, int overlap)
            throws IOException {
        int[][] predicted =
                TiledPredictor.builder()
                        .setModel(model)
                        .setDescription(
                                ModelDescription.unet(
                                        CLASSES, 4, 2, 64, 64, Normalization.imageNet()))
                        .optTileSize(tile, tile)
                        .optOverlap(overlap)
                        .build()
                        .predict(ImageFactory.getInstance().fromImage(data.readImage(index)))
                        .getMask();
        int[][] truth = data.readLabels(index);
        long[][] counts = new long[3][3];
        for (int y = 0; y < truth.length; y++) {
            for (int x = 0; x < truth[y].length; x++) {
                if (truth[y][x] != IGNORED) {
                    counts[truth[y][x]][predicted[y][x]]++;
                }
            }
        }
        return ConfusionMatrix.of(counts);
    }

    @Test
    void imagesThatFitAreSeenAsWithoutTiles() throws IOException {
        try (Model model = model(unet())) {
            for (int batch = 1; batch <= 3; batch++) {
                ConfusionMatrix expected = whole(model, data("small", batch).build());
                assertTrue(expected.total() > 3000);
                assertEquals(
                        expected.toString(),
                        evaluation(model)
                                .optTileSize(64, 64)
                                .optOverlap(32)
                                .build()
                                .count(data("small", batch).build())
                                .toString());
            }
            // Of the usual size of a tile all fit.
            assertEquals(
                    whole(model, data("all", 2).build()).toString(),
                    SegmentationTraining.evaluate(model, data("all", 2).build()).toString());
        }
    }

    @Test
    void largerImagesAreSeenAsPredictSeesThem() throws IOException {
        try (Model model = model(unet())) {
            FolderSegmentationDataset all = data("all", 1).build();
            SegmentationEvaluation evaluation =
                    evaluation(model).optTileSize(64, 64).optOverlap(32).build();
            List<Long> order = new ArrayList<>();
            ConfusionMatrix sum = new ConfusionMatrix(3);
            ConfusionMatrix counted =
                    evaluation.count(
                            all,
                            (index, counts) -> {
                                order.add(index);
                                sum.add(counts);
                                try {
                                    assertEquals(
                                            ofFiles(model, all, (int) index, 64, 32).toString(),
                                            counts.toString());
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            });
            assertEquals(List.of(0L, 2L, 3L, 1L, 4L), order);
            assertEquals(sum.toString(), counted.toString());
            // Tiles change the counts: the test could fail.
            assertNotEquals(
                    ofFiles(model, all, 4, 160, 32).toString(),
                    ofFiles(model, all, 4, 64, 32).toString());
        }
    }

    /** A small image is padded to the small ones of its batch, not to a large one. */
    @Test
    void predictionsOfAllSizesAreThoseThatAreCounted() throws IOException {
        try (Model model = model(unet())) {
            FolderSegmentationDataset all = data("all", 2).build();
            SegmentationEvaluation evaluation =
                    evaluation(model).optTileSize(64, 64).optOverlap(32).build();
            String[] counted = new String[SIZES.length];
            evaluation.count(all, (index, counts) -> counted[(int) index] = counts.toString());
            List<Long> order = new ArrayList<>();
            evaluation.predict(
                    all,
                    (index, image) -> {
                        order.add(index);
                        assertEquals(SIZES[(int) index][0], image.width());
                        assertEquals(counted[(int) index], image.count(3).toString());
                    });
            assertEquals(List.of(0L, 1L, 2L, 3L, 4L), order);
        }
    }

    @Test
    void confidenceIsTheSoftmaxOfThePredictedClass() throws IOException {
        try (Model model = model(pixelwise());
                NDManager manager = model.getNDManager().newSubManager()) {
            FolderSegmentationDataset all = data("all", 1).build();
            evaluation(model)
                    .optTileSize(64, 64)
                    .optOverlap(32)
                    .build()
                    .predict(
                            all,
                            (index, image) -> {
                                NDList logits = logits(model, all, index, manager);
                                NDArray best = logits.head().softmax(1).max(new int[] {1});
                                // Sums of three floats and their averages.
                                assertArrayEquals(best.toFloatArray(), image.confidences(), 1e-5f);
                            });
        }
    }

    @Test
    void confidenceOfViewsIsTheMeanOfTheirProbabilities() throws IOException {
        // It sees one pixel, so that all views of an image are alike.
        try (Model model = model(pixelwise())) {
            FolderSegmentationDataset all = data("all", 1).build();
            SegmentationEvaluation.Builder tiles =
                    evaluation(model).optTileSize(64, 64).optOverlap(32);
            List<float[]> expected = new ArrayList<>();
            tiles.build().predict(all, (index, image) -> expected.add(image.confidences()));
            tiles.optTestTimeAugmentation(TestTimeAugmentation.of("flip,turns"))
                    .build()
                    .predict(
                            all,
                            (index, image) ->
                                    assertArrayEquals(
                                            expected.get((int) index), image.confidences(), 1e-5f));
        }
    }

    private static NDList logits(
            Model model, FolderSegmentationDataset data, long index, NDManager manager) {
        try {
            SegmentationSample sample = data.open(index);
            NDArray pixels = sample.pixels(manager, 0, 0, sample.height(), sample.width());
            return model.getBlock()
                    .forward(new ParameterStore(manager, false), new NDList(pixels), false);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void batchesAreLeftWithThoseThatFit() throws IOException {
        try (Model model = model(unet())) {
            FolderSegmentationDataset all = data("all", 2).build();
            all.prepare();
            ConfusionMatrix expected = new ConfusionMatrix(3);
            expected.add(ofFiles(model, all, 0, 64, 32)); // left alone by 1
            expected.add(ofFiles(model, all, 1, 64, 32));
            expected.add(ofFiles(model, all, 4, 64, 32));
            FolderSegmentationDataset together =
                    (FolderSegmentationDataset) all.subDataset(List.of(2L, 3L));
            expected.add(whole(model, together));
            ConfusionMatrix counts =
                    evaluation(model).optTileSize(64, 64).optOverlap(32).build().count(all);
            assertEquals(expected.toString(), counts.toString());
        }
    }

    @Test
    void tilesOfAnyShapeCountTheSamePixels() throws IOException {
        try (Model model = model(pixelwise())) {
            ConfusionMatrix expected = whole(model, data("all", 1).build());
            for (int[] tile : new int[][] {{32, 32}, {32, 96}, {64, 160}, {256, 32}}) {
                assertEquals(
                        expected.toString(),
                        evaluation(model)
                                .optTileSize(tile[0], tile[1])
                                .optOverlap(0)
                                .build()
                                .count(data("all", 3).build())
                                .toString());
            }
        }
    }

    @Test
    void theNetworkSeesNoMoreThanATile() throws IOException {
        List<Long> largest = new ArrayList<>(List.of(0L));
        Block block =
                new LambdaBlock(
                        list -> {
                            Shape shape = list.head().getShape();
                            long pixels = shape.get(2) * shape.get(3);
                            largest.set(0, Math.max(largest.get(0), pixels));
                            return new NDList(list.head().mul(1));
                        });
        try (Model model = model(block)) {
            evaluation(model)
                    .optTileSize(64, 96)
                    .optOverlap(32)
                    .build()
                    .count(data("all", 2).build());
        }
        assertEquals(64 * 96, largest.get(0));
    }

    @Test
    void oneScoreAPixelIsDecidedByItsSign() throws IOException {
        Path binary = Files.createDirectories(root.resolve("binary"));
        Files.write(binary.resolve("classes.txt"), List.of("no", "yes"));
        write(binary.resolve("val"), "small", 40, 30, 2, new Random(1));
        write(binary.resolve("val"), "large", 70, 100, 2, new Random(2));
        FolderSegmentationDataset data =
                FolderSegmentationDataset.builder()
                        .setRoot(binary)
                        .setSplit("val")
                        .setSampling(1, false)
                        .optIgnoreLabel(IGNORED)
                        .build();
        Block red = new LambdaBlock(list -> new NDList(list.head().get(":, 0:1")));
        ModelDescription description =
                new ModelDescription(
                        List.of("no", "yes"),
                        TorchScriptNetwork.saved(),
                        64,
                        64,
                        data.getNormalization(),
                        Decision.SCORE_ABOVE_ZERO);
        try (Model model = model(red)) {
            ConfusionMatrix counts =
                    evaluation(model)
                            .optDescription(description)
                            .optTileSize(64, 64)
                            .optOverlap(32)
                            .build()
                            .count(data);
            long[][] expected = new long[2][2];
            for (int i = 0; i < 2; i++) {
                int[][] truth = data.readLabels(i);
                BufferedImage image = data.readImage(i);
                for (int y = 0; y < truth.length; y++) {
                    for (int x = 0; x < truth[y].length; x++) {
                        int sample = image.getRGB(x, y) >> 16 & 0xff;
                        if (truth[y][x] != IGNORED) {
                            boolean yes = data.getNormalization().apply(sample, 0) > 0;
                            expected[truth[y][x]][yes ? 1 : 0]++;
                        }
                    }
                }
            }
            assertEquals(ConfusionMatrix.of(expected).toString(), counts.toString());
        }
    }

    @Test
    void sizeAndAugmentationOfTheDataSetHold() throws IOException {
        FolderSegmentationDataset.Builder builder =
                data("all", 2)
                        .optSize(90, 110)
                        .optAugmentation(
                                Augmentation.builder()
                                        .optVerticalFlip(true)
                                        .optScale(0.5, 1.7)
                                        .optRandomCrop(true)
                                        .optBrightness(0.3f)
                                        .build());
        try (Model model = model(pixelwise())) {
            assertEquals(
                    whole(model, builder.build()).toString(),
                    evaluation(model)
                            .optTileSize(64, 64)
                            .optOverlap(32)
                            .build()
                            .count(builder.build())
                            .toString());
        }
        FolderSegmentationDataset data = builder.build();
        data.prepare();
        SegmentationSample sample = data.open(4);
        try (NDManager manager = NDManager.newBaseManager()) {
            Record record = data.get(manager, 4);
            NDArray part = record.getData().head().get(":, 20:50, 7:110");
            assertArrayEquals(
                    part.toFloatArray(), sample.pixels(manager, 20, 7, 30, 103).toFloatArray());
            assertArrayEquals(record.getLabels().head().get(61).toIntArray(), sample.labels(61));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> sample.pixels(manager, 20, 8, 30, 103));
        }
    }

    @Test
    void transformsOfTheDataSetSeeWholeImages() throws IOException {
        List<Shape> seen = new ArrayList<>();
        Transform transform =
                array -> {
                    synchronized (seen) {
                        seen.add(array.getShape());
                    }
                    return array.neg();
                };
        try (Model model = model(pixelwise())) {
            ConfusionMatrix expected = whole(model, data("all", 1).addTransform(transform).build());
            assertNotEquals(expected.toString(), whole(model, data("all", 1).build()).toString());
            ConfusionMatrix counts =
                    evaluation(model)
                            .optTileSize(64, 64)
                            .optOverlap(0)
                            .build()
                            .count(data("all", 1).addTransform(transform).build());
            assertEquals(expected.toString(), counts.toString());
            // Two threads decode, so that the largest need not be the last.
            assertTrue(seen.contains(new Shape(3, 131, 150)), seen.toString());
        }
    }

    @Test
    void aFailureOfTheEngineSaysThatSmallerTilesMayHelp() throws IOException {
        EngineException fault = new EngineException("out of memory\nframe #0");
        Block block =
                new LambdaBlock(
                        list -> {
                            if (list.head().getShape().get(2) > 8) {
                                throw fault;
                            }
                            return list;
                        });
        try (Model model = model(block)) {
            EvaluationException e =
                    assertThrows(
                            EvaluationException.class,
                            () ->
                                    evaluation(model)
                                            .optTileSize(96, 128)
                                            .build()
                                            .count(data("all", 1).build()));
            assertEquals("evaluation with tiles of 96x128: out of memory", e.getMessage());
            assertSame(fault, e.getCause());
        }
    }

    @Test
    void aFileThatGoesBadIsNamed() throws IOException {
        FolderSegmentationDataset all = data("all", 1).build();
        all.prepare();
        Path bad = root.resolve("all").resolve("images").resolve("i4.png");
        Files.write(bad, new byte[] {1, 2, 3});
        try (Model model = model(pixelwise())) {
            for (int tile : new int[] {64, 512}) {
                MalformedDatasetException e =
                        assertThrows(
                                MalformedDatasetException.class,
                                () ->
                                        evaluation(model)
                                                .optTileSize(tile, tile)
                                                .optOverlap(0)
                                                .build()
                                                .count(all));
                assertTrue(e.getMessage().startsWith(bad.toString()), e.getMessage());
            }
        }
    }

    @Test
    void aModelMayHaveMoreClassesThanTheDataWhateverTheSize() throws IOException {
        Block block = Conv2d.builder().setFilters(5).setKernelShape(new Shape(1, 1)).build();
        try (Model model = model(block)) {
            ModelDescription description =
                    new ModelDescription(
                            List.of("a", "b", "c", "d", "e"),
                            TorchScriptNetwork.saved(),
                            64,
                            64,
                            Normalization.imageNet());
            ConfusionMatrix counts =
                    evaluation(model)
                            .optDescription(description)
                            .optTileSize(64, 64)
                            .optOverlap(32)
                            .build()
                            .count(data("all", 1).build());
            assertEquals(5, counts.classes());
            assertEquals(whole(model, data("all", 1).build()).toString(), counts.toString());
        }
    }

    @Test
    void aDamagedDescriptionIsRefused() throws IOException {
        try (Model model = model(pixelwise())) {
            model.setProperty("segmentation.format", "77");
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> evaluation(model).build().count(data("small", 1).build()));
            assertEquals("model: segmentation.format: expected 1 or 2, got 77", e.getMessage());
        }
    }

    @Test
    void badTilesAreRefused() {
        try (Model model = model(pixelwise())) {
            assertEquals(
                    "tileSize: expected multiples of the alignment 32, got 30 x 30",
                    refused(evaluation(model).optTileSize(30, 30)));
            assertEquals(
                    "overlap: expected 0 to 32 for tiles of 64 x 96 and alignment 32, got 33",
                    refused(evaluation(model).optTileSize(64, 96).optOverlap(33)));
            assertEquals(
                    "overlap: expected at least 0, got -1",
                    refused(evaluation(model).optOverlap(-1)));
        }
    }

    private static String refused(SegmentationEvaluation.Builder builder) {
        return assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    }
}
