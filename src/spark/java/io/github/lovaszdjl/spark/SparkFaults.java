package io.github.lovaszdjl.spark;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes one line of what Spark says of a job that failed. */
final class SparkFaults {

    /** The class of an exception on a worker that has none of ours, or others. */
    private static final Pattern MISSING =
            Pattern.compile(
                    "(ClassNotFoundException|NoClassDefFoundError): (io[./]github[./]lovaszdjl\\S*)");

    private static final Pattern OTHER =
            Pattern.compile(
                    "(InvalidClassException|NoSuchMethodError|NoSuchFieldError|IncompatibleClass"
                            + "ChangeError|SerializedLambda)[^\n]*");

    private static final Pattern DISK = Pattern.compile("No space left on device");
    private static final Pattern LOST =
            Pattern.compile("ExecutorLostFailure \\(([^\n]*?)\\) Reason: ([^\n]*)");

    private SparkFaults() {}

    static WorkerException translate(Exception thrown) {
        String text = Objects.toString(thrown.getMessage(), thrown.toString());
        if (MISSING.matcher(text).find()) {
            return new WorkerException(
                    "workers: expected lovasz-djl in their class path, got none; start them with"
                            + " 'lovasz-cluster worker', or add --send-library",
                    thrown);
        }
        if (OTHER.matcher(text).find()) {
            return new WorkerException(
                    "workers: expected the build of lovasz-djl that the driver has, got another;"
                            + " install the same on every machine",
                    thrown);
        }
        if (DISK.matcher(text).find()) {
            return new WorkerException(
                    "worker: expected room on its local disk (spark.local.dir), got none", thrown);
        }
        Matcher lost = LOST.matcher(text);
        if (lost.find()) {
            String reason = lost.group(2).strip();
            return new WorkerException(
                    "worker: lost again and again, "
                            + lost.group(1)
                            + ": "
                            + reason
                            + (reason.contains("137") || reason.contains("52")
                                    ? "; killed for want of memory? (spark.executor.memory,"
                                            + " spark.executor.memoryOverhead)"
                                    : ""),
                    thrown);
        }
        if (text.contains("SparkContext") && text.contains("shut down")
                || text.contains("stopped SparkContext")) {
            return new WorkerException(
                    "master: expected it to answer until the work is done, got no answer any more",
                    thrown);
        }
        return new WorkerException("Spark: " + text.strip().lines().findFirst().orElse(""), thrown);
    }
}
