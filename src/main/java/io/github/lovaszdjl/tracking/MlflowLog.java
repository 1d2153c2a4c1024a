package io.github.lovaszdjl.tracking;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingCallback;
import io.github.lovaszdjl.training.TrainingState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Sends the metrics of every epoch to a server of MLflow, as a run of an experiment, by its REST
 * interface.
 *
 * <pre>{@code
 * MlflowLog mlflow =
 *         MlflowLog.builder()
 *                 .setServer(URI.create("http://localhost:5000"))
 *                 .setFile(Path.of("runs/X/mlflow.json"))
 *                 .build();
 * mlflow.check();
 * SegmentationTraining.builder().optCallback(mlflow)
 * }</pre>
 *
 * <p>The experiment is made where there is none of its name. Metrics have the names that {@link
 * TensorBoardLog} gives them, with an underscore for each character that MLflow does not take; a
 * value that is not finite is left out. The step is the epoch. The file keeps the id of the run, so
 * that a training that goes on continues it: the server is asked which epoch it has, and gets those
 * after.
 *
 * <p>A training does not begin where the server does not answer. One that fails later is told of
 * once, with {@link Builder#optWarnings}, and does not end the training; what it lacks is sent
 * again with the next epoch. The run is finished when the training ends, also where it is asked to
 * stop; that of a training that fails stays as running.
 */
public final class MlflowLog implements TrainingCallback {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** What a name may not have. */
    private static final Pattern FOREIGN =
            Pattern.compile("[^\\w./ -]", Pattern.UNICODE_CHARACTER_CLASS);

    /** Less than the 250 letters that a name may have. */
    private static final int MAX_NAME = 200;

    private final MlflowServer server;
    private final Path file;
    private final String experiment;
    private final String name;
    private final Map<String, String> parameters;
    private final Consumer<String> warnings;

    /** The metrics that the server does not have yet, by epoch. */
    private final Map<Integer, JsonArray> pending = new TreeMap<>();

    private MlflowRun run;
    private boolean warned;

    private MlflowLog(Builder builder) {
        Objects.requireNonNull(builder.server, "server: expected an address, got null");
        server = new MlflowServer(builder.server, Optional.ofNullable(builder.token), PATIENCE);
        file = Objects.requireNonNull(builder.file, "file: expected a file, got null");
        experiment = builder.experiment;
        name = builder.name;
        parameters = builder.parameters;
        warnings = builder.warnings;
    }

    /**
     * Returns a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Checks that the server answers.
     *
     * @throws IOException if it does not, in one line
     */
    public void check() throws IOException {
        MlflowRun.findExperiment(server, experiment);
    }

    @Override
    public void onStart(TrainingState state) throws IOException {
        run = MlflowRun.open(server, file, experiment, name, parameters);
        for (EpochReport report : state.reports()) {
            keep(state, report);
        }
        send();
    }

    @Override
    public void onEpochValidated(TrainingState state, EpochReport report) {
        keep(state, report);
        trySend();
    }

    @Override
    public void onEnd(TrainingState state) {
        trySend();
        try {
            run.finish();
        } catch (IOException e) {
            warn(e);
        }
    }

    /** Keeps an epoch to be sent, unless the server has it. */
    private void keep(TrainingState state, EpochReport report) {
        if (report.epoch() <= run.lastEpoch()) {
            return;
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        EpochMetrics.of(report, state.description().classNames())
                .forEach((metric, value) -> metrics.put(unused(metric, metrics), value));
        long now = System.currentTimeMillis();
        JsonArray all = new JsonArray();
        metrics.forEach(
                (key, value) -> {
                    JsonObject metric = new JsonObject();
                    metric.addProperty("key", key);
                    metric.addProperty("value", value);
                    metric.addProperty("timestamp", now);
                    metric.addProperty("step", report.epoch());
                    all.add(metric);
                });
        pending.put(report.epoch(), all);
    }

    /** Returns a name that MLflow takes and that no other metric has. */
    private static String unused(String metric, Map<String, Double> others) {
        String allowed = FOREIGN.matcher(metric).replaceAll("_");
        // A path that is not normalized is refused.
        allowed = allowed.replaceAll("/(?=/|\\.{1,2}(/|$))", "_").replaceFirst("/$", "_");
        allowed = allowed.substring(0, Math.min(MAX_NAME, allowed.length()));
        while (others.containsKey(allowed)) {
            allowed += "_";
        }
        return allowed;
    }

    private void send() throws IOException {
        while (!pending.isEmpty()) {
            int epoch = pending.keySet().iterator().next();
            run.log("metrics", pending.get(epoch));
            pending.remove(epoch);
        }
    }

    private void trySend() {
        try {
            send();
        } catch (IOException e) {
            warn(e);
        }
    }

    private void warn(IOException fault) {
        if (!warned) {
            warned = true;
            warnings.accept(fault.getMessage() + "; the training goes on without it");
        }
    }

    /** Builds a {@link MlflowLog}. Server and file must be set. */
    public static final class Builder {

        private URI server;
        private Path file;
        private String experiment = "lovasz";
        private String name = "lovasz";
        private Map<String, String> parameters = Map.of();
        private String token;
        private Consumer<String> warnings = message -> {};

        private Builder() {}

        /**
         * Sets the server.
         *
         * @param address its address, such as http://localhost:5000
         * @return this builder
         */
        public Builder setServer(URI address) {
            server = address;
            return this;
        }

        /**
         * Sets the file that keeps the id of the run, one for every training.
         *
         * @param path the file; need not exist
         * @return this builder
         */
        public Builder setFile(Path path) {
            file = path;
            return this;
        }

        /**
         * Sets the experiment.
         *
         * @param experimentName its name; "lovasz" by default
         * @return this builder
         * @throws IllegalArgumentException if it is blank
         */
        public Builder optExperiment(String experimentName) {
            if (experimentName.isBlank()) {
                throw new IllegalArgumentException("experiment: expected a name, got none");
            }
            experiment = experimentName;
            return this;
        }

        /**
         * Sets the name of the run.
         *
         * @param runName the name; "lovasz" by default
         * @return this builder
         */
        public Builder optRunName(String runName) {
            name = Objects.requireNonNull(runName, "runName: expected a name, got null");
            return this;
        }

        /**
         * Sets the parameters of the run. Values of more than 250 letters are shortened.
         *
         * @param values the values by name; none by default
         * @return this builder
         */
        public Builder optParameters(Map<String, String> values) {
            parameters = new LinkedHashMap<>(values);
            return this;
        }

        /**
         * Sets the token that the server is asked with.
         *
         * @param bearer the token; none, null, by default
         * @return this builder
         */
        public Builder optToken(String bearer) {
            token = bearer;
            return this;
        }

        /**
         * Sets who is told once where the server fails during the training.
         *
         * @param listener takes the message; nobody by default
         * @return this builder
         */
        public Builder optWarnings(Consumer<String> listener) {
            warnings = Objects.requireNonNull(listener, "warnings: expected one, got null");
            return this;
        }

        /**
         * Builds the log; nothing is sent yet.
         *
         * @return the log
         * @throws NullPointerException if server or file is not set
         * @throws IllegalArgumentException if the server is no address of http or https, or has a
         *     user's name
         */
        public MlflowLog build() {
            return new MlflowLog(this);
        }
    }
}
