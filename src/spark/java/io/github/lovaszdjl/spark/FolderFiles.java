package io.github.lovaszdjl.spark;

import io.github.lovaszdjl.dataset.CheckedFolder;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * Takes the files of a data set to the local disk of a worker, each once, and checks that they are
 * those that the driver has.
 */
final class FolderFiles implements CheckedFolder.FileSource {

    private final URI root;
    private final Set<String> taken = ConcurrentHashMap.newKeySet();

    FolderFiles(URI root) {
        this.root = root;
    }

    @Override
    public void take(String name, String fingerprint, Path file) throws IOException {
        if (taken.contains(name)) {
            return;
        }
        // A file that two threads want is taken twice, and is whole all the time.
        try (InputStream in = open(root, name)) {
            WholeFile.write(file, in::transferTo);
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new IOException(
                    String.format(
                            "data: expected %s in %s, which every worker has to see, got none",
                            name, root),
                    e);
        }
        String got = CheckedFolder.fingerprint(file);
        if (!got.equals(fingerprint)) {
            Files.delete(file);
            throw new IOException(
                    String.format(
                            "data: expected %s in %s as the driver has it, of size and hash %s,"
                                    + " got another file, of %s",
                            name, root, fingerprint, got));
        }
        taken.add(name);
    }

    private static InputStream open(URI root, String name) throws IOException {
        if (root.getScheme().equals("file")) {
            return Files.newInputStream(Path.of(root).resolve(name));
        }
        var folder = new org.apache.hadoop.fs.Path(root);
        FileSystem files = folder.getFileSystem(SparkHadoopUtil.get().conf());
        return files.open(new org.apache.hadoop.fs.Path(folder, name));
    }
}
