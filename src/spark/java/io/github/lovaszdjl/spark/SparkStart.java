package io.github.lovaszdjl.spark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.Utils;

/** Starts Spark's context, and stops it with all that it started. */
final class SparkStart implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(45);
    private static final Duration LOCAL_PATIENCE = Duration.ofMinutes(3);
    private static final int CONNECT_MILLIS = 10_000;
    private static final Duration EXECUTORS_END = Duration.ofSeconds(10);

    private final JavaSparkContext context;
    private final boolean localCluster;
    private final DriverFolder home;
    private final Set<Long> childrenBefore;

    private SparkStart(
            JavaSparkContext context,
            boolean localCluster,
            DriverFolder home,
            Set<Long> childrenBefore) {
        this.context = context;
        this.localCluster = localCluster;
        this.home = home;
        this.childrenBefore = childrenBefore;
    }

    /** Returns how long to wait for the first executor unless told otherwise. */
    static Duration patience(SparkConf conf) {
        return isLocalCluster(conf.get("spark.master")) ? LOCAL_PATIENCE : PATIENCE;
    }

    private static boolean isLocalCluster(String master) {
        return SparkOptions.LOCAL_CLUSTER.matcher(master).matches();
    }

    /**
     * Starts.
     *
     * @param conf all options
     * @param patience how long to wait for the first executor
     * @throws WorkerException if the master does not answer, or no executor comes
     */
    static SparkStart start(SparkConf conf, Duration patience) throws IOException {
        String master = conf.get("spark.master");
        checkAnswers(master);
        boolean localCluster = isLocalCluster(master);
        Set<Long> before = children().map(ProcessHandle::pid).collect(Collectors.toSet());
        DriverFolder home = DriverFolder.create(Path.of(System.getProperty("java.io.tmpdir")));
        SparkStart started = null;
        try {
            conf.setIfMissing("spark.local.dir", home.path().toString());
            if (localCluster) {
                if (System.getenv("SPARK_LOCAL_IP") == null) {
                    // Nobody else takes part; the machine's name may lead nowhere.
                    Utils.setCustomHostname("127.0.0.1");
                    conf.setIfMissing("spark.driver.host", "127.0.0.1");
                    conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
                }
            }
            JavaSparkContext context =
                    localCluster
                            ? LocalHome.in(home.path(), () -> new JavaSparkContext(conf))
                            : new JavaSparkContext(conf);
            started = new SparkStart(context, localCluster, home, before);
            started.await(patience);
            return started;
        } catch (RuntimeException | IOException e) {
            if (started != null) {
                started.close();
            } else {
                home.close();
            }
            if (e instanceof IOException fault) {
                throw fault;
            }
            throw new WorkerException(
                    "master: expected one at "
                            + master
                            + " that takes this application, got: "
                            + Objects.toString(e.getMessage(), e.toString())
                                    .lines()
                                    .findFirst()
                                    .orElse(""),
                    e);
        }
    }

    /** Spark itself tries for a minute. */
    private static void checkAnswers(String master) throws WorkerException {
        if (!master.startsWith("spark://")) {
            return;
        }
        IOException last = null;
        for (String one : master.substring("spark://".length()).split(",")) {
            int colon = one.lastIndexOf(':');
            try (Socket socket = new Socket()) {
                int port = Integer.parseInt(one.substring(colon + 1));
                socket.connect(
                        new InetSocketAddress(one.substring(0, colon), port), CONNECT_MILLIS);
                return;
            } catch (IOException e) {
                last = e;
            } catch (RuntimeException e) {
                last = new IOException(e.getMessage(), e);
            }
        }
        throw new WorkerException(
                "master: expected one that answers at " + master + ", got: " + last.getMessage(),
                last);
    }

    /** Waits for an executor; the driver is none unless it works itself. */
    private void await(Duration patience) throws WorkerException {
        String master = context.getConf().get("spark.master");
        if (master.startsWith("local") && !localCluster) {
            return;
        }
        long end = System.nanoTime() + patience.toNanos();
        while (executors() == 0) {
            if (context.sc().isStopped()) {
                throw new WorkerException(
                        "master: expected one that answers at " + master + ", got none");
            }
            if (System.nanoTime() > end) {
                throw new WorkerException(
                        String.format(
                                "workers: expected one of %s with %s cores and %s of memory free"
                                        + " within %d s, got none",
                                master,
                                context.getConf().get("spark.executor.cores"),
                                context.getConf().get("spark.executor.memory", "1g"),
                                patience.toSeconds()));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    JavaSparkContext context() {
        return context;
    }

    /** Counts the executors. */
    int executors() {
        return context.sc().getExecutorMemoryStatus().size() - 1;
    }

    @Override
    public void close() {
        if (localCluster) {
            LocalHome.in(
                    home.path(),
                    () -> {
                        context.stop();
                        return null;
                    });
            endExecutors();
        } else {
            context.stop();
        }
        home.close();
    }

    private static Stream<ProcessHandle> children() {
        return ProcessHandle.current().children();
    }

    /** Those of a cluster on this machine are children of this process. */
    private void endExecutors() {
        List<ProcessHandle> executors =
                children().filter(child -> !childrenBefore.contains(child.pid())).toList();
        long end = System.nanoTime() + EXECUTORS_END.toNanos();
        for (ProcessHandle executor : executors) {
            long left = Math.max(0, end - System.nanoTime());
            try {
                executor.onExit().get(left, TimeUnit.NANOSECONDS);
            } catch (Exception e) {
                executor.destroyForcibly();
                executor.onExit().completeOnTimeout(executor, 10, TimeUnit.SECONDS).join();
            }
        }
    }
}
