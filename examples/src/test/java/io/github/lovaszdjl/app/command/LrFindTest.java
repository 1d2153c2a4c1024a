package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LrFindTest {

    @Test
    void lossesOfAllRatesAreWrittenAndDrawn(@TempDir Path temp) throws IOException {
        Path out = temp.resolve("out");
        Outcome outcome =
                CommandTesting.run(
                        "lr-find",
                        "--updates=10",
                        "--from=1e-5",
                        "--to=1e-2",
                        "--batch-size=2",
                        "--crop=32x32",
                        "--base-width=2",
                        "--depth=2",
                        "--out=" + out);
        assertEquals(0, outcome.code(), outcome.printed());
        List<String> lines = Files.readAllLines(out.resolve("lr-find.csv"));
        assertEquals("learning rate,loss,smoothed loss", lines.get(0));
        assertEquals(11, lines.size());
        assertTrue(lines.get(1).startsWith("1.0E-5,"), lines.get(1));
        assertTrue(lines.get(10).startsWith("0.01,"), lines.get(10));
        assertNotNull(ImageIO.read(out.resolve("lr-find.png").toFile()));
        assertTrue(Files.exists(out.resolve("config.json")));
    }

    @Test
    void wrongRatesAreRefused(@TempDir Path temp) {
        Path out = temp.resolve("out");
        for (String wrong : List.of("--from=0", "--to=1e-7", "--updates=9", "--from=NaN")) {
            Outcome outcome = CommandTesting.run("lr-find", wrong, "--out=" + out);
            assertEquals(2, outcome.code());
            String option = wrong.substring(0, wrong.indexOf('='));
            assertTrue(
                    outcome.printed().startsWith("error: " + option + ": expected"),
                    outcome.printed());
        }
        assertFalse(Files.exists(out));
    }
}
