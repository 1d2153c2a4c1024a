package io.github.lovaszdjl.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.github.lovaszdjl.Arrows;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package of the app may see which, as docs/architecture.md draws it. */
class ArchitectureTest {

    private static final String ROOT = "io.github.lovaszdjl.app.";

    /** Every package with those of the app that it may see. */
    private static final Arrows ARROWS =
            new Arrows(
                    ROOT,
                    Map.of(
                            "table", List.of(),
                            "options", List.of(),
                            "picture", List.of("table"),
                            "page", List.of("picture", "table"),
                            "check", List.of("page", "options", "table"),
                            "run", List.of("page", "picture", "options", "table"),
                            "importer", List.of("run", "page", "picture", "options", "table"),
                            "command",
                                    List.of(
                                            "importer",
                                            "check",
                                            "run",
                                            "page",
                                            "picture",
                                            "options",
                                            "table")));

    private static final JavaClasses CLASSES =
            Arrows.of("io.github.lovaszdjl.app", "io.github.lovaszdjl.examples");

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
        Arrows.checkLengths("examples/src/main/java");
    }
}
