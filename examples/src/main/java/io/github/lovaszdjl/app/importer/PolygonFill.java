package io.github.lovaszdjl.app.importer;

import java.util.Arrays;

/**
 * A polygon that is filled by the centres of pixels: one belongs to it whose centre the ring goes
 * around an odd number of times (even-odd rule). A centre on the outline belongs to what is right
 * of it or below, so that of two polygons with a common edge exactly one has it.
 *
 * <p>The pixel in column x and row y reaches from (x, y) to (x + 1, y + 1).
 */
final class PolygonFill implements Region {

    private final double[] xy;

    /**
     * Constructs a polygon.
     *
     * @param xy the vertices, x and y in turn, in pixels; the last is joined to the first
     */
    PolygonFill(double... xy) {
        this.xy = xy;
    }

    /**
     * Returns the vertices of a rectangle that is turned.
     *
     * @param degrees the angle, clockwise as one sees it
     * @param pivotX the column about which it is turned
     * @param pivotY the row
     */
    static double[] rectangle(
            double left,
            double top,
            double right,
            double bottom,
            double degrees,
            double pivotX,
            double pivotY) {
        double[] xy = {left, top, right, top, right, bottom, left, bottom};
        if (degrees != 0) {
            double cos = Math.cos(Math.toRadians(degrees));
            double sin = Math.sin(Math.toRadians(degrees));
            for (int i = 0; i < xy.length; i += 2) {
                double x = xy[i] - pivotX;
                double y = xy[i + 1] - pivotY;
                xy[i] = pivotX + cos * x - sin * y;
                xy[i + 1] = pivotY + sin * x + cos * y;
            }
        }
        return xy;
    }

    @Override
    public void addTo(PixelMask mask) {
        double top = Double.POSITIVE_INFINITY;
        double bottom = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < xy.length; i += 2) {
            mask.checkCoordinate(xy[i]);
            mask.checkCoordinate(xy[i + 1]);
            top = Math.min(top, xy[i + 1]);
            bottom = Math.max(bottom, xy[i + 1]);
        }
        double[] crossings = new double[xy.length / 2];
        int end = (int) Math.min(mask.height(), Math.ceil(bottom));
        for (int row = (int) Math.max(0, Math.floor(top)); row < end; row++) {
            int count = cross(row + 0.5, crossings);
            Arrays.sort(crossings, 0, count);
            for (int i = 0; i + 1 < count; i += 2) {
                mask.addRow(row, firstCentre(crossings[i]), firstCentre(crossings[i + 1]));
            }
        }
    }

    /** Finds where the outline meets the centre line of a row; an even number of places. */
    private int cross(double y, double[] crossings) {
        int count = 0;
        for (int i = 0; i < xy.length; i += 2) {
            int next = i + 2 < xy.length ? i + 2 : 0;
            if (xy[i + 1] <= y != xy[next + 1] <= y) {
                // From the upper end, whichever way the ring goes: a neighbour's edge is the same.
                int upper = xy[i + 1] <= y ? i : next;
                int lower = upper == i ? next : i;
                double share = (y - xy[upper + 1]) / (xy[lower + 1] - xy[upper + 1]);
                crossings[count++] = xy[upper] + share * (xy[lower] - xy[upper]);
            }
        }
        return count;
    }

    /** Returns the first column whose centre is not left of a place. */
    private static int firstCentre(double x) {
        return (int) Math.ceil(x - 0.5);
    }
}
