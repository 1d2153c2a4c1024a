package io.github.lovaszdjl.translator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.convolutional.Conv2d;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestTimeAugmentationTest {

    private static final int H = 3;
    private static final int W = 5;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ':',
            value = {
                "none: 1",
                "flip: 2",
                "vflip: 2",
                "flip,vflip: 4",
                "turns: 4",
                "flip,turns: 8",
                "vflip,turns: 8",
                "flip,vflip,turns: 8",
                "0.5: 2",
                "flip,0.75,1.25: 6",
                "flip,vflip,turns,0.5,2.0: 24"
            })
    void theNetworkSeesEveryViewOnce(String text, int views) {
        TestTimeAugmentation augmentation = TestTimeAugmentation.of(text);
        assertEquals(views, augmentation.views());
        assertEquals(views == 1, augmentation.isNone());
        assertEquals(text, augmentation.toString());
        NDArray images = noise(2);
        List<String> seen = new ArrayList<>();
        augmentation.scores(
                view -> {
                    seen.add(view.getShape() + Arrays.toString(view.toFloatArray()));
                    return view;
                },
                images,
                Decision.HIGHEST_LOGIT);
        assertEquals(views, seen.size());
        assertEquals(views, seen.stream().distinct().count());
    }

    @Test
    void withoutViewsTheLogitsAreThoseOfTheNetwork() {
        NDArray images = noise(2);
        assertSame(
                images,
                TestTimeAugmentation.none().scores(view -> view, images, Decision.HIGHEST_LOGIT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"flip", "vflip", "turns", "flip,vflip,turns"})
    void anEquivariantNetworkComesToItsOwnProbabilities(String text) {
        NDArray images = noise(3);
        NDArray scores =
                TestTimeAugmentation.of(text)
                        .scores(view -> view.mul(4), images, Decision.HIGHEST_LOGIT);
        // The same sums of three, in another order of pixels, averaged.
        assertArrayEquals(
                images.mul(4).softmax(1).toFloatArray(), scores.toFloatArray(), 1e-6f, text);
    }

    /** Where a pixel of the image lies in a view of it: row, column. */
    private interface Place {
        int[] of(int y, int x);
    }

    private static final Place SAME = (y, x) -> new int[] {y, x};
    private static final Place FLIPPED = (y, x) -> new int[] {y, W - 1 - x};
    private static final Place UPSIDE_DOWN = (y, x) -> new int[] {H - 1 - y, x};
    private static final Place HALF_TURN = (y, x) -> new int[] {H - 1 - y, W - 1 - x};
    private static final Place LEFT_TURN = (y, x) -> new int[] {W - 1 - x, y};
    private static final Place RIGHT_TURN = (y, x) -> new int[] {x, H - 1 - y};
    private static final Place DIAGONAL = (y, x) -> new int[] {x, y};
    private static final Place OTHER_DIAGONAL = (y, x) -> new int[] {W - 1 - x, H - 1 - y};

    private static List<Place> places(String text) {
        return switch (text) {
            case "flip" -> List.of(SAME, FLIPPED);
            case "vflip" -> List.of(SAME, UPSIDE_DOWN);
            case "flip,vflip" -> List.of(SAME, FLIPPED, UPSIDE_DOWN, HALF_TURN);
            case "turns" -> List.of(SAME, LEFT_TURN, HALF_TURN, RIGHT_TURN);
            default ->
                    List.of(
                            SAME,
                            FLIPPED,
                            UPSIDE_DOWN,
                            HALF_TURN,
                            LEFT_TURN,
                            RIGHT_TURN,
                            DIAGONAL,
                            OTHER_DIAGONAL);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"flip", "vflip", "flip,vflip", "turns", "flip,turns"})
    void probabilitiesAreAveragedWhereTheyBelong(String text) {
        // Each channel is multiplied by the place in the view, from 0, row by row: no orientation
        // comes to what another does.
        UnaryOperator<NDArray> network = view -> view.mul(ramp(view));
        NDArray images = noise(2);
        float[] scores =
                TestTimeAugmentation.of(text)
                        .scores(network, images, Decision.HIGHEST_LOGIT)
                        .toFloatArray();
        float[] pixels = images.toFloatArray();
        List<Place> places = places(text);
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                double first = pixels[y * W + x];
                double second = pixels[H * W + y * W + x];
                double mean = 0;
                for (Place place : places) {
                    int[] at = place.of(y, x);
                    int width = isTall(place) ? H : W;
                    int factor = at[0] * width + at[1];
                    mean += 1 / (1 + Math.exp(factor * (second - first))) / places.size();
                }
                assertEquals(mean, scores[y * W + x], 1e-5, y + ", " + x);
                assertEquals(1 - mean, scores[H * W + y * W + x], 1e-5, y + ", " + x);
            }
        }
    }

    private static boolean isTall(Place place) {
        return place.of(0, 0)[0] != place.of(0, W - 1)[0];
    }

    private static NDArray ramp(NDArray view) {
        long height = view.size(2);
        long width = view.size(3);
        return view.getManager().arange(height * width).reshape(1, 1, height, width);
    }

    @Test
    void aScaledViewIsInterpolatedThereAndBack() {
        // 1 and 5 at twice the size are 1, 2, 4, 5; squared 1, 4, 16, 25; at their own size again
        // the means of two, 2.5 and 20.5. The other class has the logit 0.
        NDArray images = manager.create(new float[] {1, 5, 0, 0}, new Shape(1, 2, 1, 2));
        float[] scores =
                TestTimeAugmentation.of("2")
                        .scores(view -> view.square(), images, Decision.HIGHEST_LOGIT)
                        .toFloatArray();
        float[] expected = new float[4];
        for (int x = 0; x < 2; x++) {
            double plain = new double[] {1, 25}[x];
            double scaled = new double[] {2.5, 20.5}[x];
            expected[x] = (float) ((sigmoid(plain) + sigmoid(scaled)) / 2);
            expected[2 + x] = 1 - expected[x];
        }
        assertArrayEquals(expected, scores, 1e-6f);
    }

    @Test
    void theProbabilityOfOneScoreIsComparedWithAHalf() {
        NDArray images = manager.create(new float[] {3, -1, -4, 2}, new Shape(1, 1, 1, 4));
        NDArray scores =
                TestTimeAugmentation.of("flip")
                        .scores(
                                view -> view.mul(ramp(view).add(1)),
                                images,
                                Decision.SCORE_ABOVE_ZERO);
        // The scores are 3, -2, -12, 8 and, in the mirrored view, 12, -3, -8, 2.
        float[] expected = {
            (float) ((sigmoid(3) + sigmoid(12)) / 2 - 0.5),
            (float) ((sigmoid(-2) + sigmoid(-3)) / 2 - 0.5),
            (float) ((sigmoid(-12) + sigmoid(-8)) / 2 - 0.5),
            (float) ((sigmoid(8) + sigmoid(2)) / 2 - 0.5)
        };
        assertArrayEquals(expected, scores.toFloatArray(), 1e-6f);
        assertArrayEquals(
                new long[] {1, 0, 0, 1}, Decision.SCORE_ABOVE_ZERO.labels(scores).toLongArray());
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void tilesAreAugmentedOneByOne() {
        // In the left quarter of what it sees the network is sure of b, elsewhere it is for a by a
        // little. Mirrored, it is sure of b in the right quarter.
        Block block =
                new LambdaBlock(
                        list -> {
                            NDArray x = list.singletonOrThrow();
                            NDArray zero = x.get(":, :1").mul(0);
                            NDArray column =
                                    x.getManager()
                                            .arange(x.size(3))
                                            .toType(DataType.FLOAT32, false)
                                            .reshape(1, 1, 1, x.size(3));
                            NDArray left =
                                    column.lt(x.size(3) / 4f).toType(DataType.FLOAT32, false);
                            NDArray b = zero.add(left.mul(10.4f).sub(0.4f));
                            return new NDList(zero.concat(b, 1));
                        });
        try (Model model = model(block)) {
            int[] expected = new int[64];
            for (int tile = 0; tile < 64; tile += 32) {
                Arrays.fill(expected, tile, tile + 8, 1);
            }
            assertArrayEquals(expected, row(model, "none"));
            for (int tile = 0; tile < 64; tile += 32) {
                Arrays.fill(expected, tile + 24, tile + 32, 1);
            }
            assertArrayEquals(expected, row(model, "flip"));
        }
    }

    private static int[] row(Model model, String text) {
        return tiles(model)
                .optTileSize(32, 32)
                .optOverlap(0)
                .optTestTimeAugmentation(TestTimeAugmentation.of(text))
                .build()
                .predict(image(64, 4))
                .getMask()[0];
    }

    @Test
    void tilesOfAnEquivariantNetworkGiveItsLabels() {
        Block block = Conv2d.builder().setFilters(2).setKernelShape(new Shape(1, 1)).build();
        try (Model model = model(block)) {
            Image image = image(75, 50);
            TiledPredictor.Builder builder = tiles(model).optTileSize(32, 32).optOverlap(8);
            int[][] plain = builder.optAlignment(8).build().predict(image).getMask();
            int[][] turned =
                    builder.optTestTimeAugmentation(TestTimeAugmentation.of("flip,turns"))
                            .build()
                            .predict(image)
                            .getMask();
            assertArrayEquals(plain, turned);
            assertEquals(2, Arrays.stream(plain).flatMapToInt(Arrays::stream).distinct().count());
        }
    }

    @Test
    void noArrayIsLeftBehind() {
        TestTimeAugmentation all = TestTimeAugmentation.of("flip,turns,0.5");
        NDArray images = noise(2);
        int before = manager.getManagedArrays().size();
        all.scores(view -> view.mul(2), images, Decision.HIGHEST_LOGIT).close();
        all.scores(view -> view, images, Decision.SCORE_ABOVE_ZERO).close();
        assertEquals(before, manager.getManagedArrays().size());
        assertFalse(images.isReleased());
    }

    @Test
    void otherTextsAreRefused() {
        for (String text : List.of("", "flip,", "hflip", "flip,flip", "none,flip", "-2", "1e3")) {
            String message = refused(() -> TestTimeAugmentation.of(text));
            assertTrue(message.startsWith("testTimeAugmentation: expected"), message);
            assertTrue(message.endsWith("got " + text), message);
        }
        for (String text : List.of("0", "1", "4.5", "0.5,0.50", "flip,1.0")) {
            String message = refused(() -> TestTimeAugmentation.of(text));
            assertTrue(message.startsWith("scales: expected"), message);
        }
        assertTrue(
                refused(() -> new TestTimeAugmentation(true, false, false, List.of(Double.NaN)))
                        .contains("NaN"));
    }

    @Test
    void logitsOfAnotherSizeAreRefused() {
        String message =
                refused(
                        () ->
                                TestTimeAugmentation.of("flip")
                                        .scores(
                                                view -> view.get(":, :, :1"),
                                                noise(2),
                                                Decision.HIGHEST_LOGIT));
        assertTrue(message.startsWith("model: expected logits of every pixel"), message);
    }

    private static String refused(Runnable work) {
        return assertThrows(IllegalArgumentException.class, work::run).getMessage();
    }

    private NDArray noise(int channels) {
        Random random = new Random(3);
        float[] values = new float[channels * H * W];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        return manager.create(values, new Shape(1, channels, H, W));
    }

    private static TiledPredictor.Builder tiles(Model model) {
        return TiledPredictor.builder()
                .setModel(model)
                .setDescription(
                        ModelDescription.unet(
                                List.of("a", "b"), 2, 1, 32, 32, Normalization.imageNet()));
    }

    private static Model model(Block block) {
        Model model = Model.newInstance("model", Engines.device());
        model.setBlock(block);
        block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 8, 8));
        return model;
    }

    private static Image image(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Random random = new Random(width);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, random.nextInt(1 << 24));
        }
        return ImageFactory.getInstance().fromImage(image);
    }
}
