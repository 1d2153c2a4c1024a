package io.github.lovaszdjl.dataset;

import java.util.SplittableRandom;

/**
 * Where the pixels of a sample come from, whatever is drawn: one inverse map through deformation,
 * rotation, window, scale, quarter turns and mirrors. What is not drawn changes no bit, so that
 * without rotation and deformation the positions are those of {@link Axis}.
 */
final class SampleMap {

    private final ImageSize source;
    private final ImageSize target;
    private final AxisWindow columns;
    private final AxisWindow rows;

    /** Whether columns of the sample go along rows of the source. */
    private final boolean sideways;

    /** Whether columns of the source count from its right. */
    private final boolean reverseX;

    /** Whether rows of the source count from its bottom. */
    private final boolean reverseY;

    private final double cos;
    private final double sin;

    /** By how much pixels are moved, row by row, or null. */
    private final float[] moveX;

    private final float[] moveY;

    /**
     * Makes the map of a sample.
     *
     * @param augmentation the changes
     * @param draw what was drawn of them
     * @param source the size of the image
     * @param target the size of the sample
     */
    SampleMap(
            Augmentation augmentation, AugmentationDraw draw, ImageSize source, ImageSize target) {
        this.source = source;
        this.target = target;
        int turns = draw.quarterTurns();
        sideways = turns % 2 == 1;
        reverseX = draw.flipX() != (turns == 1 || turns == 2);
        reverseY = draw.flipY() != (turns == 2 || turns == 3);
        columns =
                AxisWindow.of(
                        sideways ? source.height() : source.width(),
                        target.width(),
                        draw.scale(),
                        draw.cropX());
        rows =
                AxisWindow.of(
                        sideways ? source.width() : source.height(),
                        target.height(),
                        draw.scale(),
                        draw.cropY());
        cos = Math.cos(Math.toRadians(draw.angle()));
        sin = Math.sin(Math.toRadians(draw.angle()));
        if (augmentation.elasticAlpha() == 0) {
            moveX = null;
            moveY = null;
        } else {
            SplittableRandom random = new SplittableRandom(draw.elasticSeed());
            moveX = move(augmentation, random);
            moveY = move(augmentation, random);
        }
    }

    private float[] move(Augmentation augmentation, SplittableRandom random) {
        return ElasticField.draw(
                target.height(),
                target.width(),
                augmentation.elasticAlpha(),
                augmentation.elasticSigma(),
                random);
    }

    /**
     * Maps a row of the sample to positions in the source, in units where pixel {@code i} has its
     * centre at {@code i}.
     *
     * @param y the row
     * @param sourceX takes the columns
     * @param sourceY takes the rows
     */
    void row(int y, double[] sourceX, double[] sourceY) {
        double centreX = target.width() / 2.0;
        double centreY = target.height() / 2.0;
        for (int x = 0; x < target.width(); x++) {
            double fromX = x + 0.5 - centreX;
            double fromY = y + 0.5 - centreY;
            if (moveX != null) {
                fromX += moveX[y * target.width() + x];
                fromY += moveY[y * target.width() + x];
            }
            double column = columns.position(cos * fromX - sin * fromY + centreX);
            double row = rows.position(sin * fromX + cos * fromY + centreY);
            double alongX = sideways ? row : column;
            double alongY = sideways ? column : row;
            sourceX[x] = reverseX ? source.width() - 1 - alongX : alongX;
            sourceY[x] = reverseY ? source.height() - 1 - alongY : alongY;
        }
    }
}
