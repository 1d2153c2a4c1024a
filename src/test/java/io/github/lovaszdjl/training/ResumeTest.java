package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.translate.StackBatchifier;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Sampling;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A training that was stopped comes to the numbers of one that was not, bit for bit. */
class ResumeTest {

    private static final Path MODULE = Path.of("src", "test", "resources", "torchscript", "net.pt");

    @TempDir private Path folder;

    private Path root;
    private Path checkpoint;

    @BeforeEach
    void copyTiles() throws IOException {
        root = folder.resolve("data");
        checkpoint = folder.resolve("run").resolve("checkpoint.zip");
        EarthTiles.copy(root, "train", 5);
        EarthTiles.copy(root, "val", 2);
        EarthTiles.copy(root, "test", 2);
    }

    private static TrainingPlan.Builder tiny() {
        return TrainingPlan.builder()
                .optEpochs(4)
                .optBatchSize(2)
                .optCropHeight(32)
                .optCropWidth(32)
                .optBaseWidth(2)
                .optDepth(2)
                .optLearningRate(1e-2f);
    }

    private static Loss crossEntropy(String name) {
        return SegmentationCrossEntropyLoss.builder().optName(name).optIgnoreLabel(255).build();
    }

    private static Loss lovasz() {
        return LovaszSoftmaxLoss.builder().optName("lovasz").optIgnoreLabel(255).build();
    }

    /** Cross-entropy, from the third epoch on half of it and Lovász-Softmax. */
    private static Loss switching() {
        Loss both =
                WeightedLoss.builder()
                        .add(0.5f, crossEntropy("ce"))
                        .add(1, lovasz())
                        .optName("sum")
                        .build();
        return LossSchedule.builder().add(1, crossEntropy("ce")).add(3, both).build();
    }

    private SegmentationTraining.Builder training(TrainingPlan plan, Loss loss) {
        return SegmentationTraining.builder()
                .setPlan(plan)
                .setLoss(loss)
                .setTrainingSet(plan.trainingSet(root, OptionalInt.empty()))
                .setValidationSet(plan.evaluationSet(root, "val", OptionalInt.empty()));
    }

    /** Asks to stop after so many batches. */
    private static BooleanSupplier after(int batches) {
        AtomicInteger count = new AtomicInteger();
        return () -> count.incrementAndGet() >= batches;
    }

    /**
     * The parameters, and what the network says of an image: DJL does not name the running
     * statistics of a module among its parameters.
     */
    private static float[] parameters(TrainingResult result) {
        Block block = result.model().getBlock();
        try (NDManager manager = result.model().getNDManager().newSubManager()) {
            NDArray image = manager.arange(3 * 16 * 16).toType(DataType.FLOAT32, false).sin();
            NDList all =
                    block.forward(
                            new ParameterStore(manager, false),
                            new NDList(image.reshape(1, 3, 16, 16)),
                            false);
            block.getParameters().values().forEach(p -> all.add(p.getArray()));
            List<NDArray> flat = all.stream().map(NDArray::flatten).toList();
            return NDArrays.concat(new NDList(flat)).toFloatArray();
        }
    }

