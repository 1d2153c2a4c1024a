package io.github.lovaszdjl.app.importer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.lovaszdjl.dataset.ImageFiles;
import io.github.lovaszdjl.internal.Names;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An object of a file of annotations; what it should hold and does not is told with its name.
 *
 * @param file the file
 * @param name what to call the object, such as {@code images[3]}
 * @param json the object
 */
record JsonEntry(Path file, String name, JsonObject json) {

    /** Returns the fault of this entry. */
    MalformedAnnotationsException fault(String reason) {
        return new MalformedAnnotationsException(file, name, reason);
    }

    private MalformedAnnotationsException fault(String key, String expected) {
        JsonElement got = json.get(key);
        return fault(
                key + ": expected " + expected + ", got " + (got == null ? "none" : kind(got)));
    }

    /** Says what an element is, shortly. */
    static String kind(JsonElement element) {
        if (element.isJsonArray()) {
            return "a list of " + element.getAsJsonArray().size();
        }
        return element.isJsonObject() ? "an object {...}" : Names.shortened(element.toString());
    }

    /** Tells whether a value is there, other than null. */
    boolean has(String key) {
        return json.has(key) && !json.get(key).isJsonNull();
    }

    /** Returns a text; numbers count as one. */
    String text(String key) throws MalformedAnnotationsException {
        if (!has(key) || !json.get(key).isJsonPrimitive()) {
            throw fault(key, "a text");
        }
        return json.get(key).getAsString();
    }

    /** Returns the name of a class. */
    String label(String key) throws MalformedAnnotationsException {
        return label(text(key), key);
    }

    /** Returns the name of a class, of the text under a key. */
    String label(String text, String key) throws MalformedAnnotationsException {
        try {
            return ClassTable.clean(text);
        } catch (IllegalArgumentException e) {
            throw fault(key + ": " + e.getMessage());
        }
    }

    /** Returns a finite number. */
    double number(String key) throws MalformedAnnotationsException {
        if (has(key)) {
            double value = number(json.get(key));
            if (Double.isFinite(value)) {
                return value;
            }
        }
        throw fault(key, "a number");
    }

    /** Returns a number, or another where there is none. */
    double number(String key, double otherwise) throws MalformedAnnotationsException {
        return has(key) ? number(key) : otherwise;
    }

    /** Returns a number, or NaN for what is none. */
    static double number(JsonElement element) {
        try {
            return element.isJsonPrimitive() ? element.getAsDouble() : Double.NaN;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** Returns a whole number, such as an id. */
    long whole(String key) throws MalformedAnnotationsException {
        double value = number(key);
        if (value != Math.rint(value) || Math.abs(value) > 1L << 53) {
            throw fault(key, "a whole number");
        }
        return (long) value;
    }

    /** Returns the width or height of an image in pixels, or 0 if there is none. */
    int side(String key) throws MalformedAnnotationsException {
        if (!has(key)) {
            return 0;
        }
        double value = number(key);
        if (value != Math.rint(value) || value < 1 || value > ImageFiles.MAX_PIXELS) {
            throw fault(key, "1 to " + ImageFiles.MAX_PIXELS + " pixels");
        }
        return (int) value;
    }

    /** Returns an object. */
    JsonEntry object(String key) throws MalformedAnnotationsException {
        if (!has(key) || !json.get(key).isJsonObject()) {
            throw fault(key, "an object {...}");
        }
        return new JsonEntry(file, name + "." + key, json.getAsJsonObject(key));
    }

    /** Returns a list. */
    JsonArray list(String key) throws MalformedAnnotationsException {
        if (!has(key) || !json.get(key).isJsonArray()) {
            throw fault(key, "a list [...]");
        }
        return json.getAsJsonArray(key);
    }

    /** Returns a list of objects. */
    List<JsonEntry> objects(String key) throws MalformedAnnotationsException {
        List<JsonEntry> entries = new ArrayList<>();
        for (JsonElement element : list(key)) {
            String place = name + (name.isEmpty() ? "" : ".") + key + "[" + entries.size() + "]";
            if (!element.isJsonObject()) {
                throw new MalformedAnnotationsException(
                        file, place, "expected an object {...}, got " + kind(element));
            }
            entries.add(new JsonEntry(file, place, element.getAsJsonObject()));
        }
        return entries;
    }

    /** Returns a list of points [x, y] as x and y in turn. */
    double[] points(String key) throws MalformedAnnotationsException {
        JsonArray list = list(key);
        double[] xy = new double[2 * list.size()];
        for (int i = 0; i < list.size(); i++) {
            JsonElement point = list.get(i);
            boolean pair = point.isJsonArray() && point.getAsJsonArray().size() == 2;
            for (int axis = 0; axis < 2; axis++) {
                double value = pair ? number(point.getAsJsonArray().get(axis)) : Double.NaN;
                if (!Double.isFinite(value)) {
                    throw fault(
                            String.format(
                                    "%s[%d]: expected two numbers [x, y], got %s",
                                    key,
                                    i,
                                    pair ? Names.shortened(point.toString()) : kind(point)));
                }
                xy[2 * i + axis] = value;
            }
        }
        return xy;
    }
}
