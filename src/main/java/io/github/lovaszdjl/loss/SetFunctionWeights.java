package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Operations;

/**
 * The weights of the errors for any {@link ErrorSetFunction}, by the definition of the Lovász
 * extension: the pixels are taken for wrong from the largest error to the smallest, and the weight
 * of each is what it adds to the cost. In double precision, on the host.
 *
 * <p>Source: M. Berman, A. Rannen Triki, M. B. Blaschko, CVPR 2018, arXiv 1705.08790, equation 9.
 */
final class SetFunctionWeights implements RowWeights {

    private final ErrorSetFunction function;

    SetFunctionWeights(ErrorSetFunction function) {
        this.function = function;
    }

    @Override
    public NDArray weights(
            NDArray rightness,
            NDArray foreground,
            NDArray valid,
            long[] foregroundCounts,
            boolean unitInterval,
            int sign) {
        Shape shape = rightness.getShape();
        int pixels = Math.toIntExact(shape.get(1));
        double[] weights = new double[Math.toIntExact(shape.size())];
        NDArray keys = DeviceSort.keys(rightness, valid);
        boolean[] validOfAll = valid == null || valid.getShape().get(0) > 1 ? null : flags(valid);
        for (int row = 0; row < foregroundCounts.length; row++) {
            int at = row;
            try (NDArray order = keys.get(at).argSort(0, true)) {
                boolean[] looked =
                        validOfAll != null || valid == null ? validOfAll : flags(valid.get(at));
                walk(
                        order.toLongArray(),
                        flags(foreground.get(at)),
                        looked,
                        foregroundCounts[at],
                        sign,
                        weights,
                        at * pixels);
            }
        }
        return Operations.copy(rightness, shape, weights);
    }

    private static boolean[] flags(NDArray array) {
        int[] numbers = array.toType(DataType.INT32, true).reshape(-1).toIntArray();
        boolean[] flags = new boolean[numbers.length];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = numbers[i] != 0;
        }
        return flags;
    }

    private void walk(
            long[] order,
            boolean[] foreground,
            boolean[] valid,
            long foregroundCount,
            int sign,
            double[] weights,
            int start) {
        int count = order.length;
        if (valid != null) {
            count = 0;
            for (boolean flag : valid) {
                count += flag ? 1 : 0;
            }
        }
        long backgroundCount = count - foregroundCount;
        long falseNegatives = 0;
        long falsePositives = 0;
        double before = 0;
        // Pixels that are not valid stand last.
        for (int i = 0; i < count; i++) {
            int pixel = (int) order[i];
            if (foreground[pixel]) {
                falseNegatives++;
            } else {
                falsePositives++;
            }
            double cost =
                    function.cost(falseNegatives, falsePositives, foregroundCount, backgroundCount);
            weights[start + pixel] = (foreground[pixel] ? sign : 1) * (cost - before);
            before = cost;
        }
    }
}
