package io.github.lovaszdjl.translator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.convolutional.Conv2d;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.TorchScriptNetwork;
import io.github.lovaszdjl.model.UNet;
import java.awt.image.BufferedImage;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiledPredictorTest {

    private static final ModelDescription DESCRIPTION =
            ModelDescription.unet(List.of("a", "b", "c"), 4, 2, 64, 64, Normalization.imageNet());

    private static final ModelDescription BINARY =
            new ModelDescription(
                    List.of("ground", "road"),
                    TorchScriptNetwork.saved(),
                    64,
                    64,
                    Normalization.imageNet(),
                    Decision.SCORE_ABOVE_ZERO);

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(5);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "64, 64", "37, 5", "1, 50", "64, 3"})
    void anImageNotLargerThanATileGetsTheLabelsOfTheTranslator(int width, int height)
            throws Exception {
        try (Model model = model(unet());
                Predictor<Image, CategoryMask> whole =
                        model.newPredictor(new SegmentationTranslator(DESCRIPTION))) {
            Image image = noise(width, height);
            CategoryMask mask =
                    tiles(model).optTileSize(64, 64).optOverlap(8).build().predict(image);
            assertEquals(DESCRIPTION.classNames(), mask.getClasses());
            assertArrayEquals(whole.predict(image).getMask(), mask.getMask());
        }
    }

    @ParameterizedTest
    @CsvSource({"70, 45, 16, 2", "1, 90, 16, 4", "90, 1, 16, 4", "33, 33, 32, 8", "71, 52, 16, 12"})
    void aNetworkOfLocalViewGivesTheLabelsOfTheWholeImage(
            int width, int height, int tile, int overlap) throws Exception {
        // A 1x1 convolution sees a pixel, so that all tiles agree on it, whatever their weights.
        try (Model model = model(convolution(1));
                Predictor<Image, CategoryMask> whole =
                        model.newPredictor(new SegmentationTranslator(DESCRIPTION))) {
            Image image = noise(width, height);
            int[][] tiled =
                    tiles(model)
                            .optTileSize(tile, tile)
                            .optOverlap(overlap)
                            .build()
                            .predict(image)
                            .getMask();
            assertArrayEquals(whole.predict(image).getMask(), tiled);
        }
    }

    @Test
    void labelsDifferFromTheWholeImageNearEndsOfTilesOnly() throws Exception {
        // A 3x3 convolution is wrong in the last pixel of a tile, where it sees a border of zeros.
        try (Model model = model(convolution(3));
                Predictor<Image, CategoryMask> whole =
                        model.newPredictor(new SegmentationTranslator(DESCRIPTION))) {
            Image image = noise(100, 20);
            int[][] expected = whole.predict(image).getMask();
            int[][] actual =
                    tiles(model).optTileSize(32, 32).optOverlap(4).build().predict(image).getMask();
            int differing = 0;
            for (int y = 0; y < 20; y++) {
                for (int x = 0; x < 100; x++) {
                    // Tiles begin at 0, 28, 56 and, moved inwards, 68, with weight from 84.
                    boolean end = List.of(28, 31, 56, 59, 87).contains(x);
                    if (expected[y][x] != actual[y][x]) {
                        differing++;
                        assertTrue(end, x + ", " + y);
                    }
                }
            }
            assertTrue(differing > 0, "a test that could not fail");
        }
    }

    @Test
    void poolingWindowsLieAsInTheWholeImage() throws Exception {
        // Max pooling over 4x4 and back: any place that is no multiple of 4 gives other values.
        Block block =
                new LambdaBlock(
                        list -> {
                            NDArray x = list.singletonOrThrow();
                            long h = x.size(2);
                            long w = x.size(3);
                            return new NDList(
                                    x.reshape(1, 3, h / 4, 4, w / 4, 4)
                                            .max(new int[] {3}, true)
                                            .max(new int[] {5}, true)
                                            .broadcast(1, 3, h / 4, 4, w / 4, 4)
                                            .reshape(1, 3, h, w));
                        });
        try (Model model = model(block);
                Predictor<Image, CategoryMask> whole =
                        model.newPredictor(new SegmentationTranslator(DESCRIPTION))) {
            Image image = noise(92, 60);
            int[][] tiled =
                    tiles(model).optTileSize(32, 16).optOverlap(5).build().predict(image).getMask();
            assertArrayEquals(whole.predict(image).getMask(), tiled);
        }
    }

    @Test
    void logitsOfAnOverlapAreAveraged() {
        // The first tile votes for b, the second for a, the third for c, each with the same force.
        AtomicInteger tile = new AtomicInteger();
        int[] votes = {1, 0, 2};
        try (Model model = model(vote(tile, votes))) {
            int[] labels =
                    tiles(model)
                            .optTileSize(8, 12)
                            .optOverlap(4)
                            .build()
                            .predict(noise(28, 1))
                            .getMask()[0];
            // Overlaps are 8 to 11 and 16 to 19; in each the first two pixels are nearer to the
            // middle of the earlier tile.
            int[] expected = new int[28];
            Arrays.fill(expected, 0, 10, 1);
            Arrays.fill(expected, 10, 18, 0);
            Arrays.fill(expected, 18, 28, 2);
            assertArrayEquals(expected, labels);
            assertEquals(3, tile.get());
        }
    }

    @Test
    void rowsOfTilesAreAveragedToo() {
        AtomicInteger tile = new AtomicInteger();
        int[] votes = {1, 1, 2, 2, 0, 0};
        try (Model model = model(vote(tile, votes))) {
            int[][] labels =
                    tiles(model)
                            .optTileSize(12, 8)
                            .optOverlap(4)
                            .build()
                            .predict(noise(9, 28))
                            .getMask();
            for (int y = 0; y < 28; y++) {
                int[] expected = new int[9];
                Arrays.fill(expected, y < 10 ? 1 : y < 18 ? 2 : 0);
                assertArrayEquals(expected, labels[y], "row " + y);
            }
        }
    }

    @Test
    void scoresOfAnOverlapAreAveragedBeforeTheyAreCompared() {
        // Tiles vote for the foreground and against it, the second with a third of the force.
        AtomicInteger tile = new AtomicInteger();
        float[] votes = {3, -1, 3};
        Block block =
                new LambdaBlock(
                        list -> {
                            NDArray x = list.singletonOrThrow();
                            Shape plane = new Shape(1, 1, x.size(2), x.size(3));
                            return new NDList(
                                    x.getManager().full(plane, votes[tile.getAndIncrement()]));
                        });
        try (Model model = model(block)) {
            int[] labels =
                    tiles(model)
                            .setDescription(BINARY)
                            .optTileSize(8, 12)
                            .optOverlap(4)
                            .build()
                            .predict(noise(28, 1))
                            .getMask()[0];
            // In the overlaps, 8 to 11 and 16 to 19, the weights of the second tile are 0.2 to
            // 0.8 and back; it wins where they are above 0.75.
            int[] expected = new int[28];
            Arrays.fill(expected, 1);
            Arrays.fill(expected, 11, 17, 0);
            assertArrayEquals(expected, labels);
        }
    }

    @ParameterizedTest
    @CsvSource({"64, 64, 64, 8", "70, 45, 16, 2", "1, 90, 16, 4", "33, 33, 32, 8"})
    void scoresGiveTheLabelsOfTheWholeImage(int width, int height, int tile, int overlap)
            throws Exception {
        Block block = Conv2d.builder().setFilters(1).setKernelShape(new Shape(1, 1)).build();
        try (Model model = model(block);
                Predictor<Image, CategoryMask> whole =
                        model.newPredictor(new SegmentationTranslator(BINARY))) {
            Image image = noise(width, height);
            int[][] labels =
                    tiles(model)
                            .setDescription(BINARY)
                            .optTileSize(tile, tile)
                            .optOverlap(overlap)
                            .build()
                            .predict(image)
                            .getMask();
            assertArrayEquals(whole.predict(image).getMask(), labels);
            assertEquals(2, Arrays.stream(labels).flatMapToInt(Arrays::stream).distinct().count());
        }
    }

    @Test
    void confidenceOfOneScoreIsThatOfItsSign() {
        // Scores -2, 0, NaN and 3 in four tiles that do not overlap.
        float[] scores = {-2, 0, Float.NaN, 3};
        AtomicInteger tile = new AtomicInteger();
        Block block =
                new LambdaBlock(
                        in ->
                                new NDList(
                                        in.head()
                                                .getManager()
                                                .full(
                                                        new Shape(1, 1, 16, 16),
                                                        scores[tile.getAndIncrement()])));
        try (Model model = model(block)) {
            tiles(model)
                    .setDescription(BINARY)
                    .optTileSize(16, 16)
                    .optOverlap(0)
                    .build()
                    .predict(
                            16,
                            64,
                            (manager, top, left, h, w) -> manager.zeros(new Shape(1, 3, h, w)),
                            (y, labels, confidences) -> {
                                for (int x = 0; x < 64; x++) {
                                    float score = scores[x / 16];
                                    assertEquals(score <= 0 ? 0 : 1, labels[x]);
                                    double p = 1 / (1 + Math.exp(-Math.abs(score)));
                                    assertEquals(p, confidences[x], 1e-6);
                                }
                            });
            assertEquals(4, tile.get());
        }
    }

    @Test
    void everyRowComesOnceInOrder() {
        try (Model model = model(unet())) {
            for (int[] size : new int[][] {{1, 1}, {40, 77}, {77, 40}, {200, 1}, {1, 200}}) {
                List<Integer> rows = new ArrayList<>();
                int[][] labels = new int[size[1]][];
                TiledPredictor predictor = tiles(model).optTileSize(16, 32).optOverlap(9).build();
                Image image = noise(size[0], size[1]);
                predictor.predict(
                        image,
                        (y, row) -> {
                            rows.add(y);
                            labels[y] = row;
                        });
                for (int y = 0; y < size[1]; y++) {
                    assertEquals(y, rows.get(y));
                    assertEquals(size[0], labels[y].length);
                    assertTrue(Arrays.stream(labels[y]).allMatch(l -> l >= 0 && l < 3));
                }
                assertEquals(size[1], rows.size());
                assertArrayEquals(labels, predictor.predict(image).getMask());
            }
        }
    }

    @Test
    void theLowerOfEqualClassesWins() {
        Block ties = new LambdaBlock(list -> new NDList(list.singletonOrThrow().mul(0)));
        try (Model model = model(ties)) {
            int[][] mask =
                    tiles(model)
                            .optTileSize(16, 16)
                            .optOverlap(8)
                            .build()
                            .predict(noise(50, 50))
                            .getMask();
            assertTrue(Arrays.stream(mask).flatMapToInt(Arrays::stream).allMatch(l -> l == 0));
        }
    }

    @Test
    void imagesOfOtherLibrariesGiveTheSameLabels() {
        Image image = noise(50, 41);
        Image foreign =
                (Image)
                        Proxy.newProxyInstance(
                                Image.class.getClassLoader(),
                                new Class<?>[] {Image.class},
                                (proxy, method, args) ->
                                        method.getName().equals("getWrappedImage")
                                                ? "no BufferedImage"
                                                : method.invoke(image, args));
        try (Model model = model(unet())) {
            TiledPredictor predictor = tiles(model).optTileSize(16, 16).optOverlap(4).build();
            assertArrayEquals(
                    predictor.predict(image).getMask(), predictor.predict(foreign).getMask());
        }
    }

    @Test
    void noArrayIsLeftBehind() {
        try (Model model = model(unet())) {
            TiledPredictor predictor = tiles(model).optTileSize(16, 16).optOverlap(4).build();
            int before = model.getNDManager().getManagedArrays().size();
            int all = model.getNDManager().getParentManager().getManagedArrays().size();
            predictor.predict(noise(70, 45));
            assertThrows(
                    IllegalStateException.class,
                    () ->
                            predictor.predict(
                                    noise(70, 45),
                                    (y, labels) -> {
                                        throw new IllegalStateException("enough");
                                    }));
            assertEquals(before, model.getNDManager().getManagedArrays().size());
            assertEquals(all, model.getNDManager().getParentManager().getManagedArrays().size());
        }
    }

    @Test
    void halfPrecisionLogitsAreRead() {
        Block half =
                new LambdaBlock(
                        list -> new NDList(list.singletonOrThrow().toType(DataType.FLOAT16, true)));
        Block single = new LambdaBlock(list -> list);
        Image image = noise(9, 5);
        try (Model model = model(half);
                Model other = model(single)) {
            assertArrayEquals(
                    tiles(other).build().predict(image).getMask(),
                    tiles(model).build().predict(image).getMask());
        }
    }

    @Test
    void otherOutputsAreRefused() {
        try (Model model =
                model(
                        new LambdaBlock(
                                list ->
                                        new NDList(
                                                list.singletonOrThrow()
                                                        .mean(new int[] {1}, true))))) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> tiles(model).build().predict(noise(6, 4)));
            assertEquals("model: expected logits (1, 3, 4, 6), got (1, 1, 4, 6)", e.getMessage());
        }
    }

    @Test
    void badTilesAreRefused() {
        try (Model model = model(unet())) {
            String overlap = refused(() -> tiles(model).optTileSize(32, 16).optOverlap(13).build());
            assertEquals(
                    "overlap: expected 0 to 12 for tiles of 32 x 16 and alignment 4, got 13",
                    overlap);
            assertTrue(
                    refused(() -> tiles(model).optTileSize(16, 16).optOverlap(16).build())
                            .contains("got 16"));
            assertTrue(
                    refused(() -> tiles(model).optTileSize(18, 16).optOverlap(0).build())
                            .contains("multiples of the alignment 4, got 18 x 16"));
            assertTrue(refused(() -> tiles(model).optTileSize(0, 16)).contains("0 x 16"));
            assertTrue(refused(() -> tiles(model).optTileSize(1 << 14, 1 << 14)).contains("2^27"));
            assertTrue(refused(() -> tiles(model).optOverlap(-1)).contains("-1"));
            assertTrue(refused(() -> tiles(model).optAlignment(0)).contains("got 0"));
        }
    }

    @Test
    void tilesOfADeepNetworkLieAtMultiplesOfItsStride() {
        try (Model model = model(convolution(1))) {
            assertEquals(List.of(0, 32), lefts(model, 5, 128, 0));
            assertEquals(List.of(0, 64), lefts(model, 6, 128, 0));
            // Where tile or overlap do not allow it, as for other networks.
            assertEquals(List.of(0, 64), lefts(model, 6, 96, 0));
            assertEquals(List.of(0, 32), lefts(model, 6, 128, 96));
        }
    }

    /** Returns where the tiles of an image 150 pixels wide begin. */
    private static List<Integer> lefts(Model model, int depth, int tile, int overlap) {
        ModelDescription description =
                ModelDescription.unet(
                        List.of("a", "b", "c"), 1, depth, 64, 64, Normalization.imageNet());
        List<Integer> lefts = new ArrayList<>();
        TiledPredictor.builder()
                .setModel(model)
                .setDescription(description)
                .optDevice(Device.cpu())
                .optTileSize(tile, tile)
                .optOverlap(overlap)
                .build()
                .predict(
                        1,
                        150,
                        (manager, top, left, height, width) -> {
                            lefts.add(left);
                            return manager.zeros(new Shape(1, 3, height, width));
                        },
                        (y, labels) -> {});
        return lefts;
    }

    private static String refused(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }

    private static TiledPredictor.Builder tiles(Model model) {
        return TiledPredictor.builder()
                .setModel(model)
                .setDescription(DESCRIPTION)
                .optDevice(Device.cpu())
                .optAlignment(4);
    }

    /** A block whose tiles vote for one class each. */
    private static Block vote(AtomicInteger tile, int[] votes) {
        return new LambdaBlock(
                list -> {
                    NDArray x = list.singletonOrThrow();
                    Shape plane = new Shape(1, 1, x.size(2), x.size(3));
                    int vote = votes[tile.getAndIncrement()];
                    NDList classes = new NDList();
                    for (int c = 0; c < 3; c++) {
                        classes.add(x.getManager().full(plane, c == vote ? 7 : 0));
                    }
                    NDArray logits = classes.get(0);
                    logits = logits.concat(classes.get(1), 1).concat(classes.get(2), 1);
                    return new NDList(logits.toType(DataType.FLOAT32, false));
                });
    }

    private static Block unet() {
        return UNet.builder().setClasses(3).optBaseWidth(4).optDepth(2).build();
    }

    private static Block convolution(int size) {
        return Conv2d.builder()
                .setFilters(3)
                .setKernelShape(new Shape(size, size))
                .optPadding(new Shape(size / 2, size / 2))
                .build();
    }

    private static Model model(Block block) {
        Model model = Model.newInstance("model", Device.cpu());
        model.setBlock(block);
        block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 8, 8));
        return model;
    }

    private static Image noise(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Random random = new Random(width * 31L + height);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, random.nextInt(1 << 24));
        }
        return ImageFactory.getInstance().fromImage(image);
    }
}
