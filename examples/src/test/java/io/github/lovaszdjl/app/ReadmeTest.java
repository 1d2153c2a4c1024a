package io.github.lovaszdjl.app;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.metric.Metrics;
import io.github.lovaszdjl.app.command.Lovasz;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.FolderOptions;
import io.github.lovaszdjl.dataset.FolderLayout;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.examples.TrainWithDjl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ReadmeTest {

    private static final Set<String> LAYOUT =
            Set.of(
                    "label-map",
                    "images",
                    "labels",
                    "image-suffix",
                    "label-suffix",
                    "split-names",
                    "lists",
                    "val",
                    "test",
                    "groups");

    private static final Path SOURCES = Path.of("examples", "src", "main", "java");
    private static final Path EXAMPLES =
            SOURCES.resolve(Path.of("io", "github", "lovaszdjl", "examples"));
    private static final Path SOURCE = EXAMPLES.resolve("TrainWithDjl.java");

    @Test
    void snippetIsTheOneThatIsCompiled() throws IOException {
        String source = Files.readString(SOURCE).replace("\r", "");
        String compiled =
                source.substring(
                        source.indexOf("// README begins\n") + "// README begins\n".length(),
                        source.indexOf("            // README ends"));
        Matcher readme =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(Path.of("README.md")).replace("\r", ""));
        assertTrue(readme.find(), "README has no Java snippet");
        assertEquals(compiled.stripTrailing().stripIndent() + "\n", readme.group(1));
    }

    @Test
    void snippetTrainsInPlainDjl() throws Exception {
        Metrics metrics = TrainWithDjl.train(few("train"), few("val"), 1);
        for (String name :
                new String[] {
                    "WeightedLoss", "SegmentationCrossEntropyLoss", "LovaszSoftmaxLoss", "MeanIoU"
                }) {
            assertTrue(metrics.hasMetric("train_epoch_" + name), name);
            double value = metrics.latestMetric("validate_epoch_" + name).getValue();
            assertTrue(value > 0 && Double.isFinite(value), name + " " + value);
        }
    }

    private static FolderSegmentationDataset few(String split) {
        return FolderSegmentationDataset.builder()
                .setRoot(Path.of("datasets", "earth"))
                .setSplit(split)
                .setSampling(2, true)
                .optLimit(4)
                .build();
    }

    @Test
    void filesThatReadmeNamesAreThere() throws IOException {
        Matcher links =
                Pattern.compile("\\]\\(([^)#:]+)\\)")
                        .matcher(Files.readString(Path.of("README.md")));
        int found = 0;
        while (links.find()) {
            assertTrue(Files.exists(Path.of(links.group(1))), links.group(1));
            found++;
        }
        assertTrue(found > 0);
    }

    /**
     * Every option of how a folder is read has a line on the page of data sets, whose flags say
     * what its part of a dataset.json says.
     */
    @Test
    void everyOptionOfAFolderHasALine(@TempDir Path root) throws IOException {
        Matcher lines =
                Pattern.compile("(?m)^\\| `(--[^`]+)` \\| `(\"[^`]+)` \\|")
                        .matcher(Files.readString(Path.of("datasets", "README.md")));
        Set<String> described = new TreeSet<>();
        while (lines.find()) {
            List<String> args = new ArrayList<>(List.of("train"));
            args.addAll(List.of(lines.group(1).replace("\"", "").split(" ")));
            CommandLine app = Lovasz.commandLine();
            app.parseArgs(args.toArray(String[]::new));
            Map<String, String> flags = new TreeMap<>();
            for (OptionSpec option :
                    app.getSubcommands().get("train").getParseResult().matchedOptions()) {
                flags.put(option.longestName().substring(2), option.getValue().toString());
            }
            boolean drawn = flags.containsKey("split-seed") || flags.containsKey("groups");
            String share = drawn ? "\"val\": 0.5, " : ""; // which they are options of
            Files.writeString(
                    root.resolve(FolderLayout.FILE_NAME), "{" + share + lines.group(2) + "}");
            FolderLayout layout = FolderLayout.read(root);
            Map<String, String> file = new TreeMap<>(layout.options());
            if (drawn) {
                file.remove("val");
            }
            layout.ignoreLabel().ifPresent(id -> file.put("ignore-label", String.valueOf(id)));
            assertEquals(flags, file);
            described.addAll(flags.keySet());
        }
        Set<String> options = new TreeSet<>();
        for (OptionSpec option : CommandSpec.forAnnotatedObject(new FolderOptions()).options()) {
            options.add(option.longestName().substring(2));
        }
        assertEquals(options, described);
    }

    /**
     * The flags in the tables of the page about data are known, and each line has a sound layout.
     */
    @Test
    void flagsForDataAreRead() throws IOException {
        Matcher cells =
                Pattern.compile("\\| `(--[^`]+)`")
                        .matcher(Files.readString(Path.of("docs", "data.md")));
        int found = 0;
        while (cells.find()) {
            List<String> args = new ArrayList<>(List.of("train"));
            args.addAll(List.of(cells.group(1).replace("\"", "").split(" ")));
            CommandLine app = Lovasz.commandLine();
            assertDoesNotThrow(() -> app.parseArgs(args.toArray(String[]::new)), args.toString());
            Map<String, String> options =
                    new HashMap<>(
                            ConfigFile.options(app.getSubcommands().get("train").getCommandSpec()));
            options.keySet().retainAll(LAYOUT);
            assertDoesNotThrow(() -> FolderLayout.of(options), args.toString());
            found++;
        }
        assertTrue(found > 10, found + " cells");
    }

    /** Every "lovasz ..." in backquotes, there and in the other pages, is a command that parses. */
    @Test
    void commandsParse() throws IOException {
        int found = 0;
        for (Path page : pages()) {
            Matcher commands =
                    Pattern.compile("`lovasz ([^`]+)`|-Dargs=\"([^\"]*)\"")
                            .matcher(Files.readString(page));
            while (commands.find()) {
                String line = commands.group(1) != null ? commands.group(1) : commands.group(2);
                String[] args = line.replace("'", "").strip().split("\\s+");
                CommandLine app = Lovasz.commandLine();
                if (!line.contains("benchmark") && app.getSubcommands().containsKey(args[0])) {
                    assertDoesNotThrow(() -> app.parseArgs(args), page + ": " + line);
                    found++;
                }
            }
        }
        assertTrue(found >= 5, "found " + found);
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
        }
        return pages;
    }

    /** README lists every program to copy, and a command of no page names another. */
    @Test
    void programsAreThoseThatThereAre() throws IOException {
        Set<String> listed = new TreeSet<>();
        for (Path page : pages()) {
            Matcher programs =
                    Pattern.compile("-D(example|main)=([\\w.]+)").matcher(Files.readString(page));
            while (programs.find()) {
                boolean example = programs.group(1).equals("example");
                String file = programs.group(2).replace('.', '/') + ".java";
                Path source = (example ? EXAMPLES : SOURCES).resolve(file);
                assertTrue(Files.exists(source), page + ": " + programs.group());
                if (example && page.endsWith("README.md")) {
                    listed.add(file);
                }
            }
        }
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            assertEquals(
                    files.map(file -> file.getFileName().toString())
                            .filter(file -> !file.equals("package-info.java"))
                            .collect(Collectors.toCollection(TreeSet::new)),
                    listed);
        }
    }
}
