package io.github.lovaszdjl.spark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * A cluster that tasks are sent to.
 *
 * <pre>{@code
 * try (ClusterSession cluster =
 *         ClusterSession.builder().setMaster("local-cluster[2,1,2048]").open()) {
 *     List<Long> values = cluster.run(tasks);
 * }
 * }</pre>
 *
 * <p>The driver, this process, may have one session at a time. Executors run one task at a time
 * with all their cores; without {@code spark.executor.cores} they have one.
 */
public final class ClusterSession implements AutoCloseable {

    private final SparkStart start;
    private final WorkerSetup setup;

    private ClusterSession(SparkStart start, WorkerSetup setup) {
        this.start = start;
        this.setup = setup;
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
     * Returns Spark's context.
     *
     * @return the context, open as long as this session
     */
    public JavaSparkContext context() {
        return start.context();
    }

    /** Returns what the driver expects of a worker. */
    WorkerSetup setup() {
        return setup;
    }

    /**
     * Counts the processes that work now.
     *
     * @return the executors that have registered; 1 where the driver works itself
     */
    public int workers() {
        return Math.max(1, start.executors());
    }

    /**
     * Runs tasks, as many at a time as there are workers.
     *
     * @param <T> what a task comes to
     * @param tasks the tasks
     * @return what they came to, in the order of the tasks
     * @throws WorkerException if one cannot be done; nothing runs any more then
     */
    public <T> List<T> run(List<? extends WorkerTask<T>> tasks) throws IOException {
        return run(tasks, (part, value) -> {});
    }

    /**
     * Told what a task came to.
     *
     * @param <T> what a task comes to
     */
    @FunctionalInterface
    public interface Done<T> {

        /**
         * Takes what a task came to, once for each task, on one thread at a time.
         *
         * @param part the place of the task in the list
         * @param value what it came to
         * @throws IOException if that is no use; nothing more is run then
         */
        void accept(int part, T value) throws IOException;
    }

    /**
     * Runs tasks, as many at a time as there are workers.
     *
     * @param <T> what a task comes to
     * @param tasks the tasks
     * @param done is told of each when it is done
     * @return what they came to, in the order of the tasks
     * @throws WorkerException if one cannot be done; nothing runs any more then
     * @throws IOException as {@code done} does
     */
    public <T> List<T> run(List<? extends WorkerTask<T>> tasks, Done<T> done) throws IOException {
        if (tasks.isEmpty()) {
            return List.of();
        }
        List<T> values = new ArrayList<>(Collections.nCopies(tasks.size(), null));
        Handler<T> handler = new Handler<>(values, done);
        List<WorkerTask<T>> parts = List.copyOf(tasks);
        List<Object> partitions =
                new ArrayList<>(IntStream.range(0, tasks.size()).boxed().toList());
        Seq<Object> all = CollectionConverters.asScala(partitions).toSeq();
        String group = UUID.randomUUID().toString();
        context().setJobGroup(group, parts.get(0).getClass().getSimpleName());
        try {
            context()
                    .sc()
                    .<WorkerTask<T>, Outcome<T>>runJob(
                            context().parallelize(parts, parts.size()).rdd(),
                            new Execution<>(setup),
                            all,
                            handler,
                            ClassTag$.MODULE$.apply(Outcome.class));
        } catch (Exception e) { // Spark throws checked ones that it does not declare
            if (handler.fault != null) {
                throw handler.fault;
            }
            throw SparkFaults.translate(e);
        } finally {
            // Of a job whose outcome is no use, tasks go on otherwise.
            context().cancelJobGroup(group);
            context().clearJobGroup();
        }
        return values;
    }

    /** Stops executors and the context; what was written to temporary folders is removed. */
    @Override
    public void close() {
        start.close();
    }

    /** Takes the outcomes of tasks as they come. */
    private static final class Handler<T> extends AbstractFunction2<Object, Outcome<T>, BoxedUnit> {

        private final List<T> values;
        private final Done<T> done;
        private IOException fault;

        Handler(List<T> values, Done<T> done) {
            this.values = values;
            this.done = done;
        }

        @Override
        public BoxedUnit apply(Object part, Outcome<T> outcome) {
            int index = (Integer) part;
            try {
                if (outcome.fault() != null) {
                    throw new WorkerException(outcome.fault());
                }
                values.set(index, outcome.value());
                done.accept(index, outcome.value());
            } catch (IOException e) {
                if (fault == null) {
                    fault = e;
                }
                throw new IllegalStateException(e); // ends the job
            }
            return BoxedUnit.UNIT;
        }
    }

    /** Builds a {@link ClusterSession}. */
    public static final class Builder {

        private String master;
        private String name = "lovasz";
        private String engine = "PyTorch";
        private boolean sendLibrary;
        private Duration patience;
        private final Map<String, String> conf = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets the master.
         *
         * @param master {@code local-cluster[PROCESSES,CORES,MEGABYTES]}, {@code
         *     spark://HOST:PORT}, {@code yarn}, {@code k8s://…} or {@code local}; by default that
         *     of {@code spark-submit}
         * @return this builder
         */
        public Builder setMaster(String master) {
            this.master = Objects.requireNonNull(master, "master");
            return this;
        }

        /**
         * Sets the name that Spark shows.
         *
         * @param name the name; "lovasz" by default
         * @return this builder
         */
        public Builder optName(String name) {
            this.name = name;
            return this;
        }

        /**
         * Sets one of Spark's own options.
         *
         * @param key the key, such as "spark.executor.memory"
         * @param value the value
         * @return this builder
         */
        public Builder optConf(String key, String value) {
            conf.put(key, value);
            return this;
        }

        /**
         * Sets the engine of the workers.
         *
         * @param engine its name; "PyTorch" by default
         * @return this builder
         */
        public Builder optEngine(String engine) {
            this.engine = engine;
            return this;
        }

        /**
         * Sets whether the jars of this process, but Spark's, are sent to the workers.
         *
         * @param sendLibrary whether the workers have none; false by default
         * @return this builder
         */
        public Builder optSendLibrary(boolean sendLibrary) {
            this.sendLibrary = sendLibrary;
            return this;
        }

        /**
         * Sets how long to wait for the first worker.
         *
         * @param patience the time; by default 45 s, and 3 minutes for {@code local-cluster}, whose
         *     processes do come, if late where this machine does much else
         * @return this builder
         */
        public Builder optPatience(Duration patience) {
            this.patience = patience;
            return this;
        }

        /**
         * Checks the options, and starts nothing.
         *
         * @throws IllegalArgumentException if the master is not of a known form, or Spark's options
         *     would have several tasks run in one process
         */
        public void check() {
            SparkOptions.of(master, name, conf, sendLibrary);
        }

        /**
         * Starts the executors.
         *
         * @return the session, with at least one worker
         * @throws IllegalArgumentException if the master is not of a known form, or Spark's options
         *     would have several tasks run in one process
         * @throws WorkerException if the master does not answer, no executor comes in time, or a
         *     worker is not as expected
         */
        public ClusterSession open() throws IOException {
            SparkConf all = SparkOptions.of(master, name, conf, sendLibrary);
            int threads = all.getInt("spark.task.cpus", 1);
            WorkerSetup setup = new WorkerSetup(LibraryVersion.here(), engine, threads);
            SparkStart start =
                    SparkStart.start(all, patience == null ? SparkStart.patience(all) : patience);
            ClusterSession session = new ClusterSession(start, setup);
            try {
                session.run(List.of(new Greeting()));
            } catch (IOException | RuntimeException | Error e) {
                session.close();
                throw e;
            }
            return session;
        }
    }

    /** Finds out early whether a worker is as it should be. */
    private static final class Greeting implements WorkerTask<String> {

        private static final long serialVersionUID = 1L;

        @Override
        public String run(Worker worker) {
            return Worker.name();
        }
    }
}
