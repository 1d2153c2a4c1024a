package io.github.lovaszdjl.spark;

import ai.djl.Model;
import ai.djl.training.dataset.RandomAccessDataset;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.training.SegmentationEvaluation;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.broadcast.Broadcast;

/**
 * Counts what a saved model predicts on a data set, whose images are spread over the workers: the
 * same counts as {@link SegmentationEvaluation} has on one machine.
 */
public final class ClusterEvaluation {

    private ClusterEvaluation() {}

    /**
     * How images are seen.
     *
     * @param height the height of a tile in pixels
     * @param width the width of a tile in pixels
     * @param overlap how many pixels neighbouring tiles share
     * @param augmentation the views of each image or tile
     */
    public record Tiles(int height, int width, int overlap, TestTimeAugmentation augmentation)
            implements Serializable {}

    /**
     * Evaluates image by image.
     *
     * @param cluster the cluster
     * @param model the folder of the saved model
     * @param data the data set, with the normalization of the model, prepared
     * @param place what the workers read of it
     * @param tiles how images are seen
     * @param images is told of each image once, in any order
     * @return the counts over all valid pixels
     * @throws WorkerException if a worker cannot do its part
     * @throws IOException if the model cannot be read
     */
    public static ConfusionMatrix count(
            ClusterSession cluster,
            Path model,
            FolderSegmentationDataset data,
            ClusterData place,
            Tiles tiles,
            SegmentationEvaluation.Images images)
            throws IOException {
        Broadcast<SavedModel> saved = cluster.context().broadcast(SavedModel.read(model));
        Broadcast<ClusterData> files = cluster.context().broadcast(place);
        try {
            List<CountTask> tasks =
                    Parts.of(Math.toIntExact(data.size()), cluster.workers()).stream()
                            .map(part -> new CountTask(saved, files, tiles, part))
                            .toList();
            ConfusionMatrix all = new ConfusionMatrix(data.getClassNames().size());
            cluster.run(
                    tasks,
                    (part, counts) -> {
                        for (ImageCounts image : counts) {
                            ConfusionMatrix matrix = ConfusionMatrix.of(image.counts());
                            all.add(matrix);
                            images.accept(image.index(), matrix);
                        }
                    });
            return all;
        } finally {
            saved.destroy();
            files.destroy();
        }
    }

    /** The counts of an image, (classes, classes). */
    private record ImageCounts(int index, long[][] counts) implements Serializable {

        static ImageCounts of(int index, ConfusionMatrix matrix) {
            long[][] counts = new long[matrix.classes()][matrix.classes()];
            for (int truth = 0; truth < counts.length; truth++) {
                int row = truth;
                Arrays.setAll(counts[row], p -> matrix.count(row, p));
            }
            return new ImageCounts(index, counts);
        }
    }

    /** Evaluates some images. */
    private record CountTask(
            Broadcast<SavedModel> saved, Broadcast<ClusterData> files, Tiles tiles, int[] indices)
            implements WorkerTask<ArrayList<ImageCounts>> {

        @Override
        public ArrayList<ImageCounts> run(Worker worker) throws Exception {
            Model model = saved.value().load(worker);
            Normalization normalization =
                    ModelDescription.from(model.getProperties()).normalization();
            FolderSegmentationDataset all =
                    files.value()
                            .open(worker)
                            .setSampling(1, false)
                            .optNormalization(normalization)
                            .build();
            all.prepare();
            RandomAccessDataset some =
                    all.subDataset(IntStream.of(indices).asLongStream().boxed().toList());
            ArrayList<ImageCounts> counts = new ArrayList<>();
            SegmentationEvaluation.builder()
                    .setModel(model)
                    .optTileSize(tiles.height(), tiles.width())
                    .optOverlap(tiles.overlap())
                    .optTestTimeAugmentation(tiles.augmentation())
                    .optDevice(worker.device())
                    .build()
                    .count(
                            (SegmentationDataset) some,
                            (i, matrix) -> counts.add(ImageCounts.of(indices[(int) i], matrix)));
            return counts;
        }
    }
}
