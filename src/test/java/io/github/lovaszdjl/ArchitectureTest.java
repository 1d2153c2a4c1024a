package io.github.lovaszdjl;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package of the library may see which, as docs/architecture.md draws it. */
class ArchitectureTest {

    private static final String ROOT = "io.github.lovaszdjl.";

    /** Every package with those that it may see. */
    private static final Arrows ARROWS =
            new Arrows(
                    ROOT,
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
                                            "internal"),
                            "tracking", List.of("training", "evaluator", "model", "internal")));

    /**
     * Those of the package internal of which not all use is seen here: by the app, which is another
     * module, and of constants, which the compiler copies.
     */
    private static final Set<String> USED_UNSEEN = Set.of("OutOfMemory", "EngineNames");

    private static final JavaClasses CLASSES =
            Arrows.of("io.github.lovaszdjl").that(resideOutsideOfPackage(ROOT + "reference"));

    static Stream<String> packages() {
        return ARROWS.allowed().keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void aPackageSeesNoMoreThanItsArrows(String name) {
        ARROWS.check(name, CLASSES);
    }

    @Test
    void everyPackageHasItsArrows() {
        ARROWS.checkComplete(CLASSES);
    }

    @Test
    void packagesAreFreeOfCircles() {
        ARROWS.checkCircles(CLASSES);
    }

    /** What one package alone uses belongs into it; who uses a class uses those it extends. */
    @Test
    void internalClassesServeSeveralPackages() {
        for (JavaClass shared : CLASSES) {
            if (shared.getPackageName().equals(ROOT + "internal")
                    && shared.isTopLevelClass()
                    && !shared.getSimpleName().equals("package-info")) {
                Set<String> users =
                        Stream.concat(Stream.of(shared), shared.getAllSubclasses().stream())
                                .flatMap(type -> type.getDirectDependenciesToSelf().stream())
                                .map(use -> use.getOriginClass())
                                .filter(user -> !user.getName().startsWith(shared.getName()))
                                .map(JavaClass::getPackageName)
                                .filter(user -> !user.equals(ROOT + "internal"))
                                .collect(Collectors.toSet());
                assertTrue(
                        users.size() > 1 || USED_UNSEEN.contains(shared.getSimpleName()),
                        shared.getSimpleName() + ": expected several packages, got " + users);
            }
        }
    }

    @Test
    void filesAreShort() throws IOException {
        Arrows.checkLengths("src/main/java");
        Arrows.checkLengths("src/reference/java");
    }
}
