package io.github.lovaszdjl.model;

import ai.djl.ndarray.NDArray;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a {@link TensorFile} of FLOAT32 tensors.
 *
 * <p>DJL writes such files, too ({@code NDList.Encoding.SAFETENSORS}), but without metadata, and
 * does not fill the header up to a multiple of 8 bytes, as the format's own writer does so that
 * values can be used where they lie.
 */
final class TensorWriter {

    private static final int ALIGNMENT = 8;

    private TensorWriter() {}

    /** Writes a file, which is replaced in one step. */
    static void write(Path file, Map<String, NDArray> tensors, Map<String, String> metadata)
            throws IOException {
        byte[] header = header(tensors, metadata);
        WholeFile.write(
                file,
                out -> {
                    out.write(littleEndian(Long.BYTES).putLong(header.length).array());
                    out.write(header);
                    for (NDArray tensor : tensors.values()) {
                        write(out, tensor.toFloatArray());
                    }
                });
    }

    private static byte[] header(Map<String, NDArray> tensors, Map<String, String> metadata) {
        JsonObject texts = new JsonObject();
        new TreeMap<>(metadata).forEach(texts::addProperty);
        JsonObject json = new JsonObject();
        json.add(TensorHeader.METADATA, texts);
        long begin = 0;
        for (Map.Entry<String, NDArray> tensor : tensors.entrySet()) {
            long end = begin + tensor.getValue().size() * Float.BYTES;
            JsonObject line = new JsonObject();
            line.addProperty(TensorHeader.TYPE, FloatType.F32.name());
            line.add(TensorHeader.SHAPE, numbers(tensor.getValue().getShape().getShape()));
            line.add(TensorHeader.OFFSETS, numbers(begin, end));
            json.add(tensor.getKey(), line);
            begin = end;
        }
        byte[] bytes = new Gson().toJson(json).getBytes(StandardCharsets.UTF_8);
        int length = (bytes.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        byte[] filled = Arrays.copyOf(bytes, length);
        Arrays.fill(filled, bytes.length, length, (byte) ' ');
        return filled;
    }

    private static JsonArray numbers(long... numbers) {
        JsonArray array = new JsonArray();
        Arrays.stream(numbers).forEach(array::add);
        return array;
    }

    private static void write(OutputStream out, float[] values) throws IOException {
        ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        out.write(bytes.array());
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
