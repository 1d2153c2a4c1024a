package io.github.lovaszdjl.app.importer;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads COCO's instances (<a href="https://cocodataset.org/#format-data">format</a>): polygons,
 * whose parts are joined, and run-length masks, compressed or not. Crowds are ignored. Classes are
 * the categories in the order of their ids; those of one name are one class.
 *
 * <p>The file is read as a stream, as that of COCO's training set has 450 MB; what is kept of it is
 * a few bytes a vertex.
 */
final class CocoReader implements AnnotationFormat {

    private static final String ANNOTATIONS = "annotations";

    @Override
    public Path images(Path annotations) {
        return annotations.toAbsolutePath().getParent();
    }

    /** The order of the file means nothing in COCO. */
    @Override
    public Overlap overlap() {
        return Overlap.AREA;
    }

    @Override
    public Annotations read(Path annotations, String list, Work work) throws IOException {
        Contents contents = new Contents(annotations);
        work.beginFile(annotations);
        JsonFile.read(annotations, work, contents::read);
        work.end();
        return contents.annotations();
    }

    /** An image of the list. */
    private record Listed(String name, int width, int height) {}

    /** What was read so far; the three lists may come in any order. */
    private static final class Contents {

        private final Path file;
        private final Map<String, Listed> images = new LinkedHashMap<>();
        private final Map<Long, String> categories = new TreeMap<>();

        /** By the id of their image; labels are the ids of categories. */
        private final Map<String, List<Instance>> instances = new HashMap<>();

        private final Tally passedOver = new Tally();
        private int count;

        Contents(Path file) {
            this.file = file;
        }

        void read(JsonReader in) throws IOException {
            in.beginObject();
            while (in.hasNext()) {
                switch (in.nextName()) {
                    case "images" -> readAll(in, "images", this::addImage);
                    case "categories" -> readAll(in, "categories", this::addCategory);
                    case ANNOTATIONS -> {
                        in.beginArray();
                        while (in.hasNext()) {
                            readAnnotation(in);
                        }
                        in.endArray();
                    }
                    default -> in.skipValue();
                }
            }
            in.endObject();
        }

        private interface Adder {
            void add(JsonEntry entry) throws IOException;
        }

        private void readAll(JsonReader in, String list, Adder adder) throws IOException {
            in.beginArray();
            for (int i = 0; in.hasNext(); i++) {
                adder.add(JsonFile.entry(in, file, list + "[" + i + "]"));
            }
            in.endArray();
        }

        private void addImage(JsonEntry image) throws IOException {
            Listed listed =
                    new Listed(image.text("file_name"), image.side("width"), image.side("height"));
            String id = wholeOf(image.text("id"));
            if (images.putIfAbsent(id, listed) != null) {
                throw image.fault(
                        "id: expected one of its own, got " + Names.shortened(id) + " again");
            }
        }

        private void addCategory(JsonEntry category) throws IOException {
            String name = category.label("name");
            long id = category.whole("id");
            if (categories.putIfAbsent(id, name) != null) {
                throw category.fault("id: expected one of its own, got " + id + " again");
            }
        }

        /** Some tools write ids as 7.0 in one place and as 7 in another. */
        private static String wholeOf(String id) {
            return id.endsWith(".0") ? id.substring(0, id.length() - 2) : id;
        }

        private void readAnnotation(JsonReader in) throws IOException {
            int index = count++;
            String image = null;
            String category = null;
            boolean crowd = false;
            Region region = null;
            in.beginObject();
            while (in.hasNext()) {
                switch (in.nextName()) {
                    case "image_id" -> image = wholeOf(in.nextString());
                    case "category_id" -> category = wholeOf(in.nextString());
                    case "iscrowd" -> crowd = isTrue(in);
                    case "segmentation" -> region = readSegmentation(in, index);
                    default -> in.skipValue();
                }
            }
            in.endObject();
            if (image == null || category == null) {
                throw fault(index, "expected image_id and category_id, got none");
            }
            if (region == null) {
                passedOver.add("annotations without a mask");
                return;
            }
            instances
                    .computeIfAbsent(image, id -> new ArrayList<>())
                    .add(
                            new Instance(
                                    ANNOTATIONS,
                                    index,
                                    category,
                                    region,
                                    crowd ? Instance.BOTTOM : 0));
        }

        private static boolean isTrue(JsonReader in) throws IOException {
            return switch (in.peek()) {
                case BOOLEAN -> in.nextBoolean();
                case NULL -> {
                    in.nextNull();
                    yield false;
                }
                default -> in.nextInt() != 0;
            };
        }

