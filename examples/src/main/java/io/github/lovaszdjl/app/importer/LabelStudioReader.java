package io.github.lovaszdjl.app.importer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads exports of Label Studio, JSON and JSON-MIN (<a
 * href="https://labelstud.io/guide/task_format">format</a>): brushes, polygons, rectangles and
 * ellipses; later regions lie on earlier ones. Of a task that several people annotated, the first
 * annotation that was not cancelled counts.
 *
 * <p>Classes are the labels in the order of the alphabet.
 */
final class LabelStudioReader implements AnnotationFormat {

    @Override
    public Path images(Path annotations) {
        return annotations.toAbsolutePath().getParent();
    }

    @Override
    public Annotations read(Path annotations, String list, Work work) throws IOException {
        Tally passedOver = new Tally();
        TreeSet<String> classes = new TreeSet<>();
        List<AnnotatedImage> images = new ArrayList<>();
        work.beginFile(annotations);
        JsonFile.read(
                annotations,
                work,
                in -> {
                    in.beginArray();
                    for (int i = 0; in.hasNext(); i++) {
                        JsonEntry task = JsonFile.entry(in, annotations, "[" + i + "]");
                        images.add(new Task(task, passedOver, classes).read());
                    }
                    in.endArray();
                });
        work.end();
        return new Annotations(List.copyOf(classes), false, images, passedOver.counts());
    }

    /** One task: an image and what people drew on it. */
    private static final class Task {

        private static final Set<String> GEOMETRY = Set.of("points", "rle", "width", "radiusX");

        private final JsonEntry task;
        private final Tally passedOver;
        private final Set<String> classes;
        private final List<Instance> instances = new ArrayList<>();
        private int width;
        private int height;
        private double rotation;

        Task(JsonEntry task, Tally passedOver, Set<String> classes) {
            this.task = task;
            this.passedOver = passedOver;
            this.classes = classes;
        }

        AnnotatedImage read() throws IOException {
            List<String> names = names();
            List<JsonEntry> results = task.has("annotations") ? annotation() : minimal();
            if (results == null) {
                return AnnotatedImage.leftOut(names, "nobody annotated it");
            }
            for (int i = 0; i < results.size(); i++) {
                readResult(results.get(i), i);
            }
            if (rotation != 0) {
                return AnnotatedImage.leftOut(
                        names, "turned by " + rotation + " degrees in Label Studio");
            }
            return new AnnotatedImage(
                    names, width, height, new InstanceLabelling(task.file(), instances));
        }

        /** Returns the results of the annotation that counts, or null if there is none. */
        private List<JsonEntry> annotation() throws MalformedAnnotationsException {
            List<JsonEntry> results = null;
            for (JsonEntry annotation : task.objects("annotations")) {
                boolean cancelled =
                        annotation.has("was_cancelled")
                                && annotation.text("was_cancelled").equals("true");
                if (results != null || cancelled) {
                    passedOver.add("annotations cancelled, or by further people");
                } else {
                    results = annotation.objects("result");
                }
            }
            return results;
        }

        /** Returns the results of JSON-MIN, which has them in lists named by the user. */
        private List<JsonEntry> minimal() throws MalformedAnnotationsException {
            List<JsonEntry> results = null;
            for (Map.Entry<String, JsonElement> field : task.json().entrySet()) {
                if (field.getValue() instanceof JsonArray array
                        && !array.isEmpty()
                        && array.get(0) instanceof JsonObject first
                        && first.has("original_width")) {
                    results = results == null ? new ArrayList<>() : results;
                    results.addAll(task.objects(field.getKey()));
                }
            }
            return results;
        }

        private void readResult(JsonEntry result, int index) throws IOException {
            JsonEntry value = result.has("value") ? result.object("value") : result;
            if (GEOMETRY.stream().noneMatch(value::has)) {
                passedOver.add("results without a region");
                return;
            }
            String label = label(value);
            Region region = region(result, value);
            if (label == null || region == null) {
                passedOver.add(
                        label == null ? "regions without a label" : "regions of other kinds");
                return;
            }
            classes.add(label);
            instances.add(new Instance(task.name() + ".result", index, label, region, 0));
        }

