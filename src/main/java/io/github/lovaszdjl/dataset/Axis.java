package io.github.lovaszdjl.dataset;

/**
 * Where the pixels of a sample come from, along one axis.
 *
 * <p>The source is flipped and seen through an {@link AxisWindow}: the centre of a target pixel
 * maps to a source position {@code s}, in units where pixel {@code i} of the source has its centre
 * at {@code i} and covers {@code [i − 1/2, i + 1/2)}.
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
     * @param position where the window lies, see {@link AxisWindow#of}
     */
    static Axis of(int source, int target, double scale, boolean flip, double position) {
        AxisWindow window = AxisWindow.of(source, target, scale, position);
        int[] near = new int[target];
        int[] low = new int[target];
        int[] high = new int[target];
        float[] weight = new float[target];
        for (int t = 0; t < target; t++) {
            double s = window.position(t + 0.5);
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
