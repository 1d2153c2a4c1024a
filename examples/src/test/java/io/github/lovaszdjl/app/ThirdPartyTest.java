package io.github.lovaszdjl.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ThirdPartyTest {

    /** A jar in a Maven repository: artifact and version are its last two folders. */
    private static final Pattern JAR = Pattern.compile(".*/([^/]+)/([^/]+)/\\1-\\2[^/]*\\.jar");

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| [\\w.-]+:([\\w.-]+) \\| ([\\w.-]+) \\| .+ \\|$");

    /** What runs tests and benchmarks only. */
    private static final Pattern NOT_SHIPPED =
            Pattern.compile("junit-.*|opentest4j|apiguardian-api|archunit|jmh-.*|jopt-simple");

    @Test
    void everyJarIsListedWithItsVersion() throws IOException {
        Set<String> used = new TreeSet<>();
        for (String file : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Matcher jar = JAR.matcher(file.replace('\\', '/'));
            if (jar.matches()) {
                if (!NOT_SHIPPED.matcher(jar.group(1)).matches()) {
                    used.add(jar.group(1) + " " + jar.group(2));
                }
            }
        }
        assertTrue(used.size() > 5, "no Maven repository on the class path: " + used);
        Set<String> listed = new TreeSet<>();
        Matcher row = ROW.matcher(Files.readString(Path.of("THIRD-PARTY.md")).replace("\r", ""));
        while (row.find()) {
            listed.add(row.group(1) + " " + row.group(2));
        }
        Set<String> unlisted = new TreeSet<>(used);
        unlisted.removeAll(listed);
        assertEquals(Set.of(), unlisted, "not listed");
        // Natives are not there for every platform, and left out with -Dcuda.
        listed.removeAll(used);
        listed.removeIf(name -> name.matches("(mxnet-.*|pytorch-native-cpu) .*"));
        assertEquals(Set.of(), listed, "listed and not used");
    }
}
