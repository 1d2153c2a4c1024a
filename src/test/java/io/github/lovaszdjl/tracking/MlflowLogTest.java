package io.github.lovaszdjl.tracking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.lovaszdjl.MlflowStub;
import io.github.lovaszdjl.training.TrainingState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowLogTest {

    private static final String METRIC = "val/mean IoU";

    @TempDir private Path folder;

    private MlflowStub server;
    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        server = new MlflowStub();
    }

    @AfterEach
    void close() {
        server.close();
    }

    private MlflowLog.Builder builder() {
        return MlflowLog.builder()
                .setServer(server.uri())
                .setFile(folder.resolve("mlflow.json"))
                .optExperiment("earth")
                .optRunName("X")
                .optParameters(Map.of("loss", "ce"))
                .optWarnings(warnings::add);
    }

    private static void epoch(MlflowLog log, int epoch) {
        log.onEpochValidated(TrackingTesting.state(epoch - 1), TrackingTesting.report(epoch));
    }

    private void train(int from, int to) throws IOException {
        MlflowLog log = builder().build();
        log.onStart(TrackingTesting.state(from));
        for (int epoch = from + 1; epoch <= to; epoch++) {
            epoch(log, epoch);
        }
        log.onEnd(TrackingTesting.state(to));
    }

    @Test
    void aTrainingIsARun() throws IOException {
        train(0, 2);
        assertEquals(Map.of("earth", "1"), server.experiments);
        JsonObject run = server.runs.get("run0");
        assertEquals("1", run.get("experiment_id").getAsString());
        assertEquals("X", run.get("run_name").getAsString());
        assertEquals("[{\"key\":\"loss\",\"value\":\"ce\"}]", run.get("params").toString());
        assertEquals("FINISHED", run.get("status").getAsString());
        assertNull(server.authorization);
        for (String name : TrackingTesting.NAMES) {
            assertEquals(List.of(1, 2), server.steps("run0", name), name);
        }
        assertEquals(2 * TrackingTesting.NAMES.size(), run.getAsJsonArray("metrics").size());
        JsonObject second = null;
        for (JsonElement metric : run.getAsJsonArray("metrics")) {
            JsonObject each = metric.getAsJsonObject();
            if (each.get("key").getAsString().equals(METRIC)) {
                second = each;
            }
        }
        assertEquals(2d / 3, second.get("value").getAsDouble(), 1e-12);
        assertTrue(second.get("timestamp").getAsLong() > 1_600_000_000_000L, "milliseconds");
        assertEquals(List.of(), warnings);
    }

    @Test
    void theExperimentIsMadeOnce() throws IOException {
        server.experiments.put("earth", "77");
        train(0, 1);
        assertEquals("77", server.runs.get("run0").get("experiment_id").getAsString());
        assertTrue(server.requests.stream().noneMatch(r -> r.contains("experiments/create")));
    }

    @Test
    void aTrainingThatGoesOnContinuesItsRun() throws IOException {
        train(0, 2);
        train(1, 3); // of which the server has the second epoch
        train(3, 3);
        assertEquals(1, server.runs.size());
        assertEquals(List.of(1, 2, 3), server.steps("run0", METRIC));
        assertEquals("FINISHED", server.runs.get("run0").get("status").getAsString());
        assertTrue(
                server.requests.stream().anyMatch(r -> r.contains("\"status\":\"RUNNING\"")),
                server.requests.toString());
    }

    @Test
    void aRunThatTheServerLostBeginsAnew() throws IOException {
        train(0, 2);
        server.runs.remove("run0");
        server.runs.put("other", new JsonObject());
        train(2, 3);
        assertEquals(List.of(1, 2, 3), server.steps("run1", METRIC));
    }

    @Test
    void aServerThatFailsLaterIsToldOfOnceAndGetsAllInTheEnd() throws IOException {
        MlflowLog log = builder().build();
        log.onStart(TrackingTesting.state(0));
        epoch(log, 1);
        server.broken = true;
        epoch(log, 2);
        epoch(log, 3);
        assertEquals(1, warnings.size());
        assertTrue(
                warnings.get(0)
                        .contains("got 500 {\"error_code\":\"INTERNAL_ERROR\"}; the training"),
                warnings.get(0));
        server.broken = false;
        epoch(log, 4);
        assertEquals(List.of(1, 2, 3, 4), server.steps("run0", METRIC));
        server.close();
        epoch(log, 5);
        log.onEnd(TrackingTesting.state(5));
        assertEquals(1, warnings.size());
    }

    @Test
    void aServerThatDoesNotAnswerIsOneLine() {
        URI gone = server.uri();
        server.close();
        for (MlflowLog log : List.of(builder().build())) {
            IOException e = assertThrows(IOException.class, log::check);
            assertTrue(
                    e.getMessage()
                            .startsWith("mlflow: expected a server that answers at " + gone + ", "),
                    e.getMessage());
            assertEquals(1, e.getMessage().lines().count());
            assertThrows(IOException.class, () -> log.onStart(TrackingTesting.state(0)));
        }
        assertFalse(Files.exists(folder.resolve("mlflow.json")));
    }

    @Test
    void namesAreThoseThatMlflowTakes() throws IOException {
        TrainingState state = TrackingTesting.state(0, "a:b", "a;b", "ä/../b c/");
        MlflowLog log = builder().build();
        log.onStart(state);
        // The third class does not occur; this one does.
        log.onEpochValidated(state, TrackingTesting.report(1));
        assertEquals(List.of(1), server.steps("run0", "val/IoU/a_b"));
        assertEquals(List.of(1), server.steps("run0", "val/IoU/a_b_"));
        TrainingState other = TrackingTesting.state(0, "ä/../b c/", "x".repeat(900), "c");
        log.onEpochValidated(other, TrackingTesting.report(2));
        assertEquals(List.of(2), server.steps("run0", "val/IoU/ä_../b c_"));
        assertEquals(List.of(2), server.steps("run0", "val/IoU/" + "x".repeat(192)));
    }

    @Test
    void theTokenIsABearers() throws IOException {
        builder().optToken("abc").build().check();
        assertEquals("Bearer abc", server.authorization);
        assertEquals(List.of("GET experiments/get-by-name?experiment_name=earth"), server.requests);
    }

    @Test
    void otherAddressesAreRefused() {
        for (String address :
                List.of("ftp://host", "host:5000", "/x", "http://u:secret@host", "http://h/?a=b")) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> builder().setServer(URI.create(address)).build());
            assertTrue(e.getMessage().startsWith("server: expected an address"), e.getMessage());
            assertFalse(e.getMessage().contains("secret"), e.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> builder().optExperiment(" "));
    }

    @Test
    void aDamagedFileIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("mlflow.json"), "[1");
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> builder().build().onStart(TrackingTesting.state(0)));
        assertTrue(e.getMessage().startsWith(file + ": expected"), e.getMessage());
    }
}
