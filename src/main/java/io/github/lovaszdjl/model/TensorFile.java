package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a {@code .safetensors} file: the length of the header in 8 bytes, little-endian,
 * the header in JSON, and the values one after the other (<a
 * href="https://github.com/huggingface/safetensors">the format</a>).
 *
 * <p>DJL reads such files, too ({@code NDList.decode}), but believes every length in them, holds
 * the whole file in memory twice, and makes arrays of types that PyTorch cannot convert. Here the
 * header is checked against the length of the file before anything of a size that it names is
 * allocated, and values are read for a tensor at a time, to {@code float}.
 *
 * @param path the file
 * @param tensors what the header says of each, in the order of the values
 * @param metadata the texts of the header's {@code __metadata__}
 */
record TensorFile(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {

    /** 100,000 tensors need 10 MB of it; published networks have a few hundred. */
    private static final int MAX_HEADER = 1 << 24;

    private static final int BUFFER = 1 << 16;

    /** The types that the format knows, and the bytes of a value. */
    private static final Map<String, Integer> SIZES =
            Map.ofEntries(
                    Map.entry("BOOL", 1),
                    Map.entry("U8", 1),
                    Map.entry("I8", 1),
                    Map.entry("F8_E4M3", 1),
                    Map.entry("F8_E5M2", 1),
                    Map.entry("I16", 2),
                    Map.entry("U16", 2),
                    Map.entry("F16", 2),
                    Map.entry("BF16", 2),
                    Map.entry("I32", 4),
                    Map.entry("U32", 4),
                    Map.entry("F32", 4),
                    Map.entry("I64", 8),
                    Map.entry("U64", 8),
                    Map.entry("F64", 8));

    /**
     * What the header says of a tensor.
     *
     * @param type the type of its values, such as F32
     * @param shape its shape
     * @param begin the place of its first byte, in the file
     * @param end the place after its last byte
     */
    record Tensor(String type, Shape shape, long begin, long end) {}

    TensorFile {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Map.copyOf(metadata);
    }

    /**
     * Reads the header of a file.
     *
     * @throws IOException if there is no file, or it cannot be read
     * @throws MalformedModelException if it is not what it should be; the message names the file
     */
    static TensorFile read(Path path) throws IOException, MalformedModelException {
        checkExists(path);
        try (FileChannel channel = FileChannel.open(path)) {
            return read(path, channel);
        } catch (MalformedModelException e) {
            throw new MalformedModelException(path + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(path + ": cannot be read: " + WholeFile.reason(e), e);
        }
    }

    /** Throws unless there is a file. */
    static void checkExists(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new IOException(
                    path
                            + ": expected a .safetensors file, "
                            + (Files.isDirectory(path) ? "got a folder" : "there is none"));
        }
    }

    private static TensorFile read(Path path, FileChannel channel)
            throws IOException, MalformedModelException {
        long length = channel.size();
        ByteBuffer prefix = bytes(channel, 0, (int) Math.min(Long.BYTES, length));
        checkKind(prefix);
        if (length < Long.BYTES) {
            throw new MalformedModelException(
                    "expected a .safetensors file, got one of " + length + " bytes");
        }
        long header = prefix.getLong(0);
        if (header < 2 || header > MAX_HEADER || header > length - Long.BYTES) {
            throw new MalformedModelException(
                    String.format(
                            "expected the header of a .safetensors file, of 2 to %d bytes, got %s",
                            Math.max(2, Math.min(MAX_HEADER, length - Long.BYTES)),
                            Long.toUnsignedString(header)));
        }
        TensorHeader parsed = TensorHeader.parse(bytes(channel, Long.BYTES, (int) header).array());
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        long place = Long.BYTES + header;
        List<Map.Entry<String, TensorHeader.Line>> lines =
                new ArrayList<>(parsed.tensors().entrySet());
        lines.sort(
                Comparator.comparingLong((Map.Entry<String, TensorHeader.Line> e) -> begin(e))
                        .thenComparingLong(e -> e.getValue().end()));
        long end = 0;
        for (Map.Entry<String, TensorHeader.Line> line : lines) {
            check(line.getKey(), line.getValue(), end);
            end = line.getValue().end();
            tensors.put(line.getKey(), tensor(line.getValue(), place));
        }
        if (place + end != length) {
            throw new MalformedModelException(
                    String.format(
                            "expected %d bytes of values, got %d; the file is %s",
                            end, length - place, length < place + end ? "cut off" : "too long"));
        }
        return new TensorFile(path, tensors, parsed.metadata());
    }

    private static long begin(Map.Entry<String, TensorHeader.Line> line) {
        return line.getValue().begin();
    }

    /** What people have instead, told by its first bytes. */
    private static void checkKind(ByteBuffer first) throws MalformedModelException {
        int start = first.limit() < 2 ? 0 : (first.get(0) & 0xff) << 8 | first.get(1) & 0xff;
        // A zip archive, and a pickle by itself.
        if (start == ('P' << 8 | 'K') || start == 0x8002) {
            throw new MalformedModelException(
                    "expected a .safetensors file, got one of torch.save; in Python,"
                            + " safetensors.torch.save_file writes what torch.load reads of it");
        }
    }

    private static void check(String name, TensorHeader.Line line, long begin)
            throws MalformedModelException {
        Integer size = SIZES.get(line.type());
        if (size == null) {
            throw new MalformedModelException(
                    Names.shortened(name)
                            + ": "
                            + Names.unknown(
                                    "type",
                                    line.type(),
                                    SIZES.keySet().stream().sorted().toList()));
        }
        long values = 1;
        for (long n : line.shape()) {
            if (n > 0 && values > Long.MAX_VALUE / Double.BYTES / n) {
                throw new MalformedModelException(
                        Names.shortened(name)
                                + ": expected a shape, got "
                                + new Shape(line.shape()));
            }
            values *= n;
        }
        if (line.begin() != begin || line.end() - begin != values * size) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected bytes %d to %d for %s of %s, got %d to %d",
                            Names.shortened(name),
                            begin,
                            begin + values * size,
                            new Shape(line.shape()),
                            line.type(),
                            line.begin(),
                            line.end()));
        }
    }

    private static Tensor tensor(TensorHeader.Line line, long place) {
        return new Tensor(
                line.type(), new Shape(line.shape()), place + line.begin(), place + line.end());
    }

    /**
     * Reads the values of a tensor, in the order of the file, the last axis first.
     *
     * @throws IOException if they cannot be read
     * @throws MalformedModelException if they are not of a floating-point type, or one is not
     *     finite as a {@code float}
     */
    float[] values(String name) throws IOException, MalformedModelException {
        Tensor tensor = tensors.get(name);
        FloatType type = FloatType.of(tensor.type());
        if (type == null) {
            throw new MalformedModelException(
                    String.format(
                            "%s: %s: expected values of F64, F32, F16 or BF16, got %s",
                            path, Names.shortened(name), tensor.type()));
        }
        float[] values = new float[Math.toIntExact(tensor.shape().size())];
        try (FileChannel channel = FileChannel.open(path)) {
            int done = 0;
            while (done < values.length) {
                int count = Math.min(BUFFER / type.size(), values.length - done);
                long place = tensor.begin() + (long) done * type.size();
                ByteBuffer bytes = bytes(channel, place, count * type.size());
                for (int i = 0; i < count; i++) {
                    values[done++] = type.read(bytes);
                }
            }
        } catch (IOException e) {
            throw new IOException(path + ": cannot be read: " + WholeFile.reason(e), e);
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new MalformedModelException(
                        String.format(
                                "%s: %s: expected finite values, got %s",
                                path, Names.shortened(name), value));
            }
        }
        return values;
    }

    private static ByteBuffer bytes(FileChannel channel, long place, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, place + bytes.position()) < 0) {
                throw new IOException("ends too early");
            }
        }
        return bytes.flip();
    }
}
