package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.dataset.FolderLayout;
import io.github.lovaszdjl.dataset.NamedDataset;
import java.io.IOException;
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

    @Option(
            names = "--images",
            paramLabel = "FOLDER",
            description =
                    "the folder of the images in that of a split, or in the data"
                            + " set's where --lists, --val or --test make the splits;"
                            + " images/SPLIT is one in the data set's, where SPLIT stands for"
                            + " train, val or test (images by default)")
    private String images;

    @Option(
            names = "--labels",
            paramLabel = "FOLDER",
            description =
                    "the folder of the label files, likewise; it may be that of the"
                            + " images (labels by default)")
    private String labels;

    @Option(
            names = "--image-suffix",
            paramLabel = "TEXT",
            description =
                    "what stands between the name of an image and its extension,"
                            + " such as _leftImg8bit; files without it are left out (none by"
                            + " default)")
    private String imageSuffix;

    @Option(
            names = "--label-suffix",
            paramLabel = "TEXT",
            description =
                    "what stands between the name of a label file and its"
                            + " extension, such as _mask; files without it are left out (none"
                            + " by default)")
    private String labelSuffix;

    @Option(
            names = "--split-names",
            paramLabel = "SPLIT=NAME,...",
            description =
                    "what train, val and test are called there, such as"
                            + " train=training,val=validation")
    private String splitNames;

    @Option(
            names = "--lists",
            paramLabel = "FOLDER",
            description =
                    "the folder of train.txt, val.txt and test.txt, which name the"
                            + " images of each split (folders make the splits by default)")
    private String lists;

    @Option(
            names = "--val",
            paramLabel = "SHARE",
            description =
                    "the share of the images that is drawn for val, where there are"
                            + " no splits, such as 0.1")
    private String val;

    @Option(
            names = "--test",
            paramLabel = "SHARE",
            description = "the share that is drawn for test, likewise")
    private String test;

    @Option(
            names = "--split-seed",
            paramLabel = "NUMBER",
            description = "the seed of that draw (0 by default)")
    private String splitSeed;

    @Option(
            names = "--groups",
            paramLabel = "EXPRESSION",
            description =
                    "a regular expression that matches the beginning of every name;"
                            + " images with the same match, or the same first group in it,"
                            + " stay in one split: [^_]* is all before the first _")
    private String groups;

    @Option(
            names = "--channels",
            paramLabel = "NUMBER",
            description =
                    "the channels of an image, 1 to 64; in 3, grey is repeated (3 by default);"
                            + " another number needs --mean and --std")
    private String channels;

    @Option(
            names = "--mean",
            paramLabel = "X,...",
            description =
                    "the mean of each channel, where 1 is white, as 'datasets stats' computes it"
                            + " (by default ImageNet's, or that of --weights); a saved model brings"
                            + " its own")
    private String mean;

    @Option(
            names = "--std",
            paramLabel = "X,...",
            description = "the standard deviation of each channel, likewise")
    private String std;

    /** For mixins of picocli. */
    public FolderOptions() {}

    final CommandSpec spec() {
        return spec;
    }

    /**
     * Returns how a data set is read: as the options say, then as the dataset.json of its folder
     * does. The options have the values of the file from then on, so that what is recorded of a
     * command is what it did.
     *
     * @param data its name or folder
     * @param root its folder
     * @throws ParameterException if an option is wrong
     * @throws IOException if the file is wrong
     */
    public final DataSource source(String data, Path root) throws IOException {
        FolderLayout given = layout();
        OptionalInt ignored = ignoreLabel(data);
        FolderLayout file = FolderLayout.read(root);
        FolderLayout both;
        try {
            both = given.over(file);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--" + e.getMessage() + ", with " + root.resolve(FolderLayout.FILE_NAME),
                    e);
        }
        if (ignoreLabel == null && file.ignoreLabel().isPresent()) {
            ignoreLabel = file.ignoreLabel().getAsInt();
            ignored = file.ignoreLabel();
        }
        take(both.options());
        return new DataSource(root, both, ignored);
    }

    /** Gives the options the values of a layout. */
    private void take(Map<String, String> options) {
        labelMap = options.get("label-map");
        images = options.get("images");
        labels = options.get("labels");
        imageSuffix = options.get("image-suffix");
        labelSuffix = options.get("label-suffix");
        splitNames = options.get("split-names");
        lists = options.get("lists");
        val = options.get("val");
        test = options.get("test");
        splitSeed = options.get("split-seed");
        groups = options.get("groups");
        channels = options.get("channels");
        mean = options.get("mean");
        std = options.get("std");
    }

    /** Returns the layout, but for what the folder itself says. */
    private FolderLayout layout() {
        Map<String, String> options = new LinkedHashMap<>();
        put(options, "label-map", labelMap);
        put(options, "images", images);
        put(options, "labels", labels);
        put(options, "image-suffix", imageSuffix);
        put(options, "label-suffix", labelSuffix);
        put(options, "split-names", splitNames);
        put(options, "lists", lists);
        put(options, "val", val);
        put(options, "test", test);
        put(options, "split-seed", splitSeed);
        put(options, "groups", groups);
        put(options, "channels", channels);
        put(options, "mean", mean);
        put(options, "std", std);
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
