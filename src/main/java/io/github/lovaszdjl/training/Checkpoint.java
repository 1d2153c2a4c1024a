package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Block;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * What a training has to know to go on after an epoch as if it had never stopped.
 *
 * <p>A file is a zip archive: {@code training.json}, the fingerprints of the data in {@code
 * files.txt} (see {@link DataFiles}), the parameters of the network as DJL writes them, and {@code
 * optimizer.npz}, which NumPy can read, and {@code extra}: of a training in rounds the momentum of
 * its outer optimizer, of one that averages its weights the average. Everything random is drawn
 * anew for every epoch from the seed and the epoch, so there is no state of a generator to keep.
 *
 * <p>It is written when an epoch is trained and not yet validated; what the epochs before came to
 * is in the {@link EpochHistory} beside it.
 *
 * @param settings what the training depends on, to be the same when it goes on
 * @param files the files it is trained on and evaluated with, likewise
 * @param updates the updates made so far
 * @param trained the report of the last epoch, without its validation
 * @param historyBytes the length of the reports of the epochs before
 * @param historySum their check sum
 * @param parameters the parameters of the network, as {@link Block#saveParameters} writes them
 * @param optimizer the state of the optimizer, an NPZ archive; empty before the first update
 * @param extra the state of the outer optimizer, or the average; empty where there is neither
 */
record Checkpoint(
        Map<String, String> settings,
        DataFiles files,
        int updates,
        EpochReport trained,
        long historyBytes,
        long historySum,
        byte[] parameters,
        byte[] optimizer,
        byte[] extra) {

    private static final int FORMAT = 4;
    private static final String TRAINING = "training.json";
    private static final String FILES = "files.txt";
    private static final String PARAMETERS = "parameters";
    private static final String EXTRA = "extra";
    private static final String OPTIMIZER = "optimizer.npz";

    /** What a Java array holds; the parameters of the largest U-Nets fit. */
    private static final long MAX_BYTES = Integer.MAX_VALUE - 16;

    /** Takes a checkpoint of a training that has trained an epoch. */
    static Checkpoint of(
            Map<String, String> settings,
            DataFiles files,
            EpochHistory before,
            TrainingState state,
            byte[] extra,
            EpochReport trained)
            throws IOException {
        Block block = state.model().getBlock();
        ByteArrayOutputStream parameters = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(parameters);
                NDScope copies = new NDScope()) {
            // Of an array on a GPU, DJL makes a copy that its manager keeps.
            copies.suppressNotUsedWarning();
            block.saveParameters(out);
        }
        byte[] optimizer = {};
        if (state.updates() > 0) {
            try (NDManager scope = state.model().getNDManager().newSubManager()) {
                optimizer = state.optimizer().getState(block, scope).encode(NDList.Encoding.NPZ);
            }
        }
        return new Checkpoint(
                settings,
                files,
                state.updates(),
                trained,
                before.bytes(),
                before.sum(),
                parameters.toByteArray(),
                optimizer,
                extra);
    }

    /**
     * Brings the state of the optimizer back.
     *
     * @throws MalformedModelException if it is not that of an optimizer of this kind for the block
     */
    void restore(ResumableOptimizer target, Block block, NDManager manager)
            throws MalformedModelException {
        if (updates == 0) {
            return;
        }
        try (NDManager scope = manager.newSubManager()) {
            SavedArrays.check(
                    optimizer, target.countStateArrays(block), target.countStateBytes(block));
            target.setState(block, NDList.decode(scope, optimizer));
        } catch (IllegalArgumentException | MalformedModelException e) {
            throw new MalformedModelException(OPTIMIZER + ": " + e.getMessage(), e);
        }
    }

    /**
     * Returns the check sum of what the validation of the epoch depends on, by which its report is
     * known: a training of other settings or data may come to the same weights.
     */
    long stateSum() {
        CRC32 sum = new CRC32();
        sum.update(new TreeMap<>(settings).toString().getBytes(StandardCharsets.UTF_8));
        sum.update(files.text());
        sum.update(parameters);
        sum.update(extra);
        return sum.getValue();
    }

    /** Writes the checkpoint: wholly, or the file stays as it was. */
    void write(Path file) throws IOException {
        WholeFile.write(
                file,
                out -> {
                    try (ZipOutputStream zip = new ZipOutputStream(out)) {
                        // Weights do not shrink; the time to try is better spent training.
                        zip.setLevel(0);
                        put(zip, TRAINING, toJson().toString().getBytes(StandardCharsets.UTF_8));
                        put(zip, FILES, files.text());
                        put(zip, PARAMETERS, parameters);
                        put(zip, OPTIMIZER, optimizer);
                        if (extra.length > 0) {
                            put(zip, EXTRA, extra);
                        }
                    }
                });
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
        zip.closeEntry();
    }

    /**
     * Reads a checkpoint.
     *
     * @throws IOException if the file is missing, damaged or no checkpoint; names the file
     */
    static Checkpoint read(Path file) throws IOException {
        return read(
                file,
                (zip, length) ->
                        of(
                                json(zip, length),
                                new DataFiles(get(zip, FILES, length)),
                                get(zip, PARAMETERS, length),
                                get(zip, OPTIMIZER, length),
                                zip.getEntry(EXTRA) == null
                                        ? new byte[0]
                                        : get(zip, EXTRA, length)));
    }

    /**
     * Reads which files the training of a checkpoint began with.
     *
     * @throws IOException if the file is missing, damaged or no checkpoint; names the file
     */
    static DataFiles readFiles(Path file) throws IOException {
        return read(
                file,
                (zip, length) -> {
                    json(zip, length);
                    return new DataFiles(get(zip, FILES, length));
                });
    }

    /** Reads something from an archive. */
    private interface Reader<T> {
        T read(ZipFile zip, long length) throws IOException;
    }

    private static <T> T read(Path file, Reader<T> reader) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "expected a checkpoint");
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return reader.read(zip, Files.size(file));
        } catch (IOException | RuntimeException e) {
            // Gson's and the archive's own errors are of many kinds.
            throw new IOException(file + ": expected a checkpoint: " + e.getMessage(), e);
        }
    }

    /** Returns the text of a checkpoint of this version. */
    private static JsonObject json(ZipFile zip, long length) throws IOException {
        String text = new String(get(zip, TRAINING, length), StandardCharsets.UTF_8);
        JsonObject json = JsonParser.parseString(text).getAsJsonObject();
        int format = json.get("format").getAsInt();
        if (format != FORMAT) {
            throw new IOException(
                    String.format(
                            "format: expected %d, got %d, that of another version, which alone can"
                                    + " go on with it",
                            FORMAT, format));
        }
        return json;
    }

    private static byte[] get(ZipFile zip, String name, long length) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new IOException("it has no entry " + name);
        }
        // Nothing is packed in it, so that what says it is longer than the file wants memory only.
        if (entry.getSize() > length || entry.getSize() > MAX_BYTES) {
            throw new IOException(
                    name + " has " + entry.getSize() + " bytes in a file of " + length);
        }
        byte[] bytes;
        try (InputStream in = zip.getInputStream(entry)) {
            bytes = in.readNBytes((int) entry.getSize());
            if (bytes.length < entry.getSize() || in.read() >= 0) {
                throw new IOException(name + " is damaged: its length is wrong");
            }
        }
        CRC32 sum = new CRC32();
        sum.update(bytes);
        // ZipFile does not compare it.
        if (sum.getValue() != entry.getCrc()) {
            throw new IOException(name + " is damaged: its check sum is wrong");
        }
        return bytes;
    }

    private JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("format", FORMAT);
        json.addProperty("updates", updates);
        JsonObject all = new JsonObject();
        settings.forEach(all::addProperty);
        json.add("settings", all);
        json.add("trained", EpochHistory.toJson(trained));
        json.addProperty("historyBytes", historyBytes);
        json.addProperty("historySum", historySum);
        return json;
    }

    private static Checkpoint of(
            JsonObject json, DataFiles files, byte[] parameters, byte[] optimizer, byte[] extra)
            throws IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        json.getAsJsonObject("settings")
                .entrySet()
                .forEach(e -> settings.put(e.getKey(), e.getValue().getAsString()));
        EpochReport trained = EpochHistory.report(json.getAsJsonObject("trained"));
        if (trained.epoch() < 1) {
            throw new IOException("epoch: expected a number from 1, got " + trained.epoch());
        }
        long historyBytes = json.get("historyBytes").getAsLong();
        if (historyBytes < 0 || historyBytes > MAX_BYTES) {
            throw new IOException(
                    "historyBytes: expected 0 to " + MAX_BYTES + ", got " + historyBytes);
        }
        long historySum = json.get("historySum").getAsLong();
        int updates = json.get("updates").getAsInt();
        if (updates < 0) {
            throw new IOException("updates: expected a number from 0, got " + updates);
        }
        return new Checkpoint(
                settings,
                files,
                updates,
                trained,
                historyBytes,
                historySum,
                parameters,
                optimizer,
                extra);
    }
}
