package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.translator.TiledPredictor;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How large images are seen by tiles: the options of every command that predicts. */
public final class TileOptions {

    /** What sides of tiles and overlaps are multiples of: the stride of all but odd networks. */
    private static final int ALIGNMENT = 32;

    private static final int MAX_TILE_PIXELS = 1 << 27;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--tile",
            paramLabel = "HxW",
            description =
                    "height and width of a tile, multiples of 32: images not larger are seen whole,"
                            + " larger ones by tiles that overlap; larger tiles need more memory")
    private String tile = TiledPredictor.TILE_SIZE + "x" + TiledPredictor.TILE_SIZE;

    @Option(
            names = "--overlap",
            paramLabel = "N",
            description =
                    "the pixels that neighbouring tiles share, rounded up to a multiple of 32")
    private int overlap = TiledPredictor.OVERLAP;

    /**
     * A size of tiles and what they share.
     *
     * @param height the height of a tile
     * @param width the width of a tile
     * @param overlap the pixels that neighbouring tiles share
     */
    public record Tiles(int height, int width, int overlap) {}

    /** Returns the values, checked. */
    public Tiles tiles() {
        int[] sides;
        try {
            sides = Stream.of(tile.split("x", -1)).mapToInt(Integer::parseInt).toArray();
        } catch (NumberFormatException e) {
            sides = new int[0];
        }
        boolean good =
                sides.length == 2
                        && IntStream.of(sides).allMatch(s -> s > 0 && s % ALIGNMENT == 0)
                        && (long) sides[0] * sides[1] <= MAX_TILE_PIXELS;
        if (!good) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(
                            "--tile: expected HEIGHTxWIDTH such as 512x512, multiples of %d and at"
                                    + " most 2^27 pixels, got %s",
                            ALIGNMENT, tile));
        }
        int most = Math.min(sides[0], sides[1]) - ALIGNMENT;
        if (overlap < 0 || overlap > most) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(
                            "--overlap: expected 0 to %d for tiles of %s, got %d",
                            most, tile, overlap));
        }
        return new Tiles(sides[0], sides[1], overlap);
    }
}
