package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.evaluator.Evaluator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What those evaluators have in common whose value is more than one {@link ConfusionMatrix} tells:
 * an immutable score of all images of an accumulator, to which that of a batch is added.
 *
 * <p>Labels and what the predictions come to are copied to the host once a batch. Updates from
 * several threads are safe.
 *
 * @param <S> the score of some images
 */
public abstract sealed class ScoreEvaluator<S> extends Evaluator
        permits FineGrainedIoU, BoundaryIoU, HausdorffDistance, CalibrationError {

    private final PixelCounter counter;
    // Empty until the first batch.
    private final Map<String, Optional<S>> scores = new LinkedHashMap<>();

    ScoreEvaluator(String name, PixelCounter counter) {
        super(name);
        this.counter = counter;
    }

    /** Returns the score of a batch of at least one image. */
    abstract S score(BatchLabels batch, NDArray predictions);

    /** Returns the score of the images of both. */
    abstract S plus(S some, S others);

    /** Reduces a score to the value of this evaluator. */
    abstract double reduce(S score);

    /** Tells whether every channel is a binary problem, whose foreground is a class. */
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
        return predictions.getManager().create(value(count(labels, predictions)));
    }

    /** {@inheritDoc} */
    @Override
    public synchronized void addAccumulator(String key) {
        scores.put(key, Optional.empty());
    }

    /**
     * Adds a batch to one accumulator.
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
     * Adds a batch to several accumulators; to all of them or, if it throws, to none.
     *
     * @param keys the keys of the accumulators
     * @param labels the labels; the first array is used
     * @param predictions the predictions; the first array is used
     * @throws IllegalArgumentException if the shapes do not fit, a label is neither a class nor the
     *     ignore label, or no accumulator was added with one of the keys
     */
    @Override
    public void updateAccumulators(String[] keys, NDList labels, NDList predictions) {
        Optional<S> batch = count(labels, predictions);
        if (batch.isPresent()) {
            add(keys, batch.get());
        }
    }

    private synchronized void add(String[] keys, S batch) {
        Map<String, Optional<S>> sums = new LinkedHashMap<>();
        for (String key : keys) {
            S sum = getScore(key).map(before -> plus(before, batch)).orElse(batch);
            sums.put(key, Optional.of(sum));
        }
        scores.putAll(sums);
    }

    /**
     * Empties an accumulator.
     *
     * @param key the key of the accumulator
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    @Override
    public synchronized void resetAccumulator(String key) {
        getScore(key);
        scores.put(key, Optional.empty());
    }

    /**
     * Returns the value of this evaluator for all images of an accumulator.
     *
     * @param key the key of the accumulator
     * @return the value; NaN if nothing was counted
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    @Override
    public float getAccumulator(String key) {
        return value(getScore(key));
    }

    /**
     * Returns the score of all images of an accumulator.
     *
     * @param key the key of the accumulator
     * @return the score; empty if there was no batch yet
     * @throws IllegalArgumentException if no accumulator was added with the key
     */
    public synchronized Optional<S> getScore(String key) {
        Optional<S> found = scores.get(key);
        if (found == null) {
            throw new IllegalArgumentException(
                    "key: expected an added accumulator, one of "
                            + scores.keySet()
                            + ", got "
                            + key);
        }
        return found;
    }

    private float value(Optional<S> score) {
        return score.isPresent() ? (float) reduce(score.get()) : Float.NaN;
    }

    private Optional<S> count(NDList labels, NDList predictions) {
        BatchLabels batch = counter.read(labels, predictions);
        return batch.images() == 0
                ? Optional.empty()
                : Optional.of(score(batch, predictions.head()));
    }
}
