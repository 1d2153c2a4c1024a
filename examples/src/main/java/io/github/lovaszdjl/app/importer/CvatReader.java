package io.github.lovaszdjl.app.importer;

import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Reads "CVAT for images 1.1" (<a href="https://docs.cvat.ai/docs/other/xml_format">format</a>):
 * masks, polygons, boxes and ellipses, which CVAT's own exports of masks fill too. Polygons and
 * boxes are filled as there, by COCO's mask API (<a
 * href="https://github.com/cvat-ai/datumaro">Datumaro</a>, {@code PolygonsToMasks}); of ellipses,
 * for which it takes OpenCV, count the pixels whose centres are inside. What has the larger {@code
 * z_order} lies on top.
 *
 * <p>Classes are the labels of the task in its order; labels of points, lines, tags and skeletons
 * are none. A document type, which could name other files, is refused.
 */
final class CvatReader implements AnnotationFormat {

    @Override
    public Path images(Path annotations) {
        Path folder = annotations.toAbsolutePath().getParent();
        return Files.isDirectory(folder.resolve("images")) ? folder.resolve("images") : folder;
    }

    @Override
    public Annotations read(Path annotations, String list, Work work) throws IOException {
        Contents contents = new Contents(annotations);
        work.beginFile(annotations);
        try (Reader text = SourceFile.open(annotations, work)) {
            SAXParserFactory factory = SAXParserFactory.newDefaultInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.newSAXParser().parse(new InputSource(text), contents);
        } catch (InterruptedIOException e) {
            throw e;
        } catch (SAXException | CharacterCodingException e) {
            if (e.getCause() instanceof MalformedAnnotationsException fault) {
                throw fault;
            }
            throw new MalformedAnnotationsException(
                    annotations, "", "expected XML of CVAT: " + reason(e), e);
        } catch (IOException e) {
            throw new IOException(annotations + ": cannot be read: " + WholeFile.reason(e), e);
        } catch (ParserConfigurationException e) {
            throw new AssertionError("every Java has a parser without document types", e);
        }
        work.end();
        return contents.annotations();
    }

    private static String reason(Exception e) {
        if (e instanceof CharacterCodingException fault) {
            return WholeFile.reason(fault);
        }
        String place = e instanceof SAXParseException at ? ", line " + at.getLineNumber() : "";
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("") + place;
    }

    /** What was read so far. */
    private static final class Contents extends DefaultHandler {

        /** Types of labels that no pixels have. */
        private static final Set<String> WITHOUT_PIXELS =
                Set.of("points", "polyline", "tag", "skeleton", "cuboid");

        private final Path file;
        private final Set<String> classes = new LinkedHashSet<>();
        private final Set<String> used = new TreeSet<>();
        private final List<AnnotatedImage> images = new ArrayList<>();
        private final Tally passedOver = new Tally();

        /** The elements that are open. */
        private final Deque<String> open = new ArrayDeque<>();

        private final StringBuilder text = new StringBuilder();
        private XmlEntry image;
        private List<Instance> instances;
        private String labelName = "";
        private String labelType = "";
        private boolean subordinate;
        private boolean meta;

        Contents(Path file) {
            this.file = file;
        }

        @Override
        public void startElement(String uri, String local, String name, Attributes attributes)
                throws SAXException {
            text.setLength(0);
            try {
                begin(name, attributes);
            } catch (MalformedAnnotationsException e) {
                throw new SAXException(e);
            }
            open.push(name);
        }

        @Override
        public void characters(char[] characters, int start, int length) {
            text.append(characters, start, length);
        }

        @Override
        public void endElement(String uri, String local, String name) throws SAXException {
            open.pop();
            try {
                end(name, text.toString());
            } catch (MalformedAnnotationsException e) {
                throw new SAXException(e);
            }
            text.setLength(0);
        }

        /** Thrown on, where others are printed. */
        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }

