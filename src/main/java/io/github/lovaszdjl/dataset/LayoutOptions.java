package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Names;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Reads the options of a {@link FolderLayout} and says what is wrong with one. */
final class LayoutOptions {

    /** Stands for the name of the split in a folder's name. */
    static final String SPLIT = "SPLIT";

    static final String LABEL_MAP = "label-map";
    static final String IGNORE_LABEL = "ignore-label";
    static final String IMAGES = "images";
    static final String LABELS = "labels";
    static final String IMAGE_SUFFIX = "image-suffix";
    static final String LABEL_SUFFIX = "label-suffix";
    static final String SPLIT_NAMES = "split-names";
    static final String LISTS = "lists";
    static final String VAL = "val";
    static final String TEST = "test";
    static final String SPLIT_SEED = "split-seed";
    static final String GROUPS = "groups";

    static final String CHANNELS = "channels";
    static final String MEAN = "mean";
    static final String STD = "std";

    static final List<String> NAMES =
            List.of(
                    LABEL_MAP,
                    IGNORE_LABEL,
                    IMAGES,
                    LABELS,
                    IMAGE_SUFFIX,
                    LABEL_SUFFIX,
                    SPLIT_NAMES,
                    LISTS,
                    VAL,
                    TEST,
                    SPLIT_SEED,
                    GROUPS,
                    CHANNELS,
                    MEAN,
                    STD);

    private static final List<String> SPLITS = List.of("train", VAL, TEST);

    private static final int MAX_NAME = 255;

    private LayoutOptions() {}

    static IllegalArgumentException wrong(String name, String expected, String got) {
        return new IllegalArgumentException(
                name + ": expected " + expected + ", got \"" + Names.shortened(got) + "\"");
    }

    static OptionalInt ignoreLabel(Map<String, String> options) {
        String text = options.get(IGNORE_LABEL);
        if (text == null) {
            return OptionalInt.empty();
        }
        if (!text.matches("\\d{1,3}") || Integer.parseInt(text) > 255) {
            throw wrong(IGNORE_LABEL, "0 to 255", text);
        }
        return OptionalInt.of(Integer.parseInt(text));
    }

    /** Returns the normalization, whose options then are in one form. */
    static Optional<Normalization> normalization(Map<String, String> options) {
        if (!options.containsKey(MEAN) && !options.containsKey(STD)) {
            return Optional.empty();
        }
        if (!options.containsKey(MEAN)) {
            numbers(options, STD); // what is wrong with it is said before what is missing
        }
        Normalization normalization =
                new Normalization(numbers(options, MEAN), numbers(options, STD));
        options.put(MEAN, text(normalization.mean()));
        options.put(STD, text(normalization.std()));
        return Optional.of(normalization);
    }

    private static List<Float> numbers(Map<String, String> options, String name) {
        String text = options.get(name);
        if (text == null) {
            throw new IllegalArgumentException(
                    name + ": expected it with " + (name.equals(MEAN) ? STD : MEAN) + ", got none");
        }
        List<Float> values = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!part.strip()
                    .matches("[-+]?(\\d{1,9}(\\.\\d{0,20})?|\\.\\d{1,20})([eE][-+]?\\d{1,2})?")) {
                throw wrong(name, "a number for each channel, such as 0.1,0.2,0.3,0.4", text);
            }
            values.add(Float.valueOf(part.strip()));
        }
        return values;
    }

    static String text(List<Float> values) {
        return values.stream().map(v -> Float.toString(v)).collect(Collectors.joining(","));
    }

    /** Returns the number of channels. */
    static OptionalInt channels(
            Map<String, String> options, Optional<Normalization> normalization) {
        String text = options.get(CHANNELS);
        if (text == null) {
            return normalization.isPresent()
                    ? OptionalInt.of(normalization.get().channels())
                    : OptionalInt.empty();
        }
        int most = Normalization.MAX_CHANNELS;
        if (!text.matches("[1-9]\\d?") || Integer.parseInt(text) > most) {
            throw wrong(CHANNELS, "1 to " + most, text);
        }
        int channels = Integer.parseInt(text);
        if (normalization.isPresent() && normalization.get().channels() != channels) {
            throw wrong(CHANNELS, normalization.get().channels() + ", as mean and std have", text);
        }
        return OptionalInt.of(channels);
    }

    /** Checks folders and suffixes. */
    static void checkPlaces(Map<String, String> options) {
        for (String name : List.of(IMAGES, LABELS, LISTS)) {
            String place = options.get(name);
            if (place != null && !isInside(place)) {
                throw wrong(name, "a folder in that of the data set", place);
            }
        }
        if (options.containsKey(LISTS) && namesSplit(options.get(LISTS))) {
            throw wrong(LISTS, "the folder of train.txt, val.txt and test.txt", options.get(LISTS));
        }
        for (String name : List.of(IMAGE_SUFFIX, LABEL_SUFFIX)) {
            String suffix = options.get(name);
            if (suffix != null && !suffix.matches("[^/\\\\\\p{Cntrl}]{1," + MAX_NAME + "}")) {
                throw wrong(name, "the end of a file's name before the extension", suffix);
            }
        }
    }

    private static boolean isInside(String place) {
        try {
            Path path = Path.of(place);
            return !place.isBlank()
                    && place.length() <= 16 * MAX_NAME
                    && !place.matches(".*\\p{Cntrl}.*")
                    && !path.isAbsolute()
                    && !path.startsWith("/")
                    && !path.normalize().startsWith("..");
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Tells whether a part of a folder stands for the split. */
    static boolean namesSplit(String place) {
        for (Path part : Path.of(place)) {
            if (part.toString().equals(SPLIT)) {
                return true;
            }
        }
        return false;
    }

    static Map<String, String> splitNames(Map<String, String> options) {
        String text = options.get(SPLIT_NAMES);
        Map<String, String> names = new LinkedHashMap<>();
        if (text == null) {
            return names;
        }
        for (String pair : text.split(",", -1)) {
            String[] parts = pair.strip().split("=", -1);
            if (parts.length != 2
                    || !SPLITS.contains(parts[0])
                    || parts[1].startsWith(".")
                    || !parts[1].matches("[^/\\\\\\p{Cntrl}]{1," + MAX_NAME + "}")
                    || !isInside(parts[1])
                    || names.put(parts[0], parts[1]) != null) {
                throw wrong(
                        SPLIT_NAMES,
                        "such as train=training,val=validation, of train, val and test each at"
                                + " most once",
                        text);
            }
        }
        return names;
    }
}
