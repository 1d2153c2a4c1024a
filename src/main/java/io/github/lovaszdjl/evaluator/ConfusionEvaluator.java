package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.evaluator.Evaluator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the evaluators of this package have in common: one {@link ConfusionMatrix} of all pixels for
 * each accumulator, or one for each of its channels where they are binary problems of their own,
 * and a value that is computed from it when it is asked for.
 *
 * <p>Updates from several threads are safe.
 */
public abstract sealed class ConfusionEvaluator extends Evaluator
        permits ClassScore, MeanIoU, PixelAccuracy {

    private final PixelCounter counter;
    // Null, or the evaluator whose matrices this one reads instead of counting.
    private final ConfusionEvaluator followed;
    // No matrix until the first batch tells how many.
    private final Map<String, List<ConfusionMatrix>> matrices = new LinkedHashMap<>();

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

    /** Reduces matrices, which may be none, to the value of this evaluator. */
    abstract double reduce(List<ConfusionMatrix> matrices);

    /** Tells whether there is one score a pixel. */
    final boolean isBinary() {
        return counter instanceof BinaryCounter;
    }

    /** Tells whether there is a matrix of background and foreground for every channel. */
    final boolean isMultilabel() {
        return counter.multilabel();
    }

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
            matrices.put(key, List.of());
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
            matrices(key);
            matrices.put(key, List.of());
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
        return (float) reduce(getConfusionMatrices(key));
    }

    /**
     * Returns the counts of an accumulator.
     *
     * @param key the key of the accumulator
     * @return a copy of the counts, of background (0) and foreground (1) where predictions are
     *     binary, of all channels together where there are several; a matrix of no classes if there
     *     was no batch yet
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    public ConfusionMatrix getConfusionMatrix(String key) {
        return sum(getConfusionMatrices(key));
    }

    /**
     * Returns the counts of an accumulator, channel by channel where every channel is a binary
     * problem of its own.
     *
     * @param key the key of the accumulator
     * @return copies of the counts, of background (0) and foreground (1) for every channel; a
     *     single one of all classes where channels are not problems of their own; none if there was
     *     no batch yet
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    public List<ConfusionMatrix> getConfusionMatrices(String key) {
        return followed == null ? copies(key) : followed.getConfusionMatrices(key);
    }

    static ConfusionMatrix sum(List<ConfusionMatrix> matrices) {
        ConfusionMatrix sum =
                new ConfusionMatrix(matrices.isEmpty() ? 0 : matrices.get(0).classes());
        matrices.forEach(sum::add);
        return sum;
    }

    /** Refuses a number of classes, or of channels, that does not fit. */
    void checkClasses(int classes) {}

    /** Returns the number of channels where there are several problems, else that of classes. */
    private int classes(List<ConfusionMatrix> batch) {
        return isMultilabel() ? batch.size() : batch.get(0).classes();
    }

    private List<ConfusionMatrix> count(NDList labels, NDList predictions) {
        List<ConfusionMatrix> batch = counter.count(labels, predictions);
        checkClasses(classes(batch));
        return batch;
    }

    private synchronized void add(String[] keys, List<ConfusionMatrix> batch) {
        for (String key : keys) {
            List<ConfusionMatrix> before = matrices(key);
            if (!before.isEmpty() && classes(before) != classes(batch)) {
                throw new IllegalArgumentException(
                        String.format(
                                "predictions: expected %d %s as in the batches before, got %d",
                                classes(before),
                                isMultilabel() ? "channels" : "classes",
                                classes(batch)));
            }
        }
        for (String key : keys) {
            List<ConfusionMatrix> before = matrices(key);
            matrices.put(key, before.isEmpty() ? copies(batch) : sums(before, batch));
        }
    }

    private static List<ConfusionMatrix> sums(
            List<ConfusionMatrix> matrices, List<ConfusionMatrix> others) {
        for (int i = 0; i < matrices.size(); i++) {
            matrices.get(i).add(others.get(i));
        }
        return matrices;
    }

    private synchronized List<ConfusionMatrix> copies(String key) {
        return copies(matrices(key));
    }

    private static List<ConfusionMatrix> copies(List<ConfusionMatrix> matrices) {
        return matrices.stream().map(matrix -> sum(List.of(matrix))).toList();
    }

    private List<ConfusionMatrix> matrices(String key) {
        List<ConfusionMatrix> found = matrices.get(key);
        if (found == null) {
            throw new IllegalArgumentException(
                    "key: expected an added accumulator, one of "
                            + matrices.keySet()
                            + ", got "
                            + key);
        }
        return found;
    }
}
