package io.github.lovaszdjl.training;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.loss.AuxiliaryLoss;
import io.github.lovaszdjl.loss.BoundaryLoss;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.SegmentationLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.Freezing;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a training checks before it starts, of data, network and plan.
 *
 * @param setup the training
 */
record TrainingChecks(TrainingSetup setup) {

    /**
     * Runs all checks, in this order.
     *
     * @return how many outputs the network has in training: the logits and auxiliary ones
     * @throws IOException if the data or the network's file is not what it should be
     * @throws IllegalArgumentException if something does not fit; names it
     */
    int check() throws IOException {
        setup.plan().checkNetwork(setup.network());
        checkSoftLabels();
        prepareData();
        checkSameClasses();
        checkSameNormalization();
        checkTwoClasses();
        checkDecision();
        checkDevices();
        checkTeacher();
        checkValidPixel("training", setup.training());
        checkValidPixel("validation", setup.validation());
        checkNoMissingClass();
        checkEveryDeviceHasAPart();
        checkNormalizedValues();
        checkRounds();
        return checkOutputs();
    }

    /**
     * Checks of what the training starts from, if there is something, that it is for the network.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it does not fit
     */
    void checkBeforeData() throws IOException {
        if (setup.initialValues().isPresent()) {
            setup.initialValues().get().check(setup.network(), setup.imageShape());
        }
    }

    /**
     * Checks that what the training starts from, if there is something, fits all of it.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it does not fit
     */
    void checkInitialValues() throws IOException {
        if (setup.initialValues().isPresent()) {
            setup.initialValues().get().check(setup.description());
        }
    }

    private void prepareData() throws IOException {
        for (SegmentationDataset data : setup.dataSets().values()) {
            data.prepare();
        }
    }

    private void checkSameClasses() {
        List<String> expected = setup.training().getClassNames();
        List<String> got = setup.validation().getClassNames();
        if (!expected.equals(got)) {
            throw new IllegalArgumentException(
                    "validation: expected the classes of the training set, "
                            + Names.list(expected)
                            + ", got "
                            + Names.list(got)
                            + Names.difference(expected, got));
        }
    }

    private void checkSameNormalization() {
        if (!setup.training().getNormalization().equals(setup.validation().getNormalization())) {
            throw new IllegalArgumentException(
                    "validation: expected the normalization of the training set, "
                            + setup.training().getNormalization()
                            + ", got "
                            + setup.validation().getNormalization());
        }
    }

    private void checkTwoClasses() {
        List<String> names = setup.training().getClassNames();
        if (names.size() < 2) {
            throw new IllegalArgumentException(
                    "training: expected at least 2 classes, got " + Names.list(names));
        }
    }

    /** One score a pixel decides between two classes. */
    private void checkDecision() {
        try {
            setup.decision().channels(setup.training().getClassNames().size());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("training: " + e.getMessage(), e);
        }
    }

    /** Of a teacher, that there is one where it is asked, and of the losses that they take it. */
    private void checkSoftLabels() {
        SoftLabelPlan soft = setup.plan().softLabels();
        if (setup.teacher().isPresent() != soft.distill() > 0) {
            throw new IllegalArgumentException(
                    setup.teacher().isPresent()
                            ? "distill: expected above 0 with a teacher, got 0"
                            : "distill: expected 0 without a teacher, got " + soft.distill());
        }
        setup.distillLoss().ifPresent(this::checkDistillLoss);
        boolean soften = soft.mixup() > 0 || soft.distill() > 0 && setup.distillLoss().isEmpty();
        Optional<Loss> refusing = soften ? refusing(setup.loss()) : Optional.empty();
        if (refusing.isPresent()) {
            throw new IllegalArgumentException(
                    String.format(
                            "loss: expected losses that take class probabilities for labels%s, as"
                                    + " mixup is %s and distill %s, got %s; %s",
                            soft.mixup() > 0 ? "" : ", or a distillLoss for the teacher",
                            soft.mixup(),
                            soft.distill(),
                            refusing.get().getName(),
                            refusing.get() instanceof BoundaryLoss
                                    ? "such labels have no boundary between classes"
                                    : "a Lovász loss extends the Jaccard loss of sets of wrong"
                                            + " pixels, which such labels have none of"));
        }
    }

