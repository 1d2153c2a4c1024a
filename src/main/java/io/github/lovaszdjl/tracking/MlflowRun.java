package io.github.lovaszdjl.tracking;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A run on a server of MLflow.
 *
 * @param server the server
 * @param id the id of the run
 * @param lastEpoch the last epoch that the server had when the run was opened, 0 for none
 */
record MlflowRun(MlflowServer server, String id, int lastEpoch) {

    /** How long a parameter may be on every server. */
    private static final int MAX_PARAMETER = 250;

    /**
     * Goes on with the run that a file names, or makes one where there is none on this server.
     *
     * @param file keeps the id
     * @param experiment the name of the experiment, made if there is none
     * @param name the name of a new run
     * @param parameters those of a new run
     */
    static MlflowRun open(
            MlflowServer server,
            Path file,
            String experiment,
            String name,
            Map<String, String> parameters)
            throws IOException {
        Optional<String> before = read(server, file);
        Optional<MlflowRun> run = before.isEmpty() ? Optional.empty() : goOn(server, before.get());
        return run.isPresent() ? run.get() : create(server, file, experiment, name, parameters);
    }

    /** Returns the id of an experiment, if there is one of this name. */
    static Optional<String> findExperiment(MlflowServer server, String experiment)
            throws IOException {
        try {
            JsonObject answer =
                    server.get("experiments/get-by-name", "experiment_name", experiment);
            return Optional.of(text(object(answer, "experiment"), "experiment_id"));
        } catch (MlflowServer.NotThereException e) {
            return Optional.empty();
        }
    }

    private static MlflowRun create(
            MlflowServer server,
            Path file,
            String experiment,
            String name,
            Map<String, String> parameters)
            throws IOException {
        Optional<String> found = findExperiment(server, experiment);
        JsonObject body = new JsonObject();
        body.addProperty(
                "experiment_id",
                found.isPresent()
                        ? found.get()
                        : text(
                                server.post("experiments/create", json("name", experiment)),
                                "experiment_id"));
        body.addProperty("start_time", System.currentTimeMillis());
        body.addProperty("run_name", name);
        JsonObject made = object(server.post("runs/create", body), "run");
        MlflowRun run = new MlflowRun(server, text(object(made, "info"), "run_id"), 0);
        JsonArray all = new JsonArray();
        parameters.forEach(
                (key, value) -> {
                    JsonObject parameter = json("key", key);
                    parameter.addProperty("value", Names.shortened(value, MAX_PARAMETER));
                    all.add(parameter);
                });
        run.log("params", all);
        // Last: a run that is not all there is made anew.
        JsonObject kept = json("server", server.uri().toString());
        kept.addProperty("run", run.id());
        byte[] bytes = (kept + "\n").getBytes(StandardCharsets.UTF_8);
        WholeFile.write(file, out -> out.write(bytes));
        return run;
    }

    /** Returns the run that a file names, if it is on this server. */
    private static Optional<String> read(MlflowServer server, Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonObject kept = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            boolean here = text(kept, "server").equals(server.uri().toString());
            return here ? Optional.of(text(kept, "run")) : Optional.empty();
        } catch (IOException | JsonParseException | IllegalStateException e) {
            throw new IOException(
                    file + ": expected the id of a run on a server of MLflow, got another file", e);
        }
    }

    /** Goes on with a run, unless the server does not have it. */
    private static Optional<MlflowRun> goOn(MlflowServer server, String id) throws IOException {
        JsonObject data;
        try {
            data = object(object(server.get("runs/get", "run_id", id), "run"), "data");
        } catch (MlflowServer.NotThereException e) {
            return Optional.empty();
        }
        MlflowRun run = new MlflowRun(server, id, lastEpoch(data));
        run.update("RUNNING");
        return Optional.of(run);
    }

    private static int lastEpoch(JsonObject data) throws IOException {
        try {
            if (data.get("metrics") instanceof JsonArray metrics) {
                for (JsonElement metric : metrics) {
                    JsonObject values = metric.getAsJsonObject();
                    if (text(values, "key").equals(EpochMetrics.ALWAYS)) {
                        return Integer.parseInt(text(values, "step")); // an int64 may be a string
                    }
                }
            }
            return 0;
        } catch (IllegalStateException | NumberFormatException e) {
            throw new IOException("mlflow: expected metrics with their steps, got " + data, e);
        }
    }

    /** Sends parameters or metrics. */
    void log(String kind, JsonArray values) throws IOException {
        if (!values.isEmpty()) {
            JsonObject body = json("run_id", id);
            body.add(kind, values);
            server.post("runs/log-batch", body);
        }
    }

    /** Ends the run. */
    void finish() throws IOException {
        update("FINISHED");
    }

    private void update(String status) throws IOException {
        JsonObject body = json("run_id", id);
        body.addProperty("status", status);
        if (!status.equals("RUNNING")) {
            body.addProperty("end_time", System.currentTimeMillis());
        }
        server.post("runs/update", body);
    }

    private static JsonObject json(String key, String value) {
        JsonObject object = new JsonObject();
        object.addProperty(key, value);
        return object;
    }

    private static JsonObject object(JsonObject parent, String key) throws IOException {
        if (parent.get(key) instanceof JsonObject child) {
            return child;
        }
        throw new IOException("mlflow: expected an answer with \"" + key + "\", got " + parent);
    }

    private static String text(JsonObject parent, String key) throws IOException {
        if (parent.get(key) != null && parent.get(key).isJsonPrimitive()) {
            return parent.get(key).getAsString();
        }
        throw new IOException("mlflow: expected an answer with \"" + key + "\", got " + parent);
    }
}
