package io.github.lovaszdjl.dataset;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Makes class ids of what a label file stores.
 *
 * <p>Where classes have colours, or the mapping names some, colours count: of RGB, of a palette, of
 * grey. Else it is the stored number: a palette's index or a grey level of up to 16 bits, never
 * scaled; RGB of three equal channels is grey. A mapping says which id a number has; without one it
 * is the id. Alpha may be there where it is opaque all over. A palette's alpha is looked at only
 * where its colours count.
 *
 * <p>Instances are immutable.
 */
final class LabelDecoder {

    /** Takes numbers as ids. */
    static final LabelDecoder IDS = new LabelDecoder(Map.of(), Map.of(), Optional.empty());

    private static final int UNKNOWN = -1;
    private static final int TRANSPARENT = -2;

    /** RGB where numbers count, of channels that differ. */
    private static final int COLOURED = -3;

    /** The ids by colour; empty where numbers count. */
    private final Map<Integer, Integer> colours;

    /** The names of classes by colour, for messages. */
    private final Map<Integer, String> names;

    private final Optional<LabelMapping> mapping;

    /** The id of each number up to 255, or {@link #UNKNOWN}. */
    private final int[] bytes = new int[256];

    private LabelDecoder(
            Map<Integer, Integer> colours,
            Map<Integer, String> names,
            Optional<LabelMapping> mapping) {
        this.colours = colours;
        this.names = names;
        this.mapping = mapping;
        for (int number = 0; number < bytes.length; number++) {
            bytes[number] = ofNumber(number);
        }
    }

    /**
     * Returns the decoder of a data set.
     *
     * @param root the folder of the data set, for messages
     * @param classes its classes
     * @param mapping the ids of values or colours, if they are given
     * @throws MalformedDatasetException if there are colours and a mapping of values, or a colour
     *     has two ids
     */
    static LabelDecoder of(Path root, ClassNames classes, Optional<LabelMapping> mapping)
            throws MalformedDatasetException {
        Map<Integer, Integer> colours = new LinkedHashMap<>();
        Map<Integer, String> names = new HashMap<>();
        for (int id = 0; id < classes.colours().size(); id++) {
            colours.put(classes.colours().get(id), id);
            names.put(classes.colours().get(id), classes.names().get(id));
        }
        if (mapping.isPresent()) {
            if (!colours.isEmpty() && mapping.get().hasValues()) {
                throw new MalformedDatasetException(
                        root,
                        "a label map of colours (#RRGGBB=ID), as the classes have colours",
                        mapping.get().toString());
            }
            for (Map.Entry<Integer, Integer> rule : mapping.get().colours().entrySet()) {
                Integer before = colours.put(rule.getKey(), rule.getValue());
                if (before != null && !before.equals(rule.getValue())) {
                    throw new MalformedDatasetException(
                            root,
                            "one id for every colour",
                            LabelMapping.colour(rule.getKey())
                                    + " as that of class "
                                    + before
                                    + " and, in the label map, of "
                                    + rule.getValue());
                }
            }
        }
        return colours.isEmpty() && mapping.isEmpty()
                ? IDS
                : new LabelDecoder(colours, names, mapping);
    }

    /**
     * Makes class ids of a decoded label file.
     *
     * @param file the file, for messages
     * @param image what is in it
     * @throws MalformedDatasetException if a value or colour has no id, a pixel is not opaque, or
     *     the pixels are of another kind
     */
    LabelImage decode(Path file, BufferedImage image) throws MalformedDatasetException {
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        int bits = raster.getSampleModel().getSampleSize(0);
        byte[] ids = new byte[image.getWidth() * image.getHeight()];
        if (colours.isEmpty() && bands == 1 && bits <= Byte.SIZE) {
            decodeBytes(file, raster, ids);
        } else if (bands <= 4 && bits <= (bands > 2 ? Byte.SIZE : Short.SIZE)) {
            decodeSamples(file, image, ids);
        } else {
            throw new MalformedDatasetException(
                    file,
                    "labels as one channel of at most 16 bits, or as colours, of 8 bits each",
                    bands + " channel(s) of " + bits + " bits");
        }
        return new LabelImage(image.getWidth(), image.getHeight(), ids);
    }

    /** One channel of at most 8 bits: what nearly every set has, so without a detour. */
    private void decodeBytes(Path file, Raster raster, byte[] ids)
            throws MalformedDatasetException {
        int width = raster.getWidth();
        if (raster.getTransferType() == DataBuffer.TYPE_BYTE) {
            raster.getDataElements(0, 0, width, raster.getHeight(), ids);
        } else {
            int[] row = new int[width];
            for (int y = 0; y < raster.getHeight(); y++) {
                raster.getPixels(0, y, width, 1, row);
                for (int x = 0; x < width; x++) {
                    ids[y * width + x] = (byte) row[x];
                }
            }
        }
        if (mapping.isEmpty()) {
            return;
        }
        UnknownLabels unknown = new UnknownLabels();
        for (int i = 0; i < ids.length; i++) {
            int number = ids[i] & 0xff;
            if (bytes[number] == UNKNOWN) {
                unknown.add(number);
            }
            ids[i] = (byte) bytes[number];
        }
        checkNumbers(file, unknown);
    }

