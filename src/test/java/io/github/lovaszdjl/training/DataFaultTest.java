package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import ai.djl.translate.Batchifier;
import ai.djl.translate.StackBatchifier;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with the data is said before training, or with file and epoch. */
class DataFaultTest {

    @TempDir private Path folder;

    private Path root;
    private Path checkpoint;

    /** Three images to train on and two to validate on, of three classes in columns. */
    @BeforeEach
    void writeData() throws IOException {
        root = folder.resolve("data");
        checkpoint = folder.resolve("checkpoint.zip");
        for (String file : List.of("train/a", "train/b", "train/c", "val/a", "val/b")) {
            write(label(file), 0, 1, 2);
            Path image = root.resolve(file.replace("/", "/images/") + ".png");
            Files.createDirectories(image.getParent());
            ImageIO.write(
                    new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
        }
        Files.write(root.resolve("classes.txt"), List.of("sky", "road", "tree"));
    }

    private Path label(String file) {
        return root.resolve(file.replace("/", "/labels/") + ".png");
    }

    private static void write(Path label, int... columns) throws IOException {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 32 * 32; i++) {
            image.getRaster().setSample(i % 32, i / 32, 0, columns[i % columns.length]);
        }
        Files.createDirectories(label.getParent());
        ImageIO.write(image, "png", label.toFile());
    }

    private static TrainingPlan plan() {
        return TrainingPlan.builder()
                .optEpochs(3)
                .optBatchSize(2)
                .optCropHeight(32)
                .optCropWidth(32)
                .optBaseWidth(2)
                .optDepth(2)
                .build();
    }

    private SegmentationTraining.Builder training(OptionalInt ignoreLabel) {
        Loss loss = SegmentationCrossEntropyLoss.builder().optIgnoreLabel(255).build();
        return SegmentationTraining.builder()
                .setPlan(plan())
                .setLoss(loss)
                .setTrainingSet(plan().trainingSet(root, ignoreLabel))
                .setValidationSet(plan().evaluationSet(root, "val", ignoreLabel))
                .optCheckpoint(checkpoint);
    }

    private static String refused(SegmentationTraining.Builder training) {
        return assertThrows(IllegalArgumentException.class, () -> training.build().check())
                .getMessage();
    }

    @Test
    void aClassWithoutPixelsIsRefusedUnlessAllowed() throws IOException {
        for (String file : List.of("train/a", "train/b", "train/c")) {
            write(label(file), 0, 2);
        }
        assertEquals(
                "training: expected valid pixels of every class in "
                        + root.resolve("classes.txt")
                        + ", got none of road; take them out, or allow missing classes",
                refused(training(OptionalInt.empty())));
        training(OptionalInt.empty()).optAllowMissingClasses(true).build().check();
        // One that is ignored is not missed.
        training(OptionalInt.of(1)).build().check();
        // In validation alone it is no fault.
        write(label("train/a"), 0, 1, 2);
        write(label("val/a"), 0);
        write(label("val/b"), 0);
        training(OptionalInt.empty()).build().check();
    }

    @Test
    void manyMissingClassesAreCounted() throws IOException {
        List<String> names = IntStream.range(0, 100).mapToObj(i -> "number " + (1000 + i)).toList();
        Files.write(root.resolve("classes.txt"), names);
        String message = refused(training(OptionalInt.empty()));
        assertTrue(message.contains("got none of number 1003, number 1004, "), message);
        assertTrue(message.contains(", … (97); take them out"), message);
        assertTrue(message.length() < 500, message);
    }

    @Test
    void masksWhoseForegroundIsIgnoredAreCalledWhatTheyAre() throws IOException {
        for (String file : List.of("train/a", "train/b", "train/c", "val/a", "val/b")) {
            write(label(file), 0, 255);
        }
        assertEquals(
                "training: expected valid pixels of every class in "
                        + root.resolve("classes.txt")
                        + ", got none of road, tree; all labels are 0 or the ignore label 255, as in"
                        + " black and white masks: read them with the label map 0=0,255=1, and"
                        + " ignore nothing",
                refused(training(OptionalInt.of(255))));
    }

    /** In the second epoch, in training or in the evaluation after it. */
    @ParameterizedTest
    @CsvSource({"train/b, id", "train/b, cut", "train/b, gone", "val/b, id", "val/b, cut"})
    void aLabelThatGoesBadIsNamedWithItsEpoch(String file, String damage) {
        TrainingProgress spoil =
                new TrainingProgress() {
                    @Override
                    public void onEpoch(EpochReport report) {
                        try {
                            switch (damage) {
                                case "id" -> write(label(file), 0, 77);
                                case "cut" -> Files.write(label(file), new byte[] {1, 2, 3});
                                default -> Files.delete(label(file));
                            }
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                };
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> training(OptionalInt.empty()).optProgress(spoil).build().run());
        String message = e.getMessage();
        assertTrue(message.startsWith(label(file) + ": expected "), message);
        assertEquals(
                file.startsWith("train")
                        ? " (in epoch 2); the checkpoint of epoch 1 is kept, " + checkpoint
                        : " (in the validation of epoch 2); the training of the epoch is kept, "
                                + checkpoint
                                + ", and resuming begins with its validation",
                message.substring(message.indexOf(" (in ")));
        assertTrue(!damage.equals("id") || message.contains("got 77 in 512 pixel(s)"), message);
    }

    /** On a thread that decodes, where DJL calls it a failure to load data. */
    @ParameterizedTest
    @CsvSource({
        "'Cannot reserve 4096 bytes of direct buffer memory (allocated: 1, limit: 2)',"
                + " '-XX:MaxDirectMemorySize, or -Xmx, which it follows,'",
        "Java heap space, -Xmx"
    })
    void tooLittleMemoryIsCalledWhatItIs(String fault, String option) {
        Batchifier full =
                new StackBatchifier() {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public NDList batchify(NDList[] inputs) {
                        throw new OutOfMemoryError(fault);
                    }
                };
        FolderSegmentationDataset data =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit("train")
                        .setSampling(2, true)
                        .optDataBatchifier(full)
                        .build();
        OutOfMemoryError e =
                assertThrows(
                        OutOfMemoryError.class,
                        () -> training(OptionalInt.empty()).setTrainingSet(data).build().run());
        assertEquals(
                "out of memory in epoch 1: "
                        + fault
                        + "; java's option "
                        + option
                        + " allows more, and smaller batches, crops or images need less; there is"
                        + " no checkpoint yet",
                e.getMessage());
    }
}
