package io.github.lovaszdjl.app.options;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

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
    },
    INTERSECTION("minimum", "minimum", "product"),
    ALPHA("0.3", "a number not below 0") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && Float.isFinite(number);
        }
    },
    BETA("0.7", "a number above 0") {
        @Override
        boolean accepts(float number) {
            return number > 0 && Float.isFinite(number);
        }
    },
    /** That of the Tversky loss, of another range than that of the focal loss. */
    TVERSKY_GAMMA("1", "a number from 1 to 3") {
        @Override
        boolean accepts(float number) {
            return number >= 1 && number <= 3;
        }

        @Override
        public String toString() {
            return GAMMA.toString();
        }
    },
    THRESHOLD("0.7", "a number from 0 to 1") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && number <= 1;
        }
    },
    MIN_KEPT("0.2", "a number from 0 to 1") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && number <= 1;
        }
    },
    MIN_KEPT_PIXELS("0", "a whole number from 0 to 16777216") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && number <= MOST_PIXELS && number == Math.rint(number);
        }
    },
    SOFT_CLASSES("same", "same", "present", "all"),
    /** That of the metric losses: a power, of another range than that of the others. */
    METRIC_GAMMA("1", "a number not below 1") {
        @Override
        boolean accepts(float number) {
            return number >= 1 && Float.isFinite(number);
        }

        @Override
        public String toString() {
            return GAMMA.toString();
        }
    },
    PRESENCE("0.01", "a number from 0 to below 1") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && number < 1;
        }
    },
    LOG_LOSS("false", "true", "false"),
    MIOU_D("1", "a number not below 0") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && Float.isFinite(number);
        }
    },
    MIOU_I("0", "a number not below 0") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && Float.isFinite(number);
        }
    },
    MIOU_C("0", "a number not below 0") {
        @Override
        boolean accepts(float number) {
            return number >= 0 && Float.isFinite(number);
        }
    };

    /** Up to here a float is every whole number. */
    private static final int MOST_PIXELS = 1 << 24;

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

    LossOption(String initial, String oneWord, String... otherWords) {
        this.initial = initial;
        words = Stream.concat(Stream.of(oneWord), Stream.of(otherWords)).toList();
        int last = words.size() - 1;
        expected = String.join(", ", words.subList(0, last)) + " or " + words.get(last);
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
