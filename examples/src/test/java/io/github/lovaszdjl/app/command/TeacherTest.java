package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.command.CommandTesting.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that learn from another one. */
class TeacherTest {

    @TempDir private Path folder;

    private Outcome train(String... options) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "train",
                                "--data=" + folder.resolve("data"),
                                "--allow-missing-classes",
                                "--batch-size=2",
                                "--crop=32x32",
                                "--base-width=2",
                                "--depth=2"));
        args.addAll(List.of(options));
        return CommandTesting.run(args.toArray(String[]::new));
    }

    private static void assertDone(Outcome outcome) {
        assertEquals(0, outcome.code(), outcome.printed());
    }

    @Test
    void aLovaszTrainingLearnsFromOneByALossOfItsOwn() throws IOException {
        CommandTesting.copyEarth(folder.resolve("data"), 4, "train", "val");
        assertDone(train("--epochs=1", "--loss=ce", "--out=" + folder.resolve("teacher")));
        String[] student = {
            "--epochs=2",
            "--loss=0.5*ce+lovasz",
            "--teacher=" + folder.resolve("teacher"),
            "--distill=0.25",
            "--distill-loss= ce( label-smoothing = 0.1 )",
            "--out=" + folder.resolve("student")
        };
        Outcome trained = train(student);
        assertDone(trained);
        List<String> metrics = Files.readAllLines(folder.resolve("student/metrics.csv"));
        List<String> names = List.of(metrics.get(0).split(","));
        List<String> columns =
                List.of("train distilled", "train ce", "train lovasz", "train teacher");
        assertTrue(names.containsAll(columns), names::toString);
        String[] last = metrics.get(2).split(",");
        double[] losses =
                columns.stream()
                        .mapToDouble(name -> Double.parseDouble(last[names.indexOf(name)]))
                        .toArray();
        assertEquals(
                0.75 * (0.5 * losses[1] + losses[2]) + 0.25 * losses[3],
                losses[0],
                1e-3,
                () -> String.join("\n", metrics));
        String resume = "--resume=" + folder.resolve("student");
        Outcome other = CommandTesting.run("train", resume, "--distill-loss=jml", "--epochs=3");
        assertEquals(2, other.code(), other.printed());
        assertTrue(
                other.printed().contains("--distill-loss: expected  ce( label-smoothing = 0.1 )"),
                other.printed());
        assertDone(CommandTesting.run("train", resume, "--epochs=3"));

        // Without it, labels are class probabilities, which a Lovász loss has no set of.
        student[4] = "--mixup=0";
        student[5] = "--out=" + folder.resolve("none");
        Outcome refused = train(student);
        assertEquals(1, refused.code(), refused.printed());
        assertTrue(
                refused.printed().contains("--loss: expected losses that take class probabilities")
                        && refused.printed().contains("or --distill-loss for the teacher"),
                refused.printed());
    }
}
