package io.github.lovaszdjl.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.Engine;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.TrainingPlan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainOnAnotherEngineTest {

    @TempDir private Path folder;

    @Test
    void mxnetComesToTheNumbersOfPytorch() throws Exception {
        assumeTrue(Engine.hasEngine("MXNet"), "MXNet has no natives for this platform");
        EarthTiles.copy(folder, "train", 6);
        EarthTiles.copy(folder, "val", 3);
        String printed = run("MXNet", folder.toString(), "1");
        assertTrue(printed.startsWith("MXNet 1."), printed);
        Matcher epoch =
                Pattern.compile("epoch 1: losses .LovaszSoftmaxLoss=(.*)}, mean IoU (.*)")
                        .matcher(printed);
        assertTrue(epoch.find(), printed);

        assertEquals("PyTorch", Engine.getInstance().getEngineName());
        TrainingPlan plan = TrainingPlan.builder().optEpochs(1).build();
        EpochReport expected = TrainOnAnotherEngine.train(plan, folder).get(0);
        double loss = expected.losses().get("LovaszSoftmaxLoss");
        // The same but for rounding, of the first batch and after one step.
        assertEquals(loss, Double.parseDouble(epoch.group(1)), 1e-4);
        assertEquals(expected.validation().meanIou(), Double.parseDouble(epoch.group(2)), 0.01);
    }

    /** In a process of its own: an engine is chosen once. */
    private static String run(String... args) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of("-Dai.djl.offline=true"));
        command.addAll(List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=off"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(TrainOnAnotherEngine.class.getName());
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        return printed;
    }
}
