package io.github.lovaszdjl.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.tracker.Tracker;
import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of all damages. */
@Tag(Trials.TAG)
class CheckpointFuzzTest {

    /** A file of 64 KB a few times over. */
    private static final long MAX_ALLOCATED = 16 << 20;

    @TempDir(factory = Fuzz.Memory.class)
    private Path folder;

    private Path file;
    private Checkpoint checkpoint;
    private byte[] good;
    private byte[] json;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("checkpoint.zip");
        Random random = new Random(1);
        byte[] parameters = new byte[3000];
        byte[] optimizer = new byte[1000];
        random.nextBytes(parameters);
        random.nextBytes(optimizer);
        EpochHistory history = EpochHistory.begin(file);
        for (int epoch = 1; epoch < 4; epoch++) {
            history.append(report(epoch), epoch);
        }
        checkpoint =
                new Checkpoint(
                        Map.of("seed", "1", "loss", "ce"),
                        new DataFiles("training 1-0123456789abcdef a.png\n".getBytes(UTF_8)),
                        12,
                        report(4),
                        history.bytes(),
                        history.sum(),
                        parameters,
                        optimizer,
                        new byte[0]);
        checkpoint.write(file);
        good = Files.readAllBytes(file);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            json = zip.getInputStream(zip.getEntry("training.json")).readAllBytes();
        }
    }

    private static EpochReport report(int epoch) {
        return new EpochReport(
                epoch,
                0.1f,
                Map.of("loss", Float.NaN, "ce", 0.5f),
                ConfusionMatrix.of(new long[][] {{epoch, 2, 0}, {3, 4L << 40, 0}, {0, 0, 7}}),
                0,
                16,
                0.25,
                1.5,
                2);
    }

    /** The reports that are read are those that were written; without them there is an error. */
    @Test
    void damagedHistoriesAreTheSameOrRefused() throws Exception {
        Path reports = EpochHistory.file(file);
        EpochHistory.read(file, checkpoint).append(report(4), checkpoint.stateSum());
        byte[] four = Files.readAllBytes(reports);
        Map<String, Integer> outcomes =
                new Fuzz(
                                "damaged histories",
                                reports + ": expected ",
                                MAX_ALLOCATED,
                                Set.of(IOException.class))
                        .run(
                                Trials.of(500, 100_000),
                                random -> {
                                    Files.write(reports, Mutator.mutate(List.of(four), random));
                                    EpochHistory read = EpochHistory.read(file, checkpoint);
                                    assertTrue(read.reports().size() >= 3);
                                    for (int i = 0; i < read.reports().size(); i++) {
                                        EpochReport report = read.reports().get(i);
                                        assertEquals(text(report(i + 1)), text(report));
                                    }
                                    return read.reports().size() + " reports";
                                });
        assertTrue(outcomes.get("3 reports") > 5, outcomes.toString());
        assertTrue(outcomes.get("IOException") > 100, outcomes.toString());
    }

    @Test
    void theLastReportIsTakenWithItsWeightsAlone() throws Exception {
        Path reports = EpochHistory.file(file);
        byte[] three = Files.readAllBytes(reports);
        EpochHistory history = EpochHistory.read(file, checkpoint);
        assertEquals(3, history.reports().size());
        // Of another training.
        history.append(report(4), checkpoint.stateSum() + 1);
        assertEquals(3, EpochHistory.read(file, checkpoint).reports().size());
        // What is behind goes when the next report comes.
        EpochHistory.read(file, checkpoint).append(report(4), checkpoint.stateSum());
        assertEquals(4, EpochHistory.read(file, checkpoint).reports().size());
        byte[] four = Files.readAllBytes(reports);
        for (int length = three.length; length < four.length; length++) {
            Files.write(reports, Arrays.copyOf(four, length));
            EpochHistory torn = EpochHistory.read(file, checkpoint);
            assertEquals(3, torn.reports().size(), "of " + length + " bytes");
            torn.append(report(4), checkpoint.stateSum());
            assertArrayEquals(four, Files.readAllBytes(reports));
        }
        Files.write(reports, Arrays.copyOf(three, three.length - 1));
        IOException e = assertThrows(IOException.class, () -> EpochHistory.read(file, checkpoint));
        assertTrue(
                e.getMessage().startsWith(reports + ": expected the reports of 3 epochs, "),
                e.getMessage());
        Files.delete(reports);
        e = assertThrows(NoSuchFileException.class, () -> EpochHistory.read(file, checkpoint));
        assertTrue(e.getMessage().contains("expected the reports of 3 epochs beside"));
    }

    /** Validated with other data or settings, the same weights come to other counts. */
    @Test
    void theReportOfTheSameWeightsInAnotherTrainingIsNotTaken() throws Exception {
        DataFiles otherData = new DataFiles("validation 2-0 a.png\n".getBytes(UTF_8));
        Map<String, String> otherSettings = Map.of("seed", "1", "loss", "dice");
        for (Checkpoint other :
                List.of(
                        with(checkpoint.settings(), otherData),
                        with(otherSettings, checkpoint.files()))) {
            EpochHistory.read(file, checkpoint).append(report(4), other.stateSum());
            assertEquals(3, EpochHistory.read(file, checkpoint).reports().size());
            assertEquals(4, EpochHistory.read(file, other).reports().size());
        }
    }

    private Checkpoint with(Map<String, String> settings, DataFiles files) {
        return new Checkpoint(
                settings,
                files,
                checkpoint.updates(),
                checkpoint.trained(),
                checkpoint.historyBytes(),
                checkpoint.historySum(),
                checkpoint.parameters(),
                checkpoint.optimizer(),
                checkpoint.extra());
    }

    /** Check sums tell: what is read is what was written, whatever the damage. */
    @Test
    void damagedCheckpointsAreTheSameOrRefused() throws Exception {
        Map<String, Integer> outcomes =
                fuzz("damaged checkpoints")
                        .run(
                                Trials.of(500, 100_000),
                                random -> {
                                    Files.write(file, Mutator.mutate(List.of(good), random));
                                    assertSame(checkpoint, Checkpoint.read(file));
                                    return "read";
                                });
        assertTrue(outcomes.get("read") > 5, outcomes.toString());
        assertTrue(outcomes.get("IOException") > 100, outcomes.toString());
    }

    /** Whole archives with another text: what is read comes back as it is. */
    @Test
    void editedCheckpointsAreReadOrRefused() throws Exception {
        Path again = folder.resolve("again.zip");
        Map<String, Integer> outcomes =
                fuzz("edited checkpoints")
                        .run(
                                Trials.of(500, 100_000),
                                random -> {
                                    byte[] text = Mutator.mutateText(List.of(json), random);
                                    Files.write(file, zip(text, random.nextBoolean()));
                                    Checkpoint read = Checkpoint.read(file);
                                    read.write(again);
                                    assertSame(read, Checkpoint.read(again));
                                    return "read";
                                });
        assertTrue(outcomes.get("read") > 5, outcomes.toString());
        assertTrue(outcomes.get("IOException") > 100, outcomes.toString());
    }

    /**
     * Whole checkpoints whose state of the optimizer is not: whatever a header says of a length.
     */
    @Test
    void statesOfOptimizersAreRestoredOrRefused() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = Linear.builder().setUnits(3).build();
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 5));
            byte[] state = state(block, manager);
            SortedMap<String, byte[]> arrays = unzip(state);
            Map<String, Integer> outcomes =
                    new Fuzz(
                                    "states of optimizers",
                                    "optimizer.npz: ",
                                    MAX_ALLOCATED,
                                    Set.of(MalformedModelException.class))
                            .run(
                                    Trials.of(500, 100_000),
                                    random -> restore(edited(state, arrays, random), block));
            assertTrue(outcomes.get("restored") > 5, outcomes.toString());
            assertTrue(outcomes.get("MalformedModelException") > 100, outcomes.toString());
        }
    }

    @Test
    void aStateOfTwoGigabytesIsNotAllocated() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = Linear.builder().setUnits(3).build();
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 5));
            SortedMap<String, byte[]> arrays = unzip(state(block, manager));
            String header = "'shape': (3, 5)";
            byte[] mean = arrays.get("weight/mean.npy");
            String text = new String(mean, StandardCharsets.ISO_8859_1);
            assertTrue(text.contains(header), text);
            arrays.put(
                    "weight/mean.npy",
                    text.replace(header + ", }      ", "'shape': (3, 178956970), }")
                            .getBytes(StandardCharsets.ISO_8859_1));
            MalformedModelException e =
                    assertThrows(MalformedModelException.class, () -> restore(zip(arrays), block));
            // Of the weights mean and variance, of the bias the same, and two numbers of steps.
            int most = 2 * 4 * (15 + 3) + 2 * 8;
            int before = 8 + 2 * 4 * 3;
            assertEquals(
                    "optimizer.npz: expected at most "
                            + (most - before)
                            + " bytes, got an array of shape (3, 178956970)",
                    e.getMessage());
        }
    }

    @Test
    void moreArraysThanTheOptimizerHasAreRefused() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = Linear.builder().setUnits(3).build();
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 5));
            SortedMap<String, byte[]> arrays = unzip(state(block, manager));
            arrays.put("another.npy", arrays.get("weight/step.npy"));
            MalformedModelException e =
                    assertThrows(MalformedModelException.class, () -> restore(zip(arrays), block));
            assertEquals("optimizer.npz: expected at most 6 arrays, got more", e.getMessage());
        }
    }

    private static ResumableOptimizer adam() {
        return ResumableAdam.builder().optLearningRateTracker(Tracker.fixed(0.1f)).build();
    }

    private static byte[] state(Block block, NDManager manager) {
        try (NDManager scope = manager.newSubManager()) {
            return adam().getState(block, scope).encode(NDList.Encoding.NPZ);
        }
    }

    private String restore(byte[] state, Block block) throws MalformedModelException {
        Checkpoint damaged =
                new Checkpoint(
                        Map.of(),
                        new DataFiles(new byte[0]),
                        1,
                        report(1),
                        0,
                        0,
                        new byte[0],
                        state,
                        new byte[0]);
        try (NDManager manager = NDManager.newBaseManager()) {
            damaged.restore(adam(), block, manager);
        }
        return "restored";
    }

    /** Returns a state with a change: of the archive, or of one of the arrays in it. */
    private static byte[] edited(byte[] state, SortedMap<String, byte[]> arrays, Random random)
            throws IOException {
        if (random.nextInt(4) == 0) {
            return Mutator.mutate(List.of(state), random);
        }
        SortedMap<String, byte[]> edited = new TreeMap<>(arrays);
        String name = Mutator.any(List.copyOf(arrays.keySet()), random);
        byte[] array = arrays.get(name);
        switch (random.nextInt(3)) {
            case 0 -> edited.put(name, Mutator.mutate(List.copyOf(arrays.values()), random));
            case 1 -> {
                // A number of the shape, or the type; the length of the header as it was.
                byte[] changed = array.clone();
                int at = 10 + random.nextInt(70);
                changed[at] = (byte) "0123456789fi, ()".charAt(random.nextInt(16));
                edited.put(name, changed);
            }
            default -> {
                byte[] changed = array.clone();
                changed[changed.length - 1 - random.nextInt(8)] ^= (byte) random.nextInt();
                edited.put(name, changed);
            }
        }
        return zip(edited);
    }

    private static SortedMap<String, byte[]> unzip(byte[] archive) throws IOException {
        SortedMap<String, byte[]> entries = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
            ZipEntry entry;
            while ((entry = zip.getNextEntry()) != null) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        return entries;
    }

    private static byte[] zip(SortedMap<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void anEntryThatUnpacksToMoreIsRefused() throws Exception {
        byte[] zeros = new byte[1 << 20];
        Files.write(file, zip(zeros, true));
        IOException e = assertThrows(IOException.class, () -> Checkpoint.read(file));
        assertEquals(
                file
                        + ": expected a checkpoint: training.json has 1048576 bytes in a file of "
                        + Files.size(file),
                e.getMessage());
    }

    @Test
    void fewerUpdatesThanNoneAreRefused() throws Exception {
        String text = new String(json, UTF_8).replace("\"updates\":12", "\"updates\":-1");
        Files.write(file, zip(text.getBytes(UTF_8), false));
        IOException e = assertThrows(IOException.class, () -> Checkpoint.read(file));
        assertEquals(
                file + ": expected a checkpoint: updates: expected a number from 0, got -1",
                e.getMessage());
    }

    @Test
    void aMatrixOfManyRowsAndNoColumnsIsRefused() throws Exception {
        String rows = "[],".repeat(45_000);
        String text =
                new String(json, UTF_8)
                        .replaceFirst(
                                "\"validation\":\\[.*?\\]\\]",
                                "\"validation\":[" + rows.substring(0, rows.length() - 1) + "]");
        Files.write(file, zip(text.getBytes(UTF_8), false));
        IOException e = assertThrows(IOException.class, () -> Checkpoint.read(file));
        assertEquals(
                file + ": expected a checkpoint: counts: expected 45000 columns in row 0, got 0",
                e.getMessage());
    }

    private Fuzz fuzz(String what) {
        return new Fuzz(
                what, file + ": expected a checkpoint: ", MAX_ALLOCATED, Set.of(IOException.class));
    }

    private static byte[] zip(byte[] text, boolean packed) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setLevel(packed ? 9 : 0);
            for (String name :
                    List.of("training.json", "files.txt", "parameters", "optimizer.npz")) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(name.equals("training.json") ? text : new byte[] {1, 2, 3});
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static void assertSame(Checkpoint expected, Checkpoint actual) {
        assertEquals(expected.settings(), actual.settings());
        assertEquals(expected.updates(), actual.updates());
        assertEquals(text(expected.trained()), text(actual.trained()));
        assertEquals(expected.historyBytes(), actual.historyBytes());
        assertEquals(expected.historySum(), actual.historySum());
        assertArrayEquals(expected.files().text(), actual.files().text());
        assertArrayEquals(expected.parameters(), actual.parameters());
        assertArrayEquals(expected.optimizer(), actual.optimizer());
    }

    private static String text(EpochReport r) {
        StringBuilder text = new StringBuilder();
        text.append(r.epoch()).append(' ').append(r.learningRate()).append(' ');
        text.append(r.images()).append(' ').append(r.skippedBatches()).append(' ');
        text.append(new TreeMap<>(r.losses())).append(' ').append(r.seconds());
        text.append(r.waitSeconds()).append(' ').append(r.trainingSeconds()).append(' ');
        for (int i = 0; i < r.validation().classes(); i++) {
            for (int j = 0; j < r.validation().classes(); j++) {
                text.append(r.validation().count(i, j)).append(' ');
            }
        }
        return text.toString();
    }
}
