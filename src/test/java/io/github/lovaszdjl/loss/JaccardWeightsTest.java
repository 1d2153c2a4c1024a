package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.internal.LabelMap;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The closed form against the definition, and what the host and a device compute against the closed
 * form.
 */
class JaccardWeightsTest {

    private static final int CHANNELS = 3;
    private static final int CHANNEL = 1;
    private static final double SHARE = 0.375;

    /** Errors of which no two are as good as equal, and which of the pixels count. */
    private record Sample(int rows, float[] errors, boolean[] foreground, boolean[] ignored) {

        static Sample of(long seed) {
            Random random = new Random(seed);
            int rows = 1 + random.nextInt(2);
            // More than a block of the host; no more, as keys tell errors apart by 2⁻²³.
            int size = rows * (1 + random.nextInt(seed % 2 == 0 ? 20 : 2_800 / rows));
            List<Integer> ranks = new ArrayList<>(IntStream.range(0, size).boxed().toList());
            Collections.shuffle(ranks, random);
            float[] errors = new float[size];
            boolean[] foreground = new boolean[size];
            boolean[] ignored = new boolean[size];
            // Every fifth class is absent; of trained networks most errors are small.
            double share = seed % 5 == 0 ? 0 : random.nextDouble();
            double power = 1 + random.nextInt(2);
            for (int i = 0; i < size; i++) {
                errors[i] = (float) Math.pow((ranks.get(i) + 0.5) / size, power);
                foreground[i] = random.nextDouble() < share;
                ignored[i] = i > 0 && random.nextInt(10) == 0;
            }
            return new Sample(rows, errors, foreground, ignored);
        }

        int size() {
            return errors.length;
        }

        boolean counts(int i, boolean asForeground) {
            return !ignored[i] && foreground[i] == asForeground;
        }

        long count(boolean asForeground) {
            return IntStream.range(0, size()).filter(i -> counts(i, asForeground)).count();
        }

        /** Valid pixels from the largest error to the smallest, π. */
        int[] order() {
            return IntStream.range(0, size())
                    .filter(i -> !ignored[i])
                    .boxed()
                    .sorted((a, b) -> Float.compare(errors[b], errors[a]))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }

        /** The closed form, pixel by pixel; 0 where ignored. */
        double[] closedForm(boolean asForeground) {
            double intersection = count(asForeground);
            double union = intersection;
            double[] weights = new double[size()];
            for (int i : order()) {
                if (foreground[i] == asForeground) {
                    intersection--;
                    weights[i] = JaccardWeights.ofForeground(union);
                } else {
                    union++;
                    weights[i] = JaccardWeights.ofBackground(intersection, union);
                }
            }
            return weights;
        }

        /** One channel of several, as the host sees them. */
        RankingProblem problem(FloatBuffer values) {
            int pixels = size() / rows;
            int[] labels = new int[size()];
            for (int i = 0; i < size(); i++) {
                labels[i] = ignored[i] ? LabelMap.IGNORED : foreground[i] ? 1 : 0;
            }
            return new RankingProblem(
                    values,
                    labels,
                    0,
                    rows,
                    CHANNEL,
                    CHANNELS,
                    1,
                    pixels,
                    1,
                    count(true),
                    count(false),
                    SHARE);
        }

