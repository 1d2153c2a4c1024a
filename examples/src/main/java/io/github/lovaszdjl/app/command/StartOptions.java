package io.github.lovaszdjl.app.command;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.app.options.LossExpression;
import io.github.lovaszdjl.app.options.PlanOptions;
import io.github.lovaszdjl.app.options.WeightsOptions;
import io.github.lovaszdjl.app.run.Distillation;
import io.github.lovaszdjl.app.run.FetchProgress;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.app.run.TrainingStart;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.model.NamedWeights;
import io.github.lovaszdjl.model.PretrainedWeights;
import io.github.lovaszdjl.model.SegmentationNetwork;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The models that a training has before: the one it starts from, and its teacher. */
final class StartOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--init",
            paramLabel = "FOLDER",
            description =
                    "the folder of a saved model, or of a run, whose best model is taken: start"
                            + " from its weights. The network must be the same, a U-Net of the same"
                            + " base width and depth or the same encoder and decoder, and the"
                            + " classes")
    private Path init;

    @Option(
            names = "--init-without-classifier",
            negatable = true,
            defaultValue = "false",
            fallbackValue = "true",
            description =
                    "with --init, or --weights of a whole network: draw the weights of the last"
                            + " layer anew, for other classes")
    private boolean initWithoutClassifier;

    @Mixin private WeightsOptions weights;

    @Option(
            names = "--teacher",
            paramLabel = "FOLDER",
            description =
                    "with --distill: the folder of a saved model, or of a run, whose best model is"
                            + " taken, of the same classes: what it says of each image becomes a"
                            + " part of the labels")
    private Path teacher;

    @Option(
            names = "--distill-loss",
            paramLabel = "EXPRESSION",
            description =
                    "with --teacher: a loss of its own for what the teacher says, such as ce, so"
                            + " that --loss is of labels alone and may be any, a Lovász loss too;"
                            + " class weights are not for it (by default there is one loss, of"
                            + " labels that the teacher has a part of)")
    private String distillLoss;

    /**
     * Checks what can be checked without a look into a file.
     *
     * @param network the network to train
     * @param begins whether it is for a run that begins
     */
    void check(SegmentationNetwork network, boolean begins) {
        if (initWithoutClassifier && init == null) {
            checkHasClassifier();
        }
        if (init != null && weights.isGiven()) {
            throw wrong(
                    "--weights: expected none with --init, which has weights, got "
                            + weights.text());
        }
        if (init != null && !network.takesWeights()) {
            throw wrong(
                    "--init: expected none with --model, a TorchScript file, which holds its"
                            + " weights, got "
                            + init);
        }
        weights.check(network, begins);
        distillation();
        if (distillLoss != null && teacher == null) {
            throw wrong("--distill-loss: expected --teacher with it, got " + distillLoss);
        }
    }

    private void checkHasClassifier() {
        boolean encoder = WeightsOptions.named(weights.text()).isPresent();
        if (encoder || !weights.isGiven()) {
            throw wrong(
                    "--init-without-classifier: expected --init with it, or --weights of a whole"
                            + " network, got "
                            + (encoder ? weights.text() + ", of an encoder" : "none"));
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Checks what a cluster has no part in. */
    void checkCluster(boolean cluster) {
        if (cluster && teacher != null) {
            throw wrong(
                    "--teacher: expected none with --master, whose processes have no such folder,"
                            + " got "
                            + teacher);
        }
    }

    /** Returns the teacher, if there is one. */
    Optional<Distillation> distillation() {
        try {
            Optional<LossExpression> loss =
                    Optional.ofNullable(distillLoss).map(LossExpression::parse);
            return Optional.ofNullable(teacher).map(folder -> new Distillation(folder, loss));
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage().replaceFirst("^loss", "--distill-loss"));
        }
    }

    /** Returns what to start from. */
    Optional<TrainingStart> start() {
        return init != null
                ? Optional.of(new TrainingStart.Init(init, !initWithoutClassifier))
                : pretrained().map(TrainingStart.Pretrained::new);
    }

    private Optional<PretrainedWeights> pretrained() {
        return initWithoutClassifier
                ? weights.weights().map(PretrainedWeights::withoutClassifier)
                : weights.weights();
    }

    /** Returns the check sum of what is started from, if there is something and it has one. */
    Optional<String> checkSum() throws IOException {
        if (init != null) {
            return RunFolder.checkSum("--init", init);
        }
        Optional<PretrainedWeights> file = fetched();
        return file.isEmpty() ? Optional.empty() : Optional.of(file.get().checksum());
    }

    /**
     * Checks that what is started from is what others of a comparison started from.
     *
     * @param before its check sum, if there was one
     * @throws IOException if it is another one now
     */
    void checkSame(Optional<String> before) throws IOException {
        if (before.isEmpty()) {
            return;
        }
        Optional<String> now = checkSum();
        if (!now.equals(before)) {
            throw new IOException(
                    String.format(
                            "--%s that the comparison began with, of the check sum %s, got another"
                                    + " one in %s, of %s",
                            init != null
                                    ? "init: expected the model"
                                    : "weights: expected the file",
                            before.get(),
                            init != null ? init : weights.text(),
                            now.orElse("none")));
        }
    }

    /** Returns the normalization of the weights to start from, if it is known. */
    Optional<Normalization> normalization() throws IOException {
        try {
            Optional<PretrainedWeights> file = weights.weights();
            return file.isEmpty() ? Optional.empty() : file.get().normalization();
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /**
     * Checks the weights of a run that begins, which are fetched for that where they have a name.
     *
     * @param image the shape of a training sample, (channels, H, W)
     * @throws IOException if they cannot be had, or the file is not what it should be
     * @throws IllegalArgumentException if they are not those of the network
     */
    void checkWeights(SegmentationNetwork network, Shape image) throws IOException {
        Optional<PretrainedWeights> file = fetched();
        if (file.isEmpty()) {
            return;
        }
        try {
            file.get().check(network, image);
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private Optional<PretrainedWeights> fetched() throws IOException {
        Optional<NamedWeights> named = WeightsOptions.named(weights.text());
        if (named.isEmpty()) {
            return pretrained();
        }
        boolean before = named.get().isPresent();
        PrintWriter out = spec.commandLine().getOut();
        try (FetchProgress progress = new FetchProgress(out)) {
            PretrainedWeights file = named.get().fetch(progress);
            if (!before) {
                out.printf("%s: now in %s%n", named.get(), file.file());
                out.printf("licence: %s%n", named.get().getLicence());
                out.flush();
            }
            return Optional.of(file);
        }
    }

    /** Begins a message with the option in place of what the library calls it. */
    static String asOption(String message) {
        String named =
                message.replaceFirst("^initialModel:", "--init:")
                        .replaceFirst("^weights:", "--weights:")
                        .replaceFirst("^teacher:", "--teacher:")
                        .replaceFirst("^distillLoss:", "--distill-loss:")
                        .replaceFirst(
                                "without its classifier (.*) will do$",
                                "with --init-without-classifier $1 will do")
                        .replaceFirst("^loss:", "--loss:")
                        .replaceFirst("or a distillLoss for", "or --distill-loss for")
                        .replaceFirst("^class weights:", "--class-weights:")
                        .replaceFirst("allow missing classes$", "give --allow-missing-classes");
        return PlanOptions.asOption(named);
    }
}
