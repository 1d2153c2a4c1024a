package io.github.lovaszdjl.app.command;

import com.google.gson.JsonObject;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.app.options.RoundOptions;
import io.github.lovaszdjl.app.run.Distribution;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.spark.ClusterData;
import io.github.lovaszdjl.spark.ClusterSession;
import io.github.lovaszdjl.spark.SparkRounds;
import io.github.lovaszdjl.training.RoundExecutor;
import io.github.lovaszdjl.training.RoundPlan;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Has a cluster train.
 *
 * @param session the cluster
 * @param plan how rounds are done
 * @param workers how many parts are trained at a time
 * @param config what workers parse, see {@link WorkerRun}
 */
record ClusterRounds(ClusterSession session, RoundPlan plan, int workers, String config)
        implements Distribution {

    /** Options of which workers have no need, or which they are told in another way. */
    private static final Set<String> OF_DRIVER =
            Set.of(
                    "loss",
                    "seed",
                    "seeds",
                    "data",
                    "init",
                    "init-without-classifier",
                    "weights",
                    "engine",
                    "threads",
                    "device",
                    "give-memory-back",
                    "master",
                    "conf",
                    "send-library",
                    "workers",
                    "sync-every",
                    "outer-learning-rate",
                    "outer-momentum");

    /**
     * Has a cluster train what a command says.
     *
     * @param spec the command, parsed
     */
    static ClusterRounds of(ClusterSession session, RoundOptions rounds, CommandSpec spec) {
        Map<String, String> values = ConfigFile.options(spec);
        values.keySet().removeAll(OF_DRIVER);
        JsonObject options = new JsonObject();
        values.forEach(options::addProperty);
        JsonObject json = new JsonObject();
        json.addProperty("command", "train");
        json.add("options", options);
        return new ClusterRounds(session, rounds.plan(), rounds.workers(), json.toString());
    }

    @Override
    public RoundExecutor executor(
            LossExpression loss,
            int seed,
            FolderSegmentationDataset training,
            Optional<float[]> classWeights)
            throws IOException {
        WorkerRun run =
                new WorkerRun(
                        config,
                        loss.canonical(),
                        seed,
                        classWeights.orElse(null),
                        ClusterData.of(training),
                        training.getNormalization().mean().toArray(Float[]::new),
                        training.getNormalization().std().toArray(Float[]::new));
        return new SparkRounds(session, run, workers);
    }
}
