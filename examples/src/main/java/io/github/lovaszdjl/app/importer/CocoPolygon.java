package io.github.lovaszdjl.app.importer;

import java.util.Arrays;

/**
 * A polygon as COCO's tools fill it ({@code rleFrPoly} of the mask API, <a
 * href="https://github.com/cocodataset/cocoapi">cocoapi</a>), to the pixel.
 *
 * <p>The vertices are rounded to a grid that is five times as fine as the pixels, and the outline
 * is walked there point by point. Each step over the centre line of a column of pixels is a place
 * where the column changes between outside and inside. So a ring that crosses itself, or comes back
 * along a cut to leave a hole out, is filled by the even-odd rule.
 *
 * <p>Arithmetic is that of the original where it decides: numbers are rounded by adding a half and
 * cutting off, negative ones towards zero too, and slopes have double precision.
 */
final class CocoPolygon implements Region {

    private static final int FINE = 5;

    /** Which of five fine columns is the centre of a pixel. */
    private static final int CENTRE = FINE / 2;

    /** The vertices on the fine grid. */
    private final int[] xs;

    private final int[] ys;

    /**
     * Constructs a polygon.
     *
     * @param xy the vertices, x and y in turn, in pixels; the last is joined to the first
     */
    CocoPolygon(double[] xy) {
        xs = new int[xy.length / 2];
        ys = new int[xy.length / 2];
        for (int i = 0; i < xs.length; i++) {
            xs[i] = rounded(FINE * xy[2 * i]);
            ys[i] = rounded(FINE * xy[2 * i + 1]);
        }
    }

    private static int rounded(double value) {
        return (int) (value + 0.5);
    }

    @Override
    public void addTo(PixelMask mask) {
        for (int i = 0; i < xs.length; i++) {
            mask.checkCoordinate((double) xs[i] / FINE);
            mask.checkCoordinate((double) ys[i] / FINE);
        }
        int[] changes = new Walk(mask).changes();
        Arrays.sort(changes);
        for (int i = 0; i < changes.length; i += 2) {
            int end = i + 1 < changes.length ? changes[i + 1] : mask.width() * mask.height();
            mask.addByColumns(changes[i], end);
        }
    }

    /** The walk along the outline. */
    private final class Walk {

        private final PixelMask mask;
        private int[] changes = new int[64];
        private int count;
        private boolean begun;
        private int x;
        private int y;

        Walk(PixelMask mask) {
            this.mask = mask;
        }

        /** Returns the pixels, counted column by column, at which outside and inside change. */
        int[] changes() {
            for (int i = 0; i < xs.length; i++) {
                follow(i, (i + 1) % xs.length);
            }
            return Arrays.copyOf(changes, count);
        }

        private void follow(int from, int to) {
            int dx = Math.abs(xs[to] - xs[from]);
            int dy = Math.abs(ys[to] - ys[from]);
            boolean flat = dx >= dy;
            int[] along = flat ? xs : ys;
            int[] across = flat ? ys : xs;
            int steps = Math.max(dx, dy);
            if (steps == 0) {
                return;
            }
            // Points are counted from the smaller end, whichever way the outline goes.
            boolean forwards = along[from] < along[to];
            int low = forwards ? from : to;
            int high = forwards ? to : from;
            double slope = (double) (across[high] - across[low]) / steps;
            for (int step = 0; step <= steps; step++) {
                int t = forwards ? step : steps - step;
                int u = along[low] + t;
                int v = (int) (across[low] + slope * t + 0.5);
                stepTo(flat ? u : v, flat ? v : u);
            }
        }

        private void stepTo(int nextX, int nextY) {
            if (begun && nextX != x) {
                int column = nextX < x ? nextX : nextX - 1;
                int pixel = (column - CENTRE) / FINE;
                if (column >= CENTRE && column % FINE == CENTRE && pixel < mask.width()) {
                    // The first pixel whose centre is not above the outline.
                    int row = Math.floorDiv(Math.min(y, nextY) - CENTRE + FINE - 1, FINE);
                    add(pixel * mask.height() + Math.max(0, Math.min(row, mask.height())));
                }
            }
            begun = true;
            x = nextX;
            y = nextY;
        }

        private void add(int change) {
            if (count == changes.length) {
                changes = Arrays.copyOf(changes, 2 * count);
            }
            changes[count++] = change;
        }
    }
}