    /** Stops in the middle of the first, second and last epoch and compares. */
    private void assertResumes(TrainingPlan plan, Path module, Device... devices)
            throws IOException {
        float[] expected;
        List<EpochReport> reports;
        try (TrainingResult whole =
                training(plan, switching())
                        .optTorchScript(module)
                        .optDevices(devices)
                        .build()
                        .run()) {
            expected = parameters(whole);
            reports = whole.epochs();
            assertFalse(whole.stopped());
        }
        boolean stopped = true;
        // Three batches an epoch: of each try all but the first two are whole epochs.
        for (int tries = 0; stopped; tries++) {
            SegmentationTraining training =
                    training(plan, switching())
                            .optTorchScript(module)
                            .optDevices(devices)
                            .optCheckpoint(checkpoint)
                            .optStop(after(tries == 0 ? 2 : 5))
                            .build();
            try (TrainingResult part =
                    Files.exists(checkpoint) ? training.resume() : training.run()) {
                stopped = part.stopped();
                assertEquals(Math.min(tries, 4), part.epochs().size());
                if (!stopped) {
                    assertArrayEquals(expected, parameters(part));
                    assertEquals(reports.size(), part.epochs().size());
                    assertSame(reports, part.epochs());
                }
            }
        }
        assertEquals(4, SegmentationTraining.reports(checkpoint).size());
        // Done: nothing is trained, the model is there.
        try (TrainingResult done =
                training(plan, switching())
                        .optTorchScript(module)
                        .optDevices(devices)
                        .optCheckpoint(checkpoint)
                        .build()
                        .resume()) {
            assertArrayEquals(expected, parameters(done));
            assertFalse(done.stopped());
        }
    }

    @ParameterizedTest
    @EnumSource(OptimizerName.class)
    void resumesBitForBit(OptimizerName optimizer) throws IOException {
        ScheduleName[] schedules = ScheduleName.values();
        assertResumes(
                tiny().optOptimizer(optimizer)
                        .optSchedule(schedules[optimizer.ordinal() % schedules.length])
                        .optWarmUpEpochs(2)
                        .optSampling(
                                optimizer == OptimizerName.ADAM
                                        ? Sampling.rareClasses()
                                        : Sampling.uniform())
                        .build(),
                null);
    }

    @Test
    void aModuleResumesBitForBit() throws IOException {
        Engines.assumePyTorch("TorchScript is PyTorch's alone");
        assertResumes(tiny().build(), MODULE);
    }

    /** The last batch of an epoch, of one image, is on the first alone. */
    @Test
    void aTrainingOnTwoDevicesResumesBitForBit() throws Exception {
        Engines.assumePyTorch("the second name of the processor is PyTorch's");
        assertResumes(tiny().build(), null, Device.cpu(), Engines.secondProcessor());
    }

