package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.Sampler;
import ai.djl.training.dataset.SequenceSampler;
import ai.djl.translate.TranslateException;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.dataset.SegmentationSample;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.MeanIoU;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.TorchScriptNetwork;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/**
 * Counts what a model predicts on a data set, in which images may be of any size.
 *
 * <pre>{@code
 * ConfusionMatrix counts =
 *         SegmentationEvaluation.builder().setModel(model).build().count(data);
 * double meanIou = counts.meanIou();
 * }</pre>
 *
 * <p>Images not larger than a tile are seen whole, in the batches of the data set. Larger ones are
 * left out of their batches and come afterwards, one by one, by tiles that overlap, see {@link
 * TiledPredictor}. The memory for such an image is that of its decoded pixels and of the network on
 * one tile; its scores are never kept as a whole. Ignored and padded pixels are not counted.
 *
 * <p>Data sets with {@linkplain SegmentationDataset#hasTransforms() transforms} of their own are
 * seen whole, since those may look at all of an image.
 *
 * <p>Instances are immutable; the model must stay open.
 */
public final class SegmentationEvaluation {

    /** Told what an image came to. */
    public interface Images {

        /**
         * Takes the counts of an image.
         *
         * @param index the sample in the data set
         * @param counts the counts of its valid pixels
         */
        void accept(long index, ConfusionMatrix counts);
    }

    /** Told what was predicted of an image. */
    public interface Predictions {

        /**
         * Takes the labels of an image.
         *
         * @param index the sample in the data set
         * @param image what was predicted of it
         */
        void accept(long index, ImagePrediction image);
    }

    private static final String ALL = "all";
    private static final String IMAGE = "image";

    private final Model model;
    private final Optional<ModelDescription> description;
    private final int tileHeight;
    private final int tileWidth;
    private final int overlap;
    private final TestTimeAugmentation augmentation;
    private final Device device;

    private SegmentationEvaluation(Builder builder) {
        model = Objects.requireNonNull(builder.model, "model: expected a model, got null");
        description = Optional.ofNullable(builder.description);
        tileHeight = builder.tileHeight;
        tileWidth = builder.tileWidth;
        overlap = builder.overlap;
        augmentation = builder.augmentation;
        device = builder.device != null ? builder.device : model.getNDManager().getDevice();
    }

    /**
     * Returns a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Evaluates, small images in the batches of the data set.
     *
     * @param data the data set
     * @return the counts over all its valid pixels
     * @throws IOException if the data is not what it should be
     * @throws IllegalArgumentException if the model gives anything but scores of its channels, or
     *     its description is damaged
     * @throws EvaluationException if the engine fails, such as for want of memory
     */
    public ConfusionMatrix count(SegmentationDataset data) throws IOException {
        return count(data, data.getSampler(), null);
    }

    /**
     * Evaluates image by image, whatever the batches of the data set; small images come first, in
     * the order of their names, and then the others.
     *
     * @param data the data set
     * @param images is told of each image once
     * @return the counts over all its valid pixels
     * @throws IOException as {@link #count(SegmentationDataset)}
     * @throws IllegalArgumentException as {@link #count(SegmentationDataset)}
     * @throws EvaluationException as {@link #count(SegmentationDataset)}
     */
    public ConfusionMatrix count(SegmentationDataset data, Images images) throws IOException {
        Objects.requireNonNull(images, "images: expected an object, got null");
        return count(data, new BatchSampler(new SequenceSampler(), 1), images);
    }

