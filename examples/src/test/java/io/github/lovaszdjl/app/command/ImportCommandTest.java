package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Importing from the command line; what comes of each format is tested where it is read. */
class ImportCommandTest {

    private static final String NAME = "y0000_x0640";

    @TempDir private Path temp;

    private Path labelMe(String label) throws IOException {
        Path folder = Files.createDirectories(temp.resolve("labelled"));
        Path image = CommandTesting.EARTH.resolve("val/images").resolve(NAME + ".jpg");
        if (Files.notExists(folder.resolve(image.getFileName()))) {
            Files.copy(image, folder.resolve(image.getFileName()));
        }
        String json =
                """
                {"version": "5.5.0", "flags": {}, "imagePath": "%s.jpg", "imageData": null,
                 "imageHeight": 128, "imageWidth": 128, "shapes": [
                  {"label": "%s", "points": [[0, 0], [64, 0], [64, 64], [0, 64]],
                   "shape_type": "polygon"},
                  {"label": "%s", "points": [[0, 0], [64, 0]], "shape_type": "line"},
                  {"label": "__ignore__", "points": [[64, 0], [128, 64]],
                   "shape_type": "rectangle"}]}
                """;
        Files.writeString(folder.resolve(NAME + ".json"), String.format(json, NAME, label, label));
        Files.writeString(
                folder.resolve("gone.json"), "{\"imagePath\": \"gone.jpg\", \"shapes\": []}");
        return folder;
    }

    @Test
    void whatWasImportedIsPrintedAndCanBeTrainedOn() throws IOException {
        Path out = temp.resolve("new/set");
        String[] args = {
            "datasets",
            "import",
            "--format=labelme",
            "--annotations=" + labelMe("cloud"),
            "--out=" + out
        };
        Outcome outcome = CommandTesting.run(args);
        assertEquals(0, outcome.code(), outcome.printed());
        List<String> lines = outcome.printed().lines().toList();
        int first = lines.indexOf("train: 1 image in " + out.resolve("train"));
        assertEquals(
                List.of(
                        "",
                        "class        id  pixels  % of all  images",
                        "background    0    8064     49.22       1",
                        "cloud         1    4160     25.39       1",
                        "(ignored)   255    4160     25.39       1",
                        "",
                        "Passed over:",
                        "  1 shapes of type line",
                        "",
                        "Left out (" + out.resolve("train").resolve("left-out.txt") + "):",
                        "  gone.jpg: not found in " + temp.resolve("labelled"),
                        "",
                        "Train on it: lovasz train --data "
                                + out
                                + " --images train/images --labels train/labels --val 0.2"),
                lines.subList(first + 1, lines.size()));
        assertTrue(lines.contains("Importing train: 2 of 2"), outcome.printed());
        // The set says itself what is ignored.
        Outcome stats = CommandTesting.run("datasets", "stats", out.toString());
        assertTrue(
                stats.printed().startsWith("train: 1 image, 128x128, 25.39 % of the pixels ig"),
                stats.printed());
        // A second time nothing is replaced.
        Outcome again = CommandTesting.run(args);
        assertEquals(1, again.code());
        assertEquals(
                "error: --out: expected a data set without train, got "
                        + out.resolve("train")
                        + "; nothing is replaced",
                again.printed().strip());
    }

    @Test
    void optionsDecideHow() throws IOException {
        Path out = temp.resolve("set");
        Path names = Files.writeString(temp.resolve("names.txt"), "sea\ncloud\n");
        Outcome outcome =
                CommandTesting.run(
                        "datasets",
                        "import",
                        "--format=labelme",
                        "--annotations=" + labelMe("cloud").resolve(NAME + ".json"),
                        "--images-folder=" + CommandTesting.EARTH.resolve("val"),
                        "--split=val",
                        "--no-background",
                        "--classes=" + names,
                        "--overlap=area",
                        "--images=copy",
                        "--out=" + out);
        // The image is not beside the others: in a folder that its name does not tell.
        assertEquals(1, outcome.code(), outcome.printed());
        assertTrue(
                outcome.printed().contains("got none of 1, the first " + NAME + ".jpg: not"),
                outcome.printed());
        assertTrue(Files.notExists(out));
        outcome =
                CommandTesting.run(
                        "datasets",
                        "import",
                        "--format=labelme",
                        "--annotations=" + labelMe("cloud").resolve(NAME + ".json"),
                        "--images-folder=" + CommandTesting.EARTH.resolve("val/images"),
                        "--split=val",
                        "--no-background",
                        "--classes=" + names,
                        "--overlap=area",
                        "--out=" + out);
        assertEquals(0, outcome.code(), outcome.printed());
        assertTrue(
                outcome.printed()
                        .contains(
                                "\ncloud        1    4160     25.39       1\n(ignored)  255   12224"),
                outcome.printed());
        assertTrue(
                outcome.printed()
                        .endsWith(
                                "\nImport the split train, too, then train on it: lovasz train --data "
                                        + out
                                        + "\n"),
                outcome.printed());
        assertEquals(List.of("sea", "cloud"), Files.readAllLines(out.resolve("classes.txt")));
    }
}
