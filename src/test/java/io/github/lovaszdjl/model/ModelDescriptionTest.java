package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.MalformedModelException;
import io.github.lovaszdjl.dataset.Normalization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelDescriptionTest {

    private static final Normalization NORMALIZATION = Normalization.imageNet();

    @Test
    void propertiesGiveTheDescriptionBack() throws Exception {
        ModelDescription description =
                ModelDescription.unet(List.of("", "a, b"), 12, 4, 128, 64, NORMALIZATION);
        assertEquals(description, ModelDescription.from(description.toProperties()));
    }

    @Test
    void laterChangesOfTheListDoNotCount() {
        List<String> names = new ArrayList<>(List.of("a"));
        ModelDescription description = ModelDescription.unet(names, 12, 4, 128, 64, NORMALIZATION);
        names.add("b");
        assertEquals(List.of("a"), description.classNames());
    }

    @Test
    void theBlockIsTheOneDescribed() {
        ModelDescription description =
                ModelDescription.unet(List.of("a", "b"), 12, 3, 128, 64, NORMALIZATION);
        UNet net = (UNet) description.newBlock();
        assertEquals(
                List.of(2, 3, 12, 3),
                List.of(net.classes(), net.inputChannels(), net.baseWidth(), net.depth()));
    }

    @Test
    void oneScoreTellsTwoClassesApart() throws Exception {
        ModelDescription description = binary(List.of("ground", "road"));
        Map<String, String> properties = description.toProperties();
        assertEquals("score-above-zero", properties.get("segmentation.decision"));
        // A reader that knows one logit a class only must not take it.
        assertEquals("2", properties.get("segmentation.format"));
        assertEquals(description, ModelDescription.from(properties));
        assertEquals(1, description.channels());
        assertEquals(1, ((UNet) description.newBlock()).classes());

        properties.put("segmentation.decision", "score-above-one");
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class, () -> ModelDescription.from(properties));
        assertEquals(
                "segmentation.decision: expected one of [highest-logit, score-above-zero], got"
                        + " score-above-one",
                e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void oneScoreTellsNoOtherNumberOfClassesApart(int classes) {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> binary(List.of("a", "b", "c").subList(0, classes)));
        assertEquals(
                "classes: expected 2, which one score a pixel tells apart, got " + classes,
                e.getMessage());
    }

    @Test
    void oneLogitAClassIsWrittenAsEver() {
        Map<String, String> properties =
                ModelDescription.unet(List.of("a", "b"), 12, 4, 128, 64, NORMALIZATION)
                        .toProperties();
        assertEquals("1", properties.get("segmentation.format"));
        assertFalse(properties.containsKey("segmentation.decision"), properties.toString());
    }

    private static ModelDescription binary(List<String> classNames) {
        return new ModelDescription(
                classNames,
                new UNetNetwork(4, 2),
                32,
                32,
                NORMALIZATION,
                Decision.SCORE_ABOVE_ZERO);
    }

    @Test
    void numbersMustBeInRange() {
        assertFails("classNames: expected at least 1, got none", List.of(), 12, 4, 1);
        assertFails("baseWidth: expected 1 to 65536, got 0", List.of("a"), 0, 4, 1);
        assertFails("depth: expected 1 to 10, got 0", List.of("a"), 12, 0, 1);
        assertFails("height: expected at least 1, got 0", List.of("a"), 12, 4, 0);
    }

    private static void assertFails(
            String message, List<String> names, int baseWidth, int depth, int height) {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                ModelDescription.unet(
                                        names, baseWidth, depth, height, 1, NORMALIZATION));
        assertEquals(message, e.getMessage());
    }
}
