package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.app.options.PlanOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong is said on one line, in the words of the command line. */
class MessagesTest {

    private static final String LONG = "z".repeat(300);

    /** Names of classes and packages of Java, of its types, and of fields. */
    private static final Pattern INTERNAL =
            Pattern.compile(
                    "java\\.|Exception|Error\\b|\\bint\\b|\\bfloat\\b|\\bnull\\b|: [a-z]+[A-Z]\\w*:");

    @TempDir private Path temp;

    private static String fails(String... args) {
        Outcome outcome = CommandTesting.run(args);
        // On some machines DJL logs what it finds.
        String printed = outcome.printed().replaceAll("(?m)^\\[main] WARN .*\\R", "");
        String command = Arrays.toString(args);
        assertTrue(outcome.code() == 1 || outcome.code() == 2, command + printed);
        assertEquals(1, printed.lines().count(), command + printed);
        assertTrue(printed.startsWith("error: "), command + printed);
        assertFalse(INTERNAL.matcher(printed).find(), command + printed);
        assertTrue(printed.length() < 700, command + printed);
        return printed;
    }

    private static void failsBy(String start, String... args) {
        String printed = fails(args);
        assertTrue(
                printed.startsWith("error: " + start),
                Arrays.toString(args) + printed + "expected\n" + start);
    }

    /** A wrong value of an option, and how the message goes on after the option's name. */
    private record Hostile(String option, String value, String start) {}

    private static Stream<Hostile> hostile(String options, String start, String... values) {
        return Stream.of(options.split(" "))
                .flatMap(o -> Stream.of(values).map(value -> new Hostile(o, value, start)));
    }