    /**
     * Predicts image by image, in order, and hands over all labels of each: for scores that counts
     * do not tell. Images are decoded one after the other, those not larger than a tile whole. The
     * labels are those that the counts of {@link #count(SegmentationDataset, Images)} are of.
     *
     * @param data the data set
     * @param predictions is told of each image once
     * @throws IOException as {@link #count(SegmentationDataset)}
     * @throws IllegalArgumentException as {@link #count(SegmentationDataset)}, or if the data set
     *     has transforms of its own
     * @throws EvaluationException as {@link #count(SegmentationDataset)}
     */
    public void predict(SegmentationDataset data, Predictions predictions) throws IOException {
        Objects.requireNonNull(predictions, "predictions: expected an object, got null");
        if (data.hasTransforms()) {
            throw new IllegalArgumentException(
                    "data: expected a data set without transforms, got " + data.getClass());
        }
        data.prepare();
        TiledPredictor predictor = predictor(describe(data));
        try {
            for (long index = 0; index < data.size(); index++) {
                SegmentationSample sample = data.open(index);
                predictions.accept(
                        index, ImagePrediction.of(predictor, sample, data.getIgnoreLabel()));
            }
        } catch (EngineException e) {
            throw new EvaluationException(tileHeight, tileWidth, e);
        }
    }

    private ConfusionMatrix count(SegmentationDataset data, Sampler sampler, Images images)
            throws IOException {
        data.prepare();
        try {
            return countAll(data, sampler, images);
        } catch (EngineException e) {
            throw new EvaluationException(tileHeight, tileWidth, e);
        }
    }

