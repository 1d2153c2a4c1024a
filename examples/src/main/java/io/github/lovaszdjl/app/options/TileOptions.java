package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How images are seen, large ones by tiles and all in several views: the options of every command
 * that predicts.
 */
public final class TileOptions {

    /** What sides of tiles and overlaps are multiples of: the stride of all but odd networks. */
    private static final int ALIGNMENT = 32;

    private static final int MAX_TILE_PIXELS = 1 << 27;

    /** The size of training samples. */
    private static final String CROP = "crop";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--tile",
            paramLabel = "HxW",
            description =
                    "height and width of a tile, multiples of 32, or crop for those of training"
                            + " samples, rounded up to such: images not larger are seen whole,"
                            + " larger ones by tiles that overlap; larger tiles need more memory")
    private String tile = TiledPredictor.TILE_SIZE + "x" + TiledPredictor.TILE_SIZE;

    @Option(
            names = "--overlap",
            paramLabel = "N",
            description =
                    "the pixels that neighbouring tiles share, rounded up to a multiple of 32: the"
                            + " side of a tile less the stride of a sliding window; by default"
                            + " no more than small tiles allow")
    private int overlap = TiledPredictor.OVERLAP;

    @Option(
            names = "--tta",
            paramLabel = "VIEWS",
            description =
                    "test-time augmentation: views of each image whose class probabilities are"
                            + " averaged, some of flip, vflip, turns and scales such as 0.75,"
                            + " joined by commas, or none; each takes the time of a prediction")
    private String tta = TestTimeAugmentation.none().toString();

    /**
     * How images are seen.
     *
     * @param height the height of a tile
     * @param width the width of a tile
     * @param overlap the pixels that neighbouring tiles share
     * @param augmentation the views of each image or tile
     */
    public record Tiles(int height, int width, int overlap, TestTimeAugmentation augmentation) {}

    /** Checks what does not depend on the model. */
    public void check() {
        if (tile.equals(CROP)) {
            augmentation();
        } else {
            tiles(ALIGNMENT, ALIGNMENT); // no matter which crop
        }
    }

    /** Returns how a saved model sees images, checked. */
    public Tiles tiles(ModelDescription description) {
        return tiles(description.height(), description.width());
    }

    /**
     * Returns the values, checked.
     *
     * @param cropHeight the height of training samples
     * @param cropWidth their width
     */
    public Tiles tiles(int cropHeight, int cropWidth) {
        String size = tile.equals(CROP) ? rounded(cropHeight) + "x" + rounded(cropWidth) : tile;
        int[] sides = sides(size);
        int most = Math.min(sides[0], sides[1]) - ALIGNMENT;
        boolean given = spec.commandLine().getParseResult().hasMatchedOption("--overlap");
        int shared = given || overlap != TiledPredictor.OVERLAP ? overlap : Math.min(overlap, most);
        if (shared < 0 || shared > most) {
            throw wrong(
                    String.format(
                            "--overlap: expected 0 to %d for tiles of %s, got %d",
                            most, size, shared));
        }
        return new Tiles(sides[0], sides[1], shared, augmentation());
    }

    private TestTimeAugmentation augmentation() {
        try {
            return TestTimeAugmentation.of(tta);
        } catch (IllegalArgumentException e) {
            throw wrong("--tta" + e.getMessage().substring(e.getMessage().indexOf(':')));
        }
    }

    private static long rounded(int side) {
        return ((long) side + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private int[] sides(String size) {
        int[] sides;
        try {
            sides = Stream.of(size.split("x", -1)).mapToInt(Integer::parseInt).toArray();
        } catch (NumberFormatException e) {
            sides = new int[0];
        }
        boolean good =
                sides.length == 2
                        && IntStream.of(sides).allMatch(s -> s > 0 && s % ALIGNMENT == 0)
                        && (long) sides[0] * sides[1] <= MAX_TILE_PIXELS;
        if (!good) {
            throw wrong(
                    String.format(
                            "--tile: expected HEIGHTxWIDTH such as 512x512, multiples of %d and at"
                                    + " most 2^27 pixels, or crop, got %s",
                            ALIGNMENT, size));
        }
        return sides;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
