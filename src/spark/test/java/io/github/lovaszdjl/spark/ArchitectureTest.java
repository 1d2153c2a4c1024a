package io.github.lovaszdjl.spark;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.lovaszdjl.Arrows;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    /** It is a jar of its own, so it sees what the library exports, and little of the rest. */
    @Test
    void sparkSeesTheLibrary() {
        classes()
                .that(resideInAnyPackage("io.github.lovaszdjl.spark"))
                .should()
                .onlyDependOnClassesThat(
                        resideOutsideOfPackage("io.github.lovaszdjl..")
                                .or(
                                        resideInAnyPackage(
                                                "io.github.lovaszdjl.spark",
                                                "io.github.lovaszdjl.training",
                                                "io.github.lovaszdjl.translator",
                                                "io.github.lovaszdjl.model",
                                                "io.github.lovaszdjl.dataset",
                                                "io.github.lovaszdjl.evaluator",
                                                "io.github.lovaszdjl.internal")))
                .check(
                        new ClassFileImporter()
                                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                                .importPackages("io.github.lovaszdjl.spark"));
    }

    @Test
    void filesAreShort() throws IOException {
        Arrows.checkLengths("src/spark/java");
    }
}
