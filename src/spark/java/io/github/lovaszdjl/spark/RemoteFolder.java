package io.github.lovaszdjl.spark;

import ai.djl.util.Utils;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * The folder of a data set in a file system that Hadoop reads, of which the driver has a copy, in
 * DJL's cache folder, to check all files and to make reports of.
 */
public final class RemoteFolder {

    private static final String URI_FILE = "uri";
    private static final String DATA = "data";

    private RemoteFolder() {}

    /**
     * Brings the copy up to date. Files of the same size and time are not copied again.
     *
     * @param uri the folder, such as {@code hdfs://host/data/earth}; a {@code file:} is not copied
     * @return the folder of the copy
     * @throws IOException if there is no such folder, or it cannot be read
     */
    public static Path fetch(URI uri) throws IOException {
        if (uri.getScheme().equals("file")) {
            return Path.of(uri);
        }
        String key = UUID.nameUUIDFromBytes(uri.toString().getBytes(StandardCharsets.UTF_8)) + "";
        Path copy = Utils.getCacheDir().resolve("cluster").resolve(key);
        Path data = copy.resolve(DATA);
        Set<Path> there = new HashSet<>();
        try {
            var folder = new org.apache.hadoop.fs.Path(uri);
            FileSystem files = folder.getFileSystem(SparkHadoopUtil.get().conf());
            URI root = URI.create(files.makeQualified(folder).toUri() + "/");
            RemoteIterator<LocatedFileStatus> all = files.listFiles(folder, true);
            while (all.hasNext()) {
                LocatedFileStatus status = all.next();
                Path file = data.resolve(root.relativize(status.getPath().toUri()).getPath());
                if (!file.normalize().startsWith(data)) {
                    throw new IOException("expected files in the folder, got " + status.getPath());
                }
                there.add(file);
                copy(files, status, file);
            }
        } catch (FileNotFoundException e) {
            throw new IOException("data: expected a folder at " + uri + ", there is none", e);
        } catch (IOException | RuntimeException e) {
            throw new IOException("data: " + uri + " cannot be read: " + e.getMessage(), e);
        }
        try (Stream<Path> local = Files.walk(data)) {
            for (Path file : local.filter(Files::isRegularFile).toList()) {
                if (!there.contains(file)) {
                    Files.delete(file);
                }
            }
        }
        WholeFile.write(
                copy.resolve(URI_FILE),
                out -> out.write(uri.toString().getBytes(StandardCharsets.UTF_8)));
        return data;
    }

    private static void copy(FileSystem files, LocatedFileStatus status, Path file)
            throws IOException {
        FileTime time = FileTime.fromMillis(status.getModificationTime());
        if (Files.exists(file)
                && Files.size(file) == status.getLen()
                && Files.getLastModifiedTime(file).equals(time)) {
            return;
        }
        WholeFile.write(
                file,
                out -> {
                    try (InputStream in = files.open(status.getPath())) {
                        in.transferTo(out);
                    }
                });
        Files.setLastModifiedTime(file, time);
    }

    /**
     * Returns where others find the files of a folder: where it was fetched from, or else in it.
     */
    static URI uri(Path folder) throws IOException {
        Path root = folder.toRealPath();
        Path file = root.resolveSibling(URI_FILE);
        Path cache = Utils.getCacheDir().resolve("cluster");
        return root.endsWith(DATA) && Files.exists(file) && folder.startsWith(cache)
                ? URI.create(Files.readString(file))
                : root.toUri();
    }
}
