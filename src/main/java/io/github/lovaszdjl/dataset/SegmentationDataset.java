package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;
import io.github.lovaszdjl.internal.Operations;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.stream.IntStream;

/**
 * A data set to train and evaluate semantic segmentation on: what the trainer and the evaluation
 * ask of one.
 *
 * <p>A batch holds images (N, channels, H, W), FLOAT32, normalised, and labels (N, H, W), INT32, of
 * class ids and the {@linkplain #getIgnoreLabel() ignore label}. {@link FolderSegmentationDataset}
 * reads them from files. A data set of your own implements this interface and extends DJL's {@link
 * RandomAccessDataset}, which brings {@code getData} and {@code size}.
 *
 * <p>Samples count from 0 to {@link #size()} − 1. All methods but {@code prepare}, {@code getData},
 * {@link #setEpoch}, {@link #getNormalization()} and {@link #getIgnoreLabel()} may fail with an
 * {@link IllegalStateException} before {@link #prepare()}.
 */
public interface SegmentationDataset extends Dataset {

    /**
     * A part of the data with a fingerprint of its contents, by which a training that goes on tells
     * whether it is still the same.
     *
     * @param name a name of its own in the data set, such as {@code train/images/a.png}
     * @param fingerprint changes with the contents; without spaces, such as {@code
     *     4711-0123456789abcdef}
     */
    record Item(String name, String fingerprint) {

        /**
         * Checks the fingerprint.
         *
         * @param name a name of its own in the data set
         * @param fingerprint changes with the contents
         * @throws IllegalArgumentException if the fingerprint is empty or holds white space
         */
        public Item {
            if (!fingerprint.matches("\\S+")) {
                throw new IllegalArgumentException(
                        "fingerprint: expected text without spaces, got '" + fingerprint + "'");
            }
        }
    }

    /**
     * Reads and checks what the other methods tell. Done once, later calls do nothing.
     *
     * @throws IOException if the data cannot be read or is not what it should be
     */
    @Override
    default void prepare() throws IOException {
        prepare(null);
    }

    /**
     * Reads and checks what the other methods tell. Done once, later calls do nothing.
     *
     * @param progress counts the samples checked, or null
     * @throws IOException if the data cannot be read or is not what it should be
     */
    @Override
    void prepare(Progress progress) throws IOException;

    /**
     * Starts the next epoch, as {@link RandomAccessDataset} does.
     *
     * @param manager the manager that the batches' managers descend from
     * @param sampler the order and grouping of the samples
     * @param executor loads batches ahead of their use, or null
     * @return the batches, to be iterated once
     * @throws IOException if the data cannot be read or is not what it should be
     * @throws TranslateException if a transform fails
     */
    Iterable<Batch> getData(NDManager manager, Sampler sampler, ExecutorService executor)
            throws IOException, TranslateException;

    /**
     * Returns what orders and groups the samples where {@code getData} is given no sampler.
     *
     * @return the sampler
     */
    Sampler getSampler();

    /**
     * Chooses the epoch that the next {@code getData} serves. Order and random changes depend on it
     * and on a seed alone, so that a training that resumes sees what one without a break would.
     *
     * @param epoch the epoch, from 0
     */
    void setEpoch(int epoch);

    /**
     * Returns the number of samples.
     *
     * @return the number of samples
     */
    long size();

    /**
     * Counts the batches of an epoch.
     *
     * @return the number of batches that {@code getData} gives without a sampler
     */
    int countBatches();

    /**
     * Returns the height of a sample.
     *
     * @param index the sample
     * @return its height in pixels
     */
    int getHeight(long index);

    /**
     * Returns the width of a sample.
     *
     * @param index the sample
     * @return its width in pixels
     */
    int getWidth(long index);

    /**
     * Opens a sample to be read in parts, where it is too large to be taken whole.
     *
     * @param index the sample
     * @return the sample, of the values that a batch has
     * @throws IOException if the data cannot be read or is not what it should be
     */
    SegmentationSample open(long index) throws IOException;

    /**
     * Tells whether batches have other values than {@link #open} gives. Samples are evaluated whole
     * then, whatever their size.
     *
     * @return whether a transform changes records on their way into a batch; by default not
     */
    default boolean hasTransforms() {
        return false;
    }

    /**
     * Returns the names of the classes; a name's place is its id.
     *
     * @return the names
     */
    List<String> getClassNames();

    /**
     * Returns the id that losses and evaluators are to ignore.
     *
     * @return the id, whether or not a label has it
     */
    int getIgnoreLabel();

    /**
     * Tells whether there is anything to learn from a batch. The trainer leaves out a batch without
     * a valid pixel, and asks before it does anything else with it.
     *
     * <p>By default the labels are compared where they are, and one number comes to the host. That
     * waits for all that a GPU has been told to do; a data set that makes its labels on the host
     * knows without.
     *
     * @param batch a batch of {@code getData}, open
     * @return whether one of its labels is not the {@linkplain #getIgnoreLabel() ignore label}
     */
    default boolean hasValidPixel(Batch batch) {
        NDArray labels = batch.getLabels().singletonOrThrow();
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray valid = labels.neq(Operations.number(labels, getIgnoreLabel()));
            return valid.any().getBoolean();
        }
    }

    /**
     * Returns how samples become the network's input, and so how many channels images have.
     *
     * @return the shift and scale of each channel, to be saved with a model
     */
    Normalization getNormalization();

    /**
     * Counts the pixels of each class.
     *
     * @return the counts, (samples, classes); ignored pixels are not counted
     */
    long[][] countPixels();

    /**
     * Returns the classes that have no valid pixel. A class that is the ignore label is not among
     * them: it is meant to have none.
     *
     * @return their names, in the order of their ids
     */
    default List<String> getMissingClasses() {
        List<String> names = getClassNames();
        long[][] pixels = countPixels();
        return IntStream.range(0, names.size())
                .filter(c -> c != getIgnoreLabel())
                .filter(c -> Arrays.stream(pixels).allMatch(counts -> counts[c] == 0))
                .mapToObj(names::get)
                .toList();
    }

    /**
     * Tells whether the labels look like black and white masks whose foreground, 255, is ignored by
     * mistake.
     *
     * @return whether they do; by default not
     */
    default boolean looksLikeMasks() {
        return false;
    }

    /**
     * Returns what else than the parts decides what is read, by name: a training that goes on has
     * to read the same. What is as by default is left out.
     *
     * @return the settings; none by default
     */
    default Map<String, String> getSettings() {
        return Map.of();
    }

    /**
     * Returns the parts of the data with their fingerprints.
     *
     * @return the parts, in the order of the samples
     */
    List<Item> getItems();

    /**
     * Says where a part of the data is, for messages.
     *
     * @param name the name of an {@link Item}, of this data set or of one that it was before
     * @return the name by default; for a file, its path
     */
    default String locate(String name) {
        return name;
    }

    /**
     * Says where the names of the classes come from, for messages.
     *
     * @return "the data set" by default; for a file, its path
     */
    default String locateClassNames() {
        return "the data set";
    }

    /**
     * Names the samples of a batch, for messages.
     *
     * @param batch a batch of {@code getData}
     * @return the names, in the order of the batch; by default "sample" and the index
     */
    default List<String> getNames(Batch batch) {
        return batch.getIndices().stream().map(index -> "sample " + index).toList();
    }

    /**
     * Returns the image files that a batch was made of.
     *
     * @param batch a batch of {@code getData}
     * @return the files, in the order of the batch; none by default, where images are no files
     */
    default List<Path> getImagePaths(Batch batch) {
        return List.of();
    }
}
