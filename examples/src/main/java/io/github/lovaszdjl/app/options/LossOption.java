package io.github.lovaszdjl.app.options;

import java.util.List;
import java.util.Locale;

/** The options of losses in an expression; those of each loss are in {@link LossKind}. */
enum LossOption {
    LABEL_SMOOTHING("0", "a number from 0 to 1") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && number <= 1;
        }
    },
    CLASSES("present", "present", "all"),
    PER_IMAGE("false", "true", "false"),
    SYMMETRIC("false", "true", "false"),
    ACTIVATION("relu", "relu", "elu-plus-one"),
    SMOOTH("1", "a number above 0") {
        @Override
        boolean accepts(float number) {
            return number > 0 && Float.isFinite(number);
        }
    },
    GAMMA("2", "a number not below 0") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && Float.isFinite(number);
        }
    };

    /** The value that a flag stands for. */
    static final String TRUE = "true";

    final String initial;
    final String expected;

    /** Its values; none where they are numbers. */
    final List<String> words;

    LossOption(String initial, String expected) {
        this.initial = initial;
        this.expected = expected;
        words = List.of();
    }

    LossOption(String initial, String oneWord, String otherWord) {
        this.initial = initial;
        expected = oneWord + " or " + otherWord;
        words = List.of(oneWord, otherWord);
    }

    boolean accepts(float number) {
        return false;
    }

    /** Whether its name alone stands for true. */
    boolean isFlag() {
        return words.contains(TRUE);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
