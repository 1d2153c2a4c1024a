package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.model.MixTransformer.Stage;
import io.github.lovaszdjl.model.SegFormerReference.Map3;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encoder and decoder together, compared with {@link SegFormerReference}. */
class SegFormerTest {

    /** Narrow, with several heads and layers, and head widths that are no powers of two. */
    private static final List<Stage> SMALL =
            List.of(
                    new Stage(8, 1, 1, 8),
                    new Stage(12, 2, 2, 4),
                    new Stage(15, 1, 5, 2),
                    new Stage(16, 1, 8, 1));

    private static final List<Stage> B0 =
            List.of(
                    new Stage(32, 2, 1, 8),
                    new Stage(64, 2, 2, 4),
                    new Stage(160, 2, 5, 2),
                    new Stage(256, 2, 8, 1));

    private static final int WIDTH = 6;

    private NDManager manager;
    private ParameterStore store;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(11);
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    // Neither 40 × 76 nor the maps of it are multiples of the reductions; 9 × 21 is smaller.
    @ParameterizedTest
    @CsvSource({"32, 64", "40, 76", "9, 21", "1, 1"})
    void mapsEqualTheReference(int height, int width) {
        assertMapsEqualTheReference(small(2, 0), SMALL, new Shape(2, 2, height, width));
    }

    @Test
    void mapsOfB0EqualTheReference() {
        assertMapsEqualTheReference(MixTransformer.b0(3), B0, new Shape(1, 3, 32, 64));
    }

    private void assertMapsEqualTheReference(
            MixTransformer encoder, List<Stage> stages, Shape size) {
        encoder.initialize(manager, DataType.FLOAT32, size);
        Map<String, double[]> values = setParameters(encoder);
        NDArray images = manager.randomNormal(size);
        List<NDArray> maps = encoder.encode(store, images, false);
        Shape[] shapes = encoder.getOutputShapes(new Shape[] {size});
        SegFormerReference reference = new SegFormerReference(stages, values);
        List<Map3> batch = images(images);
        for (int n = 0; n < batch.size(); n++) {
            List<Map3> expected = reference.encode(batch.get(n));
            for (int m = 0; m < maps.size(); m++) {
                assertEquals(shapes[m], maps.get(m).getShape());
                Map3 map = expected.get(m);
                assertEquals(
                        new Shape(size.get(0), map.channels(), map.height(), map.width()),
                        shapes[m]);
                assertClose(map.values(), maps.get(m).get(n), "map " + m);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"32, 64", "40, 76"})
    void outputOfTheDecoderEqualsTheReference(int height, int width) {
        Shape size = new Shape(2, 2, height, width);
        Network network = new Network(size, DataType.FLOAT32);
        NDArray images = manager.randomNormal(size);
        NDArray output = Engines.inTraining(() -> network.forward(images));
        assertEquals(new Shape(2, WIDTH, (height + 3) / 4, (width + 3) / 4), output.getShape());
        List<Map3> expected = network.reference(images);
        for (int n = 0; n < 2; n++) {
            assertClose(expected.get(n).values(), output.get(n), "image " + n);
        }
    }

    /** FLOAT32 sums of some hundred values, through a dozen normalisations: 1e-4 of the largest. */
    private static void assertClose(double[] expected, NDArray actual, String name) {
        float[] values = actual.toFloatArray();
        assertEquals(expected.length, values.length);
        double largest = 0;
        for (double value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < values.length; i++) {
            assertEquals(expected[i], values[i], 1e-4 * largest, name + ", value " + i);
        }
    }

    /**
     * In FLOAT64, for the value of every parameter that the loss depends on most. Central
     * differences of the reference with a step of 1e-5 are good to about 1e-9 of the loss.
     */
    @ParameterizedTest
    @CsvSource({"32, 32", "24, 44"})
    void gradientsEqualDifferencesOfTheReference(int height, int width) {
        Shape size = new Shape(1, 2, height, width);
        Network network = new Network(size, DataType.FLOAT64);
        NDArray images = manager.randomNormal(size).toType(DataType.FLOAT64, false);
        Shape out = new Shape(1, WIDTH, height / 4, width / 4);
        NDArray weights = manager.randomNormal(out).toType(DataType.FLOAT64, false);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(network.forward(images).mul(weights).sum());
        }
        double[] toward = weights.toDoubleArray();
        for (Map.Entry<String, Parameter> entry : network.parameters().entrySet()) {
            String name = entry.getKey();
            if (name.contains("running")) {
                continue;
            }
            double[] gradient = entry.getValue().getArray().getGradient().toDoubleArray();
            int at = 0;
            for (int i = 0; i < gradient.length; i++) {
                at = Math.abs(gradient[i]) > Math.abs(gradient[at]) ? i : at;
            }
            double[] values = network.values.get(name);
            double value = values[at];
            values[at] = value + 1e-5;
            double up = loss(network.reference(images), toward);
            values[at] = value - 1e-5;
            double down = loss(network.reference(images), toward);
            values[at] = value;
            double expected = (up - down) / 2e-5;
            assertEquals(expected, gradient[at], 1e-6 * (1 + Math.abs(expected)), name);
        }
    }