    private void checkDistillLoss(Loss loss) {
        String expected = null;
        if (setup.teacher().isEmpty()) {
            expected = "none without a teacher";
        } else if (setup.decision() != Decision.HIGHEST_LOGIT) {
            expected = "none where the network gives one score a pixel";
        } else if (loss instanceof LossSchedule) {
            expected = "one loss for all epochs";
        } else if (!SegmentationLoss.takesSoftLabels(loss)) {
            expected = "a loss that takes class probabilities for labels";
        }
        if (expected != null) {
            throw new IllegalArgumentException(
                    "distillLoss: expected "
                            + expected
                            + ", got "
                            + refusing(loss).orElse(loss).getName());
        }
    }

    /** Returns the first loss that takes no class probabilities. */
    private static Optional<Loss> refusing(Loss loss) {
        if (SegmentationLoss.takesSoftLabels(loss)) {
            return Optional.empty();
        }
        List<Loss> parts =
                loss instanceof WeightedLoss sum
                        ? sum.getParts()
                        : loss instanceof LossSchedule schedule
                                ? schedule.getPhases().stream().map(p -> p.loss()).toList()
                                : List.of();
        return parts.isEmpty()
                ? Optional.of(loss)
                : parts.stream().flatMap(part -> refusing(part).stream()).findFirst();
    }

    private void checkTeacher() throws IOException {
        if (setup.teacher().isPresent()) {
            Teacher.load(setup.teacher().get(), setup.description()).close();
        }
    }

    private void checkDevices() {
        setup.network().checkDevices(Engine.getDefaultEngineName(), setup.devices());
        UpdatePlan updates = setup.plan().updates();
        int devices = setup.devices().size();
        Values.check(
                "jointLoss",
                updates.jointLoss(),
                !updates.jointLoss() || devices <= 1,
                "false on " + devices + " devices");
        String engine = Engine.getDefaultEngineName();
        Values.check(
                "accumulate",
                updates.accumulate(),
                updates.accumulate() == 1
                        || updates.jointLoss()
                        || engine.equals(EngineNames.PYTORCH),
                "1 on " + engine + ", which does not add gradients up, or a joint loss");
    }

    private static void checkValidPixel(String name, SegmentationDataset data) {
        if (Arrays.stream(data.countPixels()).flatMapToLong(Arrays::stream).sum() == 0) {
            throw new IllegalArgumentException(
                    name + ": expected a valid pixel, got none: all are ignored");
        }
    }

    /** Throws where a class cannot be learnt: it is mostly the labels that are wrong then. */
    private void checkNoMissingClass() {
        SegmentationDataset data = setup.training();
        List<String> missing = data.getMissingClasses();
        if (setup.allowMissingClasses() || missing.isEmpty()) {
            return;
        }
        throw new IllegalArgumentException(
                String.format(
                        "training: expected valid pixels of every class in %s, got none of %s; %s",
                        data.locateClassNames(),
                        Names.some(missing),
                        data.looksLikeMasks()
                                ? "all labels are 0 or the ignore label 255, as in black and white"
                                        + " masks: read them with the label map 0=0,255=1, and"
                                        + " ignore nothing"
                                : "take them out, or allow missing classes"));
    }