    /** Of every option at least one. */
    private static final List<Hostile> HOSTILE =
            Stream.of(
                            hostile(
                                    "epochs batch-size base-width depth warm-up freeze-encoder seed"
                                            + " accumulate patience ignore-label threads overlap"
                                            + " workers sync-every updates trials eta",
                                    ": expected a whole number, got",
                                    "",
                                    "x",
                                    "NaN",
                                    "1.5",
                                    "1,5",
                                    "1e999",
                                    LONG),
                            hostile("epochs batch-size base-width depth", ": expected ", "-1", "0"),
                            hostile("accumulate", ": expected at least 1, got", "-1", "0"),
                            hostile("patience", ": expected at least 0, got", "-1"),
                            hostile(
                                    "decoder-learning-rate-factor",
                                    ": expected 1 with a U-Net, which has no encoder, got",
                                    "2"),
                            hostile("ema", ": expected 0 to below 1, got", "1"),
                            hostile("joint-loss", ": expected false, as an update is", "true"),
                            hostile("warm-up freeze-encoder", ": expected ", "-1"),
                            hostile(
                                    "freeze-encoder",
                                    ": expected 0 with a U-Net, which has no encoder, got",
                                    "1"),
                            hostile(
                                    "encoder-learning-rate-factor",
                                    ": expected 1 with a U-Net, which has no encoder, got",
                                    "0.1"),
                            hostile(
                                    "milestones",
                                    ": expected epochs such as 20,26, got",
                                    "",
                                    "x",
                                    "NaN",
                                    "1.5",
                                    "1,,2",
                                    LONG),
                            hostile("milestones", ": expected epochs from 1, each", "0", "2,2"),
                            hostile("milestones", ": expected none with the schedule", "2"),
                            hostile("ignore-label", ": expected 0 to 255, got", "-1", "256"),
                            hostile(
                                    "label-map",
                                    ": expected VALUE=ID, FIRST..LAST=ID, #RRGGBB=ID or *=ID, sep",
                                    "",
                                    "x",
                                    "-1",
                                    "255",
                                    "0=0,255=256",
                                    LONG),
                            hostile(
                                    "images labels lists",
                                    ": expected a folder in that of the data set, got",
                                    "",
                                    "/x",
                                    "../x",
                                    "a/../../x"),
                            hostile(
                                    "image-suffix label-suffix",
                                    ": expected the end of a file's name before the extension, got",
                                    "",
                                    "a/b",
                                    LONG),
                            hostile(
                                    "split-names",
                                    ": expected such as train=training,val=validation, of tr",
                                    "",
                                    "x",
                                    "train",
                                    "train=",
                                    "train=..",
                                    "tran=x",
                                    "train=a,train=b",
                                    LONG),
                            hostile(
                                    "val test",
                                    ": expected a share of 0 to below 1, got",
                                    "",
                                    "x",
                                    "NaN",
                                    "-1",
                                    "1",
                                    "1e999",
                                    LONG),
                            hostile("split-seed groups", ": expected val or test with it", "1"),
                            hostile("channels", ": expected 1 to 64", "0"),
                            hostile("mean", ": expected a number for each channel", "0,x"),
                            hostile("std", ": expected a number for each channel", "1,,1"),
                            hostile("label-map", ": expected every value", "0=0,0..1=1"),
                            hostile("label-map", ": expected values or colours", "0=0,#000000=0"),
                            hostile("threads", ": expected 1 to 1024, got", "-1", "0"),
                            hostile("overlap", ": expected 0 to 480 for tiles of", "-1", "481"),
                            hostile(
                                    "tta",
                                    ": expected none, or some of flip, vflip, turns and scales",
                                    "",
                                    "x",
                                    "NaN",
                                    "-1",
                                    "1e999",
                                    "flip,",
                                    LONG),
                            hostile("tta", ": expected each part once, got", "flip,flip"),
                            hostile("tta", ": expected factors above 0, at", "0", "1", "5"),
                            hostile(
                                    "learning-rate momentum weight-decay power brightness contrast"
                                            + " rotation saturation hue noise"
                                            + " encoder-learning-rate-factor aux-weight opacity"
                                            + " step-factor cycle-rise cycle-start cycle-end"
                                            + " rare-threshold clip-norm clip-value ema"
                                            + " decoder-learning-rate-factor mixup distill"
                                            + " distill-temperature",
                                    ": expected a number, got",
                                    "",
                                    "x",
                                    "1,5",
                                    LONG),
                            hostile(
                                    "learning-rate momentum weight-decay power brightness contrast"
                                            + " rotation saturation hue noise"
                                            + " encoder-learning-rate-factor aux-weight opacity"
                                            + " step-factor cycle-rise cycle-start cycle-end"
                                            + " rare-threshold clip-norm clip-value ema"
                                            + " decoder-learning-rate-factor mixup distill"
                                            + " distill-temperature",
                                    ": expected ",
                                    "NaN",
                                    "-1",
                                    "1e999"),
                            hostile(
                                    "crop tile",
                                    ": expected HEIGHTxWIDTH such as",
                                    "",
                                    "x",
                                    "NaN",
                                    "-1",
                                    "1,5",
                                    LONG),
                            hostile("rare-threshold", ": expected above 0 to 1, got", "0", "1.1"),
                            hostile("distill", ": expected 0 to 1, got", "1.1"),
                            hostile("distill-loss", ": expected --teacher with it, got", "ce"),
                            hostile("distill-temperature", ": expected a finite number above", "0"),
                            hostile(
                                    "distill-temperature",
                                    ": expected 1.0, the default, as distill is 0, got",
                                    "4"),
                            hostile("distill", ": expected 0 without a teacher, got", "0.5"),
                            hostile(
                                    "rare-threshold",
                                    ": expected 1.0, the default, as uniform sampling has",
                                    "0.5"),
                            hostile("scale", ": expected MIN..MAX", "", "x", "NaN", "1,5", LONG),
                            hostile(
                                    "blur",
                                    ": expected MIN..MAX with 0 <= MIN <= MAX <= 20, such as",
                                    "",
                                    "x",
                                    "2",
                                    "NaN..1",
                                    "2..1",
                                    "-1..1",
                                    "0..21",
                                    LONG),
                            hostile(
                                    "elastic",
                                    ": expected ALPHA,SIGMA of 0 to 10000 and 1 to 100, such as",
                                    "",
                                    "x",
                                    "34",
                                    "34,0",
                                    "-1,4",
                                    "NaN,4",
                                    "1e9,4",
                                    "34,101",
                                    LONG),
                            hostile(
                                    "cutout",
                                    ": expected HOLESxSIZE of 0 to 100 and 1 to 65536, such as",
                                    "",
                                    "x",
                                    "1",
                                    "1x0",
                                    "-1x32",
                                    "101x1",
                                    "1x1.5",
                                    "1x99999999999",
                                    LONG),
                            hostile(
                                    "channels",
                                    ": expected 1 to 64, got",
                                    "",
                                    "x",
                                    "0",
                                    "-1",
                                    "1.5",
                                    "65",
                                    LONG),
                            hostile(
                                    "mean std",
                                    ": expected ",
                                    "",
                                    "x",
                                    "NaN",
                                    "0.5,,0.5",
                                    "1e999,1,1",
                                    LONG),
                            hostile("from to", ": expected ", "", "x", "NaN", "-1", "0", "1e999"),
                            hostile("updates", ": expected at least 10, got", "-1", "9"),
                            hostile("trials", ": expected 1 to 1000, got", "-1", "0", "1001"),
                            hostile("eta", ": expected at least 2, got", "-1", "0", "1"),
                            hostile("eta", ": expected --method halving with it, got", "4"),
                            hostile("method", ": expected one of random, halving", "", "x", LONG),
                            hostile(
                                    "search",
                                    ": expected ",
                                    "",
                                    "x",
                                    "=1,2",
                                    "power=",
                                    "power=0..NaN",
                                    "x=1,2",
                                    LONG),
                            hostile("rotation", ": expected 0 to 180, got", "181"),
                            hostile("hue", ": expected 0 to 0.5, got", "0.6"),
                            hostile("saturation noise", ": expected 0 to 1, got", "1.1"),
                            hostile(
                                    "optimizer schedule class-weights sampling",
                                    ": expected one of ",
                                    "",
                                    "x",
                                    "NaN",
                                    "1,5",
                                    LONG),
                            hostile("network", ": expected one of unet, ", "", "x", "-1", LONG),
                            hostile(
                                    "output-stride dropout",
                                    ": expected none, as it is of a network with an encoder, got",
                                    "",
                                    "x",
                                    "-1",
                                    LONG),
                            hostile(
                                    "weights",
                                    ": expected a .safetensors file or one of none,"
                                            + " resnet18.a1_in1k, ",
                                    "",
                                    " ",
                                    "x",
                                    "1,5",
                                    LONG),
                            hostile("engine", ": expected ", "", "x", "NaN", "1,5", LONG),
                            hostile("device", ": expected cpu, gpu", "", "x", "NaN", "-1", LONG),
                            hostile("device", ": expected ", "1,5"),
                            hostile("data", ": expected a folder or one of", "", "x", "1,5", LONG),
                            hostile(
                                    "split",
                                    ": expected a folder in",
                                    "",
                                    "..",
                                    ".",
                                    "/",
                                    "x",
                                    "a/b",
                                    LONG),
                            hostile(
                                    "loss distill-loss",
                                    " at position ",
                                    "",
                                    "x",
                                    "NaN",
                                    "1,5",
                                    LONG),
                            hostile(
                                    "seeds",
                                    ": expected up to 1000 different numbers",
                                    "",
                                    "x",
                                    "1..",
                                    "..",
                                    "1,,2",
                                    "NaN",
                                    "5..1"),
                            hostile(
                                    "flip joint-loss decay-norms vertical-flip quarter-turns allow-missing-classes"
                                            + " give-memory-back init-without-classifier no-overlay"
                                            + " send-library tensorboard help version"
                                            + " verbose",
                                    ": expected true or false, got",
                                    "x",
                                    "1,5",
                                    LONG),
                            hostile(
                                    "master",
                                    ": expected local-cluster[PROCESSES,CORES,MEGABYTES], ",
                                    "",
                                    "x",
                                    "local-cluster[2,1]",
                                    "local-cluster[0,1,1024]",
                                    "local[2]",
                                    "spark://x",
                                    LONG),
                            hostile(
                                    "outer-learning-rate outer-momentum",
                                    ": expected a number, got",
                                    "",
                                    "x",
                                    "1,5",
                                    LONG),
                            hostile(
                                    "outer-learning-rate outer-momentum sync-every",
                                    ": expected ",
                                    "-1",
                                    "1e999"),
                            hostile("outer-learning-rate", ": expected a finite", "0", "NaN"),
                            hostile("outer-momentum", ": expected a number from 0", "1", "NaN"),
                            hostile(
                                    "workers sync-every",
                                    ": expected --master with it, got none",
                                    "2"),
                            hostile(
                                    "outer-learning-rate outer-momentum",
                                    ": expected --master with it, got none",
                                    "0.5"),
                            hostile("conf", ": expected --master with it, got none", "", "a=b"),
                            hostile(
                                    "scores",
                                    ": expected some of classes, fine-grained, boundary, hausdorff,"
                                            + " calibration or all, with commas between, got",
                                    "",
                                    "x",
                                    "all,",
                                    "Boundary",
                                    LONG),
                            hostile("send-library", ": expected --master with it, got", "true"),
                            hostile(
                                    "mlflow",
                                    ": expected an address such as http://localhost:5000",
                                    "",
                                    "x",
                                    "ftp://host",
                                    "http://name:secret@host",
                                    "a b",
                                    LONG),
                            hostile(
                                    "mlflow-experiment",
                                    ": expected --mlflow with it, got none",
                                    "",
                                    "x"),
                            hostile(
                                    "model init teacher out config resume",
                                    ": expected a file or folder, got an empty name",
                                    "",
                                    " "))
                    .flatMap(s -> s)
                    .toList();