    private static double loss(List<Map3> outputs, double[] weights) {
        double sum = 0;
        for (int n = 0; n < outputs.size(); n++) {
            double[] values = outputs.get(n).values();
            for (int i = 0; i < values.length; i++) {
                sum += values[i] * weights[n * values.length + i];
            }
        }
        return sum;
    }

    @Test
    void garbageCollectionBetweenForwardAndBackwardChangesNoBit() {
        Shape size = new Shape(2, 2, 24, 44);
        Network network = new Network(size, DataType.FLOAT32);
        NDArray images = manager.randomNormal(size);
        List<byte[]> expected = null;
        for (int round = 0; round < 6; round++) {
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.zeroGradients();
                NDArray loss = network.forward(images).square().sum();
                if (round > 0) {
                    System.gc();
                    for (int i = 0; i < 200; i++) {
                        manager.create(new float[] {i, -i, 1e30f}).close();
                        manager.full(new Shape(1 + i * 7), 1e30f).close();
                    }
                }
                collector.backward(loss);
            }
            List<byte[]> actual = new ArrayList<>();
            for (Parameter parameter : network.parameters().values()) {
                if (parameter.requiresGradient()) {
                    actual.add(parameter.getArray().getGradient().toByteArray());
                }
            }
            expected = expected == null ? actual : expected;
            for (int i = 0; i < actual.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i), "round " + round);
            }
        }
    }

    @Test
    void savedParametersGiveTheSameMaps() throws IOException, MalformedModelException {
        MixTransformer encoder = small(2, 0);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 2, 32, 32));
        setParameters(encoder);
        ByteArrayOutputStream saved = new ByteArrayOutputStream();
        encoder.saveParameters(new DataOutputStream(saved));
        MixTransformer loaded = small(2, 0);
        loaded.loadParameters(
                manager, new DataInputStream(new ByteArrayInputStream(saved.toByteArray())));
        NDArray images = manager.randomNormal(new Shape(1, 2, 32, 64));
        List<NDArray> expected = encoder.encode(store, images, false);
        List<NDArray> actual = loaded.encode(store, images, false);
        for (int m = 0; m < 4; m++) {
            assertArrayEquals(expected.get(m).toByteArray(), actual.get(m).toByteArray());
        }
    }

    @Test
    void parametersBearTheNamesOfTransformers() {
        MixTransformer encoder = MixTransformer.b2(3);
        Map<String, Parameter> names = TensorNames.of(encoder);
        String layer = "block.2.5.";
        List<String> expected = new ArrayList<>();
        for (String module :
                List.of(
                        "layer_norm_1",
                        "attention.self.query",
                        "attention.self.key",
                        "attention.self.value",
                        "attention.self.sr",
                        "attention.self.layer_norm",
                        "attention.output.dense",
                        "layer_norm_2",
                        "mlp.dense1",
                        "mlp.dwconv.dwconv",
                        "mlp.dense2")) {
            expected.add(layer + module + ".weight");
            expected.add(layer + module + ".bias");
        }
        assertEquals(expected, names.keySet().stream().filter(n -> n.startsWith(layer)).toList());
        // 16 layers of 9 modules, 13 of them with 2 more to reduce; 4 + 4 around them; 2 each.
        assertEquals(2 * (16 * 9 + 13 * 2 + 4 * 2 + 4), names.size());
        assertTrue(names.containsKey("patch_embeddings.3.proj.weight"));
        assertTrue(names.containsKey("patch_embeddings.0.layer_norm.bias"));
        assertTrue(names.containsKey("layer_norm.3.weight"));
        assertEquals(
                List.of(
                        "linear_c.0.proj.weight",
                        "linear_c.0.proj.bias",
                        "linear_c.1.proj.weight",
                        "linear_c.1.proj.bias",
                        "linear_c.2.proj.weight",
                        "linear_c.2.proj.bias",
                        "linear_c.3.proj.weight",
                        "linear_c.3.proj.bias",
                        "linear_fuse.weight",
                        "batch_norm.weight",
                        "batch_norm.bias",
                        "batch_norm.running_mean",
                        "batch_norm.running_var"),
                List.copyOf(TensorNames.of(new SegFormerDecoder(encoder)).keySet()));
    }

    /**
     * By hand, from the layers that the transformers library builds. The paper has 3.8, 13.7 and
     * 27.5 million with decoder and the last layer for the 150 classes of ADE20K.
     */
    @ParameterizedTest
    @CsvSource({
        "0, 3_319_392, 256, 3.8, '32, 64, 160, 256', '2, 2, 2, 2'",
        "1, 13_151_424, 256, 13.7, '64, 128, 320, 512', '2, 2, 2, 2'",
        "2, 24_196_288, 768, 27.5, '64, 128, 320, 512', '3, 4, 6, 3'"
    })
    void parametersAreAsManyAsPublished(
            int b, String count, int width, String millions, String widths, String layers) {
        MixTransformer encoder =
                List.of(MixTransformer.b0(3), MixTransformer.b1(3), MixTransformer.b2(3)).get(b);
        Shape size = new Shape(1, 3, 64, 64);
        encoder.initialize(manager, DataType.FLOAT32, size);
        long inEncoder = 0;
        long inDecoder = 4L * width * width + 2L * width; // linear_fuse and batch_norm
        int[] reductions = {8, 4, 2, 1};
        long in = 3;
        for (int s = 0; s < 4; s++) {
            long c = Long.parseLong(widths.split(", ")[s]);
            long r = reductions[s];
            long norm = 2 * c;
            long reduction = r == 1 ? 0 : r * r * c * c + c + norm;
            long attention = 4 * (c * c + c) + reduction;
            long feedForward = (c * 4 * c + 4 * c) + (9 * 4 * c + 4 * c) + (4 * c * c + c);
            long layer = 2 * norm + attention + feedForward;
            long patch = s == 0 ? 7 : 3;
            long embedding = patch * patch * in * c + c + norm;
            inEncoder += embedding + Long.parseLong(layers.split(", ")[s]) * layer + norm;
            inDecoder += c * width + width;
            in = c;
        }
        assertEquals(Long.parseLong(count.replace("_", "")), inEncoder);
        assertEquals(inEncoder, trained(encoder));

        SegFormerDecoder decoder = new SegFormerDecoder(encoder);
        Shape[] maps = encoder.getOutputShapes(new Shape[] {size});
        decoder.initialize(manager, DataType.FLOAT32, maps);
        assertEquals(inDecoder, trained(decoder));
        double all = inEncoder + inDecoder + width * 150 + 150;
        assertEquals(millions, String.format(Locale.ROOT, "%.1f", all / 1e6));
        assertEquals(new Shape(1, width, 16, 16), decoder.getOutputShapes(maps)[0]);
        assertEquals(4, decoder.stride());
    }

    private static long trained(Block block) {
        return block.getParameters().values().stream()
                .filter(Parameter::requiresGradient)
                .mapToLong(p -> p.getShape().size())
                .sum();
    }

    private static MixTransformer small(int inputChannels, float dropPath) {
        return new MixTransformer(inputChannels, SMALL, dropPath, WIDTH);
    }

    /** Sets all parameters to random numbers that depend on their names alone. */
    private static Map<String, double[]> setParameters(Block block) {
        Map<String, double[]> values = new LinkedHashMap<>();
        for (Map.Entry<String, Parameter> entry : TensorNames.of(block).entrySet()) {
            String name = entry.getKey();
            NDArray array = entry.getValue().getArray();
            SplittableRandom random = new SplittableRandom(name.hashCode());
            boolean aroundOne = name.contains("norm") && !name.endsWith("bias");
            Shape shape = array.getShape();
            // Sums of as many products as there are inputs stay of the size of one of them.
            double size = 1.5 / Math.sqrt((double) shape.size() / shape.get(0));
            double[] numbers = new double[(int) shape.size()];
            for (int i = 0; i < numbers.length; i++) {
                double number = random.nextDouble(-1, 1);
                numbers[i] =
                        aroundOne ? 1 + number / 4 : number * (shape.dimension() > 1 ? size : 0.3);
            }
            set(array, numbers);
            values.put(name, numbers);
        }
        return values;
    }

    private static void set(NDArray array, double[] numbers) {
        if (array.getDataType() == DataType.FLOAT64) {
            array.set(numbers);
            return;
        }
        float[] rounded = new float[numbers.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) numbers[i];
            numbers[i] = rounded[i];
        }
        array.set(rounded);
    }

    private static List<Map3> images(NDArray batch) {
        Shape shape = batch.getShape();
        double[] values = batch.toType(DataType.FLOAT64, false).toDoubleArray();
        int size = values.length / (int) shape.get(0);
        List<Map3> images = new ArrayList<>();
        for (int n = 0; n < shape.get(0); n++) {
            double[] own = new double[size];
            System.arraycopy(values, n * size, own, 0, size);
            images.add(new Map3((int) shape.get(1), (int) shape.get(2), (int) shape.get(3), own));
        }
        return images;
    }

    /** A small encoder and its decoder. */
    private final class Network {

        private final MixTransformer encoder = small(2, 0);
        private final SegFormerDecoder decoder = new SegFormerDecoder(encoder);
        private final Map<String, double[]> values = new LinkedHashMap<>();
        private final SegFormerReference reference = new SegFormerReference(SMALL, values);

        Network(Shape size, DataType type) {
            encoder.initialize(manager, type, size);
            decoder.initialize(manager, type, encoder.getOutputShapes(new Shape[] {size}));
            values.putAll(setParameters(encoder));
            values.putAll(setParameters(decoder));
        }

        NDArray forward(NDArray images) {
            try (NDList maps = new NDList(encoder.encode(store, images, true))) {
                return decoder.decode(store, maps, true);
            }
        }

        List<Map3> reference(NDArray images) {
            List<Map3> fused = new ArrayList<>();
            for (Map3 image : images(images)) {
                fused.add(reference.fuse(reference.encode(image), WIDTH));
            }
            return reference.normalizeBatch(fused);
        }

        Map<String, Parameter> parameters() {
            Map<String, Parameter> all = new LinkedHashMap<>(TensorNames.of(encoder));
            all.putAll(TensorNames.of(decoder));
            return all;
        }
    }
}
