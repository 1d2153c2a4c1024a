package io.github.lovaszdjl.app.run;

import ai.djl.Device;
import ai.djl.Model;
import io.github.lovaszdjl.app.options.ScoreGroup;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.evaluator.BoundaryCounts;
import io.github.lovaszdjl.evaluator.CalibrationBins;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.evaluator.FineGrainedScores;
import io.github.lovaszdjl.evaluator.HausdorffDistances;
import io.github.lovaszdjl.evaluator.ImageCounts;
import io.github.lovaszdjl.spark.ClusterData;
import io.github.lovaszdjl.spark.ClusterEvaluation;
import io.github.lovaszdjl.spark.ClusterSession;
import io.github.lovaszdjl.training.ImagePrediction;
import io.github.lovaszdjl.training.SegmentationEvaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * How well a model does on a data set, of which it sees images one by one, large ones by tiles.
 *
 * @param matrix the counts of all valid pixels
 * @param counts the counts of each image, in the order of their names
 * @param meanIouPerImage the mean over images of the mean IoU over the classes that occur in the
 *     image's prediction or truth; images without a valid pixel are left out, and it is NaN if none
 *     remains
 * @param groups which other scores were asked for
 * @param boundary the counts of boundaries, where asked for
 * @param hausdorff the distances of outlines, where asked for
 * @param calibration the bins of probabilities, where asked for
 * @param seconds how long it took, decoding included
 */
public record Evaluation(
        ConfusionMatrix matrix,
        List<ImageCounts> counts,
        double meanIouPerImage,
        Set<ScoreGroup> groups,
        Optional<BoundaryCounts> boundary,
        Optional<HausdorffDistances> hausdorff,
        Optional<CalibrationBins> calibration,
        double seconds) {

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
        return of(model, device, data, tiles, Set.of(), progress);
    }

    /**
     * Evaluates a model.
     *
     * @param model the model, with the description of its output in its properties
     * @param device the device to predict on
     * @param data the data set; whatever its batches, images come one by one
     * @param tiles how images are seen
     * @param groups the scores beside those that there always are
     * @param progress is told the number of images done after each
     * @throws IOException if the data is not what it should be
     */
    public static Evaluation of(
            Model model,
            Device device,
            FolderSegmentationDataset data,
            TileOptions.Tiles tiles,
            Set<ScoreGroup> groups,
            IntConsumer progress)
            throws IOException {
        data.prepare();
        Images images = new Images(data, groups, progress);
        SegmentationEvaluation evaluation =
                SegmentationEvaluation.builder()
                        .setModel(model)
                        .optTileSize(tiles.height(), tiles.width())
                        .optOverlap(tiles.overlap())
                        .optTestTimeAugmentation(tiles.augmentation())
                        .optDevice(device)
                        .build();
        if (groups.stream().anyMatch(ScoreGroup::needsPredictions)) {
            evaluation.predict(data, images::add);
        } else {
            evaluation.count(data, images::add);
        }
        return images.result();
    }

    /**
     * Evaluates a saved model on a cluster.
     *
     * @param cluster the cluster
     * @param model the folder of the model
     * @param data the data set, in a folder that every worker sees
     * @param tiles how images are seen
     * @param groups the scores beside those that there always are, none of which needs predictions
     * @param progress is told the number of images done after each
     * @throws IOException if a worker cannot do its part
     */
    public static Evaluation on(
            ClusterSession cluster,
            Path model,
            FolderSegmentationDataset data,
            TileOptions.Tiles tiles,
            Set<ScoreGroup> groups,
            IntConsumer progress)
            throws IOException {
        data.prepare();
        Images images = new Images(data, groups, progress);
        ClusterEvaluation.count(
                cluster,
                model,
                data,
                ClusterData.of(data),
                new ClusterEvaluation.Tiles(
                        tiles.height(), tiles.width(), tiles.overlap(), tiles.augmentation()),
                images::add);
        return images.result();
    }

    /** Returns the number of images. */
    public int images() {
        return counts.size();
    }

    /** Returns the scores of images one by one. */
    public FineGrainedScores fineGrained() {
        return FineGrainedScores.of(counts);
    }

    public double imagesPerSecond() {
        return images() / seconds;
    }

    /** What the images so far come to; they may come in any order. */
    private static final class Images {

        private final Set<ScoreGroup> groups;
        private final IntConsumer progress;
        private final int classes;
        private final long start = System.nanoTime();
        private final ConfusionMatrix matrix;
        private final ImageCounts[] counts;
        private final double[] meanIous;
        private BoundaryCounts boundary;
        private HausdorffDistances hausdorff;
        private CalibrationBins calibration;
        private int done;

        Images(FolderSegmentationDataset data, Set<ScoreGroup> groups, IntConsumer progress) {
            this.groups = groups;
            this.progress = progress;
            classes = data.getClassNames().size();
            matrix = new ConfusionMatrix(classes);
            counts = new ImageCounts[Math.toIntExact(data.size())];
            meanIous = new double[counts.length];
        }

        void add(long index, ConfusionMatrix image) {
            matrix.add(image);
            counts[(int) index] = ImageCounts.of(image);
            meanIous[(int) index] = image.meanIou();
            progress.accept(++done);
        }

        void add(long index, ImagePrediction image) {
            int[] truth = image.truth();
            int[] predicted = image.predicted();
            if (groups.contains(ScoreGroup.BOUNDARY)) {
                BoundaryCounts of = BoundaryCounts.of(truth, predicted, image.width(), classes);
                boundary = boundary == null ? of : boundary.plus(of);
            }
            if (groups.contains(ScoreGroup.HAUSDORFF)) {
                HausdorffDistances of =
                        HausdorffDistances.of(truth, predicted, image.width(), classes);
                hausdorff = hausdorff == null ? of : hausdorff.plus(of);
            }
            if (groups.contains(ScoreGroup.CALIBRATION)) {
                CalibrationBins of = CalibrationBins.of(truth, predicted, image.confidences());
                calibration = calibration == null ? of : calibration.plus(of);
            }
            add(index, image.count(classes));
        }

        Evaluation result() {
            return new Evaluation(
                    matrix,
                    List.of(counts),
                    mean(meanIous),
                    groups,
                    Optional.ofNullable(boundary),
                    Optional.ofNullable(hausdorff),
                    Optional.ofNullable(calibration),
                    (System.nanoTime() - start) / 1e9);
        }
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
}
