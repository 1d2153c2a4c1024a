package io.github.lovaszdjl.app.importer;

import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.RgbImage;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which class a colour of a label map stands for. */
final class LabelColours {

    private final List<String> classes;
    private final Map<Integer, Integer> ids = new HashMap<>();

    /** Whether a palette's colours count, rather than the numbers of its entries. */
    private final boolean palettes;

    private LabelColours(List<String> classes, boolean palettes) {
        this.classes = List.copyOf(classes);
        this.palettes = palettes;
        ids.put(vocColour(ClassTable.IGNORED), ClassTable.IGNORED);
    }

    /** Returns the colours of VOC's palette. */
    static LabelColours voc(List<String> classes) {
        LabelColours colours = new LabelColours(classes, false);
        for (int id = 0; id < Math.min(classes.size(), ClassTable.IGNORED); id++) {
            colours.ids.put(vocColour(id), id);
        }
        return colours;
    }

    /**
     * Returns a colour of VOC's palette: the bits of the number, three by three from the low end,
     * are the high bits of red, green and blue.
     */
    static int vocColour(int id) {
        int rgb = 0;
        for (int bit = 0; bit < Byte.SIZE; bit++) {
            int channel = 2 - bit % 3;
            rgb |= (id >> bit & 1) << 8 * channel + 7 - bit / 3;
        }
        return rgb;
    }

    /**
     * Reads {@code labelmap.txt}, of lines {@code name:red,green,blue:parts:actions}.
     *
     * @param file the file, for messages
     * @param lines its lines
     * @throws MalformedAnnotationsException if a line is another, or a name or colour comes twice
     */
    static LabelColours read(Path file, List<String> lines) throws MalformedAnnotationsException {
        List<String> names = new ArrayList<>();
        List<Integer> rgb = new ArrayList<>();
        for (String line : lines) {
            String[] fields = line.split(":", -1);
            String[] channels = fields.length < 2 ? new String[0] : fields[1].split(",");
            try {
                if (channels.length != 3) {
                    throw new NumberFormatException();
                }
                int colour = 0;
                for (String channel : channels) {
                    int value = Integer.parseInt(channel.strip());
                    if (value < 0 || value > 255) {
                        throw new NumberFormatException();
                    }
                    colour = colour << 8 | value;
                }
                String name = ClassTable.clean(fields[0]);
                if (names.contains(name) || rgb.contains(colour)) {
                    throw new MalformedAnnotationsException(
                            file,
                            Names.shortened(line),
                            "expected a name and a colour of its own, got one again");
                }
                names.add(name);
                rgb.add(colour);
            } catch (IllegalArgumentException e) {
                throw new MalformedAnnotationsException(
                        file,
                        "",
                        "expected name:red,green,blue and so on, got " + Names.shortened(line));
            }
        }
        LabelColours colours = new LabelColours(names, true);
        for (int id = 0; id < names.size(); id++) {
            colours.ids.put(rgb.get(id), id);
        }
        return colours;
    }

    List<String> classes() {
        return classes;
    }

    /**
     * Reads the ids of a label map.
     *
     * @param file its file, for messages
     * @throws MalformedAnnotationsException if a pixel has another id or colour
     */
    byte[] ids(Path file, BufferedImage map) throws MalformedAnnotationsException {
        Raster raster = map.getRaster();
        boolean indexed = map.getColorModel() instanceof IndexColorModel;
        boolean plain =
                raster.getNumBands() == 1
                        && raster.getSampleModel().getSampleSize(0) <= Byte.SIZE
                        && !(indexed && palettes);
        RgbImage rgb = plain ? null : RgbImage.of(map);
        byte[] labels = new byte[map.getWidth() * map.getHeight()];
        int[] row = new int[map.getWidth()];
        for (int y = 0; y < map.getHeight(); y++) {
            if (plain) {
                raster.getPixels(0, y, row.length, 1, row);
            }
            for (int x = 0; x < row.length; x++) {
                labels[y * row.length + x] =
                        (byte) (plain ? checked(file, row[x]) : id(file, rgb, x, y));
            }
        }
        return labels;
    }

    private int checked(Path file, int id) throws MalformedAnnotationsException {
        if (id >= classes.size() && id != ClassTable.IGNORED) {
            throw new MalformedAnnotationsException(
                    file,
                    "",
                    String.format(
                            "expected ids from 0 to %d or %d, got %d",
                            classes.size() - 1, ClassTable.IGNORED, id));
        }
        return id;
    }

    private int id(Path file, RgbImage rgb, int x, int y) throws MalformedAnnotationsException {
        int colour = rgb.sample(x, y, 0) << 16 | rgb.sample(x, y, 1) << 8 | rgb.sample(x, y, 2);
        Integer id = ids.get(colour);
        if (id == null) {
            throw new MalformedAnnotationsException(
                    file,
                    "",
                    String.format(
                            "expected the colours of the classes, got %d,%d,%d in column %d, row %d",
                            colour >> 16, colour >> 8 & 0xff, colour & 0xff, x, y));
        }
        return id;
    }
}
