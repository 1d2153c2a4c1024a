package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.dataset.Augmentation;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no number stops a training and is told, and nothing of it is kept. */
class NonFiniteLossTest {

    private static final int BATCHES = 3;

    @TempDir private Path folder;

    private Path root;
    private Path checkpoint;
    private Path bad;

    /** Five images to train on, each of one grey, by which it is known in a batch. */
    @BeforeEach
    void writeData() throws IOException {
        root = folder.resolve("data");
        checkpoint = folder.resolve("checkpoint.zip");
        bad = folder.resolve("bad");
        for (String split : new String[] {"train", "val"}) {
            for (int i = 0; i < 5; i++) {
                write(split, "images", i, 50 * i);
                write(split, "labels", i, i % 2);
            }
        }
        Files.writeString(root.resolve("classes.txt"), "even\nodd\n");
    }

    private void write(String split, String kind, int index, int grey) throws IOException {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                image.getRaster().setSample(x, y, 0, grey);
            }
        }
        Path to = Files.createDirectories(root.resolve(split).resolve(kind));
        ImageIO.write(image, "png", to.resolve("tile" + index + ".png").toFile());
    }

    private static TrainingPlan plan() {
        return TrainingPlan.builder()
                .optEpochs(3)
                .optBatchSize(2)
                .optCropHeight(32)
                .optCropWidth(32)
                .optBaseWidth(2)
                .optDepth(2)
                .optAugmentation(
                        Augmentation.builder().optHorizontalFlip(true).optRandomCrop(true).build())
                .build();
    }

    private SegmentationTraining.Builder training(Loss loss) {
        return SegmentationTraining.builder()
                .setPlan(plan())
                .setLoss(loss)
                .setTrainingSet(plan().trainingSet(root, OptionalInt.empty()))
                .setValidationSet(plan().evaluationSet(root, "val", OptionalInt.empty()))
                .optCheckpoint(checkpoint)
                .optBestModel(folder.resolve("best"))
                .optBadBatches(bad);
    }

    /** Cross-entropy that a batch changes, three of which are an epoch. */
    private static Loss spoiled(int epoch, int batch, UnaryOperator<NDArray> change) {
        // Asked twice a batch: for the gradient and for the report.
        int first = 2 * (BATCHES * (epoch - 1) + batch) - 1;
        Loss inner =
                SegmentationCrossEntropyLoss.builder().optIgnoreLabel(255).optName("inner").build();
        return new Loss("spoiled") {
            private int calls;

            @Override
            public NDArray evaluate(NDList labels, NDList predictions) {
                calls++;
                NDArray value = inner.evaluate(labels, predictions);
                boolean now = calls == first || calls == first + 1;
                return now ? value.add(change.apply(predictions.singletonOrThrow())) : value;
            }
        };
    }

    /** The value; where it is NaN, so is the gradient. */
    private static NDArray constant(NDArray logits, float value) {
        NDArray zero = logits.sub(logits).sum();
        NDArray factor = logits.getManager().full(zero.getShape(), Float.isNaN(value) ? value : 1);
        return zero.mul(factor).add(value);
    }

    /** 0, with a gradient of NaN. */
    private static NDArray badGradient(NDArray logits) {
        return logits.sub(logits).sum().sqrt();
    }

    private NonFiniteLossException fails(Loss loss) {
        return assertThrows(
                NonFiniteLossException.class, () -> training(loss).build().run().close());
    }

    /** Returns the images of a batch, as the data set serves them anew. */
    private List<Path> images(int epoch, int batch) throws IOException {
        FolderSegmentationDataset data = plan().trainingSet(root, OptionalInt.empty());
        data.prepare();
        data.setEpoch(epoch - 1);
        try (NDManager manager = NDManager.newBaseManager()) {
            Iterator<Batch> batches = data.getData(manager, (ExecutorService) null).iterator();
            for (int i = 1; i < batch; i++) {
                batches.next().close();
            }
            return data.getImagePaths(batches.next());
        }
    }

    private static String names(List<Path> images) {
        return images.get(0).getFileName() + ", " + images.get(1).getFileName();
    }

    /** The checkpoint is that of an epoch, and a training without the fault goes on from it. */
    private void assertGood(int epoch) throws IOException {
        assertEquals(epoch, SegmentationTraining.reports(checkpoint).size());
        try (TrainingResult result = training(spoiled(9, 1, x -> x)).build().resume()) {
            assertEquals(3, result.epochs().size());
            assertTrue(Float.isFinite(result.epochs().get(2).losses().get("spoiled")));
        }
    }

    /** Anywhere in a training, of any kind: told, saved, and without it the same weights. */
    @Test
    @Tag(Trials.TAG)
    void whereverItIsTheTrainingGoesOnAsWithoutIt() throws IOException {
        byte[] expected = lastParameters(training(spoiled(9, 1, x -> x)).build()::run);
        int trials = Trials.of(4, 300);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            int epoch = 1 + random.nextInt(3);
            int batch = 1 + random.nextInt(BATCHES);
            int kind = random.nextInt(4);
            float[] values = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
            boolean gradient = kind == values.length;
            String name =
                    String.format(
                            "seed %d: kind %d in epoch %d, batch %d",
                            Trials.seed(trial), kind, epoch, batch);
            checkpoint = folder.resolve("trial" + trial).resolve("checkpoint.zip");
            bad = folder.resolve("trial" + trial);
            NonFiniteLossException e =
                    fails(
                            spoiled(
                                    epoch,
                                    batch,
                                    logits ->
                                            gradient
                                                    ? badGradient(logits)
                                                    : constant(logits, values[kind])));
            // The step by a bad gradient is seen in the next batch, or at the end of the epoch.
            int noticed = gradient ? Math.min(batch + 1, BATCHES) : batch;
            assertEquals(epoch, e.getEpoch(), name);
            assertEquals(noticed, e.getBatch(), name);
            assertEquals(images(epoch, noticed), e.getImages(), name);
            assertSaved(e, name);
            assertEquals(epoch > 1, Files.exists(checkpoint), name);
            if (epoch > 1) {
                assertEquals(epoch - 1, SegmentationTraining.reports(checkpoint).size(), name);
                byte[] actual = lastParameters(training(spoiled(9, 1, x -> x)).build()::resume);
                assertArrayEquals(expected, actual, name);
            }
        }
        Trials.report("bad batches", trials);
    }

    private interface Run {
        TrainingResult run() throws IOException;
    }

    /** Trains, and returns the parameters of the last checkpoint. */
    private byte[] lastParameters(Run training) throws IOException {
        training.run().close();
        return Checkpoint.read(checkpoint).parameters();
    }

    /** The saved batch is that of the images. */
    private static void assertSaved(NonFiniteLossException e, String name) throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList saved =
                    NDList.decode(manager, Files.readAllBytes(e.getSavedBatch().orElseThrow()));
            for (int i = 0; i < e.getImages().size(); i++) {
                int index = index(e.getImages().get(i));
                float red = Normalization.imageNet().apply(50 * index, 0);
                assertEquals(red, saved.get("data").getFloat(i, 0, 0, 0), 1e-6f, name);
                assertEquals(index % 2, saved.get("labels").getInt(i, 16, 16), name);
            }
        }
    }

    private static int index(Path image) {
        return Integer.parseInt(image.getFileName().toString().replaceAll("\\D", ""));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void theBatchIsNamedAndSaved(float value) throws IOException {
        NonFiniteLossException e = fails(spoiled(3, 2, logits -> constant(logits, value)));
        assertEquals(3, e.getEpoch());
        assertEquals(2, e.getBatch());
        assertEquals(2, e.getImages().size());
        Path file = bad.resolve("nan-batch-epoch3-batch2.npz");
        assertEquals(file, e.getSavedBatch().orElseThrow());
        // Nothing of weights: the step was not made.
        assertEquals(
                String.format(
                        "spoiled: expected a finite number, got %s in epoch 3, batch 2, of %s; the"
                                + " batch is saved as %s; the checkpoint of epoch 2 is kept, %s; a"
                                + " smaller learning rate may help, in a new training",
                        value, names(e.getImages()), file, checkpoint),
                e.getMessage());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList saved = NDList.decode(manager, Files.readAllBytes(file));
            NDArray data = saved.get("data");
            NDArray labels = saved.get("labels");
            assertArrayEquals(new long[] {2, 3, 32, 32}, data.getShape().getShape());
            assertArrayEquals(new long[] {2, 32, 32}, labels.getShape().getShape());
            for (int i = 0; i < 2; i++) {
                String name = e.getImages().get(i).getFileName().toString();
                int index = index(e.getImages().get(i));
                float red = Normalization.imageNet().apply(50 * index, 0);
                assertEquals(red, data.getFloat(i, 0, 0, 0), 1e-6f, name);
                assertEquals(red, data.getFloat(i, 0, 31, 31), 1e-6f, name);
                assertEquals(index % 2, labels.getInt(i, 16, 16), name);
            }
        }
        JsonObject json =
                JsonParser.parseString(
                                Files.readString(bad.resolve("nan-batch-epoch3-batch2.json")))
                        .getAsJsonObject();
        assertEquals(3, json.get("epoch").getAsInt());
        assertEquals(2, json.get("batch").getAsInt());
        assertEquals(
                String.valueOf(value), json.getAsJsonObject("losses").get("spoiled").getAsString());
        List<Path> images = new ArrayList<>();
        json.getAsJsonArray("images").forEach(image -> images.add(Path.of(image.getAsString())));
        assertEquals(e.getImages(), images);
        assertGood(2);
    }

    @Test
    void aBadGradientIsNoticedByTheNextBatch() throws IOException {
        NonFiniteLossException e = fails(spoiled(2, 1, NonFiniteLossTest::badGradient));
        assertEquals(2, e.getBatch());
        assertEquals(images(2, 2), e.getImages());
        assertTrue(
                e.getMessage()
                        .contains(
                                "the weights are not finite since the batch before, of "
                                        + names(images(2, 1))),
                e.getMessage());
        assertGood(1);
    }

    @Test
    void aBadGradientOfTheLastBatchIsNotKept() throws IOException {
        NonFiniteLossException e = fails(spoiled(2, BATCHES, NonFiniteLossTest::badGradient));
        assertEquals(2, e.getEpoch());
        assertEquals(BATCHES, e.getBatch());
        assertTrue(
                e.getMessage()
                        .startsWith("weights: expected finite numbers after the step, got NaN or"),
                e.getMessage());
        assertEquals(images(2, BATCHES), e.getImages());
        assertTrue(Files.exists(bad.resolve("nan-batch-epoch2-batch3.npz")));
        assertGood(1);
    }

    @Test
    void withoutACheckpointTheMessageSaysSo() {
        String message = fails(spoiled(1, 1, logits -> constant(logits, Float.NaN))).getMessage();
        assertTrue(message.contains("there is no checkpoint yet"), message);
        assertFalse(Files.exists(checkpoint));
    }

    @Test
    void aBatchThatCannotBeSavedIsToldToo() throws IOException {
        Files.writeString(bad, "a file, not a folder");
        NonFiniteLossException e = fails(spoiled(1, 2, logits -> constant(logits, Float.NaN)));
        assertTrue(e.getSavedBatch().isEmpty());
        assertTrue(e.getMessage().contains("the batch cannot be saved: " + bad), e.getMessage());
        assertEquals(1, e.getSuppressed().length);
    }

    /** No loss that was made for it: images that are too far from what a float holds. */
    @Test
    void extremeImagesStopTheFirstBatch() throws IOException {
        Engines.assumePyTorch("MXNet normalises such batches for a while before the loss is NaN");
        Normalization extreme =
                new Normalization(List.of(0f, 0f, 0f), List.of(3e-39f, 3e-39f, 3e-39f));
        WeightedLoss sum =
                WeightedLoss.builder()
                        .add(
                                0.5f,
                                SegmentationCrossEntropyLoss.builder()
                                        .optIgnoreLabel(255)
                                        .optName("ce")
                                        .build())
                        .add(
                                1,
                                LovaszSoftmaxLoss.builder()
                                        .optIgnoreLabel(255)
                                        .optName("lovasz")
                                        .build())
                        .optName("sum")
                        .build();
        NonFiniteLossException e =
                assertThrows(
                        NonFiniteLossException.class,
                        () ->
                                training(sum)
                                        .setTrainingSet(extreme("train", extreme))
                                        .setValidationSet(extreme("val", extreme))
                                        .build()
                                        .run()
                                        .close());
        assertEquals(1, e.getEpoch());
        assertEquals(1, e.getBatch());
        assertTrue(
                e.getMessage()
                        .startsWith(
                                "sum: expected a finite number, got NaN (ce NaN, lovasz NaN) in"
                                        + " epoch 1, batch 1, of tile"),
                e.getMessage());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    List.of("bad", "data"),
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        }
    }

    private FolderSegmentationDataset extreme(String split, Normalization normalization) {
        return FolderSegmentationDataset.builder()
                .setRoot(root)
                .setSplit(split)
                .setSampling(2, true)
                .optNormalization(normalization)
                .build();
    }
}
