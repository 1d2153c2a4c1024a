package io.github.lovaszdjl.app.run;

import ai.djl.Device;
import ai.djl.Model;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.spark.ClusterData;
import io.github.lovaszdjl.spark.ClusterEvaluation;
import io.github.lovaszdjl.spark.ClusterSession;
import io.github.lovaszdjl.training.SegmentationEvaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * How well a model does on a data set, of which it sees images one by one, large ones by tiles.
 *
 * @param matrix the counts of all valid pixels
 * @param meanIouPerImage the mean over images of the mean IoU over the classes that occur in the
 *     image's prediction or truth; images without a valid pixel are left out, and it is NaN if none
 *     remains
 * @param images the number of images
 * @param seconds how long it took, decoding included
 */
public record Evaluation(
        ConfusionMatrix matrix, double meanIouPerImage, int images, double seconds) {

    /**
     * Evaluates a model.
     *
     * @param model the model, with the description of its output in its properties
     * @param device the device to predict on
     * @param data the data set; whatever its batches, images come one by one
     * @param tiles how images are seen
     * @param progress is told the number of images done after each
     * @throws IOException if the data is not what it should be
     */
    public static Evaluation of(
            Model model,
            Device device,
            FolderSegmentationDataset data,
            TileOptions.Tiles tiles,
            IntConsumer progress)
            throws IOException {
        data.prepare();
        long start = System.nanoTime();
        double[] meanIous = new double[Math.toIntExact(data.size())];
        int[] done = new int[1];
        ConfusionMatrix matrix =
                SegmentationEvaluation.builder()
                        .setModel(model)
                        .optTileSize(tiles.height(), tiles.width())
                        .optOverlap(tiles.overlap())
                        .optTestTimeAugmentation(tiles.augmentation())
                        .optDevice(device)
                        .build()
                        .count(
                                data,
                                (index, counts) -> {
                                    meanIous[(int) index] = counts.meanIou();
                                    progress.accept(++done[0]);
                                });
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Evaluation(matrix, mean(meanIous), meanIous.length, seconds);
    }

    /**
     * Evaluates a saved model on a cluster.
     *
     * @param cluster the cluster
     * @param model the folder of the model
     * @param data the data set, in a folder that every worker sees
     * @param tiles how images are seen
     * @param progress is told the number of images done after each
     * @throws IOException if a worker cannot do its part
     */
    public static Evaluation on(
            ClusterSession cluster,
            Path model,
            FolderSegmentationDataset data,
            TileOptions.Tiles tiles,
            IntConsumer progress)
            throws IOException {
        data.prepare();
        long start = System.nanoTime();
        double[] meanIous = new double[Math.toIntExact(data.size())];
        int[] done = new int[1];
        ConfusionMatrix matrix =
                ClusterEvaluation.count(
                        cluster,
                        model,
                        data,
                        ClusterData.of(data),
                        new ClusterEvaluation.Tiles(
                                tiles.height(),
                                tiles.width(),
                                tiles.overlap(),
                                tiles.augmentation()),
                        (index, counts) -> {
                            meanIous[(int) index] = counts.meanIou();
                            progress.accept(++done[0]);
                        });
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Evaluation(matrix, mean(meanIous), meanIous.length, seconds);
    }

    /** Returns the mean of those values that are numbers, added in their order. */
    private static double mean(double[] values) {
        double[] numbers = Arrays.stream(values).filter(v -> !Double.isNaN(v)).toArray();
        double sum = 0;
        for (double number : numbers) {
            sum += number;
        }
        // 0/0 is NaN.
        return sum / numbers.length;
    }

    public double imagesPerSecond() {
        return images / seconds;
    }
}