        private static String label(JsonEntry value) throws MalformedAnnotationsException {
            for (String key : value.json().keySet()) {
                if (key.endsWith("labels") && value.has(key) && !value.list(key).isEmpty()) {
                    JsonElement first = value.list(key).get(0);
                    if (first.isJsonPrimitive()) {
                        return value.label(first.getAsString(), key);
                    }
                }
            }
            return null;
        }

        /** Returns the pixels of a region; its numbers are percents of the image's size. */
        private Region region(JsonEntry result, JsonEntry value)
                throws MalformedAnnotationsException {
            readSize(result);
            double x = width / 100.0;
            double y = height / 100.0;
            if (value.has("rle")) {
                return new BrushRle(bytes(value), width, height);
            } else if (value.has("points")) {
                double[] xy = value.points("points");
                for (int i = 0; i < xy.length; i++) {
                    xy[i] *= i % 2 == 0 ? x : y;
                }
                return xy.length < 6 ? null : new PolygonFill(xy);
            } else if (value.has("radiusX")) {
                return new EllipseFill(
                        x * value.number("x"),
                        y * value.number("y"),
                        x * value.number("radiusX"),
                        y * value.number("radiusY"),
                        value.number("rotation", 0));
            } else if (value.has("height")) {
                double left = x * value.number("x");
                double top = y * value.number("y");
                double right = left + x * value.number("width");
                double bottom = top + y * value.number("height");
                double turn = value.number("rotation", 0);
                return new PolygonFill(
                        PolygonFill.rectangle(left, top, right, bottom, turn, left, top));
            }
            return null; // a point, whose width is that of its dot
        }

        private void readSize(JsonEntry result) throws MalformedAnnotationsException {
            int wide = result.side("original_width");
            int high = result.side("original_height");
            if (wide == 0 || high == 0 || width != 0 && (wide != width || high != height)) {
                throw result.fault(
                        String.format(
                                "expected original_width and original_height%s, got %dx%d",
                                width == 0 ? "" : " of " + width + "x" + height, wide, high));
            }
            width = wide;
            height = high;
            rotation = result.number("image_rotation", 0);
        }

        private static byte[] bytes(JsonEntry value) throws MalformedAnnotationsException {
            JsonArray list = value.list("rle");
            byte[] bytes = new byte[list.size()];
            for (int i = 0; i < bytes.length; i++) {
                double unsigned = JsonEntry.number(list.get(i));
                bytes[i] = (byte) unsigned;
                if ((bytes[i] & 0xff) != unsigned) {
                    throw value.fault(
                            String.format(
                                    "rle[%d]: expected a byte from 0 to 255, got %s",
                                    i, JsonEntry.kind(list.get(i))));
                }
            }
            return bytes;
        }

        /** Returns names that the image may have on this machine. */
        private List<String> names() throws MalformedAnnotationsException {
            Set<String> names = new LinkedHashSet<>();
            JsonObject data = task.has("data") ? task.object("data").json() : task.json();
            for (String key : List.of("image", "img")) {
                addName(data.get(key), names);
            }
            if (names.isEmpty()) {
                data.entrySet().stream()
                        .filter(field -> isImage(field.getValue()))
                        .forEach(field -> addName(field.getValue(), names));
            }
            addName(task.json().get("file_upload"), names);
            if (names.isEmpty()) {
                throw task.fault("expected the name of an image in data.image, got none");
            }
            return List.copyOf(names);
        }

        private static boolean isImage(JsonElement value) {
            return value.isJsonPrimitive()
                    && value.getAsString().matches("(?is).*\\.(png|jpe?g)(\\?.*)?");
        }

        /** Adds the name of an address, with and without what Label Studio puts before uploads. */
        private static void addName(JsonElement address, Set<String> names) {
            if (address == null || !address.isJsonPrimitive()) {
                return;
            }
            String path = address.getAsString();
            int query = path.indexOf("?d=");
            path = query >= 0 ? path.substring(query + 3) : path.replaceFirst("(?s)[?#].*", "");
            path = path.replaceFirst("^[A-Za-z][A-Za-z0-9+.-]*://[^/]*/", "");
            try {
                // A plus sign is none of a path's codes.
                path = URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                // A percent sign of the name itself.
            }
            names.add(path);
            names.add(path.replaceFirst("(?s)^(.*/)?\\p{XDigit}{8}-([^/]*)$", "$2"));
        }
    }
}
