package io.github.lovaszdjl.app.run;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.app.picture.PredictionPictures;
import io.github.lovaszdjl.dataset.ImageFiles;
import io.github.lovaszdjl.internal.WholeFile;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.spark.ClusterSession;
import io.github.lovaszdjl.spark.Parts;
import io.github.lovaszdjl.spark.SavedModel;
import io.github.lovaszdjl.spark.Worker;
import io.github.lovaszdjl.spark.WorkerTask;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.broadcast.Broadcast;

/**
 * Predicts images on the workers of a cluster, which see them and the folder of the results by the
 * paths that they have here.
 *
 * <p>A worker writes to a folder of its own run below that of the results. From there the driver
 * gives each file its name, once, whoever was lost meanwhile.
 *
 * @param tiles how images are seen
 * @param opacity how much the colours cover in the overlay, 0 to 1; negative for no overlay
 * @param legend whether overlays have a legend
 */
public record ClusterPrediction(TileOptions.Tiles tiles, double opacity, boolean legend) {

    /** The folder of label maps in that of the results. */
    public static final String LABELS = "labels";

    /** The folder of overlays in that of the results. */
    public static final String OVERLAYS = "overlays";

    /**
     * What became of an image.
     *
     * @param name its name among the results
     * @param height its height
     * @param width its width
     * @param counts the pixels of each class, null with an error
     * @param seconds how long it took
     * @param error what is wrong with it, or null
     */
    public record Predicted(
            String name, int height, int width, long[] counts, double seconds, String error)
            implements Serializable {}

    /** Returns the name of the label map of an image. */
    public static String labels(String name) {
        return LABELS + "/" + name + ".png";
    }

    /** Returns the name of the overlay of an image. */
    public static String overlay(String name) {
        return OVERLAYS + "/" + name + ".png";
    }

    /**
     * Predicts images.
     *
     * @param cluster the cluster
     * @param model the folder of the saved model
     * @param names the images with their names among the results
     * @param results the folder of the results, made
     * @param images is told of each image once
     * @throws IOException if a worker cannot do its part
     */
    public void run(
            ClusterSession cluster,
            Path model,
            Map<Path, String> names,
            OutputFolder results,
            Consumer<Predicted> images)
            throws IOException {
        List<Map.Entry<Path, String>> all = List.copyOf(names.entrySet());
        Path written = results.path().toRealPath().resolve(".lovasz-" + UUID.randomUUID());
        Files.createDirectory(written);
        Broadcast<SavedModel> saved = cluster.context().broadcast(SavedModel.read(model));
        try {
            List<PredictTask> tasks = new ArrayList<>();
            for (int[] part : Parts.of(all.size(), cluster.workers())) {
                tasks.add(
                        new PredictTask(
                                saved,
                                new int[] {tiles.height(), tiles.width(), tiles.overlap()},
                                tiles.augmentation(),
                                opacity,
                                legend,
                                written.toString(),
                                IntStream.of(part)
                                        .mapToObj(i -> all.get(i).getKey().toAbsolutePath())
                                        .map(Path::toString)
                                        .toArray(String[]::new),
                                IntStream.of(part)
                                        .mapToObj(i -> all.get(i).getValue())
                                        .toArray(String[]::new)));
            }
            cluster.run(
                    tasks,
                    (part, predicted) -> {
                        for (Predicted image : predicted) {
                            if (image.error() == null) {
                                take(results, written, image.name());
                            }
                            images.accept(image);
                        }
                    });
        } finally {
            saved.destroy();
            delete(written);
        }
    }

    private void take(OutputFolder results, Path written, String name) throws IOException {
        List<String> files =
                opacity < 0 ? List.of(labels(name)) : List.of(labels(name), overlay(name));
        for (String file : files) {
            results.take(file, written.resolve(file));
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Predicts some images; files and names are beside each other. */
    private record PredictTask(
            Broadcast<SavedModel> saved,
            int[] tiles,
            TestTimeAugmentation augmentation,
            double opacity,
            boolean legend,
            String out,
            String[] files,
            String[] names)
            implements WorkerTask<ArrayList<Predicted>> {

        @Override
        public ArrayList<Predicted> run(Worker worker) throws Exception {
            ZooModel<Image, CategoryMask> model = saved.value().load(worker);
            ModelDescription description = ModelDescription.from(model.getProperties());
            TiledPredictor predictor =
                    TiledPredictor.builder()
                            .setModel(model)
                            .setDescription(description)
                            .optTileSize(tiles[0], tiles[1])
                            .optOverlap(tiles[2])
                            .optTestTimeAugmentation(augmentation)
                            .optDevice(worker.device())
                            .build();
            if (!Files.isDirectory(Path.of(out))) {
                throw new IOException(
                        "--out: expected the folder of "
                                + out
                                + ", which every worker has to see, got none");
            }
            ArrayList<Predicted> predicted = new ArrayList<>();
            for (int i = 0; i < files.length; i++) {
                Path file = Path.of(files[i]);
                if (!Files.exists(file)) {
                    throw new IOException(
                            "image: expected "
                                    + file
                                    + ", which every worker has to see, got none");
                }
                predicted.add(predict(predictor, description, file, names[i]));
            }
            return predicted;
        }

        private Predicted predict(
                TiledPredictor predictor, ModelDescription description, Path file, String name)
                throws IOException {
            List<String> classNames = description.classNames();
            long start = System.nanoTime();
            BufferedImage image;
            try {
                image = ImageFiles.readImage(file, description.normalization().channels());
            } catch (IOException e) {
                return new Predicted(name, 0, 0, null, 0, e.getMessage());
            }
            int height = image.getHeight();
            int width = image.getWidth();
            BufferedImage index = PredictionPictures.index(classNames, width, height);
            predictor.predict(
                    ImageFactory.getInstance().fromImage(image),
                    (y, labels) -> PredictionPictures.fill(index, y, labels));
            long[] counts = PredictionPictures.count(index);
            WholeFile.write(Path.of(out, labels(name)), Pictures.png(index));
            if (opacity >= 0) {
                WholeFile.write(
                        Path.of(out, overlay(name)),
                        Pictures.png(
                                PredictionPictures.overlay(
                                        image, index, classNames, counts, opacity, legend)));
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Predicted(name, height, width, counts, seconds, null);
        }
    }
}
