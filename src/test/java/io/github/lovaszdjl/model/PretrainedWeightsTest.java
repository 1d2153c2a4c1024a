package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.dataset.Normalization;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PretrainedWeightsTest {

    private static final Path F32 = TensorFileTest.PYTHON.resolve("f32.safetensors");

    private static final Set<String> UNIT =
            Set.of("conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var");

    @TempDir(factory = Fuzz.Memory.class)
    private Path folder;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f64", "f16", "bf16"})
    void everyTypeGivesTheValuesThatPythonHad(String type) throws Exception {
        Block unit = unit(3);
        PretrainedWeights weights =
                PretrainedWeights.of(TensorFileTest.PYTHON.resolve(type + ".safetensors"));
        assertEquals(UNIT, weights.copyTo(unit, manager));
        Map<String, Parameter> parameters = TensorNames.of(unit);
        float[] kernel = values(unit, "conv1.weight");
        for (int i = 0; i < kernel.length; i++) {
            assertEquals(i / 8f - 3, kernel[i]);
        }
        assertArrayEquals(new float[] {1, 1.125f}, values(unit, "bn1.weight"));
        assertArrayEquals(new float[] {-1, -0.875f}, values(unit, "bn1.bias"));
        assertArrayEquals(new float[] {2, 2.125f}, values(unit, "bn1.running_mean"));
        assertArrayEquals(new float[] {4, 4.125f}, values(unit, "bn1.running_var"));
        for (Parameter parameter : parameters.values()) {
            assertEquals(DataType.FLOAT32, parameter.getArray().getDataType());
            assertEquals(parameter.requiresGradient(), parameter.getArray().hasGradient());
        }
        assertEquals(
                Optional.of(new Normalization(List.of(0.5f, 0.25f, 0.125f), List.of(1f, 2f, 4f))),
                weights.normalization());
    }

    @Test
    void aWholeNetworkTakesItsEncoderFromAFileOfOne() throws Exception {
        Block network = network(3, 4);
        float[] head = values(network, "classifier.weight");
        Set<String> taken = PretrainedWeights.of(F32).copyTo(network, manager);
        assertEquals(5, taken.size());
        assertTrue(taken.stream().allMatch(name -> name.startsWith("encoder.")), taken + "");
        assertEquals(-3, values(network, "encoder.conv1.weight")[0]);
        assertArrayEquals(head, values(network, "classifier.weight"));
    }

    @Test
    void aWholeNetworkComesBackFromItsOwnFile() throws Exception {
        Block network = network(3, 4);
        Path file = folder.resolve("whole.safetensors");
        Normalization normalization =
                new Normalization(List.of(0f, 0.1f, 0.2f), List.of(1f, 2f, 3f));
        PretrainedWeights.write(network, file, normalization);
        Block other = network(3, 4);
        PretrainedWeights weights = PretrainedWeights.of(file);
        assertEquals(TensorNames.of(network).keySet(), weights.copyTo(other, manager));
        for (String name : TensorNames.of(network).keySet()) {
            assertArrayEquals(values(network, name), values(other, name), name);
        }
        assertEquals(Optional.of(normalization), weights.normalization());
        // Of other classes: the file is that of a whole network.
        assertFails(
                "weights: expected classifier.weight of the shape (5, 2, 1, 1), got (4, 2, 1, 1) in "
                        + file
                        + "; without its classifier other classes will do",
                file,
                network(3, 5));
        // Its own encoder has shorter names.
        Path encoder = folder.resolve("encoder.safetensors");
        PretrainedWeights.write(network.getChildren().get(0).getValue(), encoder, normalization);
        assertEquals(UNIT, TensorFile.read(encoder).tensors().keySet());
        assertEquals(5, PretrainedWeights.of(encoder).copyTo(network(3, 7), manager).size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "module.",
                "model.",
                "backbone.",
                "encoder.",
                "segformer.encoder.",
                "module.model.encoder.",
                "module.segformer.encoder."
            })
    void whatWrapsTheNetworkIsTakenOff(String prefix) throws Exception {
        // The classifier is beside the encoder in SegFormer's files, and wrapped with it in others.
        Path file = renamed(name -> name.startsWith("fc.") ? name : prefix + name);
        assertEquals(UNIT, PretrainedWeights.of(file).copyTo(unit(3), manager));
        assertEquals(UNIT, PretrainedWeights.of(renamed(n -> prefix + n)).copyTo(unit(3), manager));
        assertEquals(5, PretrainedWeights.of(file).copyTo(network(3, 4), manager).size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "classifier.1.",
                "aux_classifier.",
                "decode_head.linear_c.0.proj.",
                "head.fc.",
                "conv_head."
            })
    void whatClassifiesMayBeLeftOver(String head) throws Exception {
        Path file = renamed(name -> name.replaceFirst("^fc\\.", head));
        assertEquals(UNIT, PretrainedWeights.of(file).copyTo(unit(3), manager));
    }

    @Test
    void aWrapperOfSomeIsNone() throws Exception {
        Path file = renamed(name -> name.startsWith("bn1.") ? "module." + name : name);
        assertFails(
                "weights: expected the 5 tensors of the network, got none for 4 of them,"
                        + " bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var; 4 that it has"
                        + " not, module.bn1.bias, module.bn1.running_mean, module.bn1.running_var,"
                        + " module.bn1.weight in "
                        + file,
                file,
                unit(3));
    }

    @Test
    void whatIsMissingIsListed() throws Exception {
        Path file = renamed(name -> name.equals("bn1.bias") ? "fc.other" : name);
        assertFails(
                "weights: expected the 5 tensors of the network, got none for 1 of them, bn1.bias in "
                        + file,
                file,
                unit(3));
    }

    @Test
    void whatIsLeftOverIsListedAndLongListsAreCut() throws Exception {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (int i = 0; i < 100; i++) {
            tensors.put("layer" + i + ".weight", manager.zeros(new Shape(1)));
        }
        Path file = folder.resolve("other.safetensors");
        TensorWriter.write(file, tensors, Map.of());
        String message = fails(file, unit(3));
        assertTrue(message.contains("; 100 that it has not, layer0.weight, "), message);
        assertTrue(message.contains(", … (100) in "), message);
        assertTrue(message.length() < 500 + file.toString().length(), message);
        // The cause has all.
        String all =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PretrainedWeights.of(file).check(unit(3)))
                        .getCause()
                        .getMessage();
        assertTrue(all.startsWith("missing: [conv1.weight, "), all);
        assertTrue(all.contains("left over: [layer0.weight, "), all);
        assertTrue(all.endsWith(", layer99.weight]"), all);
    }

    @Test
    void anotherShapeIsNamed() {
        Block wide = ConvUnit.builder(4, 3).names("conv1", "bn1").build();
        wide.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 8, 8));
        assertFails(
                "weights: expected conv1.weight of the shape (4, 3, 3, 3), got (2, 3, 3, 3) in "
                        + F32,
                F32,
                wide);
    }

    /**
     * As timm's adapt_input_conv: the sum for one channel, else the three over again, times 3/n.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 6, 7})
    void otherChannelsTakeTheKernelsOfThree(int channels) throws Exception {
        Block unit = unit(channels);
        PretrainedWeights.of(F32).copyTo(unit, manager);
        float[] got = values(unit, "conv1.weight");
        assertEquals(2 * channels * 9, got.length);
        for (int filter = 0; filter < 2; filter++) {
            for (int channel = 0; channel < channels; channel++) {
                for (int k = 0; k < 9; k++) {
                    float red = python(filter, 0, k);
                    float expected =
                            channels == 1
                                    ? red + python(filter, 1, k) + python(filter, 2, k)
                                    : python(filter, channel % 3, k) * 3 / channels;
                    assertEquals(
                            expected, got[(filter * channels + channel) * 9 + k], 1e-6f, "" + k);
                }
            }
        }
        // What a grey image gives as three equal channels, it gives as one.
        if (channels % 3 == 0 || channels == 1) {
            double sum = 0;
            double of = 0;
            for (int k = 0; k < 27; k++) {
                of += python(0, 0, k);
            }
            for (int k = 0; k < channels * 9; k++) {
                sum += got[k];
            }
            assertEquals(of, sum, 1e-4);
        }
    }

    private static float python(int filter, int channel, int place) {
        return (filter * 27 + channel * 9 + place) / 8f - 3;
    }

    @Test
    void onlyTheFirstConvolutionTakesOtherChannels() throws Exception {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        tensors.put("a.weight", manager.ones(new Shape(3, 3, 1, 1)));
        tensors.put("b.weight", manager.ones(new Shape(2, 3, 1, 1)));
        Path file = folder.resolve("two.safetensors");
        TensorWriter.write(file, tensors, Map.of());
        assertEquals(2, PretrainedWeights.of(file).copyTo(two(3, 5), manager).size());
        tensors.put("a.weight", manager.ones(new Shape(4, 3, 1, 1)));
        TensorWriter.write(file, tensors, Map.of());
        assertFails(
                "weights: expected b.weight of the shape (2, 4, 1, 1), got (2, 3, 1, 1) in " + file,
                file,
                two(4, 3));
        // Only that of an image with three.
        tensors.put("a.weight", manager.ones(new Shape(3, 2, 1, 1)));
        TensorWriter.write(file, tensors, Map.of());
        assertFails(
                "weights: expected a.weight of the shape (3, 5, 1, 1), got (3, 2, 1, 1) in " + file,
                file,
                two(3, 5));
    }

    /** Two convolutions, the first of so many filters. */
    private Block two(int filters, int channels) {
        Network block = new Network();
        block.add("a", conv(filters));
        block.add("b", conv(2));
        block.initialize(manager, DataType.FLOAT32, new Shape(1, channels, 8, 8));
        return block;
    }

    private static Conv2d conv(int filters) {
        return Conv2d.builder()
                .setKernelShape(new Shape(1, 1))
                .setFilters(filters)
                .optBias(false)
                .build();
    }

    @Test
    void timmsNamesOfMobileNetV3AreTorchvisions() throws IOException {
        Map<String, String> timm = new LinkedHashMap<>();
        List<String> torchvision = new ArrayList<>();
        for (String line :
                Files.readAllLines(TensorFileTest.PYTHON.resolve("mobilenetv3-names.txt"))) {
            String[] words = line.split(" ");
            timm.put(words[0], words[0]);
            torchvision.add(words[1]);
        }
        assertEquals(308, timm.size());
        assertTrue(TimmMobileNetV3.isTranslated(timm.keySet(), Set.copyOf(torchvision)));
        assertEquals(torchvision, List.copyOf(TimmMobileNetV3.translate(timm).keySet()));
        Map<String, String> unknown =
                Map.of("blocks.6.1.conv.weight", "a", "blocks.1.0.conv_x.weight", "b", "x", "c");
        assertEquals(unknown, TimmMobileNetV3.translate(unknown));
    }

    /** All tensors that timm's network has, but for its head, with one value each. */
    @Test
    void aFileOfTimmsMobileNetV3IsLoaded() throws Exception {
        Map<String, NDArray> tensors = mobileNetV3(0);
        tensors.put("conv_head.weight", manager.ones(new Shape(1)));
        tensors.put("classifier.bias", manager.ones(new Shape(1)));
        MobileNetV3 encoder = filledMobileNetV3(tensors);
        assertEquals(
                0.25 * Math.sqrt(0.251 / 0.25001), values(encoder, "features.0.1.weight")[3], 1e-7);
    }

    /** {@code torchvision.models.segmentation} has what is in {@code features} without its name. */
    @Test
    void aFileOfTorchvisionsDeepLabV3WithMobileNetV3IsLoaded() throws Exception {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        mobileNetV3(1)
                .forEach(
                        (name, array) ->
                                tensors.put(name.replaceFirst("^features", "backbone"), array));
        assertTrue(tensors.containsKey("backbone.0.0.weight"), tensors.keySet().toString());
        tensors.put("classifier.0.convs.0.0.weight", manager.ones(new Shape(1)));
        tensors.put("aux_classifier.4.bias", manager.ones(new Shape(1)));
        MobileNetV3 encoder = filledMobileNetV3(tensors);
        assertEquals(0.25f, values(encoder, "features.0.1.weight")[3]);
    }

    /** Tensors by timm's names (0) or torchvision's (1). */
    private Map<String, NDArray> mobileNetV3(int names) throws IOException {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (String line :
                Files.readAllLines(TensorFileTest.PYTHON.resolve("mobilenetv3-names.txt"))) {
            String[] words = line.split(" ");
            long[] shape = Arrays.stream(words[2].split("x")).mapToLong(Long::parseLong).toArray();
            tensors.put(words[names], manager.full(new Shape(shape), 0.25f));
        }
        return tensors;
    }

    private MobileNetV3 filledMobileNetV3(Map<String, NDArray> tensors) throws Exception {
        Path file = folder.resolve("mobilenetv3.safetensors");
        TensorWriter.write(file, tensors, Map.of());
        MobileNetV3 encoder = MobileNetV3.builder().build();
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 64, 64));
        Set<String> taken = PretrainedWeights.of(file).copyTo(encoder, manager);
        assertEquals(TensorNames.of(encoder).keySet(), taken);
        assertEquals(262, taken.size());
        assertEquals(0.25f, values(encoder, "features.15.block.2.fc1.weight")[7]);
        assertEquals(0.25f, values(encoder, "features.16.1.running_var")[959]);
        return encoder;
    }

    /** γ (x − μ) / √(v + ε) is the same with timm's γ and ε. */
    @Test
    void timmsNormalisationIsKept() {
        float[] variance = {0, 1e-5f, 1e-3f, 0.1f, 10};
        float[] gamma = {1, -2, 0.5f, 3, 1};
        float[] adapted = gamma.clone();
        TimmMobileNetV3.adapt(adapted, variance);
        for (int i = 0; i < gamma.length; i++) {
            assertEquals(
                    gamma[i] / Math.sqrt(variance[i] + 1e-5),
                    adapted[i] / Math.sqrt(variance[i] + 1e-3),
                    1e-6 * Math.abs(gamma[i]) / Math.sqrt(variance[i] + 1e-5));
        }
    }

    /** Before there is anything to train. */
    @Test
    void aValueThatCannotBeIsFoundByTheCheck() throws Exception {
        Block network = network(3, 4);
        Path file = folder.resolve("bad.safetensors");
        NDArray kernel = TensorNames.of(network).get("encoder.conv1.weight").getArray();
        kernel.set(new NDIndex(1, 2, 0, 0), Float.NaN);
        PretrainedWeights.write(network, file, Normalization.imageNet());
        assertBad(file + ": encoder.conv1.weight: expected finite values, got NaN", file);
        kernel.set(new NDIndex(1, 2, 0, 0), -1);
        NDArray variance = TensorNames.of(network).get("encoder.bn1.running_var").getArray();
        variance.set(new NDIndex(1), -0.5f);
        PretrainedWeights.write(network, file, Normalization.imageNet());
        assertBad(
                file + ": encoder.bn1.running_var: expected variances of at least 0, got -0.5",
                file);
        variance.set(new NDIndex(1), 0);
        PretrainedWeights.write(network, file, Normalization.imageNet());
        PretrainedWeights.of(file).check(network(3, 4));
    }

    private void assertBad(String message, Path file) {
        PretrainedWeights weights = PretrainedWeights.of(file);
        Block network = network(3, 4);
        for (Executable each :
                List.<Executable>of(
                        () -> weights.check(network), () -> weights.copyTo(network, manager))) {
            assertEquals(message, assertThrows(MalformedModelException.class, each).getMessage());
        }
    }

    @Test
    void metadataThatIsNoNormalizationIsRefused() throws Exception {
        Path file = folder.resolve("bad.safetensors");
        TensorWriter.write(file, Map.of(), Map.of("mean", "1,2", "std", "1,1,1"));
        assertEquals(
                file + ": __metadata__: std: expected 2 values above 0, got [1.0, 1.0, 1.0]",
                assertThrows(
                                MalformedModelException.class,
                                () -> PretrainedWeights.of(file).normalization())
                        .getMessage());
        TensorWriter.write(file, Map.of(), Map.of("mean", "1,2,3"));
        assertEquals(
                file + ": __metadata__: std: expected a value, got none",
                assertThrows(
                                MalformedModelException.class,
                                () -> PretrainedWeights.of(file).normalization())
                        .getMessage());
        TensorWriter.write(file, Map.of(), Map.of("format", "pt"));
        assertEquals(Optional.empty(), PretrainedWeights.of(file).normalization());
    }

    @Test
    void aNetworkWithoutShapesIsRefused() {
        Block unit = new ConvUnit(2, 3);
        String message = "expected an initialised one, got another";
        assertEquals(
                "network: " + message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PretrainedWeights.of(F32).check(unit))
                        .getMessage());
        SequentialBlock twins = new SequentialBlock();
        twins.add(conv(3)).add(conv(3));
        twins.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 8, 8));
        assertFails("network: parameters: two have the name Conv2d.weight", F32, twins);
        assertEquals(
                "block: " + message,
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        PretrainedWeights.write(
                                                unit,
                                                folder.resolve("x"),
                                                Normalization.imageNet()))
                        .getMessage());
    }

    /** Loaded as the file says, or refused and nothing changed. */
    @Test
    @Tag(Trials.TAG)
    void damagedFilesAreLoadedOrRefused() throws Exception {
        List<byte[]> good = new ArrayList<>();
        for (String type : List.of("f32", "f16", "bf16", "f64")) {
            good.add(Files.readAllBytes(TensorFileTest.PYTHON.resolve(type + ".safetensors")));
        }
        Path file = folder.resolve("fuzz.safetensors");
        PretrainedWeights weights = PretrainedWeights.of(file);
        Block unit = unit(3);
        Map<String, Integer> outcomes =
                new Fuzz(
                                "pretrained weights",
                                file.toString(),
                                32 << 20,
                                Set.of(
                                        IOException.class,
                                        MalformedModelException.class,
                                        IllegalArgumentException.class))
                        .run(
                                Trials.of(3000, 300_000),
                                random -> {
                                    byte[] bytes = damaged(good, random);
                                    Files.write(file, bytes);
                                    byte[] before = bytes(unit);
                                    boolean loaded = false;
                                    try {
                                        weights.copyTo(unit, manager);
                                        loaded = true;
                                    } finally {
                                        if (!loaded) {
                                            assertArrayEquals(before, bytes(unit));
                                        }
                                    }
                                    return "loaded";
                                });
        assertTrue(outcomes.get("loaded") > 50, outcomes.toString());
        assertTrue(outcomes.get("MalformedModelException") > 1000, outcomes.toString());
        assertTrue(outcomes.get("IllegalArgumentException") > 20, outcomes.toString());
    }

    /** Damages any place, or the text of the header alone, whose length is put right. */
    private static byte[] damaged(List<byte[]> good, Random random) {
        if (random.nextInt(3) == 0) {
            return Mutator.mutate(good, random);
        }
        byte[] file = Mutator.any(good, random);
        int end = 8 + (file[0] & 255) + (file[1] << 8);
        byte[] header = Mutator.mutateText(List.of(Arrays.copyOfRange(file, 8, end)), random);
        return ByteBuffer.allocate(8 + header.length + file.length - end)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(file, end, file.length - end)
                .array();
    }

    private void assertFails(String message, Path file, Block block) {
        assertEquals(message, fails(file, block));
    }

    /** The message, and nothing is changed. */
    private String fails(Path file, Block block) {
        byte[] before = bytes(block);
        PretrainedWeights weights = PretrainedWeights.of(file);
        String message =
                assertThrows(IllegalArgumentException.class, () -> weights.copyTo(block, manager))
                        .getMessage();
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> weights.check(block))
                        .getMessage());
        assertArrayEquals(before, bytes(block));
        return message;
    }

    /** Writes the tensors of the Python file again, by other names. */
    private Path renamed(UnaryOperator<String> name) throws Exception {
        TensorFile good = TensorFile.read(F32);
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, TensorFile.Tensor> tensor : good.tensors().entrySet()) {
            boolean counter = tensor.getValue().type().equals("I64");
            tensors.put(
                    name.apply(tensor.getKey()),
                    counter
                            ? manager.ones(new Shape())
                            : manager.create(
                                    good.values(tensor.getKey()), tensor.getValue().shape()));
        }
        Path file = folder.resolve("renamed.safetensors");
        TensorWriter.write(file, tensors, Map.of());
        return file;
    }

    private Block unit(int channels) {
        Block unit = ConvUnit.builder(2, 3).names("conv1", "bn1").build();
        unit.initialize(manager, DataType.FLOAT32, new Shape(1, channels, 8, 8));
        return unit;
    }

    /** A block with the children that a network of encoder and decoder has. */
    private Block network(int channels, int classes) {
        Network network = new Network();
        network.add("encoder", ConvUnit.builder(2, 3).names("conv1", "bn1").build());
        network.add("decoder", new ConvUnit(2, 3));
        network.add("classifier", conv(classes));
        network.initialize(manager, DataType.FLOAT32, new Shape(1, channels, 8, 8));
        return network;
    }

    /** Children with names, one after the other. */
    private static final class Network extends AbstractBlock {

        private final SequentialBlock all = new SequentialBlock();

        void add(String name, Block child) {
            all.add(addChildBlock(name, child));
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
            all.initialize(manager, type, inputs);
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store, NDList in, boolean training, PairList<String, Object> more) {
            return all.forward(store, in, training);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return all.getOutputShapes(inputs);
        }
    }

    private static byte[] bytes(Block block) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Parameter parameter : block.getParameters().values()) {
            bytes.writeBytes(parameter.getArray().toByteArray());
        }
        return bytes.toByteArray();
    }

    private static float[] values(Block block, String name) {
        return TensorNames.of(block).get(name).getArray().toFloatArray();
    }
}
