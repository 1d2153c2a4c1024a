package io.github.lovaszdjl.dataset;

import ai.djl.Application;
import ai.djl.repository.MRL;
import ai.djl.util.Progress;
import ai.djl.util.Utils;
import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.FolderLock;
import io.github.lovaszdjl.internal.RemoteFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A published data set that is known by its name; see {@link SegmentationDatasets}.
 *
 * <p>Once it is {@linkplain #isPresent() present}, {@link #root()} is a folder for {@link
 * FolderSegmentationDataset}.
 *
 * <p><b>Where.</b> Downloaded sets live in DJL's cache folder ({@code DJL_CACHE_DIR}, else {@code
 * ~/.djl.ai}), at the place that DJL's repositories give a data set: {@code
 * cache/repo/dataset/cv/semantic_segmentation/io/github/lovaszdjl/NAME/1.0}.
 *
 * <p><b>Mirrors.</b> The system property {@code lovasz.url.NAME} replaces the address of an
 * archive, {@code lovasz.url.oxford-pet.images} and {@code lovasz.url.oxford-pet.annotations} where
 * there are two. Size and checksum, where they are known, hold for mirrors as well.
 */
public final class NamedDataset {

    private final Card card;
    private final List<RemoteFile> archives;
    private final Pattern wanted;
    private final Layouts.Layout layout;
    private final Download download;

    /**
     * What is known of a set without having it.
     *
     * @param imageSize the size of its images, in words
     * @param unpackedBytes how much room its files need beyond the archives while they are unpacked
     */
    record Card(
            String name,
            String title,
            List<String> classNames,
            Map<String, Integer> splits,
            String imageSize,
            OptionalInt ignoreLabel,
            String licence,
            long unpackedBytes) {

        Card {
            classNames = List.copyOf(classNames);
            splits = Collections.unmodifiableMap(new LinkedHashMap<>(splits));
        }
    }

    /** An embedded set, without archives. */
    NamedDataset(Card card) {
        this(card, List.of(), null, null, null);
    }

    NamedDataset(
            Card card,
            List<RemoteFile> archives,
            Pattern wanted,
            Layouts.Layout layout,
            Download download) {
        this.card = card;
        this.archives = List.copyOf(archives);
        this.wanted = wanted;
        this.layout = layout;
        this.download = download;
    }

    /**
     * Returns the name.
     *
     * @return the name, such as "camvid"
     */
    public String getName() {
        return card.name();
    }

    /**
     * Says what the images show.
     *
     * @return a few words
     */
    public String getTitle() {
        return card.title();
    }

    /**
     * Returns the names of the classes; a name's place is its id.
     *
     * @return the names
     */
    public List<String> getClassNames() {
        return card.classNames();
    }

    /**
     * Returns the splits and how many images the source has for each. For oxford-pet a few damaged
     * ones may be left out, see its file left-out.txt.
     *
     * @return the counts by split, in the order train, val, test
     */
    public Map<String, Integer> getSplits() {
        return card.splits();
    }

    /**
     * Says how large the images are.
     *
     * @return the size, such as "480x360"
     */
    public String getImageSize() {
        return card.imageSize();
    }

    /**
     * Returns the id of pixels to ignore.
     *
     * @return the id, or empty if every pixel has a class
     */
    public OptionalInt getIgnoreLabel() {
        return card.ignoreLabel();
    }

    /**
     * Says what the licence allows.
     *
     * @return the licence, in words
     */
    public String getLicence() {
        return card.licence();
    }

    /**
     * Returns where the archives come from, mirrors taken into account.
     *
     * @return the addresses; none for a set that is embedded
     * @throws IllegalArgumentException if a system property names no http or https address
     */
    public List<URI> getSources() {
        return archives.stream().map(RemoteFile::uri).toList();
    }

    /**
     * Returns the folder of the set, whether or not it was fetched yet.
     *
     * @return the folder, for {@link FolderSegmentationDataset.Builder#setRoot}
     */
    public Path root() {
        if (archives.isEmpty()) {
            Path folder = Path.of("datasets", card.name());
            String home = System.getProperty("lovasz.home");
            return home == null || home.isEmpty() ? folder : Path.of(home).resolve(folder);
        }
        // DJL's classes name the place. They do not fetch: what their repositories cannot do is
        // said at Download and Unpacker.
        String place =
                MRL.dataset(
                                null,
                                Application.CV.SEMANTIC_SEGMENTATION,
                                "io.github.lovaszdjl",
                                card.name(),
                                "1.0")
                        .toURI()
                        .getPath();
        return Utils.getCacheDir().resolve("cache").resolve("repo").resolve(place).resolve("1.0");
    }

    /**
     * Tells whether the set comes with the project and is not downloaded.
     *
     * @return whether there is nothing to fetch
     */
    public boolean isEmbedded() {
        return archives.isEmpty();
    }

