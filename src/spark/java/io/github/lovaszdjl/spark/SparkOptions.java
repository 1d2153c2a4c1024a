package io.github.lovaszdjl.spark;

import io.github.lovaszdjl.internal.Names;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;

/** Spark's options: those given, and what they are without. */
final class SparkOptions {

    static final Pattern LOCAL_CLUSTER =
            Pattern.compile("local-cluster\\[\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,\\s*(\\d+)\\s*]");

    private static final Pattern MASTER =
            Pattern.compile(
                    "local(\\[1])?|local-cluster\\[N,N,N]|spark://\\S+:\\d{1,5}|yarn|k8s://\\S+"
                            .replace("N", "[1-9]\\d{0,6}"));

    /** Of a path in Maven's repository or in the distribution. */
    private static final Pattern SPARKS_OWN =
            Pattern.compile(".*[/\\\\](org[/\\\\]apache[/\\\\]spark|spark)[/\\\\].*");

    /** What the engine and Java's pictures need. */
    private static final String JAVA_OPTIONS =
            "-Djava.awt.headless=true -Dorg.slf4j.simpleLogger.defaultLogLevel=warn";

    private SparkOptions() {}

    /**
     * Puts options together.
     *
     * @param master the master, null for that of spark-submit
     * @param name the name that Spark shows
     * @param given options by their keys
     * @param sendLibrary whether to send the jars of this process
     * @throws IllegalArgumentException if the master is not known, or several tasks would run in a
     *     process
     */
    static SparkConf of(
            String master, String name, Map<String, String> given, boolean sendLibrary) {
        SparkConf conf = new SparkConf();
        given.forEach(conf::set);
        if (master != null) {
            conf.setMaster(master.replace(" ", ""));
        }
        String url = conf.get("spark.master", "");
        if (!MASTER.matcher(url).matches()) {
            throw new IllegalArgumentException(
                    "master: expected local-cluster[PROCESSES,CORES,MEGABYTES],"
                            + " spark://HOST:PORT, yarn or k8s://URL, got "
                            + (url.isEmpty() ? "none" : Names.shortened(url)));
        }
        conf.setIfMissing("spark.app.name", name);
        Matcher local = LOCAL_CLUSTER.matcher(url);
        if (local.matches()) {
            setLocal(conf, local);
        }
        setCores(conf);
        conf.set(
                "spark.executor.extraJavaOptions",
                (JAVA_OPTIONS + " " + conf.get("spark.executor.extraJavaOptions", "")).strip());
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        conf.setIfMissing("spark.executorEnv.OPT_OUT_TRACKING", "true");
        conf.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "passive");
        conf.setIfMissing("spark.executorEnv.MALLOC_ARENA_MAX", "1");
        if (sendLibrary) {
            String jars = conf.get("spark.jars", "");
            conf.set("spark.jars", jars.isEmpty() ? library() : jars + "," + library());
        }
        return conf;
    }

    /** Executors on this machine have what this process has. */
    private static void setLocal(SparkConf conf, Matcher local) {
        String own =
                classPath().stream()
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator));
        String more = conf.get("spark.executor.extraClassPath", "");
        conf.set(
                "spark.executor.extraClassPath",
                more.isEmpty() ? own : more + File.pathSeparator + own);
        conf.setIfMissing("spark.executor.cores", local.group(2));
        conf.setIfMissing("spark.executor.memory", local.group(3) + "m");
        checkFits(conf, local);
        conf.setIfMissing("spark.ui.enabled", "false");
        // Asked for before any jar is looked at.
        conf.setIfMissing("spark.executorEnv.SPARK_SCALA_VERSION", "2.13");
        String cache = System.getProperty("DJL_CACHE_DIR");
        if (cache != null) {
            conf.setIfMissing("spark.executorEnv.DJL_CACHE_DIR", cache);
        }
    }

    /** Spark would wait for a process of that size, which never comes. */
    private static void checkFits(SparkConf conf, Matcher local) {
        String memory = conf.get("spark.executor.memory");
        String cores = conf.get("spark.executor.cores");
        boolean fits;
        try {
            fits =
                    conf.getSizeAsMb("spark.executor.memory") <= Long.parseLong(local.group(3))
                            && Integer.parseInt(cores) <= Integer.parseInt(local.group(2));
        } catch (NumberFormatException e) {
            fits = false;
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    String.format(
                            "spark.executor.cores and spark.executor.memory: expected at most the"
                                    + " %s and %s MB of %s, got %s and %s",
                            local.group(2), local.group(3), local.group(), cores, memory));
        }
    }

    private static void setCores(SparkConf conf) {
        conf.setIfMissing("spark.executor.cores", "1");
        String cores = conf.get("spark.executor.cores");
        conf.setIfMissing("spark.task.cpus", cores);
        String cpus = conf.get("spark.task.cpus");
        if (!cpus.equals(cores)) {
            throw new IllegalArgumentException(
                    String.format(
                            "spark.task.cpus: expected %s as spark.executor.cores, so that a"
                                    + " process runs one task at a time, got %s",
                            cores, cpus));
        }
    }

    /** The class path of this process, absolute: workers have another working folder. */
    private static List<Path> classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().normalize())
                .toList();
    }

    private static String library() {
        return classPath().stream()
                .filter(entry -> entry.toString().endsWith(".jar"))
                .filter(entry -> !SPARKS_OWN.matcher(entry.toString()).matches())
                .map(entry -> entry.toUri().toString())
                .collect(Collectors.joining(","));
    }
}