    private ConfusionMatrix countAll(SegmentationDataset data, Sampler sampler, Images images)
            throws IOException {
        try {
            SmallSamples small = new SmallSamples(sampler, tileHeight, tileWidth);
            ConfusionMatrix counts = countBatches(data, small, images);
            for (long index : small.larger()) {
                ConfusionMatrix image = countTiles(data, index);
                if (images != null) {
                    images.accept(index, image);
                }
                if (counts.classes() == 0) {
                    counts = new ConfusionMatrix(image.classes());
                }
                counts.add(image);
            }
            return counts;
        } catch (IllegalStateException e) {
            throw LoadingFault.unwrap(e);
        } catch (TranslateException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private ConfusionMatrix countBatches(
            SegmentationDataset data, SmallSamples small, Images images)
            throws IOException, TranslateException {
        Decision decision = describe(data).decision();
        MeanIoU evaluator = decision.meanIou().optIgnoreLabel(data.getIgnoreLabel()).build();
        evaluator.addAccumulator(ALL);
        evaluator.addAccumulator(IMAGE);
        try (NDManager manager = model.getNDManager().newSubManager(device);
                DecodingThreads decoding = new DecodingThreads()) {
            ParameterStore parameters = new ParameterStore(manager, false);
            Sampler sampler = small.samplerOf(data);
            for (Batch batch : data.getData(manager, sampler, decoding.executor())) {
                NDList pixels = batch.getData().toDevice(device, false);
                NDList labels = batch.getLabels().toDevice(device, false);
                try (NDArray scores =
                        augmentation.scores(
                                view -> logits(parameters, pixels, view),
                                pixels.head(),
                                decision)) {
                    evaluator.resetAccumulator(IMAGE);
                    evaluator.updateAccumulators(
                            new String[] {ALL, IMAGE}, labels, new NDList(scores));
                }
                if (images != null) {
                    long index = ((Number) batch.getIndices().get(0)).longValue();
                    images.accept(index, evaluator.getConfusionMatrix(IMAGE));
                }
                batch.close();
            }
        }
        return evaluator.getConfusionMatrix(ALL);
    }

    /** Returns the logits of a view of the first of a block's inputs. */
    private NDArray logits(ParameterStore parameters, NDList inputs, NDArray view) {
        NDList seen = new NDList(inputs);
        seen.set(0, view);
        NDList outputs = model.getBlock().forward(parameters, seen, false);
        outputs.subNDList(1).close(); // the first is what counts
        return outputs.head();
    }

    private ConfusionMatrix countTiles(SegmentationDataset data, long index) throws IOException {
        SegmentationSample sample = data.open(index);
        ModelDescription what = describe(data);
        ConfusionMatrix counts = new ConfusionMatrix(what.classNames().size());
        predictor(what)
                .predict(
                        sample.height(),
                        sample.width(),
                        sample::pixels,
                        (y, predicted) -> {
                            int[] truth = sample.labels(y);
                            for (int x = 0; x < truth.length; x++) {
                                if (truth[x] != data.getIgnoreLabel()) {
                                    counts.add(truth[x], predicted[x]);
                                }
                            }
                        });
        return counts;
    }

    private TiledPredictor predictor(ModelDescription what) {
        return TiledPredictor.builder()
                .setModel(model)
                .setDescription(what)
                .optTileSize(tileHeight, tileWidth)
                .optOverlap(overlap)
                .optTestTimeAugmentation(augmentation)
                .optDevice(device)
                .build();
    }

    /** Returns what the model is, or what a model of this data set is. */
    private ModelDescription describe(SegmentationDataset data) {
        if (description.isPresent()) {
            return description.get();
        }
        if (ModelDescription.isIn(model.getProperties())) {
            try {
                return ModelDescription.from(model.getProperties());
            } catch (MalformedModelException e) {
                throw new IllegalArgumentException("model: " + e.getMessage(), e);
            }
        }
        // It was not saved yet; of the rest nothing is used.
        return new ModelDescription(
                data.getClassNames(),
                TorchScriptNetwork.saved(),
                tileHeight,
                tileWidth,
                data.getNormalization());
    }

    /** Builds a {@link SegmentationEvaluation}. The model must be set. */
    public static final class Builder {

        private Model model;
        private ModelDescription description;
        private int tileHeight = TiledPredictor.TILE_SIZE;
        private int tileWidth = TiledPredictor.TILE_SIZE;
        private int overlap = TiledPredictor.OVERLAP;
        private TestTimeAugmentation augmentation = TestTimeAugmentation.none();
        private Device device;

        private Builder() {}

        /**
         * Sets the model.
         *
         * @param model the model, of scores (N, channels, H, W)
         * @return this builder
         */
        public Builder setModel(Model model) {
            this.model = model;
            return this;
        }

        /**
         * Sets what the model is.
         *
         * @param description the description; by default what the model's properties say, or else a
         *     model of the classes of the data set
         * @return this builder
         */
        public Builder optDescription(ModelDescription description) {
            this.description = description;
            return this;
        }

        /**
         * Sets the largest size that the network sees at once, see {@link
         * TiledPredictor.Builder#optTileSize}.
         *
         * @param height the height in pixels, a multiple of 32; 512 by default
         * @param width the width in pixels, a multiple of 32; 512 by default
         * @return this builder
         */
        public Builder optTileSize(int height, int width) {
            tileHeight = height;
            tileWidth = width;
            return this;
        }

        /**
         * Sets how many pixels neighbouring tiles share, see {@link
         * TiledPredictor.Builder#optOverlap}.
         *
         * @param pixels the overlap, rounded up to a multiple of 32; 64 by default
         * @return this builder
         */
        public Builder optOverlap(int pixels) {
            overlap = pixels;
            return this;
        }

        /**
         * Sets the views of every image, or tile, whose predictions are averaged.
         *
         * @param augmentation the views; {@link TestTimeAugmentation#none()} by default
         * @return this builder
         */
        public Builder optTestTimeAugmentation(TestTimeAugmentation augmentation) {
            this.augmentation =
                    Objects.requireNonNull(augmentation, "augmentation: expected one, got null");
            return this;
        }

        /**
         * Sets the device to evaluate on.
         *
         * @param device the device; that of the model by default
         * @return this builder
         */
        public Builder optDevice(Device device) {
            this.device = device;
            return this;
        }

        /**
         * Builds the evaluation.
         *
         * @return the evaluation
         * @throws NullPointerException if the model is not set
         * @throws IllegalArgumentException if tile size or overlap are none that {@link
         *     TiledPredictor} takes
         */
        public SegmentationEvaluation build() {
            TiledPredictor.checkTiles(tileHeight, tileWidth, overlap);
            return new SegmentationEvaluation(this);
        }
    }
}