    /**
     * Tells whether the set was fetched, or comes with the project.
     *
     * @return whether {@link #root()} holds it
     */
    public boolean isPresent() {
        Path root = root();
        return Files.isRegularFile(root.resolve("classes.txt"))
                && card.splits().keySet().stream()
                        .allMatch(s -> Files.isDirectory(root.resolve(s)));
    }

    /**
     * Downloads, unpacks and checks the set, unless that was done. A download that breaks off is
     * resumed by the next call; whatever else goes wrong leaves nothing behind. Several processes
     * may call it at once: one works, the others wait for it.
     *
     * @param progress told of bytes and then of files, or null
     * @return the folder of the set
     * @throws MalformedDatasetException if what was unpacked is not the set
     * @throws IOException if its folder holds something else, a part of the set for one, which
     *     stays as it is; or if the set cannot be had: no network, DJL's offline mode, a wrong
     *     checksum, too little room, a hostile archive
     * @throws IllegalArgumentException if a system property names no http or https address
     */
    public Path fetch(Progress progress) throws IOException {
        Path root = root();
        if (isPresent()) {
            return root;
        }
        if (archives.isEmpty()) {
            throw new IOException(
                    root
                            + ": expected the data set "
                            + card.name()
                            + ", there is none; -Dlovasz.home=FOLDER says which folder has datasets/"
                            + card.name());
        }
        if (Utils.isOfflineMode()) {
            throw new IOException(
                    card.name() + ": cannot be fetched, DJL is in offline mode (ai.djl.offline)");
        }
        getSources();
        checkFree(root);
        Path folder = Files.createDirectories(root.toAbsolutePath().getParent());
        FolderLock.run(
                folder,
                () -> {
                    if (!isPresent()) {
                        fetch(folder, root, progress);
                    }
                });
        return root;
    }

    /** A set is moved into place whole, so what is there is not the work of a fetch alone. */
    private void checkFree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean empty = false;
        if (Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> entries = Files.list(root)) {
                empty = entries.findAny().isEmpty();
            }
        }
        if (!empty) {
            throw new IOException(
                    String.format(
                            "%s: expected nothing, or the whole data set %s with classes.txt and the"
                                    + " splits %s, got a part of it or something else; move it away"
                                    + " to fetch the set anew",
                            root, card.name(), String.join(", ", card.splits().keySet())));
        }
    }

    private void fetch(Path folder, Path root, Progress progress) throws IOException {
        Path temporary = folder.resolve(".unpacking");
        // There may be one of a process that was killed.
        delete(temporary);
        checkFree(root);
        long room = card.unpackedBytes();
        for (RemoteFile archive : archives) {
            room += Math.max(0, archive.size());
        }
        Download.checkRoom(root, room);
        List<Path> files = new ArrayList<>();
        for (RemoteFile archive : archives) {
            files.add(download.fetch(archive, folder, progress));
        }
        boolean done = false;
        try {
            Path unpacked = Files.createDirectories(temporary.resolve("unpacked"));
            for (Path file : files) {
                new Unpacker(wanted).unpack(file, unpacked);
            }
            Path whole = Files.createDirectories(temporary.resolve("whole"));
            Map<String, Integer> leftOut = layout.arrange(unpacked, whole, card.splits());
            Files.write(whole.resolve("classes.txt"), card.classNames());
            check(whole, leftOut, progress);
            Files.move(whole, root, StandardCopyOption.ATOMIC_MOVE);
            done = true;
        } finally {
            for (int i = 0; i < files.size(); i++) {
                // Of a good archive nothing more is needed, a bad one must not be met again. One
                // whose checksum is right is not the culprit: a full disk may be.
                if (done || archives.get(i).checksum().isEmpty()) {
                    Files.deleteIfExists(files.get(i));
                }
            }
            delete(temporary);
        }
    }

    private void check(Path folder, Map<String, Integer> leftOut, Progress progress)
            throws IOException {
        for (Map.Entry<String, Integer> split : card.splits().entrySet()) {
            FolderSegmentationDataset.Builder builder =
                    FolderSegmentationDataset.builder()
                            .setRoot(folder)
                            .setSplit(split.getKey())
                            .setSampling(1, false);
            card.ignoreLabel().ifPresent(builder::optIgnoreLabel);
            FolderSegmentationDataset data = builder.build();
            data.prepare(progress);
            int missing = leftOut.getOrDefault(split.getKey(), 0);
            // A few damaged files are known; more are a sign of something else.
            if (missing > Math.max(1, split.getValue() / 100)
                    || data.size() + missing != split.getValue()) {
                throw new IOException(
                        String.format(
                                "%s: expected %d images in %s, got %d and %d that do not decode",
                                card.name(),
                                split.getValue(),
                                split.getKey(),
                                data.size(),
                                missing));
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Returns the name. */
    @Override
    public String toString() {
        return card.name();
    }
}