    /** Of a search those that train does not have: it passes the others on to its trials. */
    static Stream<Arguments> options() {
        Set<String> train = names("train");
        return Stream.of("train", "compare", "lr-find", "evaluate", "predict", "tune")
                .flatMap(
                        command ->
                                names(command).stream()
                                        .filter(o -> !command.equals("tune") || !train.contains(o))
                                        .map(option -> Arguments.of(command, option)));
    }

    private static Set<String> names(String command) {
        return Lovasz.commandLine()
                .getSubcommands()
                .get(command)
                .getCommandSpec()
                .options()
                .stream()
                .map(option -> option.longestName().substring(2))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @MethodSource("options")
    void everyOptionSaysWhatItExpects(String command, String option) {
        List<Hostile> cases = HOSTILE.stream().filter(h -> h.option().equals(option)).toList();
        assertFalse(cases.isEmpty(), option + ": expected a wrong value of it above, got none");
        Path out = temp.resolve("out");
        for (Hostile hostile : cases) {
            List<String> args = new ArrayList<>(List.of(command));
            if (command.equals("evaluate") || command.equals("predict")) {
                args.add("--model=" + temp);
            }
            if (command.equals("predict")) {
                args.add("--out=" + out);
                args.add(CommandTesting.EARTH.resolve("test/images/y0000_x0512.jpg").toString());
            }
            if (option.equals("std")) {
                args.add("--mean=0.5,0.5,0.5");
            }
            if (command.equals("tune")) {
                args.add("--search=power=0..1");
            }
            args.removeIf(arg -> arg.startsWith("--" + option + "="));
            args.add("--" + option + "=" + hostile.value());
            failsBy("--" + option + hostile.start(), args.toArray(String[]::new));
        }
        assertFalse(Files.exists(out));
    }

    @Test
    void softLabelsNeedALossThatTakesThem() {
        failsBy(
                "--loss: expected losses that take class probabilities for labels, as mixup is 0.2"
                        + " and distill 0.0, got lovasz; a Lov",
                "train",
                "--loss=0.5*ce+lovasz",
                "--mixup=0.2");
        failsBy(
                "--teacher: expected the folder of a saved model, or of a run, got " + temp,
                "train",
                "--loss=jml",
                "--distill=0.5",
                "--teacher=" + temp.resolve("gone"));
        failsBy(
                "--loss: expected losses that take class probabilities for labels, as mixup is 0.2"
                        + " and distill 0.0, got boundary; such labels have no boundary",
                "train",
                "--loss=ce->boundary@3",
                "--mixup=0.2");
    }

    @Test
    void flagsAndListsSayWhatTheyExpect() {
        failsBy("--flip: expected true or false, got \"maybe\"", "train", "--flip=maybe");
        failsBy("--epochs: expected a whole number, got \"1.5\"", "train", "--epochs=1.5");
        failsBy("--power: expected a number, got \"x\"", "train", "--power=x");
        failsBy(
                "--scores: expected classes or fine-grained with --master",
                "evaluate",
                "--model=" + temp,
                "--scores=classes,boundary",
                "--master=local-cluster[1,1,1024]");
        failsBy("--optimizer: expected one of sgd, adam", "train", "--optimizer=x");
        String out = temp.resolve("out").toString();
        for (String value : List.of("x", "1,x", "NaN", "0", "-1")) {
            failsBy("--threads: expected", "engines", "--out=" + out, "--threads=" + value);
        }
        failsBy("--engines: expected", "engines", "--out=" + out, "--engines=x");
        for (String value : List.of("x", "", "NaN", "-1", "256")) {
            failsBy("--ignore-label: exp", "datasets", "stats", "earth", "--ignore-label=" + value);
        }
        assertFalse(Files.exists(temp.resolve("out")));
    }

    private String[] imports(String... changed) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "datasets",
                                "import",
                                "--format=cvat",
                                "--annotations=" + temp.resolve("gone.xml"),
                                "--out=" + temp.resolve("out")));
        for (String option : changed) {
            args.removeIf(arg -> arg.startsWith(option.replaceFirst("=.*", "=")));
            args.add(option);
        }
        return args.toArray(String[]::new);
    }

    @Test
    void importSaysWhatItExpects() throws IOException {
        for (String value : List.of("", "x", "NaN", LONG)) {
            failsBy("--format: expected one of coco, labelme, lab", imports("--format=" + value));
            failsBy("--overlap: expected one of area, order", imports("--overlap=" + value));
            failsBy("--images: expected one of copy, link", imports("--images=" + value));
        }
        for (String value : List.of("", "..", "a/b", "images", "-x")) {
            failsBy("--split: expected a name of letters", imports("--split=" + value));
            failsBy("--list: expected a name of letters", imports("--list=" + value));
        }
        failsBy("--list: expected --format voc, got cvat", imports("--list=train"));
        failsBy("--no-background: expected another", imports("--format=voc", "--no-background"));
        failsBy("--overlap: expected another f", imports("--format=voc", "--overlap=area"));
        failsBy("Missing required option", "datasets", "import");
        String empty = ": expected a file or folder, got an empty name";
        for (String option : List.of("--annotations", "--images-folder", "--out", "--classes")) {
            for (String none : List.of("", " ")) {
                failsBy(option + empty, imports(option + "=" + none));
            }
        }
        failsBy("--annotations: " + temp.resolve("gone.xml") + " does not exist", imports());
        Path file = Files.writeString(temp.resolve("a.json"), "{");
        for (String format : List.of("coco", "labelme", "label-studio", "cvat")) {
            String[] args = imports("--format=" + format, "--annotations=" + file);
            failsBy(file + ": expected ", args);
            if (!format.equals("labelme")) {
                failsBy(temp + ": ", imports("--format=" + format, "--annotations=" + temp));
            }
        }
        failsBy(
                "--images-folder: expected the folder of the images, got " + file,
                imports("--annotations=" + file, "--images-folder=" + file));
        failsBy(
                "--out: expected a folder, got the file",
                imports("--annotations=" + file, "--out=" + file));
        Path list = temp.resolve("ImageSets/Segmentation/train.txt");
        failsBy(
                list + ": expected a list of images, there is none",
                imports("--format=voc", "--annotations=" + temp, "--images-folder=" + temp));
        assertFalse(Files.exists(temp.resolve("out")));
    }

    @Test
    void anEmptyNameIsNoFolder() throws IOException {
        String m = "--model=" + temp;
        String empty = ": expected a file or folder, got an empty name";
        for (String none : List.of("", " ")) {
            for (String command : List.of("train", "compare")) {
                for (String option : List.of("out", "config", "resume", "model")) {
                    failsBy("--" + option + empty, command, "--" + option + "=" + none);
                    failsBy("--" + option + empty, command, "--" + option, none);
                }
            }
            failsBy("--out" + empty, "predict", m, "--out=" + none, "a.png");
            failsBy("--model" + empty, "predict", "--model=" + none, "--out=x", "a.png");
            failsBy("IMAGE: expected a file", "predict", m, "--out=" + temp.resolve("x"), none);
            failsBy("--out" + empty, "evaluate", m, "--out=" + none);
            failsBy("--model" + empty, "evaluate", "--model=" + none);
            failsBy("--out" + empty, "engines", "--out=" + none);
            failsBy("--out" + empty, "datasets", "stats", "earth", "--out=" + none);
            failsBy("expected a folder or one of", "datasets", "stats", none);
            failsBy("NAME: data set: expected", "datasets", "fetch", none);
            for (String command : List.of("train", "compare")) {
                String printed = fails(command, "--data=" + none);
                assertTrue(printed.contains("got an empty name"), printed);
            }
        }
    }

    @Test
    void filesAndFoldersInEachOthersPlaceAreSaid() throws IOException {
        Path file = Files.writeString(temp.resolve("file.json"), "mine");
        Path folder = Files.createDirectories(temp.resolve("folder"));
        String m = "--model=" + folder;
        for (String command : List.of("train", "compare")) {
            failsBy("--out: expected a folder, got the file", command, "--out=" + file);
            failsBy(
                    folder + ": expected a file of options, got a fo",
                    command,
                    "--config=" + folder);
            failsBy(file + ": expected", command, "--config=" + file);
            failsBy(file.resolve("config.json") + ": expected", command, "--resume=" + file);
            failsBy("--data: expected a folder", command, "--data=" + file);
            failsBy(folder + ": expected a TorchScript file", command, m, "--out=" + temp + "/x");
        }
        failsBy("--out: expected a folder, got the f", "evaluate", m, "--out=" + file);
        failsBy("--out: expected a folder, got the f", "engines", "--out=" + file);
        failsBy(
                "--out: expected a folder, got the f",
                "datasets",
                "stats",
                "earth",
                "--out=" + file);
        failsBy("--out: expected a folder, got the f", "predict", m, "--out=" + file, "a.png");
        Path below = file.resolve("below");
        failsBy("--out: the folder " + below, "train", "--out=" + below);
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void aFolderWithoutAModelSaysWhatItIs() throws IOException {
        String start = "--model: expected the folder of a saved model, or of a run, got ";
        Path run = Files.createDirectories(temp.resolve("run"));
        Path image =
                Files.copy(
                        CommandTesting.EARTH.resolve("test/images/y0000_x0512.jpg"),
                        temp.resolve("a.jpg"));
        for (String command : List.of("predict", "evaluate")) {
            List<String> rest =
                    command.equals("predict")
                            ? List.of("--out=" + temp.resolve("out"), image.toString())
                            : List.of();
            check(command, rest, run, start + run + ", which holds none");
            Path config = Files.writeString(run.resolve("config.json"), "{}");
            String unfinished = ", a run that has no model yet: no epoch of it was finished";
            check(command, rest, run, start + run + unfinished);
            // Killed while the first best model was written.
            Path best = Files.createDirectories(run.resolve("best").resolve("unfinished-x"));
            check(command, rest, run, start + run + unfinished);
            Path checkpoint = Files.writeString(run.resolve("checkpoint.zip"), "");
            check(command, rest, run, start + run + ", a run whose best model");
            Files.delete(checkpoint);
            Path part = Files.createDirectories(run.resolve("ce-seed1").resolve("best"));
            Path model = Files.writeString(part.resolve("serving.properties"), "");
            String several = ", which holds several runs; take one of them, such as ";
            check(command, rest, run, start + run + several + part.getParent());
            Files.delete(model);
            check(command, rest, image, start + image + ", which is a file");
            check(command, rest, temp.resolve("no"), start + temp.resolve("no") + ", which does");
            Files.delete(best);
            Files.delete(config);
        }
    }

    private static void check(String command, List<String> rest, Path model, String start) {
        List<String> args = new ArrayList<>(List.of(command, "--model=" + model));
        args.addAll(rest);
        failsBy(start, args.toArray(String[]::new));
    }

    private Path config(String options) throws IOException {
        return Files.writeString(
                temp.resolve("config.json"),
                "{\"command\": \"train\", \"options\": {" + options + "}}");
    }

    @Test
    void aWrongValueInAFileIsSaidToBeThere() throws IOException {
        String[][] cases = {
            {"\"epochs\": \"many\"", "--epochs: expected a whole number, got \"many\""},
            {"\"epochs\": 0", "--epochs: expected at least 1, got 0"},
            {"\"scale\": \"2..1\"", "--scale: expected MIN..MAX"},
            {"\"flip\": \"x\"", "--flip: expected true or false"},
            {"\"loss\": \"lovaz\"", "--loss at position 1: expected"},
            {"\"optimizer\": \"x\"", "--optimizer: expected one of"},
            {"\"data\": \"\"", "--data: expected"},
            {"\"data\": \"/gone\"", "--data: expected"},
            {"\"model\": \"\"", "--model: expected a file"},
            {"\"engine\": \"x\"", "--engine: expected"},
            {"\"device\": \"x\"", "--device: expected"},
            {"\"ignore-label\": 256", "--ignore-label: expected 0 to 255"},
        };
        for (String[] c : cases) {
            Path file = config(c[0]);
            failsBy(file + ": " + c[1], "train", "--config", file.toString());
        }
        // The command line goes before, and its own faults are its own.
        Path file = config("\"epochs\": \"many\"");
        failsBy("--epochs: expected", "train", "--config=" + file, "--epochs=some");
        failsBy("--epochs: expected", "train", "--config=" + file, "--epochs", "0");
        failsBy("--depth: expected", "train", "--config=" + config("\"epochs\": 3"), "--depth=x");
    }

    @Test
    void aNameThatComesTwiceIsAnError() throws IOException {
        String twice = ": expected JSON in UTF-8: expected every name once, got ";
        Path file = config("\"seed\": 1, \"epochs\": 2, \"seed\": 3");
        failsBy(file + twice + "\"seed\" twice", "train", "--config=" + file);
        Files.writeString(file, "{\"command\": \"x\", \"options\": {}, \"command\": \"train\"}");
        failsBy(file + twice + "\"command\" twice", "train", "--config=" + file);
        // In other objects it is another name.
        Files.writeString(
                file,
                "{\"command\": \"train\", \"options\": {\"seed\": \"x\"}, \"a\": [{\"seed\": 1},"
                        + " {\"seed\": 2}], \"seed\": 4}");
        failsBy(file + ": --seed: expected a whole", "train", "--config=" + file);
        Files.write(file, new byte[] {'{', (byte) 0xff});
        failsBy(file + ": expected JSON in UTF-8: ", "train", "--config=" + file);
    }

    @Test
    void namesOfThePlanAreOptions() {
        assertEquals("--batch-size: expected", PlanOptions.asOption("batchSize: expected"));
        assertEquals("--rare-threshold: x", PlanOptions.asOption("rareThreshold: x"));
        assertEquals("--aux-weight: x", PlanOptions.asOption("auxiliaryWeight: x"));
        assertEquals("--freeze-encoder: x", PlanOptions.asOption("freezeEncoderEpochs: x"));
        assertEquals("--crop: x", PlanOptions.asOption("cropHeight and cropWidth: x"));
        assertEquals("--crop: x", PlanOptions.asOption("cropHeight x cropWidth: x"));
        assertEquals("--flip: x", PlanOptions.asOption("horizontalFlip: x"));
        assertEquals("--blur: x", PlanOptions.asOption("maxBlur: x"));
        assertEquals("training: x", PlanOptions.asOption("training: x"));
        assertEquals("no colon", PlanOptions.asOption("no colon"));
    }

    @Test
    void manyLongNamesStayOnShortLines() throws IOException {
        List<String> names = IntStream.range(0, 60).mapToObj(i -> "n".repeat(300) + i).toList();
        List<String> others = new ArrayList<>(names);
        others.set(50, "another");
        Path model = temp.resolve("model");
        PredictAndEvaluateTest.save(model, names);
        Path data = CommandTesting.copyEarth(temp.resolve("ds"), 2, "val");
        Files.write(data.resolve("classes.txt"), others);
        String printed = fails("evaluate", "--model=" + model, "--data=" + data);
        assertTrue(
                printed.contains("the first difference is name 51: expected another, got nnn"),
                printed);
        Files.write(data.resolve("classes.txt"), names);
        Path out = temp.resolve("out");
        assertShort("evaluate", "--model=" + model, "--data=" + data, "--out=" + out);
        for (String file : List.of("scores.json", "scores.csv", "confusion.csv")) {
            assertTrue(Files.readString(out.resolve(file)).contains(names.get(59)), file);
        }
        assertShort("datasets", "stats", data.toString(), "--out=" + out);
        assertTrue(Files.readString(out.resolve("stats.csv")).contains(names.get(59)));
        assertShort(
                "predict",
                "--model=" + model,
                "--out=" + temp.resolve("predicted"),
                data.resolve("val").resolve("images").toString());
        long[] counts = new long[60];
        Arrays.setAll(counts, c -> c + 1);
        String shares = PredictCommand.shares(names, counts);
        assertTrue(shares.endsWith("59 3.3 %  and 50 more classes"), shares);
        assertTrue(shares.length() < 600, shares);
        Files.writeString(data.resolve("classes.txt"), LONG + "\n" + LONG);
        fails("datasets", "stats", data.toString());
    }

    private static void assertShort(String... args) {
        Outcome outcome = CommandTesting.run(args);
        assertEquals(0, outcome.code(), outcome.printed());
        outcome.printed().lines().forEach(line -> assertTrue(line.length() < 600, line));
    }
}
