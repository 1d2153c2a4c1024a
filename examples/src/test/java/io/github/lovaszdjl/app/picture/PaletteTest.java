package io.github.lovaszdjl.app.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.awt.Color;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaletteTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 21, 64, 256})
    void noTwoClassesShareAColour(int classes) {
        List<Color> colors =
                Palette.of(IntStream.range(0, classes).mapToObj(i -> "class " + i).toList());
        assertEquals(classes, new HashSet<>(colors).size());
        assertFalse(colors.contains(Palette.IGNORED));
    }

    @Test
    void namesOfOneThingDoNotShareItsColour() {
        List<Color> colors = Palette.of(List.of("other thing", "sea", "Ocean"));
        assertEquals(3, new HashSet<>(colors).size());
        assertEquals(Palette.of(List.of("ocean")).get(0), colors.get(1));
    }
}
