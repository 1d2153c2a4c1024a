package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ClassSelectionTest {

    @Test
    void aSelectionSaysWhatItSelects() {
        assertEquals("present", ClassSelection.present().toString());
        assertEquals("all", ClassSelection.all().toString());
        assertEquals("classes [0, 3]", ClassSelection.of(0, 3).toString());
    }
}
