package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.dataset.Normalization;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Saved models, parameters and descriptions, of all damages. */
@Tag(Trials.TAG)
class SavedModelFuzzTest {

    private static final ModelDescription DESCRIPTION =
            ModelDescription.unet(List.of("a", "b"), 1, 1, 8, 8, Normalization.imageNet());

    /** DJL takes a megabyte for every array that it reads, here 30 of them. */
    private static final long MAX_ALLOCATED = 64 << 20;

    private static final Set<Class<? extends Exception>> REFUSALS =
            Set.of(IOException.class, MalformedModelException.class, NoSuchFileException.class);

    @TempDir(factory = Fuzz.Memory.class)
    private Path folder;

    private Path parameters;
    private Path description;
    private byte[] values;
    private byte[] good;
    private byte[] text;

    @BeforeEach
    void save() throws IOException {
        try (Model model = Model.newInstance("m")) {
            Block block = DESCRIPTION.newBlock();
            block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 8, 8));
            model.setBlock(block);
            SegmentationModels.save(model, DESCRIPTION, folder);
            values = values(model);
        }
        parameters = folder.resolve("m-0000.params");
        description = folder.resolve("serving.properties");
        good = Files.readAllBytes(parameters);
        text = Files.readAllBytes(description);
    }

    /** A check sum tells, whatever the damage. */
    @Test
    void damagedParametersAreNotLoaded() throws Exception {
        Map<String, Integer> outcomes =
                new Fuzz("damaged parameters", parameters + ": ", MAX_ALLOCATED, REFUSALS)
                        .run(
                                Trials.of(200, 100_000),
                                random -> {
                                    byte[] bytes = Mutator.mutate(List.of(good), random);
                                    Files.write(parameters, bytes);
                                    String outcome = load();
                                    assertArrayEquals(good, bytes, "damaged, and loaded");
                                    return outcome;
                                });
        assertTrue(outcomes.get("MalformedModelException") > 100, outcomes.toString());
    }

    /** Models without a check sum: whatever a length says, memory stays bounded. */
    @Test
    void parametersWithoutACheckSumAreLoadedOrRefused() throws Exception {
        Files.writeString(
                description,
                new String(text, StandardCharsets.US_ASCII)
                        .replaceAll("segmentation.checkSum=.*\n", ""));
        Map<String, Integer> outcomes =
                new Fuzz("parameters, no check sum", parameters + ": ", MAX_ALLOCATED, REFUSALS)
                        .run(
                                Trials.of(200, 100_000),
                                random -> {
                                    Files.write(parameters, edited(random));
                                    return load();
                                });
        assertTrue(outcomes.get("loaded") > 5, outcomes.toString());
        assertTrue(outcomes.get("MalformedModelException") > 100, outcomes.toString());
    }

    @Test
    void descriptionsAreReadOrRefused() throws Exception {
        Map<String, Integer> outcomes =
                new Fuzz("descriptions of models", folder + "/", MAX_ALLOCATED, REFUSALS)
                        .run(
                                Trials.of(200, 100_000),
                                random -> {
                                    byte[] bytes = Mutator.mutateText(List.of(text), random);
                                    Files.write(description, bytes);
                                    return load();
                                });
        assertTrue(outcomes.get("loaded") > 1, outcomes.toString());
        assertTrue(outcomes.get("MalformedModelException") > 100, outcomes.toString());
    }

    @Test
    void aLengthOfTwoGigabytesIsNotAllocated() throws Exception {
        Files.write(
                description,
                new String(text, StandardCharsets.US_ASCII)
                        .replaceAll("segmentation.checkSum=.*\n", "")
                        .getBytes(StandardCharsets.US_ASCII));
        byte[] bytes = good.clone();
        int at = bytes.length;
        // The last array's: behind the order of its bytes.
        while (bytes[at - 1] != '<' || ByteBuffer.wrap(bytes).getInt(at) != bytes.length - at - 4) {
            at--;
        }
        ByteBuffer.wrap(bytes).putInt(at, Integer.MAX_VALUE);
        Files.write(parameters, bytes);
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> SegmentationModels.load(folder));
        assertEquals(
                parameters
                        + ": bias: expected 2 values of float32, got 2147483647 bytes in version 3",
                e.getMessage());
    }

    @Test
    void aFlippedBitIsFound() throws Exception {
        byte[] bytes = good.clone();
        bytes[bytes.length - 3] ^= 1;
        Files.write(parameters, bytes);
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> SegmentationModels.load(folder));
        assertTrue(
                e.getMessage().startsWith(parameters + ": is damaged: expected the check sum "),
                e.getMessage());
    }

    /** Returns the file with a change, half of the time of one of the lengths in it. */
    private byte[] edited(Random random) {
        if (random.nextInt(4) == 0) {
            byte[] bytes = good.clone();
            bytes[bytes.length - 1 - random.nextInt(8)] ^= (byte) random.nextInt();
            return bytes;
        }
        if (random.nextBoolean()) {
            return Mutator.mutate(List.of(good), random);
        }
        byte[] bytes = good.clone();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int at = random.nextInt(bytes.length - 8);
        // Zeros before a small number: a length, or what may be one.
        while (bytes[at] != 0 || bytes[at + 1] != 0) {
            at = random.nextInt(bytes.length - 8);
        }
        if (random.nextBoolean()) {
            buffer.putInt(at, (int) Mutator.extreme(random));
        } else {
            buffer.putLong(at, Mutator.extreme(random));
        }
        return bytes;
    }

    private String load() throws IOException, MalformedModelException {
        try (ZooModel<Image, CategoryMask> model = SegmentationModels.load(folder)) {
            if (Arrays.equals(Files.readAllBytes(parameters), good)) {
                assertArrayEquals(values, values(model));
            }
            ModelDescription loaded = ModelDescription.from(model.getProperties());
            assertEquals(DESCRIPTION.network(), loaded.network());
            assertEquals(2, loaded.classNames().size());
            return "loaded";
        }
    }

    /** Returns all parameters. */
    private static byte[] values(Model model) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (Parameter parameter : model.getBlock().getParameters().values()) {
            NDArray array = parameter.getArray();
            out.write(array.toByteArray());
        }
        return bytes.toByteArray();
    }
}
