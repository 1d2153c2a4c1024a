package io.github.lovaszdjl.app.importer;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.dataset.ImageFiles;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Reads the files of LabelMe (<a href="https://github.com/wkentaro/labelme">labelme</a>), one of
 * JSON for each image. Later shapes lie on earlier ones, as in LabelMe. The label {@code
 * __ignore__} is ignored.
 *
 * <p>Classes are the labels in the order of the alphabet. Shapes are filled as by LabelMe's own
 * export ({@code shape_to_mask} of version 7.1), except that points and lines are passed over: it
 * makes discs and bands of them, of a fixed size that nobody drew.
 */
final class LabelMeReader implements AnnotationFormat {

    private static final String IGNORED = "__ignore__";

    /** No pixel of an image that is read lies further off. */
    private static final int FARTHEST = ImageFiles.MAX_PIXELS;

    @Override
    public Path images(Path annotations) {
        return Files.isDirectory(annotations)
                ? annotations
                : annotations.toAbsolutePath().getParent();
    }

    @Override
    public Annotations read(Path annotations, String list, Work work) throws IOException {
        List<Path> files = files(annotations);
        Tally passedOver = new Tally();
        TreeSet<String> classes = new TreeSet<>();
        List<AnnotatedImage> images = new ArrayList<>();
        for (Path file : files) {
            JsonEntry entry = read(file, work);
            List<Instance> instances = new ArrayList<>();
            List<JsonEntry> shapes = entry.objects("shapes");
            for (int i = 0; i < shapes.size(); i++) {
                JsonEntry shape = shapes.get(i);
                String label = shape.label("label");
                Region region = region(shape, passedOver);
                if (region != null) {
                    boolean ignored = label.equals(IGNORED);
                    instances.add(new Instance("shapes", i, ignored ? null : label, region, 0));
                    if (!ignored) {
                        classes.add(label);
                    }
                }
            }
            images.add(
                    new AnnotatedImage(
                            names(entry),
                            entry.side("imageWidth"),
                            entry.side("imageHeight"),
                            new InstanceLabelling(file, instances)));
        }
        return new Annotations(List.copyOf(classes), false, images, passedOver.counts());
    }

    private static JsonEntry read(Path file, Work work) throws IOException {
        JsonObject json = new JsonObject();
        work.beginFile(file);
        JsonFile.read(
                file,
                work,
                in -> {
                    in.beginObject();
                    while (in.hasNext()) {
                        String name = in.nextName();
                        if (name.equals("imageData")) {
                            in.skipValue(); // the image itself, of any number of megabytes
                        } else {
                            json.add(name, JsonParser.parseReader(in));
                        }
                    }
                    in.endObject();
                });
        work.end();
        return new JsonEntry(file, "", json);
    }

    /** The path of the image may be from another machine; the file of JSON has its name too. */
    private static List<String> names(JsonEntry entry) throws MalformedAnnotationsException {
        String path = entry.text("imagePath");
        String json = entry.file().getFileName().toString();
        String name = json.substring(0, dot(json));
        return List.of(path, name + path.substring(dot(path)));
    }

    private static int dot(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name.length() : dot;
    }

    /** Returns the pixels of a shape, or null if it has none. */
    private static Region region(JsonEntry shape, Tally passedOver)
            throws MalformedAnnotationsException {
        double[] xy = shape.points("points");
        String type = shape.has("shape_type") ? shape.text("shape_type") : "polygon";
        switch (type) {
            case "polygon", "oriented_rectangle" -> {
                if (xy.length >= 6) {
                    return new LabelMePolygon(xy);
                }
                passedOver.add("polygons of fewer than 3 points");
                return null;
            }
            case "rectangle" -> {
                if (xy.length == 4) {
                    return LabelMePolygon.rectangle(xy[0], xy[1], xy[2], xy[3]);
                } else if (xy.length == 8) {
                    return new LabelMePolygon(xy);
                }
                throw shape.fault("points: expected 2 or 4 corners, got " + xy.length / 2);
            }
            case "circle" -> {
                if (xy.length != 4) {
                    throw shape.fault(
                            "points: expected a centre and a point, got " + xy.length / 2);
                }
                return LabelMeCircle.through(xy[0], xy[1], xy[2], xy[3]);
            }
            case "mask" -> {
                if (xy.length < 2 || Math.abs(xy[0]) > FARTHEST || Math.abs(xy[1]) > FARTHEST) {
                    throw shape.fault(
                            "points: expected the upper left pixel of the mask, got none");
                }
                return mask(png(shape), xy);
            }
            default -> {}
        }
        passedOver.add("shapes of type " + Names.shortened(type));
        return null;
    }

    /** Corners that are whole numbers cut the mask off after the second, as in LabelMe's export. */
    private static Region mask(byte[] png, double[] xy) {
        boolean cut = xy.length == 4 && Arrays.stream(xy).allMatch(v -> v == Math.rint(v));
        return new PngMask(
                png,
                (int) Math.rint(xy[0]),
                (int) Math.rint(xy[1]),
                cut ? (int) (xy[2] - xy[0] + 1) : Integer.MAX_VALUE,
                cut ? (int) (xy[3] - xy[1] + 1) : Integer.MAX_VALUE);
    }

    private static byte[] png(JsonEntry shape) throws MalformedAnnotationsException {
        try {
            return Base64.getDecoder().decode(shape.text("mask"));
        } catch (IllegalArgumentException e) {
            throw shape.fault("mask: expected a PNG in base 64, got something else");
        }
    }

    private static List<Path> files(Path annotations) throws IOException {
        if (!Files.isDirectory(annotations)) {
            return List.of(annotations);
        }
        try (Stream<Path> entries = Files.list(annotations)) {
            List<Path> files =
                    entries.filter(Files::isRegularFile)
                            .filter(LabelMeReader::isJson)
                            .sorted()
                            .toList();
            if (files.isEmpty()) {
                throw new MalformedAnnotationsException(
                        annotations, "", "expected files of LabelMe, NAME.json, got none");
            }
            return files;
        }
    }

    private static boolean isJson(Path file) {
        String name = file.getFileName().toString();
        return !name.startsWith(".") && name.toLowerCase(Locale.ROOT).endsWith(".json");
    }
}
