package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.app.picture.RateCurve;
import io.github.lovaszdjl.app.run.Interrupt;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.TrainingRun;
import io.github.lovaszdjl.app.table.Csv;
import io.github.lovaszdjl.training.LearningRateTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains at learning rates that rise. */
@Command(
        name = "lr-find",
        description = {
            "Trains at learning rates that rise, and suggests the one at which the loss falls most"
                    + " steeply. Writes lr-find.png, a plot, and lr-find.csv; the model is not"
                    + " kept.",
            "",
            "It takes the options of the training that the rate is for."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz lr-find --loss '0.5*ce+lovasz'",
            "  lovasz lr-find --data MASKS --from 1e-5 --to 0.1 --updates 200"
        })
public final class LrFindCommand implements Callable<Integer> {

    @Option(
            names = "--loss",
            paramLabel = "EXPR",
            description = "the loss, as of train; one that changes is that of the first epoch")
    private String loss = "0.5*ce+lovasz";

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "the seed of initial weights, order and augmentation")
    private int seed = 1;

    @Option(names = "--from", paramLabel = "X", description = "the first learning rate")
    private float from = 1e-6f;

    @Option(names = "--to", paramLabel = "X", description = "the last learning rate")
    private float to = 1;

    @Option(names = "--updates", paramLabel = "N", description = "the updates in all")
    private int updates = 100;

    @Mixin private TrainingOptions training;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        check(from > 0 && Float.isFinite(from), "--from: expected a number above 0, got " + from);
        check(to > from && Float.isFinite(to), "--to: expected a number above --from, got " + to);
        check(updates >= 10, "--updates: expected at least 10, got " + updates);
        check(!training.resumes(), "--resume: expected none, as no model is kept");
        LossExpression expression = training.losses(List.of(loss)).get(0);
        training.check(seed, List.of(expression));
        check(!training.usesCluster(), "--master: expected none, as one process finds the rate");
        List<Device> devices = training.loadEngine();
        TrainingRun run = training.run(expression, seed, devices, null);
        Pictures.warnWithoutFonts();
        LearningRateTest test = run.testLearningRates(from, to, updates);
        if (Interrupt.requested()) {
            System.out.println("Stopped");
            return Lovasz.STOPPED;
        }
        RunFolder folder = training.folder();
        ConfigFile.write(folder.file(ConfigFile.NAME), spec);
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("learning rate", "loss", "smoothed loss"));
        for (LearningRateTest.Point point : test.points()) {
            lines.add(
                    List.of(
                            String.valueOf(point.learningRate()),
                            Csv.number(point.loss()),
                            Csv.number(point.smoothed())));
        }
        Csv.write(folder.file("lr-find.csv"), lines);
        if (Pictures.haveFonts()) {
            RateCurve.write(folder.file("lr-find.png"), test);
        }
        if (test.points().size() < updates) {
            System.out.printf(
                    "The loss rose too far after %d of %d updates%n",
                    test.points().size(), updates);
        }
        OptionalDouble suggestion = test.suggestion();
        System.out.println(
                suggestion.isPresent()
                        ? "Steepest at: --learning-rate " + (float) suggestion.getAsDouble()
                        : "The loss does not fall; try other rates or more updates");
        System.out.printf("Written to %s%n", folder.path());
        return CommandLine.ExitCode.OK;
    }

    private void check(boolean good, String message) {
        if (!good) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
