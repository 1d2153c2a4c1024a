package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.NamedDataset;
import io.github.lovaszdjl.dataset.SegmentationDatasets;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.spark.RemoteFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which data set, and how it is read: the options that every command that reads one has. */
public final class DataOptions extends FolderOptions {

    /** A URI; a scheme of one letter is a drive of Windows. */
    private static final Pattern REMOTE = Pattern.compile("[a-z][a-z0-9+.-]+:/\\S*");

    @Option(
            names = "--data",
            paramLabel = "NAME|FOLDER",
            description =
                    "the data set: a name (see 'datasets list'), or a folder with classes.txt and"
                            + " train, val and test, each with images and labels; other layouts by"
                            + " the options below, or a dataset.json in the folder that has them;"
                            + " with Spark also one by its URI, such as hdfs://host/data")
    private String data = "earth";

    /** Returns what was given as the data set. */
    public String name() {
        return data;
    }

    /** Returns the folder of the data set, of the layout {@link FolderSegmentationDataset} has. */
    public Path root() {
        try {
            return root(data);
        } catch (UnknownDataException e) {
            throw new ParameterException(spec().commandLine(), "--data: " + e.getMessage(), e);
        }
    }

    /** Returns the id to ignore, if there is one. */
    public OptionalInt ignoreLabel() {
        return ignoreLabel(data);
    }

    /** Returns the data set and how it is read; looks at all options. */
    public DataSource source() throws IOException {
        return source(data, root());
    }

    /** Returns the data set of this name. Names go before folders; "./camvid" is a folder. */
    public static Optional<NamedDataset> named(String data) {
        return SegmentationDatasets.all().stream()
                .filter(set -> set.getName().equals(data))
                .findFirst();
    }

    /**
     * Returns the folder of a data set.
     *
     * @param data a name or a folder
     * @throws UnknownDataException if it is neither
     * @throws IllegalArgumentException if the named set is not here; says how to get it
     */
    public static Path root(String data) {
        Optional<NamedDataset> named = named(data);
        if (named.isEmpty()) {
            if (REMOTE.matcher(data).matches()) {
                return remote(data);
            }
            try {
                Path folder = Path.of(data);
                // An empty name would be the working folder.
                if (!data.isBlank() && Files.isDirectory(folder)) {
                    return folder;
                }
            } catch (InvalidPathException e) {
                // No folder can have this name.
            }
            throw new UnknownDataException(data);
        }
        NamedDataset set = named.get();
        if (!set.isPresent() && !set.getSources().isEmpty()) {
            throw new IllegalArgumentException(
                    set.getName()
                            + ": not here yet; run 'lovasz datasets fetch "
                            + set.getName()
                            + "'");
        }
        try {
            // Downloads nothing; where the set is not here, it says how to have it.
            return set.fetch(null);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Returns the folder of the copy of what lies in another file system. */
    private static Path remote(String data) {
        if (!ClusterOptions.haveSpark()) {
            throw new IllegalArgumentException(
                    "--data: expected Spark in the class path, which reads " + data + ", got none");
        }
        try {
            return RemoteFolder.fetch(URI.create(data));
        } catch (IOException e) {
            throw new IllegalArgumentException("--" + e.getMessage(), e);
        }
    }

    /** What was given is neither a folder nor the name of a data set. */
    public static final class UnknownDataException extends IllegalArgumentException {

        private static final long serialVersionUID = 1L;

        UnknownDataException(String data) {
            super(
                    "expected a folder or one of "
                            + String.join(", ", names())
                            + ", got "
                            + (data.isBlank() ? "an empty name" : data)
                            + Names.suggestion(data, names()));
        }

        private static List<String> names() {
            return SegmentationDatasets.all().stream().map(NamedDataset::getName).toList();
        }
    }
}