        /** Returns null where there is no mask. */
        private Region readSegmentation(JsonReader in, int index) throws IOException {
            return switch (in.peek()) {
                case NULL -> {
                    in.nextNull();
                    yield null;
                }
                case BEGIN_OBJECT -> readRuns(in, index);
                default -> readPolygons(in, index);
            };
        }

        private Region readPolygons(JsonReader in, int index) throws IOException {
            List<CocoPolygon> parts = new ArrayList<>();
            in.beginArray();
            while (in.hasNext()) {
                // A list of numbers is a ring by itself.
                boolean nested = in.peek() == JsonToken.BEGIN_ARRAY;
                double[] ring = numbers(in, nested).toArray();
                if (ring.length % 2 != 0) {
                    throw fault(index, "expected x and y in turn, got a polygon of " + ring.length);
                }
                if (ring.length >= 6) {
                    parts.add(new CocoPolygon(ring));
                }
            }
            in.endArray();
            return parts.isEmpty() ? null : Region.union(parts);
        }

        private static Numbers numbers(JsonReader in, boolean nested) throws IOException {
            Numbers numbers = new Numbers();
            if (nested) {
                in.beginArray();
            }
            while (in.hasNext()) {
                numbers.add(in.nextDouble());
            }
            if (nested) {
                in.endArray();
            }
            return numbers;
        }

        private Region readRuns(JsonReader in, int index) throws IOException {
            double[] size = {};
            int[] lengths = {};
            in.beginObject();
            try {
                while (in.hasNext()) {
                    switch (in.nextName()) {
                        case "size" -> size = numbers(in, true).toArray();
                        case "counts" ->
                                lengths =
                                        in.peek() == JsonToken.STRING
                                                ? RunLengths.decompress(in.nextString())
                                                : lengths(in);
                        default -> in.skipValue();
                    }
                }
                in.endObject();
                if (size.length != 2) {
                    throw fault(
                            index,
                            "expected size: [height, width], got " + size.length + " numbers");
                }
                return RunLengths.ofImage(lengths, (int) size[1], (int) size[0]);
            } catch (NumberFormatException e) {
                throw e; // of Gson, which says where
            } catch (IllegalArgumentException e) {
                throw fault(index, e.getMessage());
            }
        }

        private static int[] lengths(JsonReader in) throws IOException {
            double[] numbers = numbers(in, true).toArray();
            int[] lengths = new int[numbers.length];
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = (int) numbers[i];
                if (lengths[i] != numbers[i]) {
                    throw new IllegalArgumentException(
                            "expected lengths of runs from 0 to 2147483647, got " + numbers[i]);
                }
            }
            return lengths;
        }

        private MalformedAnnotationsException fault(int index, String reason) {
            return new MalformedAnnotationsException(file, ANNOTATIONS + "[" + index + "]", reason);
        }

        Annotations annotations() throws IOException {
            if (images.isEmpty() || categories.isEmpty()) {
                throw new MalformedAnnotationsException(
                        file,
                        "",
                        "expected COCO's instances with \"images\" and \"categories\", got no "
                                + (images.isEmpty() ? "images" : "categories"));
            }
            List<AnnotatedImage> annotated = new ArrayList<>();
            for (Map.Entry<String, Listed> image : images.entrySet()) {
                Listed listed = image.getValue();
                List<Instance> own = instances.remove(image.getKey());
                annotated.add(
                        new AnnotatedImage(
                                List.of(listed.name()),
                                listed.width(),
                                listed.height(),
                                new InstanceLabelling(file, named(own == null ? List.of() : own))));
            }
            for (List<Instance> others : instances.values()) {
                others.forEach(i -> passedOver.add("annotations of images that are not listed"));
            }
            List<String> names = categories.values().stream().distinct().toList();
            return new Annotations(names, false, annotated, passedOver.counts());
        }

        /** Gives instances the names of their classes in place of the ids. */
        private List<Instance> named(List<Instance> own) throws MalformedAnnotationsException {
            List<Instance> named = new ArrayList<>(own.size());
            for (Instance instance : own) {
                String name = null;
                try {
                    name = categories.get(Long.parseLong(instance.label()));
                } catch (NumberFormatException e) {
                    // Ids of categories are numbers, so there is none of this.
                }
                if (name == null) {
                    throw fault(
                            instance.index(),
                            "category_id: expected one of the file's categories, got "
                                    + Names.shortened(instance.label()));
                }
                boolean crowd = instance.depth() == Instance.BOTTOM;
                named.add(
                        new Instance(
                                ANNOTATIONS,
                                instance.index(),
                                crowd ? null : name,
                                instance.region(),
                                instance.depth()));
            }
            return named;
        }
    }
}
