package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.Loopback;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.EncoderWeights;
import io.github.lovaszdjl.model.NamedWeights;
import io.github.lovaszdjl.model.PretrainedWeights;
import io.github.lovaszdjl.model.UNet;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --weights}: by name from a server on this machine, and files. */
class StartFromWeightsTest {

    private static final List<String> PROPERTIES =
            List.of("ai.djl.offline", "DJL_CACHE_DIR", "lovasz.url.resnet18.a1_in1k");
    private static final Normalization NORMALIZATION =
            new Normalization(List.of(0.25f, 0.5f, 0.75f), List.of(1f, 2f, 4f));

    @TempDir private Path folder;
    private final Map<String, String> before = new HashMap<>();
    private Path data;
    private Path run;

    @BeforeEach
    void start() throws IOException {
        PROPERTIES.forEach(name -> before.put(name, System.getProperty(name)));
        data = CommandTesting.copyEarth(folder.resolve("data"), 4, "train", "val");
        run = folder.resolve("run");
    }

    @AfterEach
    void putBack() {
        before.forEach(
                (name, value) -> {
                    if (value == null) {
                        System.clearProperty(name);
                    } else {
                        System.setProperty(name, value);
                    }
                });
    }

    private Outcome train(String... more) {
        return command("train", more);
    }

