/**
 * Training, evaluation and prediction on a cluster, by Apache Spark.
 *
 * <p>Begin with {@link io.github.lovaszdjl.spark.ClusterSession}: it starts Spark and finds out
 * whether every process has the library, an engine and one task at a time. {@link
 * io.github.lovaszdjl.spark.SparkRounds} trains the parts of an epoch in its processes, each by a
 * {@link io.github.lovaszdjl.spark.WorkerTraining}; {@code ClusterEvaluation} counts the pixels of
 * a split there. {@code ClusterData} brings a worker the files of its part, {@code SavedModel} a
 * model, and {@code Worker} keeps both for later tasks. What goes wrong in a task comes back as a
 * {@code WorkerException}, and {@code SparkFaults} says what Spark itself reports in a line.
 *
 * <p>Calls {@code training}, {@code dataset}, {@code model} and what these call; the app alone
 * calls it. Spark is there at run time only if its user brings it.
 */
package io.github.lovaszdjl.spark;
