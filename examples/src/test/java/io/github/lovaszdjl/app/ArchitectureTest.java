package io.github.lovaszdjl.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package of the app may see which, as docs/architecture.md draws it. */
class ArchitectureTest {

    private static final String ROOT = "io.github.lovaszdjl.app.";

    /** Every package with those of the app that it may see. */
    private static final Map<String, List<String>> ARROWS =
            Map.of(
                    "table", List.of(),
                    "options", List.of(),
                    "picture", List.of("table"),
                    "page", List.of("picture", "table"),
                    "check", List.of("page", "options", "table"),
                    "run", List.of("page", "picture", "options", "table"),
                    "command", List.of("check", "run", "page", "picture", "options", "table"));

    private static final int MAX_LINES = 400;

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(location -> !location.contains("test-classes"))
                    .importPackages("io.github.lovaszdjl.app", "io.github.lovaszdjl.examples");

    static Stream<String> packages() {
        return ARROWS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void aPackageSeesNoMoreThanItsArrows(String name) {
        String[] allowed =
                Stream.concat(Stream.of(name), ARROWS.get(name).stream())
                        .map(seen -> ROOT + seen)
                        .toArray(String[]::new);
        classes()
                .that(resideInAnyPackage(ROOT + name))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(allowed)
                                .or(resideOutsideOfPackage("io.github.lovaszdjl.app..")))
                .check(CLASSES);
    }

    @Test
    void everyPackageHasItsArrows() {
        Set<String> names =
                CLASSES.stream()
                        .map(c -> c.getPackageName())
                        .filter(name -> name.startsWith(ROOT))
                        .map(name -> name.substring(ROOT.length()))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(ARROWS.keySet()), names);
    }

    @Test
    void packagesAreFreeOfCircles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    /** What a user copies must not need what a user does not have. */
    @Test
    void examplesUseTheLibraryAlone() {
        noClasses()
                .that(resideInAnyPackage("io.github.lovaszdjl.examples"))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "io.github.lovaszdjl.app..",
                                "io.github.lovaszdjl.internal",
                                "io.github.lovaszdjl.reference"))
                .check(CLASSES);
    }

    @Test
    void filesAreShort() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("examples/src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                int lines = Files.readAllLines(file).size();
                assertTrue(lines <= MAX_LINES, file + ": " + lines + " lines");
            }
        }
    }
}