    private void checkEveryDeviceHasAPart() {
        if (smallestPart() == 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "batchSize: expected one with which %d devices have a part of every"
                                    + " batch, got %d, with batches of %d and a last one of %d of"
                                    + " the %d samples",
                            setup.devices().size(),
                            setup.plan().batchSize(),
                            wholeBatch(),
                            lastBatch(),
                            setup.training().size()));
        }
    }

    /** Throws for what batch normalisation would otherwise refuse in the middle of an epoch. */
    private void checkNormalizedValues() {
        Shape smallest = setup.batchShape(smallestPart());
        if (!setup.network().canTrainOn(smallest)) {
            throw new IllegalArgumentException(
                    String.format(
                            "cropHeight and cropWidth: expected more than %d as one of %d samples"
                                    + " is a batch, or the part of a device, by itself, which batch"
                                    + " normalisation needs more than one value of, got %d x %d",
                            setup.network().stride(),
                            setup.training().size(),
                            setup.plan().cropHeight(),
                            setup.plan().cropWidth()));
        }
    }

    private void checkRounds() {
        if (setup.rounds().isEmpty()) {
            return;
        }
        setup.plan().checkRounds();
        RoundPlan.checkWorkers(
                setup.rounds().get().executor().parts(), setup.training().countBatches());
        if (setup.devices().size() > 1) {
            throw new IllegalArgumentException(
                    "devices: expected one, as every part of a round has, got " + setup.devices());
        }
    }

    /**
     * Throws unless the network gives logits for batches, the last one too, and for images; returns
     * how many it gives in training.
     */
    private int checkOutputs() throws IOException {
        // Not more of an image than validation will show it.
        Shape image =
                new Shape(
                        1,
                        setup.inputChannels(),
                        Math.min(setup.validation().getHeight(0), setup.tiles().height()),
                        Math.min(setup.validation().getWidth(0), setup.tiles().width()));
        List<Shape> inputs =
                List.of(
                        setup.batchShape(setup.plan().batchSize()),
                        setup.batchShape(lastBatch()),
                        image);
        try (Model model = setup.newModel()) {
            boolean encoder = Freezing.encoder(model.getBlock()).isPresent();
            setup.plan().checkEncoder(encoder, setup.network());
            setup.network().checkOutput(model, setup.description(), inputs);
            List<Shape> parts =
                    List.of(setup.batchShape(largestPart()), setup.batchShape(smallestPart()));
            int outputs = setup.network().countOutputs(model, setup.description(), parts);
            checkAuxiliaryWeight(outputs);
            if (setup.plan().freezeEncoderEpochs() > 0) {
                setup.network().checkFreezing(model, parts.get(0));
                checkLearns(model);
            }
            return outputs;
        }
    }

    /** Throws where all that learns is frozen, which engines refuse in the first batch. */
    private void checkLearns(Model model) {
        Set<Parameter> learn =
                model.getBlock().getParameters().values().stream()
                        .filter(Parameter::requiresGradient)
                        .collect(Collectors.toCollection(HashSet::new));
        Freezing.encoder(model.getBlock())
                .ifPresent(encoder -> learn.removeAll(encoder.getParameters().values()));
        if (learn.isEmpty()) {
            throw new IllegalArgumentException(
                    String.format(
                            "freezeEncoderEpochs: expected 0 with %s, of which nothing but the"
                                    + " encoder learns, got %d",
                            setup.network(), setup.plan().freezeEncoderEpochs()));
        }
    }

    /** Throws for a weight of outputs that there are none of. */
    private void checkAuxiliaryWeight(int outputs) {
        float weight = setup.plan().auxiliaryWeight();
        if (outputs == 1 && weight != AuxiliaryLoss.DEFAULT_WEIGHT) {
            throw new IllegalArgumentException(
                    String.format(
                            "auxiliaryWeight: expected %s, the default, as %s has one output, got"
                                    + " %s",
                            AuxiliaryLoss.DEFAULT_WEIGHT, setup.network(), weight));
        }
    }

    private int wholeBatch() {
        return (int) Math.min(setup.training().size(), setup.plan().batchSize());
    }

    private int lastBatch() {
        return (int) ((setup.training().size() - 1) % setup.plan().batchSize()) + 1;
    }

    /** Returns how many samples of a whole batch the first device gets. */
    private int largestPart() {
        int parts = Math.max(1, setup.devices().size());
        return (wholeBatch() + parts - 1) / parts;
    }

    /** Returns how many samples of a batch the last device gets, as DJL deals them out. */
    private int smallestPart() {
        return Math.min(smallestPart(wholeBatch()), smallestPart(lastBatch()));
    }

    private int smallestPart(int batch) {
        int parts = Math.min(Math.max(1, setup.devices().size()), batch);
        int part = (batch + parts - 1) / parts;
        return Math.max(0, batch - (parts - 1) * part);
    }
}
