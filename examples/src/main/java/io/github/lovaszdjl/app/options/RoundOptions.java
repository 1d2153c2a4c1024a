package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.training.RoundPlan;
import io.github.lovaszdjl.training.TrainingPlan;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a cluster trains: in rounds, each by so many workers. */
public final class RoundOptions {

    private static final RoundPlan DEFAULT = RoundPlan.epochs();

    private static final Pattern LOCAL_CLUSTER = Pattern.compile("local-cluster\\[\\s*(\\d+).*");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description =
                    "with --master: how many parts of an epoch are trained at the same time, as"
                            + " many as the cluster has processes (those of local-cluster by"
                            + " default)")
    private Integer workers;

    @Option(
            names = "--sync-every",
            paramLabel = "N",
            description =
                    "with --master: after how many batches of every worker the weights of all are"
                            + " averaged; 0 for once an epoch")
    private int syncEvery = DEFAULT.syncEvery();

    @Option(
            names = "--outer-learning-rate",
            paramLabel = "RATE",
            description =
                    "with --master: the step from the weights before a round towards the average"
                            + " after it; 1 for all of it")
    private float outerLearningRate = DEFAULT.outerLearningRate();

    @Option(
            names = "--outer-momentum",
            paramLabel = "M",
            description =
                    "with --master: the momentum of these steps, Nesterov's; 0 for none, from 0 to"
                            + " below 1")
    private float outerMomentum = DEFAULT.outerMomentum();

    /** For mixins of picocli. */
    public RoundOptions() {}

    /**
     * Checks the values.
     *
     * @param cluster whether there is a cluster to train on
     * @param training what is trained
     */
    public void check(boolean cluster, TrainingPlan training) {
        RoundPlan plan = plan();
        if (!cluster) {
            if (workers != null) {
                throw wrong("--workers: expected --master with it, got none");
            }
            checkDefault("--sync-every", plan.syncEvery() == DEFAULT.syncEvery());
            checkDefault(
                    "--outer-learning-rate",
                    plan.outerLearningRate() == DEFAULT.outerLearningRate());
            checkDefault("--outer-momentum", plan.outerMomentum() == DEFAULT.outerMomentum());
            return;
        }
        if (workers == null) {
            // What a run was trained with is in its config.json.
            workers = ofMaster();
        }
        if (workers < 1) {
            throw wrong("--workers: expected at least 1, got " + workers);
        }
        try {
            training.checkRounds();
        } catch (IllegalArgumentException e) {
            throw wrong(PlanOptions.asOption(e.getMessage()));
        }
    }

    /**
     * Checks that every worker has a batch.
     *
     * @param batches the number of batches in an epoch
     */
    public void checkBatches(int batches) {
        try {
            RoundPlan.checkWorkers(workers, batches);
        } catch (IllegalArgumentException e) {
            throw wrong(asOption(e.getMessage()));
        }
    }

    private void checkDefault(String option, boolean is) {
        if (!is) {
            throw wrong(option + ": expected --master with it, got none");
        }
    }

    private int ofMaster() {
        OptionSpec master = spec.findOption("--master");
        Object url = master == null ? null : master.getValue();
        Matcher local = LOCAL_CLUSTER.matcher(url == null ? "" : url.toString());
        if (!local.matches()) {
            throw wrong("--workers: expected how many parts to train at a time, got none");
        }
        return Integer.parseInt(local.group(1));
    }

    /** Returns how rounds are done. */
    public RoundPlan plan() {
        try {
            return new RoundPlan(syncEvery, outerLearningRate, outerMomentum);
        } catch (IllegalArgumentException e) {
            throw wrong(asOption(e.getMessage()));
        }
    }

    /** Returns how many workers there are, once that is checked. */
    public int workers() {
        return workers;
    }

    /** Begins a message with the option in place of the name that the library has for it. */
    static String asOption(String message) {
        for (String name : List.of("workers", "syncEvery", "outerLearningRate", "outerMomentum")) {
            if (message.startsWith(name + ":")) {
                String option = name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
                return "--" + option + message.substring(name.length());
            }
        }
        return message;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
