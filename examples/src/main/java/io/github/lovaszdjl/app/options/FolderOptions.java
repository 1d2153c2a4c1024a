package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.dataset.FolderLayout;
import io.github.lovaszdjl.dataset.NamedDataset;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How the folder of a data set is read: the options that every command that reads one has. */
public class FolderOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--ignore-label",
            paramLabel = "ID",
            description =
                    "the id in the label files that is ignored (by default that of the data set"
                            + " where it has a name, else none)")
    private Integer ignoreLabel;

    @Option(
            names = "--label-map",
            paramLabel = "VALUE=ID,...",
            description =
                    "the class ids of the values in the label files, such as 0=0,255=1 for black"
                            + " and white masks; also FIRST..LAST=ID, #RRGGBB=ID for colours, and"
                            + " *=ID for all others (by default values are ids, and colours those"
                            + " in classes.txt)")
    private String labelMap;

    /** For mixins of picocli. */
    public FolderOptions() {}

    final CommandSpec spec() {
        return spec;
    }

    /**
     * Returns how a data set is read.
     *
     * @param data its name or folder
     * @param root its folder
     * @throws ParameterException if an option is wrong
     */
    public final DataSource source(String data, Path root) {
        return new DataSource(root, layout(), ignoreLabel(data));
    }

    /** Returns the layout, but for what the folder itself says. */
    final FolderLayout layout() {
        Map<String, String> options = new LinkedHashMap<>();
        put(options, "label-map", labelMap);
        try {
            return FolderLayout.of(options);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    private static void put(Map<String, String> options, String name, String value) {
        if (value != null) {
            options.put(name, value);
        }
    }

    /** Returns the id to ignore, if there is one. */
    final OptionalInt ignoreLabel(String data) {
        if (ignoreLabel != null && (ignoreLabel < 0 || ignoreLabel > 255)) {
            throw new ParameterException(
                    spec.commandLine(), "--ignore-label: expected 0 to 255, got " + ignoreLabel);
        }
        return ignoreLabel == null
                ? DataOptions.named(data)
                        .map(NamedDataset::getIgnoreLabel)
                        .orElse(OptionalInt.empty())
                : OptionalInt.of(ignoreLabel);
    }
}