        /** Where the channel has a pixel. */
        int at(int i) {
            int pixels = size() / rows;
            return (i / pixels * CHANNELS + CHANNEL) * pixels + i % pixels;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void closedFormIsTheDifferenceOfTheJaccardLoss(long seed) {
        Sample sample = Sample.of(seed);
        double[] weights = sample.closedForm(true);
        double total = sample.count(true);
        double wrongForeground = 0;
        double wrongBackground = 0;
        double before = 0;
        double sum = 0;
        for (int i : sample.order()) {
            wrongForeground += sample.foreground[i] ? 1 : 0;
            wrongBackground += sample.foreground[i] ? 0 : 1;
            double loss = 1 - (total - wrongForeground) / (total + wrongBackground);
            assertEquals(loss - before, weights[i], 1e-15, "pixel " + i);
            before = loss;
            sum += weights[i];
        }
        // Once all pixels are wrong, nothing is left of the intersection.
        assertEquals(1, sum, 1e-12);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void hostComputesTheClosedForm(long seed) {
        Sample sample = Sample.of(seed);
        double[] expected = sample.closedForm(true);
        double[] exchanged = sample.closedForm(false);
        FloatBuffer probabilities = FloatBuffer.allocate(CHANNELS * sample.size());
        FloatBuffer logits = FloatBuffer.allocate(CHANNELS * sample.size());
        for (int i = 0; i < sample.size(); i++) {
            float error = sample.errors[i];
            probabilities.put(sample.at(i), sample.foreground[i] ? 1 - error : error);
            float logit = (float) Math.log(error / (1 - error));
            logits.put(sample.at(i), sample.foreground[i] ? -logit : logit);
        }
        FloatBuffer signed = unset(sample);
        new ProbabilitySort().weigh(sample.problem(probabilities), false, signed);
        FloatBuffer plain = unset(sample);
        ErrorSort sort = new ErrorSort();
        sort.weigh(sample.problem(logits), new SigmoidErrors(), false, plain);
        FloatBuffer symmetric = unset(sample);
        sort.weigh(sample.problem(logits), new SigmoidErrors(), true, symmetric);
        for (int i = 0; i < sample.size(); i++) {
            int at = sample.at(i);
            double sign = sample.counts(i, true) ? -1 : 1;
            assertEquals((float) (SHARE * sign * expected[i]), signed.get(at), "pixel " + i);
            assertEquals((float) (SHARE * expected[i]), plain.get(at), "pixel " + i);
            assertEquals(
                    (float) (SHARE / 2 * (expected[i] + exchanged[i])),
                    symmetric.get(at),
                    "pixel " + i);
        }
        // Other channels are left alone.
        assertEquals(Float.NaN, signed.get(0));
        assertEquals(Float.NaN, plain.get(0));
    }

    @Test
    void hostLeavesOutBackgroundAloneAndOnlyWhereTold() {
        // Foreground of a larger error and of a smaller one, background of 2⁻²⁴ in between.
        float[] probabilities = {0.25f, 0x1p-24f, 0.75f, 1};
        RankingProblem problem =
                new RankingProblem(
                        FloatBuffer.wrap(probabilities),
                        new int[] {1, 0, 1, 1},
                        0,
                        1,
                        0,
                        1,
                        1,
                        4,
                        1,
                        3,
                        1,
                        1);
        FloatBuffer all = FloatBuffer.allocate(4);
        new ProbabilitySort().weigh(problem, false, all);
        assertEquals((float) JaccardWeights.ofBackground(1, 4), all.get(1));
        assertEquals(-0.25f, all.get(3));
        FloatBuffer left = FloatBuffer.allocate(4);
        new ProbabilitySort().weigh(problem, true, left);
        assertEquals(0, left.get(1));
        // Foreground whose error is 0 is kept, and stands before what is left out.
        assertEquals((float) (-1 / 3.0), left.get(3));
    }

    @Test
    void hostCountsItsScratchMemory() {
        Sample sample = Sample.of(3);
        FloatBuffer values = FloatBuffer.allocate(CHANNELS * sample.size());
        ErrorSort sort = new ErrorSort();
        assertEquals(0, sort.bytes());
        sort.weigh(sample.problem(values), new ProbabilityErrors(), true, unset(sample));
        // Two arrays of a long for each pixel that is sorted, one of them with room for more.
        long sorted = sample.order().length;
        assertTrue(sort.bytes() >= 2 * Long.BYTES * sorted, "" + sort.bytes());
    }

    private static FloatBuffer unset(Sample sample) {
        FloatBuffer weights = FloatBuffer.allocate(CHANNELS * sample.size());
        IntStream.range(0, weights.capacity()).forEach(i -> weights.put(i, Float.NaN));
        return weights;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void deviceComputesTheClosedForm(long seed) {
        Sample sample = Sample.of(seed);
        double[] expected = sample.closedForm(true);
        boolean[] valid = new boolean[sample.size()];
        boolean[] foreground = new boolean[sample.size()];
        for (int i = 0; i < sample.size(); i++) {
            valid[i] = !sample.ignored[i];
            foreground[i] = sample.counts(i, true);
        }
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            Shape row = new Shape(1, sample.size());
            NDArray errors = manager.create(sample.errors, row);
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                // Three roundings at the most.
                double rounding = type == DataType.FLOAT32 ? 2e-7 : 4e-16;
                for (boolean unitInterval : new boolean[] {false, true}) {
                    NDArray negative = errors.toType(type, true).neg();
                    double[] actual =
                            LossTesting.doubles(
                                    DeviceSort.weights(
                                            unitInterval ? negative.add(1) : negative,
                                            manager.create(foreground, row),
                                            manager.create(valid, row),
                                            new long[] {sample.count(true)},
                                            unitInterval,
                                            1));
                    for (int i = 0; i < sample.size(); i++) {
                        assertEquals(
                                expected[i],
                                actual[i],
                                Math.max(rounding * expected[i], 1e-300),
                                type + " pixel " + i);
                    }
                }
            }
        }
    }
}
