package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.app.options.DataSource;
import io.github.lovaszdjl.app.run.DataFolders;
import io.github.lovaszdjl.app.run.OutputFolder;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.dataset.FolderLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No command replaces a file that it did not write, nor writes into a data set. */
class OutputFolderTest {

    private static final String OUTSIDE = "error: --out: expected a folder outside of data sets";

    @TempDir private static Path shared;

    private static Path model;

    @TempDir private Path temp;

    private Path data;

    @BeforeAll
    static void saveAModel() throws IOException {
        model = shared.resolve("model");
        PredictAndEvaluateTest.save(
                model, Files.readAllLines(CommandTesting.EARTH.resolve("classes.txt")));
    }

    @BeforeEach
    void copyData() throws IOException {
        data = CommandTesting.copyEarth(temp.resolve("ds"), 2, "train", "val", "test");
    }

    private Path image(int number) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("test").resolve("images"))) {
            return files.sorted().toList().get(number);
        }
    }

    /** The name of an image's label map. */
    private String png(int number) throws IOException {
        return image(number).getFileName().toString().replaceFirst("[.][a-z]+$", ".png");
    }

    private static Outcome predict(Path out, Object... images) {
        List<String> args = new ArrayList<>(List.of("predict", "--model", model.toString()));
        args.addAll(List.of("--out", out.toString()));
        Stream.of(images).map(Object::toString).forEach(args::add);
        return CommandTesting.run(args.toArray(String[]::new));
    }

    private Outcome evaluate(Path out) {
        return CommandTesting.run(
                "evaluate", "--model=" + model, "--data=" + data, "--split=val", "--out=" + out);
    }

    /** Returns all files, and what links point to, by their contents. */
    static Map<String, String> tree(Path root) throws IOException {
        Map<String, String> tree = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                String contents =
                        Files.isSymbolicLink(path)
                                ? Files.readSymbolicLink(path).toString()
                                : Files.isDirectory(path) ? "" : sum(path);
                tree.put(root.relativize(path).toString(), contents);
            }
        }
        return tree;
    }

    private static String sum(Path file) throws IOException {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs a command that must refuse and leave everything as it was. */
    private void assertRefused(String message, Command command) throws IOException {
        Map<String, String> before = tree(temp);
        Outcome outcome = command.run();
        assertEquals(before, tree(temp), outcome.printed());
        assertEquals(1, outcome.code(), outcome.printed());
        assertEquals(1, outcome.printed().lines().count(), outcome.printed());
        assertTrue(outcome.printed().startsWith(message), outcome.printed());
    }

    private interface Command {
        Outcome run() throws IOException;
    }

    /** The place in a data set, and whether it is refused by its place. */
    @ParameterizedTest
    @ValueSource(
            strings = {"", "test", "test/labels", "test/labels/x", "test/images", "test/new/x"})
    void noCommandWritesIntoASplit(String place) throws IOException {
        Path out = data.resolve(place);
        String d = "--data=" + data;
        String o = "--out=" + out;
        Path link = Files.createSymbolicLink(temp.resolve("link"), data);
        Path images = data.resolve("test").resolve("images");
        assertRefused(OUTSIDE, () -> predict(out, image(0)));
        assertRefused(OUTSIDE, () -> predict(out, images));
        assertRefused(OUTSIDE, () -> predict(out, images + "/*.png"));
        assertRefused(OUTSIDE, () -> predict(link.resolve(place), image(0)));
        assertRefused(OUTSIDE, () -> predict(out, link.resolve("test").resolve("images")));
        assertRefused(OUTSIDE, () -> evaluate(out));
        assertRefused(OUTSIDE, () -> CommandTesting.run("datasets", "stats", data + "", o));
        assertRefused(OUTSIDE, () -> CommandTesting.run("train", d, o));
        assertRefused(OUTSIDE, () -> CommandTesting.run("compare", d, o));
        assertRefused(OUTSIDE, () -> CommandTesting.run("engines", o, "--", d));
    }

    @Test
    void whereASplitMayComeIsPartOfTheSet() throws IOException {
        Files.move(data.resolve("test"), temp.resolve("gone"));
        String d = "--data=" + data;
        for (String name : List.of("test", "TEST/run")) {
            Path out = data.resolve(name);
            assertRefused(OUTSIDE, () -> CommandTesting.run("train", d, "--out=" + out));
        }
        // Of another name, and of a set that has no classes yet.
        Files.move(temp.resolve("gone"), data.resolve("holdout"));
        assertThrows(IOException.class, () -> DataFolders.checkOutside(data.resolve("holdout/x")));
        Files.delete(data.resolve("classes.txt"));
        DataFolders.checkOutside(data.resolve("holdout/x"));
        assertThrows(
                IOException.class,
                () -> DataFolders.checkOutside(data.resolve("holdout/labels/x")));
    }

    @Test
    void foldersOfOptionsArePartsOfTheSet() throws IOException {
        for (String split : List.of("train", "val", "test")) {
            Path folder = data.resolve(split);
            Files.move(folder.resolve("images"), folder.resolve("imgs"));
            Files.move(folder.resolve("labels"), folder.resolve("masks"));
            Files.move(folder, data.resolve(split + "ing"));
        }
        String[] layout = {
            "--images=imgs", "--labels=masks", "--split-names=train=training,val=valing"
        };
        // By its name, and by the folders in it.
        for (String name : List.of("valing", "TRAINING/x", "testing/x")) {
            String o = "--out=" + data.resolve(name);
            for (String command :
                    List.of("train --data=", "evaluate --model=x --data=", "stats ")) {
                List<String> args = new ArrayList<>(List.of((command + data).split(" ")));
                if (args.get(0).equals("stats")) {
                    args.add(0, "datasets");
                }
                args.addAll(List.of(layout));
                args.add(o);
                assertRefused(OUTSIDE, () -> CommandTesting.run(args.toArray(String[]::new)));
            }
        }
    }

    @Test
    void whatADrawSplitsIsPartOfTheSet() throws IOException {
        DataSource[] sources = {
            source(Map.of("images", "photos/raw", "labels", "masks", "val", "0.5")),
            source(Map.of("images", "photos/SPLIT", "labels", "masks/SPLIT"))
        };
        for (DataSource source : sources) {
            for (String name : List.of("photos/x", "masks", "photos/raw/x/y")) {
                Path out = data.resolve(name);
                assertThrows(IOException.class, () -> DataFolders.checkOutside(out, source), name);
            }
            DataFolders.checkOutside(data.resolve("runs/x"), source);
            DataFolders.checkOutside(temp.resolve("photos"), source);
        }
        // All that is in the set is drawn from.
        DataSource here = source(Map.of("images", ".", "labels", "masks", "val", "0.5"));
        Path runs = data.resolve("runs/x");
        assertThrows(IOException.class, () -> DataFolders.checkOutside(runs, here));
        DataFolders.checkOutside(temp, here);
    }

    private DataSource source(Map<String, String> options) {
        return new DataSource(data, FolderLayout.of(options), OptionalInt.empty());
    }

    @Test
    void besideSplitsAndAroundSetsIsHarmless() throws IOException {
        DataFolders.checkOutside(data.resolve("runs").resolve("x"));
        DataFolders.checkOutside(temp);
        DataFolders.checkOutside(temp.resolve("runs"));
        DataFolders.checkOutside(Path.of("runs", "x"));
        DataFolders.checkOutside(Path.of("datasets", "runs"));
        // Folders of these names that are no split's.
        DataFolders.checkOutside(temp.resolve("images").resolve("x"));
        DataFolders.checkOutside(temp.resolve("train").resolve("x"));
        assertEquals(0, evaluate(data.resolve("runs").resolve("scores")).code());
        assertEquals(
                0,
                CommandTesting.run("datasets", "stats", data.toString(), "--out=" + temp).code());
    }

    @Test
    void foldersThatADataSetNamesAreItsOwn() throws IOException {
        Path set = Files.createDirectories(temp.resolve("set"));
        Files.writeString(
                set.resolve("dataset.json"),
                "{\"images\": \"photos/SPLIT\", \"labels\": \"Masks\","
                        + " \"split-names\": \"train=training\"}");
        for (String place : List.of("", "photos/x", "masks", "training/x", "val/x")) {
            assertThrows(
                    IOException.class, () -> DataFolders.checkOutside(set.resolve(place)), place);
        }
        DataFolders.checkOutside(set.resolve("runs/x"));
    }

    @Test
    void linksIntoADataSetAreFollowed() throws IOException {
        Path out = Files.createDirectories(temp.resolve("out"));
        Files.createSymbolicLink(out.resolve("labels"), data.resolve("test").resolve("labels"));
        assertRefused("error: --out: expected", () -> predict(out, image(0)));
        // Nor where nothing would be replaced.
        Path photo = Files.copy(image(0), temp.resolve("photo.png"));
        assertRefused("error: --out: expected", () -> predict(out, photo));
        Files.delete(out.resolve("labels"));
        Path elsewhere = Files.createDirectories(temp.resolve("elsewhere"));
        Files.createSymbolicLink(out.resolve("labels"), elsewhere);
        assertEquals(0, predict(out, photo).code());
        assertEquals(0, predict(out, photo).code());
        assertTrue(Files.exists(elsewhere.resolve("photo.png")));
        Files.createDirectories(elsewhere.resolve("in"));
        Files.writeString(elsewhere.resolve("in").resolve("mine.png"), "mine");
        assertRefused("error: --out: expected a folder whose labels", () -> predict(out, photo));
    }

    @Test
    void foldersOfAnotherOriginAreRefused() throws IOException {
        Path photo = Files.copy(image(0), temp.resolve("photo.png"));
        Path out = Files.createDirectories(temp.resolve("out"));
        Files.createDirectories(out.resolve("images"));
        assertRefused("error: --out: expected a folder for predictions", () -> predict(out, photo));
        Files.delete(out.resolve("images"));
        Files.writeString(out.resolve("classes.txt"), "a");
        assertRefused(OUTSIDE, () -> predict(out, photo));
        Files.delete(out.resolve("classes.txt"));
        for (String name : List.of("labels", "overlays")) {
            Path file = Files.createDirectories(out.resolve(name)).resolve("other.png");
            Files.writeString(file, "mine");
            assertRefused(
                    "error: --out: expected a folder whose "
                            + name
                            + " this command wrote, got "
                            + file,
                    () -> predict(out, photo));
            Files.move(file, file.resolveSibling(".hidden.png"));
        }
        assertEquals(0, predict(out, photo).code());
        assertEquals("mine", Files.readString(out.resolve("labels/.hidden.png")));
        // A folder or a link in the place of a result.
        Files.delete(out.resolve("labels").resolve("photo.png"));
        Files.createDirectories(out.resolve("labels").resolve("photo.png"));
        assertRefused("error: --out: expected a folder in which", () -> predict(out, photo));
        Files.delete(out.resolve("labels").resolve("photo.png"));
        Files.createSymbolicLink(out.resolve("labels").resolve("photo.png"), photo);
        Map<String, String> before = tree(temp);
        assertNotEquals(0, predict(out, photo).code());
        assertEquals(before, tree(temp));
    }

    @Test
    void ownResultsAreReplacedUnlessChanged() throws IOException {
        Path out = temp.resolve("out");
        assertEquals(0, predict(out, image(0), image(1)).code());
        Map<String, String> first = tree(out);
        assertEquals(0, predict(out, image(0), image(1)).code());
        assertEquals(first, tree(out));
        // Other results of the same names, and back: overlays, while the maps stay.
        assertEquals(0, predict(out, image(0), "--opacity=0.9").code());
        assertNotEquals(first, tree(out));
        assertEquals(0, predict(out, image(0)).code());

        Path label = out.resolve("labels").resolve(png(1));
        Path predicted = Files.copy(label, temp.resolve("predicted.png"));
        Files.copy(
                data.resolve("test").resolve("labels").resolve(png(1)),
                label,
                StandardCopyOption.REPLACE_EXISTING);
        // By hand: nothing is written, not even the map of the first image.
        Files.delete(out.resolve("labels").resolve(png(0)));
        assertRefused(
                "error: --out: expected a folder in which no file is replaced but those that this"
                        + " command wrote and nobody changed, got "
                        + label,
                () -> predict(out, image(0), image(1)));
        // It does not stand in the way of others, and may come back.
        assertEquals(0, predict(out, image(0)).code());
        Files.copy(predicted, label, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(0, predict(out, image(0), image(1)).code());
    }

    @Test
    void withoutTheListNothingIsReplaced() throws IOException {
        Path out = temp.resolve("out");
        assertEquals(0, predict(out, image(0)).code());
        Path list = out.resolve(OutputFolder.LIST);
        String text = Files.readString(list);
        Files.delete(list);
        assertRefused("error: --out: expected a folder whose", () -> predict(out, image(0)));
        Files.writeString(list, "notes of mine\n");
        assertRefused("error: --out: expected a list", () -> predict(out, image(0)));
        // Killed in the middle of a line.
        Files.writeString(list, text + text.substring(text.indexOf('\n') + 1, text.length() - 9));
        assertEquals(0, predict(out, image(0)).code());
        assertEquals(
                text.lines().sorted().toList(), Files.readString(list).lines().sorted().toList());
        String before = Files.readString(list);
        assertEquals(0, predict(out, image(1)).code());
        assertTrue(Files.readString(list).startsWith(before), Files.readString(list));
    }

    @Test
    void aRunThatIsKilledAnywhereCanBeRepeated() throws IOException {
        Path out = Files.createDirectories(temp.resolve("out"));
        for (int time = 0; time < 20; time++) {
            try (OutputFolder folder = OutputFolder.open(out)) {
                folder.checkReplaced(List.of("a/b.txt"));
                String text = "text " + time;
                // As good as killed: the sum is listed, the file is not there or that of before.
                assertThrows(
                        IOException.class,
                        () ->
                                folder.write(
                                        "a/b.txt",
                                        file -> {
                                            file.write(text.getBytes(StandardCharsets.UTF_8));
                                            file.close();
                                            Files.createDirectories(out.resolve("a"));
                                            throw new IOException("killed");
                                        }));
                folder.writeText("a/b.txt", text);
                assertEquals(text, Files.readString(out.resolve("a/b.txt")));
            }
        }
        String next = sum(Files.writeString(temp.resolve("next"), "next"));
        Path list = out.resolve(OutputFolder.LIST);
        Files.writeString(list, Files.readString(list) + next + "  a/b.txt\n");
        checkReplaced(out, List.of("a/b.txt"));
        Files.writeString(out.resolve("a/b.txt"), "next");
        checkReplaced(out, List.of("a/b.txt"));
        assertTrue(Files.readAllLines(list).size() < 12, Files.readString(list));
        // The first of the twenty is forgotten.
        Files.writeString(out.resolve("a/b.txt"), "text 0");
        try (OutputFolder late = OutputFolder.open(out)) {
            assertThrows(IOException.class, () -> late.checkReplaced(List.of("a/b.txt")));
            assertThrows(IOException.class, () -> late.writeText("a/b.txt", "x"));
        }
        assertEquals("text 0", Files.readString(out.resolve("a/b.txt")));
    }

    private static void checkReplaced(Path out, List<String> names) throws IOException {
        try (OutputFolder folder = OutputFolder.open(out)) {
            folder.checkReplaced(names);
        }
    }

    @Test
    void twoProcessesDoNotShareAFolder() throws IOException {
        Path out = temp.resolve("out");
        List<Command> commands =
                List.of(
                        () -> predict(out, image(0)),
                        () -> evaluate(out),
                        () -> CommandTesting.run("datasets", "stats", data + "", "--out=" + out),
                        () -> CommandTesting.run("engines", "--out=" + out));
        assertEquals(0, commands.get(0).run().code());
        Map<String, String> before = tree(temp);
        try (RunFolder.Lock lock = new RunFolder(out).lock()) {
            lock.check();
            for (Command command : commands) {
                assertRefused("error: " + out + ": expected to be alone, another", command);
            }
        }
        assertEquals(before, tree(temp));
        for (Command command : commands.subList(0, 3)) {
            assertEquals(0, command.run().code());
        }
        assertTrue(Files.notExists(out.resolve(".lock")));
    }

    @Test
    void twoProcessesDoNotMakeAFolderAtOnce() throws IOException {
        Path out = temp.resolve("new");
        try (OutputFolder late = OutputFolder.open(out)) {
            try (OutputFolder first = OutputFolder.open(out)) {
                first.make();
                first.writeText("a.txt", "first");
                assertThrows(IOException.class, late::make);
            }
            // What the other one wrote may be replaced, as if it had been there before.
            late.make();
            late.checkReplaced(List.of("a.txt"));
            late.writeText("a.txt", "late");
        }
        checkReplaced(out, List.of("a.txt"));
        assertEquals("late", Files.readString(out.resolve("a.txt")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "checkpoint.zip"})
    void theFolderOfATrainingIsItsOwn(String file) throws IOException {
        Path run = Files.createDirectories(temp.resolve("run"));
        Files.writeString(run.resolve(file), "{}");
        String message = "error: --out: expected a folder that is not a training's own, got " + run;
        assertRefused(message, () -> predict(run, image(0)));
        assertRefused(message, () -> evaluate(run));
        assertRefused(
                message, () -> CommandTesting.run("datasets", "stats", data + "", "--out=" + run));
        assertRefused(message, () -> CommandTesting.run("engines", "--out=" + run));
        assertEquals(0, evaluate(run.resolve("results")).code());
    }

    @Test
    void namesOfAnyKindAreListed() throws IOException {
        Path out = temp.resolve("out");
        List<String> names =
                Stream.of("a b", "ä", "a\\b", "a\nb", "\\", "x  y", "#")
                        .map(n -> "in/" + n)
                        .toList();
        for (int time = 0; time < 2; time++) {
            try (OutputFolder folder = OutputFolder.open(out)) {
                folder.checkReplaced(names);
                for (String name : names) {
                    folder.writeText(name, name + time);
                }
            }
        }
        try (OutputFolder folder = OutputFolder.open(out)) {
            folder.checkReplaced(names);
            folder.checkHoldsNoOther("in");
        }
        assertTrue(Files.readString(out.resolve(OutputFolder.LIST)).contains("  in/a\\nb\n"));
    }

    @Test
    void scoresTablesAndSheetsAreReplacedUnlessChanged() throws IOException {
        Path out = temp.resolve("out");
        Command evaluate = () -> evaluate(out);
        Command stats = () -> CommandTesting.run("datasets", "stats", data + "", "--out=" + out);
        for (int time = 0; time < 2; time++) {
            assertEquals(0, evaluate.run().code());
            assertEquals(0, stats.run().code());
        }
        String refused = "error: --out: expected a folder in which no file is replaced";
        for (String name : List.of("scores.json", "scores.csv", "confusion.csv", "confusion.png")) {
            Path file = out.resolve(name);
            byte[] written = Files.readAllBytes(file);
            Files.writeString(file, "mine");
            assertRefused(refused, evaluate);
            Files.write(file, written);
        }
        assertEquals(0, evaluate.run().code());
        for (String name : List.of("stats.csv", "contact-sheet.png")) {
            Path file = out.resolve(name);
            byte[] written = Files.readAllBytes(file);
            Files.writeString(file, "mine");
            assertRefused(refused, stats);
            Files.write(file, written);
        }
        assertEquals(0, stats.run().code());
        Files.writeString(out.resolve("engines.md"), "mine");
        assertRefused(refused, () -> CommandTesting.run("engines", "--out=" + out));
        Files.delete(out.resolve("engines.md"));
        Path begun = Files.createDirectories(out.resolve("PyTorch-2"));
        Files.writeString(begun.resolve("mine.txt"), "mine");
        assertRefused(
                "error: --out: expected an empty folder",
                () -> CommandTesting.run("engines", "--out=" + out, "--threads=2"));
    }
}
