package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lovaszdjl.dataset.Normalization;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

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
        UNet net =
                ModelDescription.unet(List.of("a", "b"), 12, 3, 128, 64, NORMALIZATION).newBlock();
        assertEquals(
                List.of(2, 3, 12, 3),
                List.of(net.classes(), net.inputChannels(), net.baseWidth(), net.depth()));
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
