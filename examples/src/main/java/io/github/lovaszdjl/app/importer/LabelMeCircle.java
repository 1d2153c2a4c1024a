package io.github.lovaszdjl.app.importer;

/**
 * A circle as LabelMe's export fills it, to the pixel: with the pixels of its outline.
 *
 * <p>LabelMe draws with <a href="https://github.com/python-pillow/Pillow">Pillow</a>, {@code
 * ImageDraw.ellipse}. This is the rule of Pillow 12.3 ({@code libImaging/Draw.c}), the same since
 * 8.0. The four sides of the square around the circle are cut off to whole numbers, which are the
 * first and last columns and rows. The outline in them is walked from the right upwards, each step
 * to that neighbour which deviates least from an ellipse. A box of a single pixel stays empty.
 *
 * @param centreX the column of the centre, in pixels
 * @param centreY its row
 * @param radius the radius, from 0 on
 */
record LabelMeCircle(double centreX, double centreY, double radius) implements Region {

    /** Up to this diameter the deviations from the ellipse fit into 64 bits. */
    private static final int LARGEST = 500_000;

    /**
     * Returns a circle by its centre and a point of its outline.
     *
     * @param centreX the column of the centre, in pixels
     * @param centreY its row
     * @param x the column of the point
     * @param y its row
     */
    static LabelMeCircle through(double centreX, double centreY, double x, double y) {
        double dx = x - centreX;
        double dy = y - centreY;
        // Not by hypot, which rounds otherwise: the last digit can decide of a pixel.
        return new LabelMeCircle(centreX, centreY, Math.sqrt(dx * dx + dy * dy));
    }

    @Override
    public void addTo(PixelMask mask) {
        mask.checkCoordinate(centreX);
        mask.checkCoordinate(centreY);
        mask.checkCoordinate(radius);
        int left = (int) (centreX - radius);
        int top = (int) (centreY - radius);
        int width = (int) (centreX + radius) - left;
        int height = (int) (centreY + radius) - top;
        if (Math.max(width, height) > LARGEST) {
            throw new IllegalArgumentException(
                    String.format(
                            "expected circles of at most %d pixels across, got %d",
                            LARGEST, Math.max(width, height)));
        }
        if (width + height == 0) {
            return;
        }
        // In half pixels from the middle of the box, which are whole for even and odd sizes.
        int x = width;
        for (int y = height % 2; y <= height; y += 2) {
            int from = left + (width - x) / 2;
            int to = left + (width + x) / 2 + 1;
            mask.addRow(top + (height - y) / 2, from, to);
            mask.addRow(top + (height + y) / 2, from, to);
            x = nextRow(width, height, x, y);
        }
    }

    /** Walks along a quarter of the ellipse to the next row and returns where it gets there. */
    private static int nextRow(long a, long b, int x, int y) {
        int at = x;
        while (at > 1) {
            long straight = deviation(a, b, at, y + 2);
            long slanted = deviation(a, b, at - 2, y + 2);
            long level = deviation(a, b, at - 2, y);
            if (straight <= Math.min(slanted, level)) {
                return at;
            }
            at -= 2;
            if (slanted <= level) {
                return at;
            }
        }
        return at;
    }

    /** Returns how far a point is off the ellipse, by the equation without fractions. */
    private static long deviation(long a, long b, long x, long y) {
        return Math.abs(a * a * y * y + b * b * x * x - a * a * b * b);
    }
}
