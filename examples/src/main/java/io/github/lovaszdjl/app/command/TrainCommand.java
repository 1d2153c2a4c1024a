package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.app.options.TrackingOptions;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.app.run.EpochLimit;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.RunResult;
import io.github.lovaszdjl.app.run.TrainingRun;
import io.github.lovaszdjl.app.table.Table;
import io.github.lovaszdjl.spark.ClusterSession;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains one network. */
@Command(
        name = "train",
        description = {
            "Trains a network, keeps the model with the highest mean IoU on the split val and"
                    + " evaluates it on test, or val where there is no test.",
            "",
            "Ctrl-C stops after the batch; --resume goes on to the same numbers."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz train --loss '0.5*ce+lovasz' --epochs 30",
            "  lovasz train --data MASKS --label-map 0=0,255=1 --loss hinge",
            "  lovasz train --data camvid --loss 'ce->lovasz@20' --crop 176x240 --base-width 16",
            "  lovasz train --resume runs/2026-11-24_12-00-00",
            "  lovasz train --resume runs/2026-11-24_12-00-00 --epochs 20",
            "  lovasz train --resume runs/2026-11-24_12-00-00 --data moved/to/here",
            "  lovasz train --data FOLDER --init runs/2026-11-24_12-00-00"
                    + " --init-without-classifier",
            "  lovasz train --network resnet18-unet --weights resnet18.a1_in1k",
            "  lovasz train --config runs/2026-11-24_12-00-00/config.json --seed 2"
        })
public final class TrainCommand implements Callable<Integer> {

    @Option(
            names = "--loss",
            paramLabel = "EXPR",
            description = {
                "the loss: a sum of ce, lovasz, dice, jaccard, focal, jml, dml, tversky, ohem and"
                        + " boundary with weights, such as 0.5*ce+lovasz; A->B@20 switches from A to"
                        + " B after 20 epochs;"
                        + " options in parentheses, such as lovasz(per-image) or focal(gamma=3)."
                        + " Where there are two classes also of hinge and sigmoid, by themselves:"
                        + " they train one score a pixel, above 0 for the second class"
            })
    private String loss = "0.5*ce+lovasz";

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "the seed of initial weights, order and augmentation")
    private int seed = 1;

    @Mixin private TrainingOptions training;

    @Mixin private TrackingOptions tracking;

    @Spec private CommandSpec spec;

    /** Returns the options that others have, too. */
    TrainingOptions training() {
        return training;
    }

    /** Checks what can be checked before the engine loads. */
    void check() throws IOException {
        training.check(seed, List.of(expression()));
        tracking.check();
    }

    private LossExpression expression() {
        return training.losses(List.of(loss)).get(0);
    }

    @Override
    public Integer call() throws IOException {
        check();
        List<Device> devices = training.loadEngine();
        try (ClusterSession cluster = training.openCluster(seed)) {
            return train(expression(), devices, cluster);
        }
    }

    /**
     * Trains as one of a search, or goes on with that: the best model is evaluated on val, and the
     * split test is not read.
     *
     * @param limit the epoch to stop after
     * @param resumeCommand the command that goes on with the search
     * @return the result, or empty where it was stopped
     */
    Optional<RunResult> trial(List<Device> devices, EpochLimit limit, String resumeCommand)
            throws IOException {
        training.leaveOutTest();
        TrainingRun run = training.run(expression(), seed, devices, null);
        return run(run, training.folder(), limit, resumeCommand);
    }

    private int train(LossExpression expression, List<Device> devices, ClusterSession cluster)
            throws IOException {
        TrainingRun run = training.run(expression, seed, devices, cluster);
        Pictures.warnWithoutFonts();
        RunFolder folder = training.folder();
        if (RunResult.isIn(folder) && !training.continuation().changesEnd()) {
            List<String> changes = training.continuation().applyToDone(run);
            System.out.printf("Nothing to do: %s is done%n", folder.path());
            changes.forEach(System.out::println);
            return CommandLine.ExitCode.OK;
        }
        String resumeCommand = folder.resumeCommand("train");
        Optional<RunResult> result = run(run, folder, EpochLimit.none(), resumeCommand);
        if (result.isEmpty()) {
            System.out.printf("Stopped; go on with: %s%n", resumeCommand);
            return Lovasz.STOPPED;
        }
        RunResult done = result.get();
        System.out.printf(
                "%nOn the %s split (%s):%n%n", done.split(), Table.count(done.images(), "image"));
        System.out.println(
                Table.text(
                        done.classNames(),
                        List.of(new Table.Row(done.loss(), done.scores(), done.seconds()))));
        System.out.printf("Written to %s, see report.html there%n", folder.path());
        return CommandLine.ExitCode.OK;
    }

    private Optional<RunResult> run(
            TrainingRun run, RunFolder folder, EpochLimit limit, String resumeCommand)
            throws IOException {
        try (RunFolder.Lock lock = folder.lock()) {
            lock.check();
            if (!training.resumes()) {
                ConfigFile.write(
                        folder.file(ConfigFile.NAME),
                        spec,
                        training.initialModel(),
                        training.normalization());
            } else {
                training.continuation().applyChanges(Map.of(folder, run), resumeCommand);
            }
            return run.run(folder, ConfigFile.options(spec), resumeCommand, limit, tracking);
        }
    }
}
