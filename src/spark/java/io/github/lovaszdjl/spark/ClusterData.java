package io.github.lovaszdjl.spark;

import io.github.lovaszdjl.dataset.CheckedFolder;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A data set that the driver has checked, to be opened by workers.
 *
 * <p>A worker takes the files that it uses from a place that all see, once each, to its local disk,
 * and checks that they are those that the driver has. Instances are immutable.
 */
public final class ClusterData implements Serializable {

    private static final long serialVersionUID = 1L;

    /** What the driver found. */
    private final CheckedFolder found;

    /** Where the files are. */
    private final URI root;

    private ClusterData(CheckedFolder found, URI root) {
        this.found = found;
        this.root = root;
    }

    /**
     * Takes a data set from the folder that it is in, which every worker has to see, or from where
     * {@link RemoteFolder} fetched it.
     *
     * @param data the data set, prepared
     * @return what workers need
     * @throws IOException if the names of its classes cannot be read any more
     */
    public static ClusterData of(FolderSegmentationDataset data) throws IOException {
        return of(data, RemoteFolder.uri(data.getRoot()));
    }

    /**
     * Takes a data set from another place than the driver did.
     *
     * @param data the data set, prepared
     * @param root the folder of the same files, such as {@code hdfs://host/data/earth}, of any file
     *     system that Hadoop reads
     * @return what workers need
     * @throws IOException if the names of its classes cannot be read any more
     */
    public static ClusterData of(FolderSegmentationDataset data, URI root) throws IOException {
        return new ClusterData(
                CheckedFolder.of(data),
                Objects.requireNonNull(
                        root.getScheme() == null ? null : root,
                        "root: expected a URI with a scheme, got " + root));
    }

    /**
     * Begins the data set in a worker. It has all samples, with the indices that they have in the
     * driver.
     *
     * @param worker the worker
     * @return a builder of the same split, layout and ignore label; sampling must be set
     * @throws IOException if there is no local disk
     */
    public FolderSegmentationDataset.Builder open(Worker worker) throws IOException {
        FolderFiles files;
        try {
            // One for each place, whatever the split: a split has its own files.
            files = worker.held("files of " + root, root, () -> new FolderFiles(root));
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        Path folder = worker.folder().resolve("data-" + Integer.toHexString(root.hashCode()));
        return found.builder(folder, files);
    }
}
