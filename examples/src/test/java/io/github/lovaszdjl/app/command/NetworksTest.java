package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import io.github.lovaszdjl.app.options.NetworkOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks by name in the app. */
class NetworksTest {

    @TempDir private Path folder;

    /** The rows of docs/networks.md are those that the command prints, to the digits they have. */
    @Test
    void theDocumentedNetworksAreThoseListed() throws IOException {
        List<String> documented = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("docs", "networks.md"))) {
            String[] cells = line.split("\\s*\\|\\s*");
            if (line.matches("\\| `[a-z].*") && cells.length > 3 && cells[3].endsWith(" G")) {
                documented.add(String.join(" ", cells[1].replace("`", ""), cells[2], cells[3]));
            }
        }
        Outcome outcome = CommandTesting.run("networks");
        assertEquals(0, outcome.code(), outcome.printed());
        // Weights come after an empty line.
        List<String> networks =
                outcome.printed().lines().skip(1).takeWhile(line -> !line.isBlank()).toList();
        List<String> listed = new ArrayList<>();
        for (String line : networks) {
            String[] words = line.trim().split("\\s+");
            String operations = String.format("%.1f G", Double.valueOf(words[3]));
            listed.add(String.join(" ", words[0], words[1], words[2], operations));
        }
        assertEquals(documented, listed);
        assertEquals(
                NetworkOptions.names(), listed.stream().map(line -> line.split(" ")[0]).toList());
    }

    @Test
    void aRunTrainsTheNetworkOfTheName() throws IOException {
        Path data = CommandTesting.copyEarth(folder.resolve("data"), 3, "train", "val");
        Path run = folder.resolve("run");
        Outcome outcome =
                CommandTesting.run(
                        "train",
                        "--data=" + data,
                        "--out=" + run,
                        "--epochs=1",
                        "--batch-size=3",
                        "--crop=32x48",
                        "--network=mobilenetv3-deeplabv3plus",
                        "--output-stride=32",
                        "--dropout=0.25",
                        "--freeze-encoder=1");
        assertEquals(0, outcome.code(), outcome.printed());
        Map<String, String> saved =
                Map.of(
                        "segmentation.encoder", "mobilenetv3",
                        "segmentation.decoder", "deeplabv3plus",
                        "segmentation.outputStride", "32",
                        "segmentation.dropout", "0.25");
        List<String> lines = Files.readAllLines(run.resolve("best").resolve("serving.properties"));
        saved.forEach((key, value) -> assertTrue(lines.contains(key + "=" + value), key));
    }

    /** What says nothing about a network is refused, however it was given. */
    @ParameterizedTest
    @CsvSource({
        "resnet18-unet, base-width, 20, a new U-Net",
        "mit-b0-segformer, depth, 3, a new U-Net",
        "unet, output-stride, 16, a network with an encoder",
        "unet, dropout, 0.3, a network with an encoder"
    })
    void anOptionOfAnotherNetworkIsRefused(
            String network, String option, String value, String owner) throws IOException {
        String message =
                String.format("--%s: expected none, as it is of %s, got %s", option, owner, value);
        Outcome outcome =
                CommandTesting.run("train", "--network=" + network, "--" + option + "=" + value);
        assertEquals(2, outcome.code(), outcome.printed());
        assertTrue(outcome.printed().startsWith("error: " + message), outcome.printed());

        Path file = folder.resolve("config.json");
        Files.writeString(
                file,
                String.format(
                        "{\"command\": \"train\", \"options\": {\"%s\": \"%s\"}}", option, value));
        outcome = CommandTesting.run("train", "--config=" + file, "--network=" + network);
        assertEquals(2, outcome.code(), outcome.printed());
        assertTrue(
                outcome.printed().startsWith("error: " + file + ": " + message), outcome.printed());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--network=resnet19-unet; did you mean resnet18-unet?",
                "--network=mit-b0-unet; did you mean mit-b0-segformer?",
                "--network=resnet18-unet --model=x.pt;"
                        + " --network: expected none with --model, which is a network",
                "--network=mit-b0-segformer --output-stride=16; expected one of [32] for mit-b0",
                "--network=resnet18-unet --output-stride=12; expected one of [32, 16, 8]",
                "--network=resnet18-unet --dropout=1; --dropout: expected at least 0 and below 1",
                "--network=resnet18-unet --dropout=many; --dropout: expected a number or usual"
            })
    void aWrongNetworkIsOneLine(String args, String message) {
        Outcome outcome = CommandTesting.run(("train " + args).split(" "));
        assertEquals(2, outcome.code(), outcome.printed());
        assertEquals(1, outcome.printed().lines().count(), outcome.printed());
        assertTrue(outcome.printed().contains(message), outcome.printed());
    }
}
