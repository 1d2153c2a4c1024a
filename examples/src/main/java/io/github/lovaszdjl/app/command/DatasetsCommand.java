package io.github.lovaszdjl.app.command;

import io.github.lovaszdjl.app.options.DataOptions;
import io.github.lovaszdjl.app.options.DataSource;
import io.github.lovaszdjl.app.options.FolderOptions;
import io.github.lovaszdjl.app.options.Recipe;
import io.github.lovaszdjl.app.picture.ContactSheet;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.app.run.DataFolders;
import io.github.lovaszdjl.app.run.DatasetStatistics;
import io.github.lovaszdjl.app.run.FetchProgress;
import io.github.lovaszdjl.app.run.MissingClasses;
import io.github.lovaszdjl.app.run.OutputFolder;
import io.github.lovaszdjl.dataset.ChannelStatistics;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.NamedDataset;
import io.github.lovaszdjl.dataset.SegmentationDatasets;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Data sets: which are known by name, to have them here, and what is in them. */
@Command(
        name = "datasets",
        description = "Lists, fetches, imports and describes data sets.",
        subcommands = ImportCommand.class,
        footer = {
            "%nExamples:",
            "  lovasz datasets list",
            "  lovasz datasets fetch camvid",
            "  lovasz datasets stats earth --out runs/earth",
            "  lovasz datasets import --format labelme --annotations labelled --out my-data"
        })
public final class DatasetsCommand implements Runnable {

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "expected list, fetch, stats or import");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(
            name = "list",
            description = {
                "Lists the data sets that are known by name.",
                "A recipe is what train and compare take for a set, where no option says otherwise,"
                        + " in place of their general defaults."
            },
            footer = {"%nExamples:", "  lovasz datasets list"})
    int list() {
        String row = "%-11s %7s  %-14s  %-9s  %-4s  %s%n";
        out().printf(row, "name", "classes", "train/val/test", "size", "here", "shows");
        List<NamedDataset> sets = SegmentationDatasets.all();
        for (NamedDataset set : sets) {
            Map<String, Integer> splits = set.getSplits();
            List<String> counts = new ArrayList<>();
            for (String split : List.of("train", "val", "test")) {
                counts.add(splits.containsKey(split) ? splits.get(split).toString() : "-");
            }
            out().printf(
                            row,
                            set.getName(),
                            set.getClassNames().size(),
                            String.join("/", counts),
                            set.getImageSize(),
                            set.isPresent() ? "yes" : "no",
                            set.getTitle());
        }
        out().println();
        for (NamedDataset set : sets) {
            out().printf("%s: %s%n", set.getName(), set.getLicence());
            if (set.getSources().isEmpty()) {
                out().printf("  in %s%n", set.root());
            }
            set.getSources().forEach(uri -> out().printf("  from %s%n", uri));
            Map<String, String> recipe = Recipe.of(set);
            if (!recipe.isEmpty()) {
                String options =
                        recipe.entrySet().stream()
                                .map(option -> option.getKey() + " " + option.getValue())
                                .collect(Collectors.joining(" "));
                out().printf("  recipe %s%n", options);
            }
        }
        out().flush();
        return 0;
    }

    @Command(
            name = "fetch",
            description = {
                "Downloads, unpacks and checks a data set.",
                "A download that breaks off is resumed by the next call. -Dlovasz.url.NAME=ADDRESS"
                        + " names a mirror; see datasets/README.md."
            },
            footer = {
                "%nExamples:",
                "  lovasz datasets fetch camvid",
                "  DJL_CACHE_DIR=/data/djl lovasz datasets fetch voc2012"
            })
    int fetch(@Parameters(paramLabel = "NAME", description = "the data set") String name)
            throws IOException {
        NamedDataset set;
        try {
            set = SegmentationDatasets.find(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.subcommands().get("fetch"), "NAME: " + e.getMessage(), e);
        }
        boolean before = set.isPresent();
        Path root;
        try (FetchProgress progress = new FetchProgress(out())) {
            root = set.fetch(progress);
        }
        out().printf("%s: %s in %s%n", name, before ? "already" : "now", root);
        Path leftOut = root.resolve("left-out.txt");
        if (Files.exists(leftOut)) {
            out().printf(
                            "%d damaged samples were left out, see %s%n",
                            Files.readAllLines(leftOut).size(), leftOut);
        }
        out().printf("licence: %s%n", set.getLicence());
        out().flush();
        return 0;
    }

    @Command(
            name = "stats",
            description = {
                "Counts images and pixels of each class.",
                "The mean and deviation of each channel, of the split train, are options of train"
                        + " and compare, and of dataset.json."
            },
            footer = {
                "%nExamples:",
                "  lovasz datasets stats earth",
                "  lovasz datasets stats my-data --ignore-label 255 --out runs/my-data"
            })
    int stats(
            @Parameters(paramLabel = "NAME|FOLDER", description = "the data set") String data,
            @Mixin FolderOptions folderOptions,
            @Option(
                            names = "--out",
                            paramLabel = "FOLDER",
                            description =
                                    "write contact-sheet.png and stats.csv there; what an earlier"
                                            + " call wrote is replaced, unless it was changed since")
                    Path out)
            throws IOException {
        DataSource source;
        try {
            source = folderOptions.source(data, DataOptions.root(data));
        } catch (DataOptions.UnknownDataException e) {
            throw new ParameterException(spec.subcommands().get("stats"), e.getMessage(), e);
        }
        if (out != null) {
            DataFolders.checkOutside(out, source);
        }
        try (OutputFolder folder = out == null ? null : OutputFolder.open(out)) {
            if (folder != null) {
                folder.checkReplaced(List.of("stats.csv", "contact-sheet.png"));
                Pictures.checkFonts();
            }
            stats(data, source, folder);
        }
        return 0;
    }

    /** Counts; the folder to write to may be null. */
    private void stats(String data, DataSource source, OutputFolder folder) throws IOException {
        Map<String, FolderSegmentationDataset> splits = DatasetStatistics.read(source);
        if (folder != null) {
            folder.make();
        }
        List<DatasetStatistics> statistics = new ArrayList<>();
        for (Map.Entry<String, FolderSegmentationDataset> split : splits.entrySet()) {
            statistics.add(DatasetStatistics.of(split.getKey(), split.getValue()));
        }
        out().print(DatasetStatistics.text(statistics));
        splits.forEach(this::printMissing);
        Map.Entry<String, FolderSegmentationDataset> firstSplit =
                splits.entrySet().iterator().next();
        out().print(
                        DatasetStatistics.text(
                                firstSplit.getKey(), ChannelStatistics.of(firstSplit.getValue())));
        if (folder != null) {
            folder.writeText("stats.csv", DatasetStatistics.csv(statistics));
            DatasetStatistics first = statistics.get(0);
            String title = data + ", " + first.name() + ", " + first.count() + " images";
            folder.writePicture(
                    "contact-sheet.png", ContactSheet.draw(title, splits.get(first.name())));
            out().printf("%nWritten to %s%n", folder.path());
        }
        out().flush();
    }

    private void printMissing(String name, FolderSegmentationDataset split) {
        boolean needsFlag = name.equals("train") && !split.looksLikeMasks();
        MissingClasses.of(split, name)
                .ifPresent(
                        line ->
                                out().printf(
                                                "%n%s%s%n",
                                                line,
                                                needsFlag
                                                        ? "; train needs --allow-missing-classes"
                                                        : ""));
    }
}
