package io.github.lovaszdjl.app.importer;

/**
 * An ellipse that is filled by the centres of pixels.
 *
 * @param centreX the column of the centre, in pixels
 * @param centreY the row of the centre
 * @param radiusX half the width, before it is turned
 * @param radiusY half the height
 * @param degrees the angle by which it is turned, clockwise as one sees it
 */
record EllipseFill(double centreX, double centreY, double radiusX, double radiusY, double degrees)
        implements Region {

    @Override
    public void addTo(PixelMask mask) {
        if (radiusX < 0 || radiusY < 0 || !Double.isFinite(degrees)) {
            throw new IllegalArgumentException(
                    String.format(
                            "expected radii from 0 on and an angle, got %s, %s and %s",
                            radiusX, radiusY, degrees));
        }
        double radius = Math.max(radiusX, radiusY);
        mask.checkCoordinate(centreX);
        mask.checkCoordinate(centreY);
        mask.checkCoordinate(radius);
        double cos = Math.cos(Math.toRadians(degrees));
        double sin = Math.sin(Math.toRadians(degrees));
        int right = (int) Math.min(mask.width(), Math.ceil(centreX + radius));
        int bottom = (int) Math.min(mask.height(), Math.ceil(centreY + radius));
        for (int y = (int) Math.max(0, Math.floor(centreY - radius)); y < bottom; y++) {
            for (int x = (int) Math.max(0, Math.floor(centreX - radius)); x < right; x++) {
                double dx = x + 0.5 - centreX;
                double dy = y + 0.5 - centreY;
                double a = (cos * dx + sin * dy) / radiusX;
                double b = (cos * dy - sin * dx) / radiusY;
                if (a * a + b * b <= 1) {
                    mask.addRow(y, x, x + 1);
                }
            }
        }
    }
}
