package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A loss of this library, computed once per batch.
 *
 * <p>DJL's trainer asks a loss twice: {@code evaluate} to learn from it, {@code updateAccumulators}
 * to report it. The value of the last {@code evaluate} is kept, one per device, and given to the
 * next {@code updateAccumulators} with the same arrays (by identity). Kept are weak references and
 * one scalar outside the graph, which goes with the batch's manager. {@code evaluate} itself always
 * computes. Arrays that are changed in place between the two questions are not computed anew.
 * Values of a pass are averaged in double precision.
 *
 * <p>Nothing else is carried from one batch to the next: a loss may serve batches of any shape and
 * several trainers, in turn or from several threads at once. Threads on the same device take each
 * other's kept value away, and it is computed anew. (Gradients are collected by one thread at a
 * time: DJL allows one collector in a process.)
 *
 * <p>A batch in parts, on several devices or accumulated: the loss is that of each part, see the
 * package {@link io.github.lovaszdjl.loss}.
 */
public abstract class SegmentationLoss extends Loss {

    /** Values of {@link #evaluate}, for {@link #updateAccumulators}. */
    private final Map<Device, Memo> evaluated = new ConcurrentHashMap<>();

    /** Values that {@link #updateAccumulators} had to compute, for a loss that this is part of. */
    private final Map<Device, Memo> reported = new ConcurrentHashMap<>();

    // Loss keeps its sums to itself, in float.
    private final Map<String, Total> totals = new ConcurrentHashMap<>();

    SegmentationLoss(String name) {
        super(name);
    }

    /** Returns the loss itself, or one of the same name around it if it is not of this library. */
    static SegmentationLoss of(Loss loss) {
        return loss instanceof SegmentationLoss own ? own : new Foreign(loss);
    }

    /**
     * Tells whether a loss takes class probabilities for labels, of the shape of the predictions.
     *
     * @param loss the loss; of a sum or a schedule every part is asked
     * @return whether it does; a loss that is not of this library does not
     */
    public static boolean takesSoftLabels(Loss loss) {
        return loss instanceof SegmentationLoss own && own.takesSoftLabels();
    }

    boolean takesSoftLabels() {
        return false;
    }