        private void begin(String name, Attributes attributes)
                throws MalformedAnnotationsException {
            if (open.isEmpty() && !name.equals("annotations")) {
                throw fault("", "expected <annotations>, got <" + Names.shortened(name) + ">");
            } else if (open.size() == 1 && name.equals("track")) {
                throw fault(
                        "", "expected \"CVAT for images 1.1\", got tracks, as \"for video\" has");
            } else if (open.size() == 1 && name.equals("image")) {
                image = new XmlEntry(file, "image[" + images.size() + "]", attributes);
                instances = new ArrayList<>();
            } else if (open.size() == 2 && image != null) {
                addShape(name, new XmlEntry(file, image.name() + "." + name, attributes));
            } else if (open.size() == 1 && name.equals("meta")) {
                meta = true;
            } else if (meta && name.equals("label")) {
                labelName = "";
                labelType = "";
                subordinate = false;
            }
        }

        private void end(String name, String text) throws MalformedAnnotationsException {
            if (open.size() == 1 && name.equals("image")) {
                images.add(
                        new AnnotatedImage(
                                image.names(),
                                image.side("width"),
                                image.side("height"),
                                new InstanceLabelling(file, instances)));
                image = null;
            } else if (open.size() == 1) {
                meta = false;
            } else if (meta && "label".equals(open.peek())) {
                switch (name) {
                    case "name" -> labelName = text;
                    case "type" -> labelType = text.strip();
                    case "parent" -> subordinate = true;
                    default -> {}
                }
            } else if (meta
                    && name.equals("label")
                    && !subordinate
                    && !WITHOUT_PIXELS.contains(labelType)) {
                try {
                    classes.add(ClassTable.clean(labelName));
                } catch (IllegalArgumentException e) {
                    throw fault("meta.label", "name: " + e.getMessage());
                }
            }
        }

        private void addShape(String kind, XmlEntry shape) throws MalformedAnnotationsException {
            Region region =
                    switch (kind) {
                        case "polygon" -> polygon(shape);
                        case "mask" -> mask(shape);
                        case "box" -> box(shape);
                        case "ellipse" ->
                                new EllipseFill(
                                        shape.number("cx"),
                                        shape.number("cy"),
                                        shape.number("rx"),
                                        shape.number("ry"),
                                        shape.number("rotation", 0));
                        default -> null;
                    };
            if (region == null) {
                passedOver.add(
                        kind.equals("polygon")
                                ? "polygons of fewer than 3 points"
                                : "<" + Names.shortened(kind) + ">");
                return;
            }
            String label = shape.label("label");
            used.add(label);
            instances.add(
                    new Instance(
                            image.name(),
                            instances.size(),
                            label,
                            region,
                            shape.integer("z_order", 0)));
        }

        private static Region polygon(XmlEntry shape) throws MalformedAnnotationsException {
            double[] xy = shape.points("points");
            return xy.length < 6 ? null : new CocoPolygon(xy);
        }

        /** Boxes are turned about their centres. */
        private static Region box(XmlEntry shape) throws MalformedAnnotationsException {
            double left = shape.number("xtl");
            double top = shape.number("ytl");
            double right = shape.number("xbr");
            double bottom = shape.number("ybr");
            return new CocoPolygon(
                    PolygonFill.rectangle(
                            left,
                            top,
                            right,
                            bottom,
                            shape.number("rotation", 0),
                            (left + right) / 2,
                            (top + bottom) / 2));
        }

        private static Region mask(XmlEntry shape) throws MalformedAnnotationsException {
            try {
                return RunLengths.ofBox(
                        shape.integers("rle"),
                        shape.integer("left"),
                        shape.integer("top"),
                        shape.side("width"),
                        shape.side("height"));
            } catch (IllegalArgumentException e) {
                throw shape.fault("rle: " + e.getMessage());
            }
        }

        private MalformedAnnotationsException fault(String entry, String reason) {
            return new MalformedAnnotationsException(file, entry, reason);
        }

        Annotations annotations() {
            classes.addAll(used);
            return new Annotations(List.copyOf(classes), false, images, passedOver.counts());
        }
    }
}
