package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.evaluator.Evaluator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the evaluators of this package have in common: one {@link ConfusionMatrix} of all pixels for
 * each accumulator, and a value that is computed from it when it is asked for.
 *
 * <p>Updates from several threads are safe.
 */
public abstract sealed class ConfusionEvaluator extends Evaluator permits MeanIoU, PixelAccuracy {

    private final PixelCounter counter;
    // Null, or the evaluator whose matrices this one reads instead of counting.
    private final ConfusionEvaluator followed;
    // A matrix of no classes until the first batch tells their number.
    private final Map<String, ConfusionMatrix> matrices = new LinkedHashMap<>();

    ConfusionEvaluator(String name, PixelCounter counter) {
        super(name);
        this.counter = counter;
        followed = null;
    }

    ConfusionEvaluator(String name, ConfusionEvaluator followed) {
        super(name);
        counter = followed.counter;
        this.followed = followed;
    }

    /** Reduces a matrix to the value of this evaluator. */
    abstract double reduce(ConfusionMatrix matrix);

    /**
     * Returns the value of this evaluator for one batch.
     *
     * @param labels the labels; the first array is used
     * @param predictions the predictions; the first array is used
     * @return a FLOAT32 scalar of the manager of the predictions; NaN if nothing was counted
     * @throws IllegalArgumentException if the shapes do not fit or a label is neither a class nor
     *     the ignore label
     */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        float value = (float) reduce(count(labels, predictions));
        return predictions.getManager().create(value);
    }

    /** {@inheritDoc} */
    @Override
    public synchronized void addAccumulator(String key) {
        if (followed == null) {
            matrices.put(key, new ConfusionMatrix(0));
        }
    }

    /**
     * Counts a batch in one accumulator.
     *
     * @param key the key of the accumulator
     * @param labels the labels; the first array is used
     * @param predictions the predictions; the first array is used
     * @throws IllegalArgumentException if the shapes do not fit, a label is neither a class nor the
     *     ignore label, or no accumulator was added with the key
     */
    @Override
    public void updateAccumulator(String key, NDList labels, NDList predictions) {
        updateAccumulators(new String[] {key}, labels, predictions);
    }

    /**
     * Counts a batch in several accumulators; in all of them or, if it throws, in none.
     *
     * @param keys the keys of the accumulators
     * @param labels the labels; the first array is used
     * @param predictions the predictions; the first array is used
     * @throws IllegalArgumentException if the shapes do not fit, a label is neither a class nor the
     *     ignore label, or no accumulator was added with one of the keys
     */
    @Override
    public void updateAccumulators(String[] keys, NDList labels, NDList predictions) {
        if (followed == null) {
            add(keys, count(labels, predictions));
        }
    }

    /**
     * Empties an accumulator.
     *
     * @param key the key of the accumulator
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    @Override
    public synchronized void resetAccumulator(String key) {
        if (followed == null) {
            matrix(key);
            matrices.put(key, new ConfusionMatrix(0));
        }
    }

    /**
     * Returns the value of this evaluator for all pixels of an accumulator.
     *
     * @param key the key of the accumulator
     * @return the value; NaN if nothing was counted
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    @Override
    public float getAccumulator(String key) {
        return (float) reduce(getConfusionMatrix(key));
    }

    /**
     * Returns the counts of an accumulator.
     *
     * @param key the key of the accumulator
     * @return a copy of the counts; a matrix of no classes if there was no batch yet
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    public ConfusionMatrix getConfusionMatrix(String key) {
        return followed == null ? copy(key) : followed.getConfusionMatrix(key);
    }

    /** Refuses a number of classes that does not fit. */
    void checkClasses(int classes) {}

    private ConfusionMatrix count(NDList labels, NDList predictions) {
        ConfusionMatrix batch = counter.count(labels, predictions);
        checkClasses(batch.classes());
        return batch;
    }

    private synchronized void add(String[] keys, ConfusionMatrix batch) {
        for (String key : keys) {
            int classes = matrix(key).classes();
            if (classes != 0 && classes != batch.classes()) {
                throw new IllegalArgumentException(
                        "predictions: expected "
                                + classes
                                + " classes as in the batches before, got "
                                + batch.classes());
            }
        }
        for (String key : keys) {
            if (matrix(key).classes() == 0) {
                matrices.put(key, new ConfusionMatrix(batch.classes()));
            }
            matrix(key).add(batch);
        }
    }

    private synchronized ConfusionMatrix copy(String key) {
        ConfusionMatrix matrix = matrix(key);
        ConfusionMatrix copy = new ConfusionMatrix(matrix.classes());
        copy.add(matrix);
        return copy;
    }

    private ConfusionMatrix matrix(String key) {
        ConfusionMatrix matrix = matrices.get(key);
        if (matrix == null) {
            throw new IllegalArgumentException(
                    "key: expected an added accumulator, one of "
                            + matrices.keySet()
                            + ", got "
                            + key);
        }
        return matrix;
    }
}