    /**
     * Computes the loss.
     *
     * @param labels the labels
     * @param predictions the predictions
     * @return the loss, a scalar in the graph of the predictions and of their manager
     */
    abstract NDArray compute(NDList labels, NDList predictions);

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray loss = compute(labels, predictions);
        NDArray scalar;
        // A copy: the caller may change the loss in place.
        try (NDArray detached = loss.stopGradient()) {
            scalar = detached.duplicate();
        }
        // A loss that this is part of closes its scope before this one is asked to report.
        NDScope.unregister(scalar);
        Memo memo = new Memo(labels, predictions, new WeakReference<>(scalar), 0);
        drop(evaluated.put(loss.getDevice(), memo));
        return loss;
    }

    /** {@inheritDoc} */
    @Override
    public void updateAccumulators(String[] keys, NDList labels, NDList predictions) {
        Double known = take(evaluated, labels, predictions);
        double value = known != null ? known : measure(labels, predictions);
        if (known == null) {
            Memo memo = new Memo(labels, predictions, null, value);
            reported.put(device(predictions), memo);
        }
        for (String key : keys) {
            totals.compute(key, (k, total) -> known(k, total).plus(value));
        }
    }

    /** {@inheritDoc} */
    @Override
    public void addAccumulator(String key) {
        totals.put(key, Total.NONE);
    }

    /** {@inheritDoc} */
    @Override
    public void resetAccumulator(String key) {
        totals.compute(key, (k, total) -> Total.NONE);
    }

    /**
     * Returns the mean of the values since the last reset.
     *
     * @param key the key of the accumulator
     * @return the mean over batches, NaN where there was none
     * @throws IllegalArgumentException if there is no such accumulator
     */
    @Override
    public float getAccumulator(String key) {
        Total total = known(key, totals.get(key));
        return (float) (total.sum / total.batches);
    }

    private Total known(String key, Total total) {
        if (total == null) {
            throw new IllegalArgumentException(
                    String.format(
                            "key: expected an accumulator of %s, one of %s, got %s",
                            getName(), totals.keySet(), key));
        }
        return total;
    }

    /**
     * Returns the loss without a graph, for a loss that this is part of: what this loss reported on
     * the same arrays if it was asked first, else computed and kept for its own report.
     */
    final double valueAsPart(NDList labels, NDList predictions) {
        Double known = take(reported, labels, predictions);
        if (known != null) {
            return known;
        }
        double value = measure(labels, predictions);
        drop(evaluated.put(device(predictions), new Memo(labels, predictions, null, value)));
        return value;
    }

    /** Computes the value for a report, without a graph; nothing of it stays behind. */
    double measure(NDList labels, NDList predictions) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            // Outside a collector most threads would still build a graph.
            NDList detached = new NDList();
            predictions.forEach(p -> detached.add(p.stopGradient()));
            return scalar(compute(labels, detached));
        }
    }

    private static Device device(NDList predictions) {
        return predictions.head().getDevice();
    }

    private static Double take(Map<Device, Memo> memos, NDList labels, NDList predictions) {
        Memo memo = memos.remove(device(predictions));
        if (memo == null) {
            return null;
        }
        Double value = memo.isOf(labels, predictions) ? memo.value() : null;
        drop(memo);
        return value;
    }

    private static void drop(Memo memo) {
        NDArray scalar = memo == null ? null : memo.liveScalar();
        if (scalar != null) {
            scalar.close();
        }
    }

    private static double scalar(NDArray array) {
        try (NDScope copies = new NDScope()) {
            // Of an array on a GPU, DJL makes a copy that its manager keeps.
            copies.suppressNotUsedWarning();
            return array.getDataType() == DataType.FLOAT64 ? array.getDouble() : array.getFloat();
        }
    }

    /** A loss that is not of this library, computed once a batch. */
    private static final class Foreign extends SegmentationLoss {

        private final Loss loss;

        Foreign(Loss loss) {
            super(loss.getName());
            this.loss = loss;
        }

        @Override
        NDArray compute(NDList labels, NDList predictions) {
            NDArray value = loss.evaluate(labels, predictions);
            return value.getShape().isScalar() ? value : value.sum();
        }
    }

    /** The sum of the values of some batches. */
    private record Total(double sum, long batches) {

        static final Total NONE = new Total(0, 0);

        Total plus(double value) {
            return new Total(sum + value, batches + 1);
        }
    }

    /** The value of a loss on some arrays: a scalar on the device, or a number of the host. */
    private record Memo(
            List<WeakReference<NDArray>> arrays, WeakReference<NDArray> scalar, double number) {

        Memo(NDList labels, NDList predictions, WeakReference<NDArray> scalar, double number) {
            this(
                    Stream.concat(labels.stream(), predictions.stream())
                            .map(WeakReference::new)
                            .toList(),
                    scalar,
                    number);
        }

        boolean isOf(NDList labels, NDList predictions) {
            int size = labels.size();
            if (arrays.size() != size + predictions.size()) {
                return false;
            }
            for (int i = 0; i < arrays.size(); i++) {
                NDArray array = i < size ? labels.get(i) : predictions.get(i - size);
                if (!arrays.get(i).refersTo(array)) {
                    return false;
                }
            }
            return true;
        }

        /** Returns the value, or null where its array is closed by now. */
        Double value() {
            if (scalar == null) {
                return number;
            }
            NDArray live = liveScalar();
            return live == null ? null : Double.valueOf(SegmentationLoss.scalar(live));
        }

        NDArray liveScalar() {
            NDArray array = scalar == null ? null : scalar.get();
            return array == null || array.isReleased() ? null : array;
        }
    }
}
