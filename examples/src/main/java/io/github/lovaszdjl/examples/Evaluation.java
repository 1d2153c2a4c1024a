package io.github.lovaszdjl.examples;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.SequenceSampler;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.MeanIoU;
import io.github.lovaszdjl.internal.DecodingThreads;
import io.github.lovaszdjl.internal.LoadingFault;
import java.io.IOException;
import java.util.function.IntConsumer;

/**
 * How well a model does on a data set, of which it sees whole images, one by one.
 *
 * @param matrix the counts of all valid pixels
 * @param meanIouPerImage the mean over images of the mean IoU over the classes that occur in the
 *     image's prediction or truth; images without a valid pixel are left out, and it is NaN if none
 *     remains
 * @param images the number of images
 * @param seconds how long it took, decoding included
 */
record Evaluation(ConfusionMatrix matrix, double meanIouPerImage, int images, double seconds) {

    private static final String ALL = "all";
    private static final String IMAGE = "image";

    /**
     * Evaluates a model.
     *
     * @param model the model, of logits (N, classes, H, W)
     * @param device the device to predict on
     * @param data the data set; whatever its batches, images come one by one and in order
     * @param progress is told the number of images done after each
     * @throws IOException if the data is not what it should be
     */
    static Evaluation of(
            Model model, Device device, FolderSegmentationDataset data, IntConsumer progress)
            throws IOException {
        data.prepare();
        long start = System.nanoTime();
        MeanIoU evaluator = MeanIoU.builder().optIgnoreLabel(data.getIgnoreLabel()).build();
        evaluator.addAccumulator(ALL);
        evaluator.addAccumulator(IMAGE);
        double sum = 0;
        int valid = 0;
        int images = 0;
        try (NDManager manager = model.getNDManager().newSubManager(device);
                DecodingThreads decoding = new DecodingThreads()) {
            ParameterStore parameters = new ParameterStore(manager, false);
            BatchSampler oneByOne = new BatchSampler(new SequenceSampler(), 1);
            for (Batch batch : data.getData(manager, oneByOne, decoding.executor())) {
                NDList pixels = batch.getData().toDevice(device, false);
                NDList labels = batch.getLabels().toDevice(device, false);
                try (NDArray logits =
                        model.getBlock().forward(parameters, pixels, false).singletonOrThrow()) {
                    evaluator.resetAccumulator(IMAGE);
                    evaluator.updateAccumulators(
                            new String[] {ALL, IMAGE}, labels, new NDList(logits));
                }
                batch.close();
                double meanIou = evaluator.getConfusionMatrix(IMAGE).meanIou();
                if (!Double.isNaN(meanIou)) {
                    sum += meanIou;
                    valid++;
                }
                images++;
                progress.accept(images);
            }
        } catch (IllegalStateException e) {
            throw LoadingFault.unwrap(e);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        // 0/0 is NaN.
        return new Evaluation(evaluator.getConfusionMatrix(ALL), sum / valid, images, seconds);
    }

    double imagesPerSecond() {
        return images / seconds;
    }
}
