package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.Fuzz;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorFileTest {

    /** Files that Python has written, see make.py there. */
    static final Path PYTHON = Path.of("src/test/resources/safetensors");

    /** A good entry of two values. */
    private static final String PAIR = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    @TempDir(factory = Fuzz.Memory.class)
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f64", "f16", "bf16"})
    void whatPythonHasWrittenIsRead(String type) throws Exception {
        TensorFile file = TensorFile.read(PYTHON.resolve(type + ".safetensors"));
        assertEquals(Map.of("mean", "0.5,0.25,0.125", "std", "1,2,4"), file.metadata());
        assertEquals(8, file.tensors().size());
        assertEquals(new Shape(2, 3, 3, 3), file.tensors().get("conv1.weight").shape());
        assertEquals(new Shape(), file.tensors().get("bn1.num_batches_tracked").shape());
        float[] values = file.values("conv1.weight");
        assertEquals(54, values.length);
        for (int i = 0; i < values.length; i++) {
            assertEquals(i / 8f - 3, values[i]);
        }
        assertArrayEquals(new float[] {-1, -0.875f}, file.values("bn1.bias"));
    }

    /** All of the 65,536 there are but for infinities and NaN, which weights have not. */
    @Test
    void halvesAreReadToTheBit() throws Exception {
        for (int bits = 0; bits < 1 << 16; bits++) {
            ByteBuffer bytes = ByteBuffer.allocate(2).putShort(0, (short) bits);
            int exponent = bits >> 10 & 31;
            double fraction = (bits & 1023) / 1024.0;
            double size =
                    exponent == 0
                            ? fraction * Math.pow(2, -14)
                            : (1 + fraction) * Math.pow(2, exponent - 15);
            float value = FloatType.F16.read(bytes);
            if (exponent == 31) {
                assertTrue(!Float.isFinite(value), Integer.toHexString(bits));
            } else {
                float expected = (float) (bits >> 15 == 0 ? size : -size);
                assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(value));
            }
        }
        // 1.5 is 3fc0 0000.
        assertEquals(1.5f, FloatType.BF16.read(ByteBuffer.allocate(2).putShort(0, (short) 0x3fc0)));
        assertEquals(-2f, FloatType.BF16.read(ByteBuffer.allocate(2).putShort(0, (short) 0xc000)));
    }

    @Test
    void whatIsWrittenIsReadAgainByUsAndByDjl() throws Exception {
        Path file = folder.resolve("new/a.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            tensors.put(
                    "z.weight", manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3)));
            tensors.put("a<ü>", manager.create(new float[] {-0.5f}));
            tensors.put("none", manager.create(new float[0], new Shape(0, 2)));
            TensorWriter.write(file, tensors, Map.of("mean", "1,2,3"));
            TensorFile read = TensorFile.read(file);
            assertEquals(Map.of("mean", "1,2,3"), read.metadata());
            assertEquals(tensors.keySet(), read.tensors().keySet());
            for (Map.Entry<String, NDArray> tensor : tensors.entrySet()) {
                assertEquals(
                        tensor.getValue().getShape(), read.tensors().get(tensor.getKey()).shape());
                assertArrayEquals(tensor.getValue().toFloatArray(), read.values(tensor.getKey()));
            }
            NDList list = NDList.decode(manager, Files.readAllBytes(file));
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, list.get("z.weight").toFloatArray());
        }
        byte[] bytes = Files.readAllBytes(file);
        long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertEquals(0, header % 8);
        assertEquals('{', bytes[8]);
        assertEquals(8 + header + 7 * 4, bytes.length);
    }

    @Test
    void whatDjlHasWrittenIsRead() throws Exception {
        Path file = folder.resolve("djl.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray first = manager.create(new float[] {1, 2, 3}, new Shape(3, 1));
            first.setName("first");
            NDArray second = manager.create(new float[] {4});
            second.setName("second");
            Files.write(file, new NDList(first, second).encode(NDList.Encoding.SAFETENSORS));
        }
        TensorFile read = TensorFile.read(file);
        assertArrayEquals(new float[] {1, 2, 3}, read.values("first"));
        assertArrayEquals(new float[] {4}, read.values("second"));
        assertEquals(new Shape(3, 1), read.tensors().get("first").shape());
    }

    @Test
    void spacesMayFollowTheHeaderAndTensorsHaveNoValues() throws Exception {
        String none = "{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[8,8]}";
        Path file = write("{\"b\":" + none + ",\"a\":" + PAIR + "}     ", 8);
        assertEquals(0, TensorFile.read(file).values("b").length);
        assertEquals(2, TensorFile.read(file).values("a").length);
        assertEquals(Map.of(), TensorFile.read(write("{}", 0)).tensors());
    }

    /** Every header is followed by 8 bytes. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}| expected 12 bytes of values, got 8; the file is cut off
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}| expected 4 bytes of values, got 8; the file is too long
                    {}| expected 0 bytes of values, got 8; the file is too long
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}| a: expected bytes 0 to 4 for (1) of F32, got 0 to 8
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}| a: expected bytes 0 to 4 for (1) of F32, got 4 to 8
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}| a: expected bytes 0 to 4 for (1) of F32, got 4 to 0
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}| b: expected bytes 8 to 12 for (1) of F32, got 4 to 8
                    {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}| a: expected a shape, got (4294967296, 4294967296)
                    {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}| a: expected at most 64 numbers from 0 on, got -1
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}| a: expected dtype, shape and two data_offsets, got others
                    {"a":{"dtype":"F32","shape":[2]}}| a: expected dtype, shape and two data_offsets, got others
                    {"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}| a: type: expected one of BF16, BOOL, F16, F32, F64, F8_E4M3, F8_E5M2, I16, I32, I64, I8, U16, U32, U64, U8, got "f32"; did you mean F32?
                    {"a":{"dtype":"F32","shape":[2],"offsets":[0,8]}}| a: expected one of dtype, shape, data_offsets, got "offsets"
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}| header: expected every tensor once, got a twice
                    {"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,8]}}| header: expected JSON:
                    {"a":7}| header: expected JSON:
                    []| header: expected JSON:
                    {"a":| header: expected JSON:
                    {} {}| header: expected JSON:
                    {a:{}}| header: expected JSON:
                    {"__metadata__":{"format":1}}| expected 0 bytes of values, got 8; the file is too long
                    {"__metadata__":{"format":[]}}| header: expected JSON:
                    """)
    void aHeaderThatCannotBeIsRefused(String header, String message) throws IOException {
        Path file = write(header, 8);
        String got =
                assertThrows(MalformedModelException.class, () -> TensorFile.read(file))
                        .getMessage();
        assertTrue(got.startsWith(file + ": " + message), got);
        assertTrue(message.startsWith("header") || got.equals(file + ": " + message), got);
        assertEquals(1, got.lines().count(), got);
        assertTrue(!got.contains("Exception"), got);
    }

    @Test
    void aFileOfAnotherKindIsRefused() throws IOException {
        String torch =
                "expected a .safetensors file, got one of torch.save; in Python,"
                        + " safetensors.torch.save_file writes what torch.load reads of it";
        assertRefused(torch, 'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0);
        assertRefused(torch, 0x80, 2, 0x8a);
        assertRefused("expected a .safetensors file, got one of 0 bytes");
        assertRefused("expected a .safetensors file, got one of 7 bytes", 1, 0, 0, 0, 0, 0, 0);
        String header = "expected the header of a .safetensors file, of 2 to 2 bytes, got ";
        assertRefused(header + "3", 3, 0, 0, 0, 0, 0, 0, 0, '{', '}');
        assertRefused(header + "1", 1, 0, 0, 0, 0, 0, 0, 0, '{', '}');
        assertRefused(
                header + "18446744073709551615", 255, 255, 255, 255, 255, 255, 255, 255, '{', '}');
        assertRefused("header: expected JSON in UTF-8", 2, 0, 0, 0, 0, 0, 0, 0, '{', 0xff);
        Path none = folder.resolve("none");
        assertEquals(
                none + ": expected a .safetensors file, there is none",
                assertThrows(IOException.class, () -> TensorFile.read(none)).getMessage());
        assertEquals(
                folder + ": expected a .safetensors file, got a folder",
                assertThrows(IOException.class, () -> TensorFile.read(folder)).getMessage());
    }

    @Test
    void aCutFileIsRefusedWhereverItIsCut() throws Exception {
        byte[] good = Files.readAllBytes(PYTHON.resolve("f32.safetensors"));
        Path file = folder.resolve("cut.safetensors");
        for (int length = 0; length < good.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(good, length));
            assertThrows(MalformedModelException.class, () -> TensorFile.read(file), "" + length);
        }
        Files.write(file, good);
        TensorFile.read(file);
    }

    @Test
    void valuesHaveToBeFiniteFloats() throws Exception {
        Path file = write("{\"a\":" + PAIR + "}", 8);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, Float.NaN);
        Files.write(file, bytes);
        TensorFile read = TensorFile.read(file);
        assertEquals(
                file + ": a: expected finite values, got NaN",
                assertThrows(MalformedModelException.class, () -> read.values("a")).getMessage());
        TensorFile counts =
                TensorFile.read(
                        write(
                                "{\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}",
                                8));
        assertEquals(
                counts.path() + ": n: expected values of F64, F32, F16 or BF16, got I64",
                assertThrows(MalformedModelException.class, () -> counts.values("n")).getMessage());
        // A double that no float holds.
        TensorFile large =
                TensorFile.read(
                        write(
                                "{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
                                ByteBuffer.allocate(8)
                                        .order(ByteOrder.LITTLE_ENDIAN)
                                        .putDouble(1e300)
                                        .array()));
        assertThrows(MalformedModelException.class, () -> large.values("d"));
    }

    private void assertRefused(String message, int... content) throws IOException {
        byte[] bytes = new byte[content.length];
        for (int i = 0; i < content.length; i++) {
            bytes[i] = (byte) content[i];
        }
        Path file = Files.write(folder.resolve("other"), bytes);
        assertEquals(
                file + ": " + message,
                assertThrows(MalformedModelException.class, () -> TensorFile.read(file))
                        .getMessage());
    }

    private Path write(String header, int bytes) throws IOException {
        return write(header, new byte[bytes]);
    }

    private Path write(String header, byte[] values) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return Files.write(
                folder.resolve("a.safetensors"),
                ByteBuffer.allocate(8 + text.length + values.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(text.length)
                        .put(text)
                        .put(values)
                        .array());
    }
}
