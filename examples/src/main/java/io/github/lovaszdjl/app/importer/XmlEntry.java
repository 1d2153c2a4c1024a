package io.github.lovaszdjl.app.importer;

import io.github.lovaszdjl.dataset.ImageFiles;
import io.github.lovaszdjl.internal.Names;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xml.sax.Attributes;

/** The attributes of an element; what should be there and is not is told with its name. */
final class XmlEntry {

    private final Path file;
    private final String name;
    private final Map<String, String> attributes = new HashMap<>();

    XmlEntry(Path file, String name, Attributes given) {
        this.file = file;
        this.name = name;
        for (int i = 0; i < given.getLength(); i++) {
            attributes.put(given.getQName(i), given.getValue(i));
        }
    }

    String name() {
        return name;
    }

    MalformedAnnotationsException fault(String reason) {
        return new MalformedAnnotationsException(file, name, reason);
    }

    private MalformedAnnotationsException fault(String key, String expected, String got) {
        return fault(key + ": expected " + expected + ", got \"" + Names.shortened(got) + "\"");
    }

    String text(String key) throws MalformedAnnotationsException {
        String value = attributes.get(key);
        if (value == null) {
            throw fault(key + ": expected one, got none");
        }
        return value;
    }

    /**
     * Returns the names that the file of an image may have; a project has a folder for each subset.
     */
    List<String> names() throws MalformedAnnotationsException {
        String image = text("name");
        return attributes.containsKey("subset")
                ? List.of(image, text("subset") + "/" + image)
                : List.of(image);
    }

    /** Returns the name of a class. */
    String label(String key) throws MalformedAnnotationsException {
        try {
            return ClassTable.clean(text(key));
        } catch (IllegalArgumentException e) {
            throw fault(key + ": " + e.getMessage());
        }
    }

    double number(String key) throws MalformedAnnotationsException {
        return number(key, text(key));
    }

    double number(String key, double otherwise) throws MalformedAnnotationsException {
        return attributes.containsKey(key) ? number(key) : otherwise;
    }

    private double number(String key, String text) throws MalformedAnnotationsException {
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw fault(key, "a number", text);
    }

    int integer(String key) throws MalformedAnnotationsException {
        return integer(key, text(key));
    }

    int integer(String key, int otherwise) throws MalformedAnnotationsException {
        return attributes.containsKey(key) ? integer(key) : otherwise;
    }

    private int integer(String key, String text) throws MalformedAnnotationsException {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw fault(key, "a whole number", text);
        }
    }

    /** Returns the width or height of an image in pixels. */
    int side(String key) throws MalformedAnnotationsException {
        int value = integer(key);
        if (value < 1 || value > ImageFiles.MAX_PIXELS) {
            throw fault(key, "1 to " + ImageFiles.MAX_PIXELS + " pixels", text(key));
        }
        return value;
    }

    /** Returns whole numbers with commas between. */
    int[] integers(String key) throws MalformedAnnotationsException {
        String[] texts = text(key).split(",");
        int[] numbers = new int[texts.length];
        for (int i = 0; i < texts.length; i++) {
            numbers[i] = integer(key, texts[i]);
        }
        return numbers;
    }

    /** Returns points as x and y in turn, written {@code x,y;x,y}. */
    double[] points(String key) throws MalformedAnnotationsException {
        String[] points = text(key).split(";");
        double[] xy = new double[2 * points.length];
        for (int i = 0; i < points.length; i++) {
            String[] point = points[i].split(",", -1);
            if (point.length != 2) {
                throw fault(key, "x,y;x,y and so on", points[i]);
            }
            xy[2 * i] = number(key, point[0]);
            xy[2 * i + 1] = number(key, point[1]);
        }
        return xy;
    }
}
