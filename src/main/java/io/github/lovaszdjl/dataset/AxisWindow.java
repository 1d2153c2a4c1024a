package io.github.lovaszdjl.dataset;

/**
 * The place of a sample on a scaled image, along one axis.
 *
 * <p>The source is scaled to {@code round(source · scale)} pixels and seen through a window of the
 * sample's size.
 *
 * @param source the source's size
 * @param step the source pixels in one of the sample
 * @param offset where the window begins, in pixels of the scaled source; negative with padding
 */
record AxisWindow(int source, double step, int offset) {

    /**
     * Places the window.
     *
     * @param source the source's size
     * @param target the sample's size
     * @param scale the factor from the source's size to the seen size
     * @param position where the window lies, in [0, 1): from the first to the last place at which
     *     the smaller of window and scaled source lies wholly within the other; 0.5 is the centre
     */
    static AxisWindow of(int source, int target, double scale, double position) {
        int scaled = Math.max(1, Math.toIntExact(Math.round(source * scale)));
        int slack = scaled - target;
        int shift = (int) (position * (Math.abs((long) slack) + 1));
        return new AxisWindow(source, (double) source / scaled, slack >= 0 ? shift : -shift);
    }

    /**
     * Returns the source position of a point of the sample.
     *
     * @param t the point, from the sample's edge: pixel {@code i} has its centre at {@code i + 1/2}
     * @return the position in units where pixel {@code i} of the source has its centre at {@code
     *     i}; where the scale is 1, the centre of a pixel becomes a whole number without rounding
     */
    double position(double t) {
        return (t + offset) * step - 0.5;
    }
}
