package io.github.lovaszdjl.app.importer;

import io.github.lovaszdjl.app.picture.Palette;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.dataset.ImageFiles;
import io.github.lovaszdjl.dataset.MalformedDatasetException;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Makes a split of a data set of annotated images: images as they are, label maps of 8 bits with a
 * palette for the eye. It is written whole or not at all.
 *
 * <p>An image that EXIF says is to be turned is imported as it is, with labels for the turned one,
 * as it is read: annotations have to be of the image as it is to be seen.
 *
 * <p>An image that is not found, does not decode, or has another size than its annotations say is
 * left out and reported. An annotation that cannot be true ends the import: what it should have
 * been cannot be guessed.
 */
public final class DatasetImport {

    /** The file, in the folder of the split, that names the images that were left out. */
    public static final String LEFT_OUT = "left-out.txt";

    private static final int IDS = 256;

    private final ImportRequest request;
    private final Work work;
    private final Path images;
    private final long[] pixels = new long[IDS];
    private final int[] holding = new int[IDS];
    private ClassTable classes;
    private IndexColorModel palette;
    private Path folder;

    private DatasetImport(ImportRequest request, Work work) {
        this.request = request;
        this.work = work;
        images =
                request.images() != null
                        ? request.images()
                        : request.format().format().images(request.annotations());
    }

    /**
     * Imports a split.
     *
     * @param request what to import
     * @param work is told of the progress, and says when to stop
     * @throws MalformedAnnotationsException if the annotations are not what the format says
     * @throws InterruptedIOException if it was stopped
     * @throws IOException if the classes do not agree with those there are, nothing is left, or a
     *     file cannot be read or written
     */
    public static ImportResult run(ImportRequest request, Work work) throws IOException {
        return new DatasetImport(request, work).run();
    }

    private ImportResult run() throws IOException {
        if (!Files.exists(request.annotations())) {
            throw new IOException("--annotations: " + request.annotations() + " does not exist");
        }
        if (!Files.isDirectory(images)) {
            throw new IOException(
                    "--images-folder: expected the folder of the images, got "
                            + images
                            + (Files.exists(images)
                                    ? ", which is a file"
                                    : ", which does not exist"));
        }
        try (ImportFolder out = ImportFolder.check(request.out(), request.split())) {
            Annotations annotations =
                    request.format().format().read(request.annotations(), request.list(), work);
            classes = classes(annotations, out);
            palette = palette(classes.names());
            folder = out.begin();
            List<String> leftOut = writeAll(annotations.images());
            int count = annotations.images().size() - leftOut.size();
            if (count == 0) {
                throw new IOException(
                        String.format(
                                "%s: expected images in %s, got none of %d%s",
                                request.annotations(),
                                images,
                                leftOut.size(),
                                leftOut.isEmpty()
                                        ? ""
                                        : ", the first " + Names.shortened(leftOut.get(0), 200)));
            }
            if (!leftOut.isEmpty()) {
                // Not by lines: names may hold halves of characters, which that refuses.
                String text = String.join("\n", leftOut) + "\n";
                Files.write(folder.resolve(LEFT_OUT), text.getBytes(StandardCharsets.UTF_8));
            }
            out.finish(classes.names());
            return new ImportResult(
                    out.target(),
                    out.saysIgnored(),
                    classes.names(),
                    count,
                    pixels,
                    holding,
                    leftOut,
                    annotations.passedOver());
        }
    }

