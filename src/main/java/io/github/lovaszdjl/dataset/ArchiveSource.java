package io.github.lovaszdjl.dataset;

import ai.djl.Application;
import ai.djl.repository.MRL;
import ai.djl.util.Progress;
import ai.djl.util.Utils;
import com.google.gson.GsonBuilder;
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
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Archives that are downloaded, unpacked and put into the layout of a {@link
 * FolderSegmentationDataset}, in DJL's cache folder.
 *
 * @param archives the archives
 * @param wanted the files in them that are needed
 * @param layout how these become a data set
 * @param unpackedBytes how much room the files need beyond the archives while they are unpacked
 * @param download what fetches them
 */
record ArchiveSource(
        List<RemoteFile> archives,
        Pattern wanted,
        Layouts.Layout layout,
        long unpackedBytes,
        Download download)
        implements DatasetSource {

    @Override
    public List<URI> addresses() {
        return archives.stream().map(RemoteFile::uri).toList();
    }

    @Override
    public Path root(NamedDataset.Card card) {
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

    @Override
    public void fetch(NamedDataset.Card card, Progress progress) throws IOException {
        if (Utils.isOfflineMode()) {
            throw new IOException(
                    card.name() + ": cannot be fetched, DJL is in offline mode (ai.djl.offline)");
        }
        addresses();
        Path root = root(card);
        checkFree(card, root);
        Path folder = Files.createDirectories(root.toAbsolutePath().getParent());
        FolderLock.run(
                folder,
                () -> {
                    if (!isPresent(card)) {
                        fetch(card, folder, root, progress);
                    }
                });
    }

    /** A set is moved into place whole, so what is there is not the work of a fetch alone. */
    private static void checkFree(NamedDataset.Card card, Path root) throws IOException {
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

    private void fetch(NamedDataset.Card card, Path folder, Path root, Progress progress)
            throws IOException {
        Path temporary = folder.resolve(".unpacking");
        // There may be one of a process that was killed.
        delete(temporary);
        checkFree(card, root);
        long room = unpackedBytes;
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
            Files.write(whole.resolve(ClassNames.FILE_NAME), card.classNames());
            describe(card, whole);
            check(card, whole, leftOut, progress);
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

    /** Writes what is not by default of the layout. */
    private static void describe(NamedDataset.Card card, Path folder) throws IOException {
        Map<String, String> options = card.layout().options();
        if (!options.isEmpty()) {
            Files.writeString(
                    folder.resolve(FolderLayout.FILE_NAME),
                    new GsonBuilder().setPrettyPrinting().create().toJson(options));
        }
    }

    private static void check(
            NamedDataset.Card card, Path folder, Map<String, Integer> leftOut, Progress progress)
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
}
