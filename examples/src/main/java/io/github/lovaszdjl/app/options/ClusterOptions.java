package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.spark.ClusterSession;
import io.github.lovaszdjl.spark.WorkerException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which cluster does the work: the options of commands that can have it done by others. */
public final class ClusterOptions {

    private static final String SPARK = "org.apache.spark.SparkContext";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description =
                    "the Spark cluster to do the work:"
                            + " local-cluster[PROCESSES,CORES,MEGABYTES] on this machine,"
                            + " spark://HOST:PORT, yarn or k8s://URL, see docs/cluster.md (by"
                            + " default that of spark-submit, else this process)")
    private String master;

    @Option(
            names = "--conf",
            paramLabel = "KEY=VALUE",
            description =
                    "with --master: one of Spark's own options, such as spark.executor.cores=4; may"
                            + " be given several times")
    private List<String> conf = new ArrayList<>();

    @Option(
            names = "--send-library",
            negatable = true,
            defaultValue = "false",
            fallbackValue = "true",
            description = "with --master: send the library to workers that do not have it")
    private boolean sendLibrary;

    /** For mixins of picocli. */
    public ClusterOptions() {}

    /**
     * Tells whether a cluster is to do the work.
     *
     * @throws ParameterException if there is an option that needs one, and none
     */
    public boolean isGiven() {
        boolean given = master != null || System.getProperty("spark.master") != null;
        if (!given && !conf.isEmpty()) {
            throw wrong("--conf: expected --master with it, got none");
        }
        if (!given && sendLibrary) {
            throw wrong("--send-library: expected --master with it, got none");
        }
        return given;
    }

    /**
     * Checks what can be checked without a cluster.
     *
     * @param engine the engine; workers have the devices and threads that Spark gives them
     */
    public void check(EngineOptions engine) {
        if (!isGiven()) {
            return;
        }
        if (engine.device() != null) {
            throw wrong(
                    "--device: expected none with --master, whose workers have what Spark gives"
                            + " them (spark.task.resource.gpu.amount), got "
                            + engine.device());
        }
        if (engine.threads() != null) {
            throw wrong(
                    "--threads: expected none with --master, whose workers have as many as"
                            + " spark.executor.cores, got "
                            + engine.threads());
        }
        for (String option : conf) {
            if (!option.matches("spark\\.[^=\\s]+=.*")) {
                throw wrong("--conf: expected spark.KEY=VALUE, got " + Names.shortened(option));
            }
            if (option.startsWith("spark.hadoop.")) {
                // For data that is read before the cluster is there.
                int equals = option.indexOf('=');
                System.setProperty(option.substring(0, equals), option.substring(equals + 1));
            }
        }
        if (!haveSpark()) {
            throw wrong(
                    "--master: expected Spark in the class path, got none; unpack the zip for"
                            + " clusters over this one, or start with spark-submit, see"
                            + " docs/cluster.md");
        }
        try {
            builder().check();
        } catch (IllegalArgumentException e) {
            throw wrong(flag(e));
        }
    }

    /** Tells whether Spark is in the class path. */
    static boolean haveSpark() {
        try {
            Class.forName(SPARK, false, Thread.currentThread().getContextClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /**
     * Starts the cluster's processes.
     *
     * @param engine the engine of the workers
     * @throws IOException if the master does not answer or no worker comes
     */
    public ClusterSession open(EngineOptions engine) throws IOException {
        try {
            return builder().optEngine(engine.name()).open();
        } catch (WorkerException e) {
            throw new IOException(flag(e), e);
        }
    }

    private ClusterSession.Builder builder() {
        ClusterSession.Builder builder =
                ClusterSession.builder()
                        .optName("lovasz " + spec.name())
                        .optSendLibrary(sendLibrary);
        if (master != null) {
            builder.setMaster(master);
        }
        for (String option : conf) {
            int equals = option.indexOf('=');
            builder.optConf(option.substring(0, equals), option.substring(equals + 1));
        }
        return builder;
    }

    private static String flag(Exception e) {
        String message = e.getMessage();
        return message.startsWith("master:") ? "--" + message : message;
    }
}
