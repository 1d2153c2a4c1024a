package io.github.lovaszdjl.examples;

import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which data set: the options that every command that reads one has. */
final class DataOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "NAME|FOLDER",
            description =
                    "the data set: a name (see 'datasets list'), or a folder with classes.txt and"
                            + " train, val and test, each with images and labels (${DEFAULT-VALUE}"
                            + " by default)")
    private String data = "earth";

    @Option(
            names = "--ignore-label",
            paramLabel = "ID",
            description =
                    "the id in the label files that is ignored (by default that of the data set"
                            + " where it has a name, else none)")
    private Integer ignoreLabel;

    /** Returns what was given as the data set. */
    String name() {
        return data;
    }

    /** Returns the folder of the data set, of the layout {@link FolderSegmentationDataset} has. */
    Path root() {
        Path folder = data.equals("earth") ? Path.of("datasets", "earth") : Path.of(data);
        if (!Files.isDirectory(folder)) {
            throw new ParameterException(
                    spec.commandLine(), "--data: expected a name or a folder, got " + data);
        }
        return folder;
    }

    /** Returns the id to ignore, if there is one. */
    OptionalInt ignoreLabel() {
        if (ignoreLabel != null && (ignoreLabel < 0 || ignoreLabel > 255)) {
            throw new ParameterException(
                    spec.commandLine(), "--ignore-label: expected 0 to 255, got " + ignoreLabel);
        }
        return ignoreLabel == null ? OptionalInt.empty() : OptionalInt.of(ignoreLabel);
    }
}