    @Test
    void anotherNumberOfDevicesIsRefused() throws Exception {
        training(tiny().optEpochs(1).build(), switching())
                .optCheckpoint(checkpoint)
                .build()
                .run()
                .close();
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                training(tiny().optEpochs(1).build(), switching())
                                        .optDevices(Device.gpu(0), Device.gpu(1))
                                        .optCheckpoint(checkpoint)
                                        .build()
                                        .resume());
        assertTrue(
                e.getMessage().startsWith("devices: expected 1 as in the checkpoint"),
                e.getMessage());
    }

    @Test
    void devicesThatCannotShareAreRefused() {
        SegmentationTraining.Builder four =
                training(tiny().optBatchSize(5).build(), lovasz())
                        .optDevices(Device.gpu(3), Device.gpu(1), Device.gpu(0), Device.gpu(2));
        // DJL deals out 2, 2, 1 and 0.
        assertEquals(
                "batchSize: expected one with which 4 devices have a part of every batch, got 5,"
                        + " with batches of 5 and a last one of 5 of the 5 samples",
                assertThrows(IllegalArgumentException.class, () -> four.build().check())
                        .getMessage());
        assertEquals(
                "devices: expected each once, got [gpu(1), gpu(1)]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> four.optDevices(Device.gpu(1), Device.gpu(1)))
                        .getMessage());
        Engines.assumePyTorch("TorchScript is PyTorch's alone");
        four.optTorchScript(MODULE);
        assertEquals(
                MODULE
                        + ": expected one device, as a TorchScript module stays on that which it"
                        + " was loaded to, got [gpu(0), gpu(1), gpu(2), gpu(3)]",
                assertThrows(IllegalArgumentException.class, () -> four.build().check())
                        .getMessage());
    }

    @Test
    void theBestModelIsKept() throws Exception {
        Path best = folder.resolve("best");
        TrainingPlan plan = tiny().optEpochs(6).build();
        try (TrainingResult result =
                training(plan, crossEntropy("ce")).optBestModel(best).build().run()) {
            EpochReport highest =
                    result.epochs().stream()
                            .max(
                                    (a, b) ->
                                            Double.compare(
                                                    a.validation().meanIou(),
                                                    b.validation().meanIou()))
                            .orElseThrow();
            assertEquals(highest.epoch(), result.best().orElseThrow().epoch());
            try (ZooModel<?, ?> model = SegmentationModels.load(best)) {
                assertEquals(
                        highest.validation().toString(),
                        SegmentationTraining.evaluate(
                                        model, plan.evaluationSet(root, "val", OptionalInt.empty()))
                                .toString());
            }
        }
    }

    /** Stops the engine, or spoils a file, in the validation of an epoch, and goes on. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void aValidationThatFailsLosesNoEpoch(int epoch) throws Exception {
        Path best = folder.resolve("best");
        Path other = folder.resolve("other");
        float[] expected;
        List<EpochReport> reports;
        try (TrainingResult whole =
                training(tiny().build(), switching()).optBestModel(other).build().run()) {
            expected = parameters(whole);
            reports = whole.epochs();
        }
        Path image = file("val", "images", 1);
        byte[] good = Files.readAllBytes(image);
        int[] batches = new int[1];
        List<Integer> told = new ArrayList<>();
        TrainingProgress spoil =
                new TrainingProgress() {
                    @Override
                    public void onBatch(
                            int now, int batch, int all, int images, Map<String, Float> losses) {
                        batches[0]++;
                        if (now == epoch && batch == all) {
                            write(image, new byte[] {1, 2, 3});
                        }
                    }

                    @Override
                    public void onEpoch(EpochReport report) {
                        told.add(report.epoch());
                    }
                };
        SegmentationTraining.Builder builder =
                training(tiny().build(), switching())
                        .optCheckpoint(checkpoint)
                        .optBestModel(best)
                        .optProgress(spoil);
        IOException e = assertThrows(IOException.class, () -> builder.build().run());
        assertTrue(e.getMessage().startsWith(image + ": expected "), e.getMessage());
        assertTrue(
                e.getMessage()
                        .endsWith(
                                String.format(
                                        " (in the validation of epoch %d); the training of the"
                                                + " epoch is kept, %s, and resuming begins with its"
                                                + " validation",
                                        epoch, checkpoint)),
                e.getMessage());
        assertEquals(3 * epoch, batches[0]);
        assertEquals(epoch - 1, SegmentationTraining.reports(checkpoint).size());
        write(image, good);
        TrainingProgress count =
                new TrainingProgress() {
                    @Override
                    public void onBatch(
                            int now, int batch, int all, int images, Map<String, Float> losses) {
                        batches[0]++;
                    }

                    @Override
                    public void onEpoch(EpochReport report) {
                        told.add(report.epoch());
                    }
                };
        try (TrainingResult rest = builder.optProgress(count).build().resume()) {
            assertArrayEquals(expected, parameters(rest));
            assertSame(reports, rest.epochs());
        }
        // No batch twice, and every epoch is told of once.
        assertEquals(3 * 4, batches[0]);
        assertEquals(List.of(1, 2, 3, 4), told);
        assertSame(reports, SegmentationTraining.reports(checkpoint));
        assertArrayEquals(parametersOf(other), parametersOf(best));
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] parametersOf(Path folder) throws Exception {
        try (ZooModel<?, ?> model = SegmentationModels.load(folder)) {
            List<NDArray> flat =
                    model.getBlock().getParameters().values().stream()
                            .map(p -> p.getArray().flatten())
                            .toList();
            return NDArrays.concat(new NDList(flat)).toFloatArray();
        }
    }

    /** All but times. */
    private static void assertSame(List<EpochReport> expected, List<EpochReport> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            EpochReport a = expected.get(i);
            EpochReport b = actual.get(i);
            assertEquals(a.epoch(), b.epoch());
            assertEquals(a.learningRate(), b.learningRate());
            assertEquals(a.losses(), b.losses());
            assertEquals(a.validation().toString(), b.validation().toString());
            assertEquals(a.images(), b.images());
        }
    }

    /**
     * Longer or shorter than it was to be; stopped in the middle of an epoch, between, and done.
     */
    @ParameterizedTest
    @CsvSource({"3, 2, 6", "3, 5, 6", "3, 99, 6", "6, 7, 3", "6, 9, 3"})
    void withAConstantRateAnotherNumberOfEpochsIsAsFromTheBeginning(
            int planned, int batches, int epochs) throws IOException {
        TrainingPlan.Builder plan = tiny().optSchedule(ScheduleName.CONSTANT).optWarmUpEpochs(2);
        training(plan.optEpochs(planned).build(), switching())
                .optCheckpoint(checkpoint)
                .optStop(batches == 9 ? between(3) : after(batches))
                .build()
                .run()
                .close();
        TrainingPlan other = plan.optEpochs(epochs).build();
        SegmentationTraining.Builder rest = training(other, switching()).optCheckpoint(checkpoint);
        boolean begun = Files.exists(checkpoint);
        assertEquals(batches > 2, begun);
        if (begun) {
            rest.build().checkResume();
        }
        try (TrainingResult whole = training(other, switching()).build().run();
                TrainingResult part = begun ? rest.build().resume() : rest.build().run()) {
            assertArrayEquals(parameters(whole), parameters(part));
            assertSame(whole.epochs(), part.epochs());
        }
    }

    /** Asks to stop once so many epochs of three batches are done. */
    private static BooleanSupplier between(int epochs) {
        AtomicInteger count = new AtomicInteger();
        // Asked after every batch and after every epoch.
        return () -> count.incrementAndGet() == 4 * epochs;
    }

    @ParameterizedTest
    @EnumSource(ScheduleName.class)
    void theRateGoesOnAlongTheScheduleOfTheNewPlan(ScheduleName schedule) throws IOException {
        TrainingPlan.Builder plan =
                tiny().optSchedule(schedule)
                        .optWarmUpEpochs(schedule == ScheduleName.ONE_CYCLE ? 0 : 1);
        if (schedule == ScheduleName.STEP) {
            plan.optSchedulePlan(SchedulePlan.builder().optMilestones(List.of(1)).build());
        }
        TrainingPlan before = plan.optEpochs(2).build();
        TrainingPlan now = plan.optEpochs(5).build();
        training(before, switching()).optCheckpoint(checkpoint).build().run().close();
        try (TrainingResult result =
                training(now, switching()).optCheckpoint(checkpoint).build().resume()) {
            for (EpochReport report : result.epochs()) {
                // Three batches an epoch; rates count from 1.
                int update = (report.epoch() - 1) * 3 + 1;
                TrainingPlan its = report.epoch() <= 2 ? before : now;
                assertEquals(its.newSchedule(3).getNewValue(update), report.learningRate());
            }
            // These do not know how many epochs there are.
            boolean same = schedule == ScheduleName.CONSTANT || schedule == ScheduleName.STEP;
            // At the middle of five epochs the cosine is at its middle.
            float half = (1 + (float) Math.cos(Math.PI * (6 - 3) / (15 - 3))) / 2;
            if (schedule == ScheduleName.COSINE) {
                assertEquals(1e-2f * half, result.epochs().get(2).learningRate(), 1e-8f);
            }
            assertEquals(5, result.epochs().size());
            assertEquals(
                    same,
                    now.newSchedule(3).getNewValue(4) == before.newSchedule(3).getNewValue(4)
                            && now.newSchedule(3).getNewValue(6)
                                    == before.newSchedule(3).getNewValue(6));
        }
    }

    @Test
    void fewerEpochsThanAreDoneAreRefused() throws IOException {
        training(tiny().build(), switching())
                .optCheckpoint(checkpoint)
                .optStop(after(8))
                .build()
                .run()
                .close();
        byte[] before = Files.readAllBytes(checkpoint);
        assertEquals(2, SegmentationTraining.reports(checkpoint).size());
        assertRefused(
                "epochs: expected at least 2, which are done in the checkpoint "
                        + checkpoint
                        + ", got 1",
                tiny().optEpochs(1).build());
        assertArrayEquals(before, Files.readAllBytes(checkpoint));
        try (TrainingResult enough =
                training(tiny().optEpochs(2).build(), switching())
                        .optCheckpoint(checkpoint)
                        .build()
                        .resume()) {
            assertEquals(2, enough.epochs().size());
            assertFalse(enough.stopped());
        }
    }

    @Test
    void anEngineThatFailsInValidationIsToldWithWhatHelps() throws Exception {
        EngineException fault = new EngineException("CPU out of memory\nframe #0");
        TrainingPlan plan = tiny().optEpochs(2).build();
        // The training is of crops; in validation an image is a tile of its own.
        FolderSegmentationDataset failing =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit("val")
                        .setSampling(1, false)
                        .optDataBatchifier(
                                new StackBatchifier() {
                                    private static final long serialVersionUID = 1L;

                                    @Override
                                    public NDList batchify(NDList[] inputs) {
                                        throw fault;
                                    }
                                })
                        .build();
        SegmentationTraining.Builder builder =
                training(plan, switching()).optCheckpoint(checkpoint).optTileSize(256, 128);
        EvaluationException e =
                assertThrows(
                        EvaluationException.class,
                        () -> builder.setValidationSet(failing).build().run());
        assertEquals(
                "evaluation with tiles of 256x128: CPU out of memory (in the validation of epoch"
                        + " 1); the training of the epoch is kept, "
                        + checkpoint
                        + ", and resuming begins with its validation",
                e.getMessage());
        // With other tiles it goes on.
        FolderSegmentationDataset good = plan.evaluationSet(root, "val", OptionalInt.empty());
        try (TrainingResult rest =
                builder.setValidationSet(good)
                        .optTileSize(64, 64)
                        .optOverlap(32)
                        .build()
                        .resume()) {
            assertEquals(2, rest.epochs().size());
            assertEquals(
                    SegmentationEvaluation.builder()
                            .setModel(rest.model())
                            .optTileSize(64, 64)
                            .optOverlap(32)
                            .build()
                            .count(good)
                            .toString(),
                    rest.epochs().get(1).validation().toString());
        }
    }

    /** A new training into the place of an old one, killed before its first epoch is validated. */
    @Test
    void theReportsOfAnotherTrainingAreNotTaken() throws Exception {
        Path reports = checkpoint.resolveSibling("checkpoint.zip.epochs");
        training(tiny().optSeed(2).build(), switching())
                .optCheckpoint(checkpoint)
                .build()
                .run()
                .close();
        byte[] old = Files.readAllBytes(reports);
        Path image = file("val", "images", 0);
        byte[] good = Files.readAllBytes(image);
        TrainingProgress spoil =
                new TrainingProgress() {
                    @Override
                    public void onBatch(
                            int now, int batch, int all, int images, Map<String, Float> losses) {
                        write(image, new byte[0]);
                    }
                };
        SegmentationTraining.Builder builder =
                training(tiny().build(), switching()).optCheckpoint(checkpoint);
        assertThrows(IOException.class, () -> builder.optProgress(spoil).build().run());
        assertArrayEquals(old, Files.readAllBytes(reports));
        assertEquals(List.of(), SegmentationTraining.reports(checkpoint));
        write(image, good);
        try (TrainingResult rest = builder.optProgress(new TrainingProgress() {}).build().resume();
                TrainingResult whole = training(tiny().build(), switching()).build().run()) {
            assertSame(whole.epochs(), rest.epochs());
            assertSame(whole.epochs(), SegmentationTraining.reports(checkpoint));
        }
    }

    @Test
    void aLostBestModelIsNoticedBeforeTraining() throws IOException {
        Path best = folder.resolve("best");
        SegmentationTraining.Builder builder =
                training(tiny().build(), switching()).optCheckpoint(checkpoint).optBestModel(best);
        builder.optStop(after(4)).build().run().close();
        Files.delete(best.resolve("serving.properties"));
        List<Integer> batches = new ArrayList<>();
        builder.optStop(
                () -> {
                    batches.add(1);
                    return true;
                });
        IOException e = assertThrows(IOException.class, () -> builder.build().resume());
        assertTrue(e.getMessage().startsWith("the best model of the epochs before is lost: "));
        assertEquals(List.of(), batches);
    }

    @Test
    void anotherTrainingIsNotResumed() throws IOException {
        try (TrainingResult result =
                training(tiny().build(), switching())
                        .optCheckpoint(checkpoint)
                        .optStop(after(4))
                        .build()
                        .run()) {
            assertEquals(1, result.epochs().size());
        }
        byte[] before = Files.readAllBytes(checkpoint);
        assertRefused("seed: expected 1 as in", tiny().optSeed(2).build());
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                training(tiny().build(), lovasz())
                                        .optCheckpoint(checkpoint)
                                        .build()
                                        .resume());
        assertTrue(
                e.getMessage().startsWith("loss: expected [1: ce, 3: sum[ce, lovasz]]"),
                e.getMessage());
        e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                training(tiny().build(), switching())
                                        .optCheckpoint(checkpoint)
                                        .optSetting("class weights", "none")
                                        .build()
                                        .resume());
        assertTrue(e.getMessage().startsWith("class weights: expected none as"), e.getMessage());
        assertArrayEquals(before, Files.readAllBytes(checkpoint));
    }

    @Test
    void aSettingThatIsMissingMakesAnotherTraining() throws IOException {
        training(tiny().build(), switching())
                .optSetting("class weights", "2, 1")
                .optCheckpoint(checkpoint)
                .optStop(after(4))
                .build()
                .run()
                .close();
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                training(tiny().build(), switching())
                                        .optCheckpoint(checkpoint)
                                        .build()
                                        .resume());
        String expected = "class weights: expected 2, 1 as in the checkpoint ";
        assertTrue(e.getMessage().startsWith(expected), e.getMessage());
        assertTrue(e.getMessage().endsWith(", got none"), e.getMessage());
    }

    private void trainOneEpoch() throws IOException {
        SegmentationTraining.Builder builder = withTest(tiny().build());
        builder.optCheckpoint(checkpoint).optStop(after(4)).build().run().close();
        assertEquals(1, SegmentationTraining.reports(checkpoint).size());
    }

    private SegmentationTraining.Builder withTest(TrainingPlan plan) {
        return training(plan, switching())
                .optTestSet(plan.evaluationSet(root, "test", OptionalInt.empty()));
    }

    /** Names and pixel counts are as before, which is all that was once compared. */
    @Test
    void mirroredLabelsAreRefused() throws IOException {
        trainOneEpoch();
        List<Path> labels = List.of(file("train", "labels", 1), file("train", "labels", 3));
        for (Path file : labels) {
            BufferedImage image = ImageIO.read(file.toFile());
            WritableRaster raster = image.getRaster();
            int[] row = new int[image.getWidth()];
            for (int y = 0; y < image.getHeight(); y++) {
                raster.getSamples(0, y, row.length, 1, 0, row);
                for (int x = 0; x < row.length; x++) {
                    raster.setSample(x, y, 0, row[row.length - 1 - x]);
                }
            }
            ImageIO.write(image, "png", file.toFile());
        }
        assertDataRefused(
                labels.get(0)
                        + ": expected the contents that the training began with, got others (2 files"
                        + " changed, 0 added, 0 missing); compared with the checkpoint "
                        + checkpoint);
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "val", "test"})
    void aChangedImageIsRefused(String split) throws IOException {
        trainOneEpoch();
        Path file = file(split, "images", 0);
        byte[] jpeg = Files.readAllBytes(file);
        // A comment behind the mark of the beginning: no pixel changes.
        ByteArrayOutputStream commented = new ByteArrayOutputStream();
        commented.write(jpeg, 0, 2);
        commented.write(new byte[] {(byte) 0xff, (byte) 0xfe, 0, 3, 'x'});
        commented.write(jpeg, 2, jpeg.length - 2);
        Files.write(file, commented.toByteArray());
        assertDataRefused(
                file
                        + ": expected the contents that the training began with, got others (1 file"
                        + " changed, 0 added, 0 missing)");
    }

    @Test
    void aMissingOrAnotherSampleIsRefused() throws IOException {
        trainOneEpoch();
        Path image = file("train", "images", 0);
        Path label = file("train", "labels", 0);
        Path other = root.resolve("train/images/zzz.jpg");
        Files.move(image, other);
        Files.move(label, root.resolve("train/labels/zzz.png"));
        assertDataRefused(
                image
                        + ": expected the file that the training began with, got none (0 files"
                        + " changed, 2 added, 2 missing)");
        Files.copy(other, image);
        Files.copy(root.resolve("train/labels/zzz.png"), label);
        assertDataRefused(
                other
                        + ": expected no file that the training began without, got one (0 files"
                        + " changed, 2 added, 0 missing)");
    }

    @Test
    void samplesInAnotherOrderAreRefused() throws Exception {
        FolderSegmentationDataset data = tiny().build().trainingSet(root, OptionalInt.empty());
        data.prepare();
        Map<String, FolderSegmentationDataset> some = Map.of("training", subset(data, 0, 1));
        Map<String, FolderSegmentationDataset> turned = Map.of("training", subset(data, 1, 0));
        assertEquals(Optional.empty(), DataFiles.of(some).difference(DataFiles.of(some), some));
        assertEquals(
                Optional.of(
                        "samples: expected the order that the training began with, got another"),
                DataFiles.of(some).difference(DataFiles.of(turned), turned));
    }

    private static FolderSegmentationDataset subset(FolderSegmentationDataset data, long... indices)
            throws Exception {
        return (FolderSegmentationDataset) data.subDataset(Arrays.stream(indices).boxed().toList());
    }

    private void assertDataRefused(String message) throws IOException {
        byte[] before = Files.readAllBytes(checkpoint);
        SegmentationTraining training = withTest(tiny().build()).optCheckpoint(checkpoint).build();
        for (Executable refused : List.<Executable>of(training::resume, training::checkData)) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, refused);
            assertTrue(e.getMessage().startsWith(message), e.getMessage());
        }
        assertArrayEquals(before, Files.readAllBytes(checkpoint));
    }

    private Path file(String split, String kind, int index) throws IOException {
        try (Stream<Path> files = Files.list(root.resolve(split).resolve(kind))) {
            return files.sorted().toList().get(index);
        }
    }

    @Test
    void theDataMayMove() throws IOException {
        float[] expected;
        try (TrainingResult whole = training(tiny().build(), switching()).build().run()) {
            expected = parameters(whole);
        }
        training(tiny().build(), switching())
                .optCheckpoint(checkpoint)
                .optStop(after(5))
                .build()
                .run()
                .close();
        assertEquals(1, SegmentationTraining.reports(checkpoint).size());
        root = Files.move(root, folder.resolve("another place"));
        SegmentationTraining training =
                training(tiny().build(), switching()).optCheckpoint(checkpoint).build();
        training.checkData();
        try (TrainingResult rest = training.resume()) {
            assertEquals(4, rest.epochs().size());
            assertArrayEquals(expected, parameters(rest));
        }
    }

    @Test
    void checkpointsOfAnotherVersionAreRefused() throws IOException {
        trainOneEpoch();
        byte[] json;
        try (ZipFile zip = new ZipFile(checkpoint.toFile())) {
            json = zip.getInputStream(zip.getEntry("training.json")).readAllBytes();
        }
        String text = new String(json, StandardCharsets.UTF_8);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(checkpoint))) {
            zip.setLevel(0);
            zip.putNextEntry(new ZipEntry("training.json"));
            zip.write(
                    text.replaceFirst("\"format\":\\d+", "\"format\":1")
                            .getBytes(StandardCharsets.UTF_8));
        }
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> withTest(tiny().build()).optCheckpoint(checkpoint).build().resume());
        assertTrue(
                e.getMessage().matches(".*format: expected \\d+, got 1, that of another version.*"),
                e.getMessage());
    }

    private void assertRefused(String message, TrainingPlan plan) {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                training(plan, switching())
                                        .optCheckpoint(checkpoint)
                                        .build()
                                        .resume());
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }

    @Test
    void aDamagedCheckpointIsRefused() throws IOException {
        training(tiny().optEpochs(1).build(), switching())
                .optCheckpoint(checkpoint)
                .build()
                .run()
                .close();
        byte[] good = Files.readAllBytes(checkpoint);
        SegmentationTraining training =
                training(tiny().optEpochs(1).build(), switching())
                        .optCheckpoint(checkpoint)
                        .build();
        for (int i = 0; i < 40; i++) {
            byte[] bad = good.clone();
            bad[(int) ((long) bad.length * i / 40)] ^= 0x55;
            Files.write(checkpoint, bad);
            // Some bytes of a zip archive do not matter, such as the time of an entry.
            try (TrainingResult result = training.resume()) {
                assertEquals(1, result.epochs().size());
            } catch (IOException e) {
                assertTrue(e.getMessage().contains(checkpoint.toString()), e.getMessage());
            }
        }
        Files.write(checkpoint, Arrays.copyOf(good, good.length / 2));
        assertTrue(
                assertThrows(IOException.class, training::resume)
                        .getMessage()
                        .startsWith(checkpoint + ": expected a checkpoint: "));
        Files.delete(checkpoint);
        assertThrows(NoSuchFileException.class, training::resume);
        assertThrows(
                IllegalStateException.class,
                () -> training(tiny().build(), lovasz()).build().resume());
    }

    @Test
    void aModuleNeedsPyTorch() {
        assumeFalse(Engines.isPyTorch(), "PyTorch is here");
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                training(tiny().build(), lovasz())
                                        .optTorchScript(MODULE)
                                        .build()
                                        .check());
        assertEquals(
                MODULE
                        + ": expected the engine PyTorch, which alone reads TorchScript, got"
                        + " MXNet",
                e.getMessage());
    }

    @Test
    void aModuleMustFitTheData() throws IOException {
        Engines.assumePyTorch("TorchScript is PyTorch's alone");
        Files.writeString(root.resolve("classes.txt"), "a\nb\nc\nd\ne\n");
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                training(tiny().build(), lovasz())
                                        .optTorchScript(MODULE)
                                        .optAllowMissingClasses(true)
                                        .build()
                                        .run());
        assertEquals(
                MODULE
                        + ": expected logits (2, 5, 32, 32) for images (2, 3, 32, 32), got [(2, 4,"
                        + " 32, 32)]",
                e.getMessage());
    }

    @Test
    void aNanStopsAndTheCheckpointBeforeItStays() throws IOException {
        Loss broken =
                new Loss("broken") {
                    private int calls;

                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        NDArray value = predictions.singletonOrThrow().mean();
                        // Asked twice a batch, three batches an epoch: in the second epoch.
                        return ++calls < 10 ? value : value.mul(Float.NaN);
                    }
                };
        assertThrows(
                ArithmeticException.class,
                () -> training(tiny().build(), broken).optCheckpoint(checkpoint).build().run());
        assertEquals(1, SegmentationTraining.reports(checkpoint).size());
    }
}