    private Outcome command(String name, String... more) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                name,
                                "--data=" + data,
                                "--epochs=1",
                                "--batch-size=2",
                                "--crop=32x32",
                                "--threads=2",
                                "--allow-missing-classes",
                                "--out=" + run));
        args.addAll(List.of(more));
        return CommandTesting.run(args.toArray(String[]::new));
    }

    private static void assertFails(String message, Outcome outcome) {
        assertTrue(outcome.code() == 1 || outcome.code() == 2, outcome.printed());
        String printed = outcome.printed().replaceAll("(?m)^\\[main] WARN .*\\R", "");
        String line = printed.lines().findFirst().orElse("");
        assertEquals("error: " + message, line.replace(" (see lovasz train --help)", ""), printed);
    }

    private Path unet(int baseWidth) throws IOException {
        return unet(baseWidth, 4);
    }

    private Path unet(int baseWidth, int classes) throws IOException {
        Path file = folder.resolve("unet.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            UNet net =
                    UNet.builder().setClasses(classes).optBaseWidth(baseWidth).optDepth(2).build();
            net.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
            PretrainedWeights.write(net, file, NORMALIZATION);
        }
        return file;
    }

    @Test
    void aRunStartsFromAFileAndGoesOnWithoutIt() throws Exception {
        Path file = unet(2);
        String sum = PretrainedWeights.of(file).checksum();
        String[] small = {"--base-width=2", "--depth=2", "--weights=" + file};
        Outcome outcome = train(small);
        assertEquals(0, outcome.code(), outcome.printed());
        JsonObject config =
                JsonParser.parseString(Files.readString(run.resolve("config.json")))
                        .getAsJsonObject();
        assertEquals(
                file.toString(), config.getAsJsonObject("options").get("weights").getAsString());
        assertEquals(sum, config.get("initialModel").getAsString());
        assertEquals(
                "{\"mean\":[0.25,0.5,0.75],\"std\":[1.0,2.0,4.0]}",
                config.get("normalization").toString());
        String log = Files.readString(run.resolve("log.txt"));
        assertTrue(log.contains(" started from the weights in " + file + "\n"), log);
        // predict takes the normalization from there.
        String model = Files.readString(run.resolve("best/serving.properties"));
        assertTrue(model.contains("segmentation.mean=0.25,0.5,0.75\n"), model);
        Files.delete(file);
        Outcome on = CommandTesting.run("train", "--resume=" + run, "--epochs=2");
        assertEquals(0, on.code(), on.printed());
    }

    @Test
    void aNetworkOfOtherClassesIsTakenWithoutItsClassifier() throws Exception {
        Path file = unet(2, 5);
        String[] small = {"--base-width=2", "--depth=2", "--weights=" + file};
        assertFails(
                "--weights: expected classifier.weight of the shape (4, 2, 1, 1), got (5, 2, 1, 1)"
                        + " in "
                        + file
                        + "; with --init-without-classifier other classes will do",
                train(small));
        List<String> without = new ArrayList<>(List.of(small));
        without.add("--init-without-classifier");
        Outcome outcome = train(without.toArray(String[]::new));
        assertEquals(0, outcome.code(), outcome.printed());
        String log = Files.readString(run.resolve("log.txt"));
        String started = " started from the weights in " + file + " without their classifier\n";
        assertTrue(log.contains(started), log);
        Files.delete(file);
        Outcome on = CommandTesting.run("train", "--resume=" + run, "--epochs=2");
        assertEquals(0, on.code(), on.printed());
        assertFails(
                "--init-without-classifier: expected --init with it, or --weights of a whole"
                        + " network, got mit-b0, of an encoder",
                train("--network=mit-b0-segformer", "--weights=mit-b0", without.get(3)));
    }

    @Test
    void whatIsNotOfTheNetworkIsRefusedBeforeTheDataIsRead() throws Exception {
        Path file = unet(3);
        // Whoever reads it would stumble.
        Files.writeString(data.resolve("train/labels").resolve("zzz.png"), "no picture");
        String[] small = {"--base-width=2", "--depth=2", "--weights=" + file};
        assertFails(
                "--weights: expected encoder0a.conv.weight of the shape (2, 3, 3, 3), got (3, 3, 3,"
                        + " 3) in "
                        + file,
                train(small));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        Outcome cut = train(small);
        assertTrue(cut.printed().contains("; the file is cut off"), cut.printed());
        Path spoilt = unet(2);
        bytes = Files.readAllBytes(spoilt);
        Arrays.fill(bytes, bytes.length - Float.BYTES, bytes.length, (byte) -1);
        Files.write(spoilt, bytes);
        Outcome nan = train(small);
        assertTrue(nan.printed().contains(": expected finite values, got NaN"), nan.printed());
        assertFails(
                "--weights: expected none or a file with a U-Net, which has no encoder of a name,"
                        + " got resnet18.a1_in1k, of resnet18",
                train("--weights=resnet18.a1_in1k"));
        assertFails(
                "--weights: expected a file or one of resnet50.a1_in1k, resnet50.tv_in1k with a"
                        + " resnet50-unet, got resnet18.a1_in1k, of resnet18",
                train("--network=resnet50-unet", "--weights=resnet18.a1_in1k"));
        assertFails(
                "--weights: expected none with --init, which has weights, got " + file,
                train("--init=" + folder, "--weights=" + file));
        assertFails(
                "--weights: expected none with --model, a TorchScript file, which holds its"
                        + " weights, got "
                        + file,
                train("--model=src/test/resources/torchscript/net.pt", "--weights=" + file));
        Outcome unknown = train("--network=resnet18-unet", "--weights=resnet18.a1");
        assertTrue(
                unknown.printed().contains(", got resnet18.a1; did you mean resnet18."),
                unknown.printed());
        for (String gone : List.of("gone.safetensors", folder.resolve("gone").toString())) {
            assertFails(
                    "--weights: expected a .safetensors file, got " + gone + ", which is not there",
                    train("--weights=" + gone));
        }
        assertFalse(Files.exists(run));
    }

    @Test
    void aNameIsFetchedAndItsSumCompared() throws Exception {
        System.setProperty("DJL_CACHE_DIR", folder.resolve("cache").toString());
        NamedWeights named = EncoderWeights.find("resnet18.a1_in1k");
        String[] args = {"--network=resnet18-unet", "--weights=resnet18.a1_in1k"};
        System.setProperty("ai.djl.offline", "true");
        assertFails(
                "resnet18.a1_in1k: cannot be fetched, DJL is in offline mode (ai.djl.offline);"
                        + " bring "
                        + named.getSource()
                        + " to "
                        + named.file(),
                train(args));
        System.setProperty("ai.djl.offline", "false");
        try (Loopback server = new Loopback(new byte[1000])) {
            System.setProperty("lovasz.url.resnet18.a1_in1k", server.url());
            assertFails(server.url() + ": expected 46807446 bytes, got 1000", train(args));
            assertEquals(1, server.requests.size());
        }
        assertFalse(Files.exists(run));
        assertFalse(named.isPresent());
    }

    @Test
    void aComparisonNoticesAnotherFile() throws Exception {
        Path file = unet(2);
        String[] args = {
            "--base-width=2", "--depth=2", "--weights=" + file, "--loss=ce", "--loss=dice"
        };
        Outcome outcome = command("compare", args);
        assertEquals(0, outcome.code(), outcome.printed());
        String sum = PretrainedWeights.of(file).checksum();
        Path dice = run.resolve("dice-seed1");
        Files.move(dice, folder.resolve("dice"));
        unet(2);
        assertFails(
                run.resolve("config.json")
                        + ": --weights: expected the file that the comparison began with, of the"
                        + " check sum "
                        + sum
                        + ", got another one in "
                        + file
                        + ", of "
                        + PretrainedWeights.of(file).checksum(),
                CommandTesting.run("compare", "--resume=" + run));
    }

    @Test
    void networksListsTheWeightsWithTheirLicences() {
        System.setProperty("DJL_CACHE_DIR", folder.resolve("cache").toString());
        StringWriter printed = new StringWriter();
        PrintWriter out = new PrintWriter(printed);
        NetworksCommand.printWeights(out);
        List<String> lines = printed.toString().lines().toList();
        assertTrue(
                lines.contains(
                        "mit-b0                         mit-b0       no   "
                                + " https://huggingface.co/nvidia/mit-b0"),
                lines::toString);
        assertTrue(
                lines.contains(
                        "mit-b0, mit-b1, mit-b2: NVIDIA Source Code License for SegFormer: research"
                                + " and evaluation only, no commercial use"),
                lines::toString);
    }
}
