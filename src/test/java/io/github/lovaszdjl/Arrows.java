package io.github.lovaszdjl;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which packages below one may see which.
 *
 * @param root the package that they are in, with a full stop behind it
 * @param allowed every package by its name below the root, with those that it may see
 */
public record Arrows(String root, Map<String, List<String>> allowed) {

    private static final int MAX_LINES = 400;

    /** Returns what is no test of some packages. */
    public static JavaClasses of(String... packages) {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("test-classes"))
                .importPackages(packages);
    }

    /** Checks that a package sees no more than its arrows. */
    public void check(String name, JavaClasses found) {
        String[] seen =
                Stream.concat(Stream.of(name), allowed.get(name).stream())
                        .map(other -> root + other)
                        .toArray(String[]::new);
        classes()
                .that(resideInAnyPackage(root + name))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(seen).or(resideOutsideOfPackage(root + ".")))
                .check(found);
    }

    /** Checks that every package below the root has its arrows. */
    public void checkComplete(JavaClasses found) {
        Set<String> names =
                found.stream()
                        .map(c -> c.getPackageName())
                        .filter(name -> name.startsWith(root))
                        .map(name -> name.substring(root.length()))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(allowed.keySet()), names);
    }

    /** Checks that no packages see each other in a circle. */
    public void checkCircles(JavaClasses found) {
        slices().matching(root + "(*)..").should().beFreeOfCycles().check(found);
    }

    /** Checks that no source file below a folder is long. */
    public static void checkLengths(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(folder))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                int lines = Files.readAllLines(file).size();
                assertTrue(lines <= MAX_LINES, file + ": " + lines + " lines");
            }
        }
    }
}
