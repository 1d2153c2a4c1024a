package io.github.lovaszdjl.app.importer;

import io.github.lovaszdjl.dataset.ImageFiles;
import io.github.lovaszdjl.dataset.SegmentationDatasets;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads folders of the form of PASCAL VOC: {@code JPEGImages}, {@code SegmentationClass} and {@code
 * ImageSets/Segmentation/LIST.txt}, as CVAT's "Segmentation mask 1.1" and {@code labelme2voc} write
 * them too.
 *
 * <p>Label maps are PNGs of one channel whose numbers are ids, or colours. The classes are those of
 * {@code labelmap.txt} ({@code name:red,green,blue:parts:actions}), which also has the colours, or
 * of {@code class_names.txt}, or else those of VOC 2012; colours are those of VOC's palette where
 * no file has others. VOC's outlines, 255 and its colour, are ignored.
 */
final class VocReader implements AnnotationFormat {

    private static final List<String> VOC = SegmentationDatasets.find("voc2012").getClassNames();

    private static final Path LISTS = Path.of("ImageSets", "Segmentation");
    private static final String LABELS = "SegmentationClass";
    private static final String COLOURS = "labelmap.txt";
    private static final String CLASSES = "class_names.txt";

    /** A guard against another file of that name. */
    private static final long MAX_BYTES = 1 << 28;

    @Override
    public Path images(Path annotations) {
        return annotations.resolve("JPEGImages");
    }

    @Override
    public Annotations read(Path annotations, String list, Work work) throws IOException {
        Path names = annotations.resolve(LISTS).resolve(list + ".txt");
        if (!Files.isRegularFile(names)) {
            throw new MalformedAnnotationsException(
                    names, "", "expected a list of images, there is none" + others(names));
        }
        LabelColours colours = LabelColours.voc(VOC);
        if (Files.exists(annotations.resolve(COLOURS))) {
            Path file = annotations.resolve(COLOURS);
            colours = LabelColours.read(file, lines(file));
        } else if (Files.exists(annotations.resolve(CLASSES))) {
            Path file = annotations.resolve(CLASSES);
            colours = LabelColours.voc(classes(file));
        }
        List<AnnotatedImage> images = new ArrayList<>();
        for (String name : lines(names)) {
            images.add(image(annotations.resolve(LABELS), name, colours));
        }
        return new Annotations(colours.classes(), true, images, Map.of());
    }

    private static String others(Path list) throws IOException {
        if (!Files.isDirectory(list.getParent())) {
            return "";
        }
        try (Stream<Path> files = Files.list(list.getParent())) {
            String names =
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".txt"))
                            .map(name -> name.substring(0, name.length() - ".txt".length()))
                            .sorted()
                            .collect(Collectors.joining(", "));
            return names.isEmpty() ? "" : "; --list takes one of " + names;
        }
    }

    private static AnnotatedImage image(Path folder, String name, LabelColours colours) {
        List<String> files = List.of(name + ".jpg", name + ".jpeg", name + ".png");
        return ImageFinder.find(folder, List.of(name + ".png"))
                .map(
                        png ->
                                new AnnotatedImage(
                                        files,
                                        0,
                                        0,
                                        (width, height, classes, overlap) ->
                                                labels(png, width, height, colours)))
                .orElseGet(
                        () ->
                                AnnotatedImage.leftOut(
                                        files, "no label map " + LABELS + "/" + name + ".png"));
    }

    private static byte[] labels(Path png, int width, int height, LabelColours colours)
            throws IOException {
        BufferedImage map = ImageFiles.readImage(png);
        if (map.getWidth() != width || map.getHeight() != height) {
            throw new LeftOutException(
                    String.format(
                            "its label map is %dx%d, the image %dx%d",
                            map.getWidth(), map.getHeight(), width, height));
        }
        return colours.ids(png, map);
    }

    private static List<String> classes(Path file) throws IOException {
        List<String> names = new ArrayList<>();
        for (String line : lines(file)) {
            if (names.contains(line)) {
                throw new MalformedAnnotationsException(
                        file,
                        "",
                        "expected every name once, got " + Names.shortened(line) + " again");
            }
            names.add(line);
        }
        return names;
    }

    /** Returns the lines that are neither blank nor a comment. */
    private static List<String> lines(Path file) throws IOException {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new MalformedAnnotationsException(
                        file, "", "expected at most " + MAX_BYTES + " bytes, got more");
            }
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .map(line -> line.replace("\uFEFF", "").strip())
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (MalformedAnnotationsException e) {
            throw e;
        } catch (IOException e) {
            throw new MalformedAnnotationsException(
                    file, "", "expected lines in UTF-8, got " + WholeFile.reason(e), e);
        }
    }
}
