package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.EventReader;
import io.github.lovaszdjl.MlflowStub;
import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics that go to other tools, of a training that is validated by views and small tiles. */
class TrackingTest {

    @TempDir private Path folder;

    private Outcome train(Path data, Path run, String... more) {
        List<String> args =
                List.of(
                        "train",
                        "--data=" + data,
                        "--out=" + run,
                        "--epochs=1",
                        "--batch-size=2",
                        "--crop=62x64",
                        "--base-width=2",
                        "--depth=2",
                        "--tile=crop",
                        "--overlap=0",
                        "--tta=flip,0.5",
                        "--mlflow-experiment=small");
        return CommandTesting.run(
                Stream.concat(args.stream(), List.of(more).stream()).toArray(String[]::new));
    }

    @Test
    void anEpochIsToldOfOnceWhereverItGoes() throws Exception {
        Path data = CommandTesting.copyEarth(folder.resolve("data"), 3, "train", "val");
        Path run = folder.resolve("run");
        try (MlflowStub server = new MlflowStub()) {
            Outcome outcome = train(data, run, "--tensorboard", "--mlflow=" + server.uri());
            assertEquals(0, outcome.code(), outcome.printed());
            outcome = CommandTesting.run("train", "--resume=" + run, "--epochs=2");
            assertEquals(0, outcome.code(), outcome.printed());

            List<EventReader.Event> events = EventReader.read(EventReader.file(run));
            assertEquals(
                    List.of(0L, 1L, 2L), events.stream().map(EventReader.Event::step).toList());
            List<String> lines = Files.readAllLines(run.resolve("metrics.jsonl"));
            assertEquals(2, lines.size());
            for (int epoch = 1; epoch <= 2; epoch++) {
                JsonObject line = JsonParser.parseString(lines.get(epoch - 1)).getAsJsonObject();
                assertEquals(
                        line.get("val mean IoU").getAsFloat(),
                        events.get(epoch).values().get("val/mean IoU"),
                        1e-6f);
                assertEquals(
                        line.get("learning rate").getAsFloat(),
                        events.get(epoch).values().get("train/learning rate"));
            }

            assertEquals(List.of("small"), List.copyOf(server.experiments.keySet()));
            assertEquals(List.of("run0"), List.copyOf(server.runs.keySet()));
            assertEquals(List.of(1, 2), server.steps("run0", "val/mean IoU"));
            JsonObject sent = server.runs.get("run0");
            assertEquals("run", sent.get("run_name").getAsString());
            assertEquals("FINISHED", sent.get("status").getAsString());
            assertTrue(
                    sent.get("params").toString().contains("{\"key\":\"tile\",\"value\":\"crop\"}"),
                    sent.get("params").toString());
        }
        // Views belong to the run.
        Outcome outcome = CommandTesting.run("train", "--resume=" + run, "--tta=none");
        assertEquals(2, outcome.code(), outcome.printed());
        assertTrue(
                outcome.printed().startsWith("error: --tta: expected flip,0.5 as in "),
                outcome.printed());
    }

    @Test
    void aServerThatDoesNotAnswerIsOneLineBeforeTheTraining() throws Exception {
        URI gone;
        try (MlflowStub server = new MlflowStub()) {
            gone = server.uri();
        }
        Path run = folder.resolve("run");
        Outcome outcome = train(CommandTesting.EARTH, run, "--mlflow=" + gone);
        assertEquals(1, outcome.code(), outcome.printed());
        assertTrue(
                outcome.printed()
                        .startsWith("error: --mlflow: expected a server that answers at " + gone),
                outcome.printed());
        assertEquals(1, outcome.printed().lines().count());
        assertFalse(Files.exists(run));
    }
}