    private ClassTable classes(Annotations annotations, ImportFolder out) throws IOException {
        Optional<Path> there = out.classes();
        List<String> given = request.classes() == null ? null : names(request.classes());
        if (there.isPresent()) {
            List<String> old = names(there.get());
            if (given != null && !given.equals(old)) {
                throw new IOException(
                        String.format(
                                "--classes: expected those of %s, %s, got %s%s",
                                there.get(),
                                Names.list(old),
                                Names.list(given),
                                Names.difference(old, given)));
            }
            given = old;
        }
        try {
            return ClassTable.of(annotations, given, request.background());
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    (there.isPresent() ? there.get() : request.annotations())
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** Reads names of classes, one a line. */
    private static List<String> names(Path file) throws IOException {
        List<String> names = new ArrayList<>();
        try {
            Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .map(line -> line.replace("\uFEFF", "").strip())
                    .filter(line -> !line.isEmpty())
                    .forEach(names::add);
        } catch (IOException e) {
            throw new IOException(
                    file + ": expected names of classes, got " + WholeFile.reason(e), e);
        }
        if (names.isEmpty() || new HashSet<>(names).size() < names.size()) {
            throw new IOException(
                    file
                            + ": expected the name of each class once, one a line, got "
                            + Names.list(names));
        }
        return names;
    }

    /** The colours are for the eye; unused entries are there as all that is ignored is one. */
    private static IndexColorModel palette(List<String> names) {
        int[] rgb = new int[IDS];
        Arrays.fill(rgb, Palette.IGNORED.getRGB());
        List<Color> colors = Palette.of(names);
        for (int id = 0; id < colors.size(); id++) {
            rgb[id] = colors.get(id).getRGB();
        }
        return new IndexColorModel(Byte.SIZE, IDS, rgb, 0, false, -1, DataBuffer.TYPE_BYTE);
    }

    /** Writes images and label maps, on all cores; returns what was left out. */
    private List<String> writeAll(List<AnnotatedImage> annotated) throws IOException {
        List<Optional<Path>> files =
                annotated.stream().map(image -> ImageFinder.find(images, image.names())).toList();
        List<String> names =
                ImageNames.of(
                        files.stream()
                                .map(file -> file.map(images::relativize))
                                .map(
                                        file ->
                                                ImageFinder.parts(
                                                        file.map(Path::toString).orElse("_")))
                                .toList());
        String[] leftOut = new String[annotated.size()];
        work.begin("Importing " + request.split(), annotated.size());
        Optional<IOException> fault =
                IntStream.range(0, leftOut.length)
                        .parallel()
                        .mapToObj(
                                i -> {
                                    AnnotatedImage image = annotated.get(i);
                                    try {
                                        leftOut[i] = write(image, files.get(i), names.get(i));
                                        work.done(1);
                                    } catch (IOException e) {
                                        return Optional.of(e);
                                    }
                                    return Optional.<IOException>empty();
                                })
                        .flatMap(Optional::stream)
                        .findFirst();
        work.end();
        if (fault.isPresent()) {
            throw fault.get();
        }
        return Arrays.stream(leftOut).filter(line -> line != null).toList();
    }

    /** Writes an image and its labels; returns null, or why it was left out. */
    private String write(AnnotatedImage image, Optional<Path> file, String name)
            throws IOException {
        try {
            writeWhole(image, file, name);
            return null;
        } catch (LeftOutException e) {
            return MalformedAnnotationsException.oneLine(
                    image.names().get(0) + ": " + e.getMessage());
        }
    }

    private void writeWhole(AnnotatedImage annotated, Optional<Path> found, String name)
            throws IOException {
        if (!annotated.fault().isEmpty()) {
            throw new LeftOutException(annotated.fault());
        }
        Path image = found.orElseThrow(() -> new LeftOutException("not found in " + images));
        String fileName = image.getFileName().toString();
        String extension = fileName.substring(fileName.lastIndexOf('.') + 1);
        if (!ImageFiles.EXTENSIONS.contains(extension.toLowerCase(Locale.ROOT))) {
            throw new LeftOutException(
                    "expected a file ending in " + new TreeSet<>(ImageFiles.EXTENSIONS));
        }
        BufferedImage decoded = decode(image);
        int width = decoded.getWidth();
        int height = decoded.getHeight();
        if (annotated.width() != 0 && annotated.width() != width
                || annotated.height() != 0 && annotated.height() != height) {
            throw new LeftOutException(
                    String.format(
                            "its annotations are for %dx%d, the image is %dx%d",
                            annotated.width(), annotated.height(), width, height));
        }
        Overlap overlap =
                request.overlap() == null ? request.format().format().overlap() : request.overlap();
        byte[] labels = annotated.labelling().labels(width, height, classes, overlap);
        try {
            writeLabels(folder.resolve("labels").resolve(name + ".png"), width, height, labels);
            Path target = folder.resolve("images").resolve(name + "." + extension);
            if (request.link()) {
                Files.createSymbolicLink(target, image.toRealPath());
            } else {
                Files.copy(image, target);
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw new IOException(
                    name
                            + ": cannot be written: "
                            + (e instanceof IOException fault
                                    ? WholeFile.reason(fault)
                                    : "no links are possible there"),
                    e);
        }
        count(labels);
    }

    private static BufferedImage decode(Path image) throws IOException {
        try {
            return ImageFiles.readImage(image);
        } catch (MalformedDatasetException e) {
            throw new LeftOutException(e.getMessage().replace(image + ": ", ""));
        }
    }

    private void writeLabels(Path png, int width, int height, byte[] labels) throws IOException {
        BufferedImage map =
                new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, palette);
        map.getRaster().setDataElements(0, 0, width, height, labels);
        try (OutputStream out = Files.newOutputStream(png)) {
            Pictures.png(map).write(out);
        }
    }

    private void count(byte[] labels) {
        long[] counts = new long[IDS];
        for (byte id : labels) {
            counts[id & 0xff]++;
        }
        synchronized (pixels) {
            for (int id = 0; id < IDS; id++) {
                pixels[id] += counts[id];
                holding[id] += counts[id] > 0 ? 1 : 0;
            }
        }
    }
}
