package io.github.lovaszdjl.spark;

import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Lets Spark start executors on this machine without an installation.
 *
 * <p>For {@code local-cluster}, Spark looks for its installation where the environment variable
 * SPARK_HOME says, and a process cannot set its own environment. Spark's own tests name the place
 * with the properties that are set here, for as long as the context starts or stops; they also make
 * it write the folders of executors to where temporary files are, which is in that place, too.
 */
final class LocalHome {

    private static final String TESTING = "spark.testing";
    private static final String HOME = "spark.test.home";
    private static final String TEMPORARY = "java.io.tmpdir";

    private LocalHome() {}

    /**
     * Runs something with a home.
     *
     * @param home a folder
     * @param work what to run
     * @return what it comes to
     */
    static <T> T in(Path home, Supplier<T> work) {
        home.resolve("jars").toFile().mkdir(); // looked for; what is needed is in the class path
        String temporary = System.getProperty(TEMPORARY);
        System.setProperty(TESTING, "true");
        System.setProperty(HOME, home.toString());
        System.setProperty(TEMPORARY, home.toString());
        try {
            return work.get();
        } finally {
            System.clearProperty(TESTING);
            System.clearProperty(HOME);
            System.setProperty(TEMPORARY, temporary);
        }
    }
}