    private void decodeSamples(Path file, BufferedImage image, byte[] ids)
            throws MalformedDatasetException {
        Raster raster = image.getRaster();
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        int most = (1 << raster.getSampleModel().getSampleSize(bands - 1)) - 1;
        boolean rgb = bands > 2;
        boolean alpha = bands % 2 == 0;
        int[] palette = palette(image);
        int[] row = new int[width * bands];
        UnknownLabels unknown = new UnknownLabels();
        UnknownLabels coloured = new UnknownLabels();
        int transparent = 0;
        int lastKey = -1;
        int id = UNKNOWN;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int at = x * bands;
                int key = rgb ? row[at] << 16 | row[at + 1] << 8 | row[at + 2] : row[at];
                boolean opaque = !alpha || row[at + bands - 1] == most;
                // Neighbours are mostly alike.
                if (key != lastKey) {
                    id = rgb ? ofRgb(key) : ofSample(key, palette, most);
                    lastKey = key;
                }
                if (id == TRANSPARENT || !opaque) {
                    transparent++;
                } else if (id == COLOURED) {
                    coloured.add(key);
                } else if (id == UNKNOWN) {
                    unknown.add(rgb ? key : label(key, palette, most));
                }
                ids[y * width + x] = (byte) id;
            }
        }
        if (transparent > 0) {
            throw new MalformedDatasetException(
                    file,
                    "labels that are opaque all over",
                    transparent + " pixel(s) that are not");
        }
        coloured.check(
                file,
                "labels as numbers, or classes with their colours in "
                        + ClassNames.FILE_NAME
                        + " (such as road #804080)",
                LabelMapping::colour,
                colour -> "");
        if (colours.isEmpty()) {
            checkNumbers(file, unknown);
        } else {
            unknown.check(
                    file,
                    "colours of the classes or of the label map",
                    LabelMapping::colour,
                    this::nearestColour);
        }
    }

    /** Returns the colours of the palette with their alpha, where colours count; else null. */
    private int[] palette(BufferedImage image) {
        if (colours.isEmpty() || !(image.getColorModel() instanceof IndexColorModel model)) {
            return null;
        }
        int[] palette = new int[model.getMapSize()];
        model.getRGBs(palette);
        return palette;
    }

    private int ofRgb(int rgb) {
        if (!colours.isEmpty()) {
            return ofColour(rgb);
        }
        int number = rgb & 0xff;
        return rgb == number * 0x010101 ? bytes[number] : COLOURED;
    }

    /** Returns the id of a palette's index, or of a grey level up to the one for white. */
    private int ofSample(int sample, int[] palette, int white) {
        if (palette != null) {
            // What is beyond the palette has no colour at all.
            return sample < palette.length && palette[sample] >>> 24 == 0xff
                    ? ofColour(palette[sample] & 0xffffff)
                    : TRANSPARENT;
        }
        return colours.isEmpty() ? ofNumber(sample) : ofColour(grey(sample, white));
    }

    /** Returns the colour of a sample where colours count, else the sample. */
    private int label(int sample, int[] palette, int white) {
        if (colours.isEmpty()) {
            return sample;
        }
        return palette != null ? palette[sample] & 0xffffff : grey(sample, white);
    }

    private static int grey(int sample, int white) {
        int level = (int) ((sample * 255L + white / 2) / white);
        return level * 0x010101;
    }

    private int ofColour(int rgb) {
        Integer id = colours.get(rgb);
        return id != null ? id : others().orElse(UNKNOWN);
    }

    private OptionalInt others() {
        return mapping.isPresent() ? mapping.get().others() : OptionalInt.empty();
    }

    private int ofNumber(int number) {
        if (mapping.isPresent()) {
            return mapping.get().ofValue(number).orElse(UNKNOWN);
        }
        return number <= 255 ? number : UNKNOWN;
    }

    private void checkNumbers(Path file, UnknownLabels unknown) throws MalformedDatasetException {
        unknown.check(
                file,
                mapping.isPresent()
                        ? "values of the label map " + mapping.get()
                        : "ids of at most 255, or a label map that makes such of others",
                String::valueOf,
                this::nearestNumber);
    }

    private String nearestNumber(int number) {
        OptionalInt nearest =
                mapping.isPresent() ? mapping.get().nearestValue(number) : OptionalInt.empty();
        return nearest.isPresent() ? String.valueOf(nearest.getAsInt()) : "";
    }

    private String nearestColour(int colour) {
        int nearest =
                colours.keySet().stream()
                        .min(Comparator.comparingInt(known -> distance(known, colour)))
                        .orElseThrow();
        String name = names.get(nearest);
        return LabelMapping.colour(nearest) + (name == null ? "" : " (" + name + ")");
    }

    private static int distance(int a, int b) {
        int sum = 0;
        for (int shift = 0; shift < Integer.SIZE - Byte.SIZE; shift += Byte.SIZE) {
            int difference = (a >> shift & 0xff) - (b >> shift & 0xff);
            sum += difference * difference;
        }
        return sum;
    }
}
