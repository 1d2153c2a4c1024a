package io.github.lovaszdjl;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
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

/** Which package of the library may see which, as docs/architecture.md draws it. */
class ArchitectureTest {

    private static final String ROOT = "io.github.lovaszdjl.";

    /** Every package with those that it may see. */
    private static final Map<String, List<String>> ARROWS =
            Map.of(
                    "internal", List.of(),
                    "loss", List.of("internal"),
                    "evaluator", List.of("internal"),
                    "dataset", List.of("internal"),
                    "model", List.of("dataset", "evaluator", "internal"),
                    "translator", List.of("model", "dataset", "evaluator", "internal"),
                    "training",
                            List.of(
                                    "translator",
                                    "model",
                                    "dataset",
                                    "evaluator",
                                    "loss",
                                    "internal"));

    /** Those of the package internal that the app uses, which this module does not see. */
    private static final Set<String> OF_THE_APP = Set.of("EngineNames", "OutOfMemory", "WholeFile");

    /** Those that {@code LabelMap} is made of, which losses and evaluators use. */
    private static final Set<String> UNDER_LABEL_MAP = Set.of("LabelCounts", "Operations");

    private static final int MAX_LINES = 400;

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(location -> !location.contains("lovaszdjl/reference"))
                    .withImportOption(location -> !location.contains("test-classes"))
                    .importPackages("io.github.lovaszdjl");

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
                                .or(resideOutsideOfPackage("io.github.lovaszdjl..")))
                .check(CLASSES);
    }

    @Test
    void everyPackageHasItsArrows() {
        Set<String> names =
                CLASSES.stream()
                        .map(c -> c.getPackageName().substring(ROOT.length()))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(ARROWS.keySet()), names);
    }

    @Test
    void packagesAreFreeOfCircles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    /** What one package alone uses belongs into it. */
    @Test
    void internalClassesServeSeveralPackages() {
        for (JavaClass shared : CLASSES) {
            if (shared.getPackageName().equals(ROOT + "internal")
                    && shared.isTopLevelClass()
                    && !shared.getSimpleName().equals("package-info")) {
                Set<String> users =
                        shared.getDirectDependenciesToSelf().stream()
                                .map(use -> use.getOriginClass())
                                .filter(user -> !user.getName().startsWith(shared.getName()))
                                .map(JavaClass::getPackageName)
                                .filter(user -> !user.equals(ROOT + "internal"))
                                .collect(Collectors.toSet());
                assertTrue(
                        users.size() > 1
                                || OF_THE_APP.contains(shared.getSimpleName())
                                || UNDER_LABEL_MAP.contains(shared.getSimpleName()),
                        shared.getSimpleName() + ": expected several packages, got " + users);
            }
        }
    }

    @Test
    void filesAreShort() throws IOException {
        for (String folder : List.of("src/main/java", "src/reference/java")) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    int lines = Files.readAllLines(file).size();
                    assertTrue(lines <= MAX_LINES, file + ": " + lines + " lines");
                }
            }
        }
    }
}
