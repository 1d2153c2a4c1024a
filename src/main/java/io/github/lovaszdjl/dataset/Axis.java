package io.github.lovaszdjl.dataset;

/**
 * Where the pixels of a sample come from, along one axis.
 *
 * <p>The source is flipped, scaled to {@code round(source · scale)} pixels and seen through a
 * window of the sample's size. A target pixel's centre {@code t + 1/2} thus maps to the source
 * position {@code s = (t + 1/2 + offset) · source / scaled − 1/2}, in units where pixel {@code i}
 * of the source has its centre at {@code i} and covers {@code [i − 1/2, i + 1/2)}. With scale 1,
 * {@code s} is a whole number without rounding.
 *
 * @param near the source pixel that covers {@code s}, or −1 outside the source
 * @param low the first of the two source pixels around {@code s}, at the border the border pixel
 * @param high the second of them
 * @param weight the weight of {@code high} in linear interpolation; {@code low} has the rest
 */
record Axis(int[] near, int[] low, int[] high, float[] weight) {

    /**
     * Maps an axis.
     *
     * @param source the source's size
     * @param target the sample's size
     * @param scale the factor from the source's size to the seen size
     * @param flip whether the source is mirrored
     * @param position where the window lies, in [0, 1): from the first to the last place at which
     *     the smaller of window and scaled source lies wholly within the other; 0.5 is the centre
     */
    static Axis of(int source, int target, double scale, boolean flip, double position) {
        int scaled = Math.max(1, Math.toIntExact(Math.round(source * scale)));
        double step = (double) source / scaled;
        int slack = scaled - target;
        int shift = (int) (position * (Math.abs((long) slack) + 1));
        int offset = slack >= 0 ? shift : -shift;
        int[] near = new int[target];
        int[] low = new int[target];
        int[] high = new int[target];
        float[] weight = new float[target];
        for (int t = 0; t < target; t++) {
            double s = (t + 0.5 + offset) * step - 0.5;
            if (flip) {
                s = source - 1 - s;
            }
            double nearest = Math.floor(s + 0.5);
            near[t] = nearest >= 0 && nearest < source ? (int) nearest : -1;
            double inside = Math.min(Math.max(s, 0), source - 1.0);
            low[t] = (int) inside;
            high[t] = Math.min(low[t] + 1, source - 1);
            weight[t] = (float) (inside - low[t]);
        }
        return new Axis(near, low, high, weight);
    }

    /** The number of target pixels. */
    int size() {
        return near.length;
    }
}
