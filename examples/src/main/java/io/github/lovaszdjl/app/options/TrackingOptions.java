package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.tracking.MlflowLog;
import io.github.lovaszdjl.tracking.TensorBoardLog;
import io.github.lovaszdjl.training.TrainingCallback;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where metrics go beside the run folder: the options of train and compare. */
public final class TrackingOptions {

    private static final String EXPERIMENT = "lovasz";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--tensorboard",
            negatable = true,
            defaultValue = "false",
            fallbackValue = "true",
            description =
                    "write the metrics to an event file of TensorBoard in the run folder, too")
    private boolean tensorBoard;

    @Option(
            names = "--mlflow",
            paramLabel = "URL",
            description =
                    "send the metrics to this server of MLflow, too, such as http://localhost:5000;"
                            + " it is asked with the token in MLFLOW_TRACKING_TOKEN, if there is"
                            + " one (none by default)")
    private String mlflow;

    @Option(
            names = "--mlflow-experiment",
            paramLabel = "NAME",
            description = "with --mlflow: the experiment, made if there is none of this name")
    private String experiment = EXPERIMENT;

    /** For mixins of picocli. */
    public TrackingOptions() {}

    /**
     * Checks the options, and that the server answers.
     *
     * @throws IOException if it does not
     */
    public void check() throws IOException {
        if (mlflow == null && !experiment.equals(EXPERIMENT)) {
            throw wrong("--mlflow-experiment: expected --mlflow with it, got none");
        }
        Optional<MlflowLog.Builder> builder = mlflow(Path.of("unused"));
        if (builder.isPresent()) {
            try {
                builder.get().build().check();
            } catch (IllegalArgumentException e) {
                throw wrong(e.getMessage().replaceFirst("^server:", "--mlflow:"));
            } catch (IOException e) {
                throw new IOException("--" + e.getMessage(), e);
            }
        }
    }

    /**
     * Returns what tells of a training.
     *
     * @param folder the folder of the run
     * @param parameters the options of the command
     */
    public List<TrainingCallback> callbacks(Path folder, Map<String, String> parameters) {
        List<TrainingCallback> all = new ArrayList<>();
        if (tensorBoard) {
            all.add(new TensorBoardLog(folder));
        }
        mlflow(folder)
                .ifPresent(
                        builder ->
                                all.add(
                                        builder.optRunName(name(folder))
                                                .optParameters(parameters)
                                                .optWarnings(TrackingOptions::warn)
                                                .build()));
        return all;
    }

    private Optional<MlflowLog.Builder> mlflow(Path folder) {
        if (mlflow == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    MlflowLog.builder()
                            .setServer(new URI(mlflow))
                            .setFile(folder.resolve("mlflow.json"))
                            .optExperiment(experiment)
                            .optToken(System.getenv("MLFLOW_TRACKING_TOKEN")));
        } catch (URISyntaxException e) {
            throw wrong(
                    "--mlflow: expected an address such as http://localhost:5000, got " + mlflow);
        } catch (IllegalArgumentException e) {
            throw wrong("--mlflow-" + e.getMessage());
        }
    }

    private static String name(Path folder) {
        return folder.toAbsolutePath().normalize().getFileName().toString();
    }

    private static void warn(String message) {
        System.err.println("warning: " + message);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
