package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.Trials;
import io.github.lovaszdjl.loss.LovaszHingeLoss.ErrorActivation;
import io.github.lovaszdjl.loss.RandomBatch.Kind;
import io.github.lovaszdjl.reference.BinaryReference;
import io.github.lovaszdjl.reference.ErrorFunction;
import io.github.lovaszdjl.reference.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What holds for the losses whatever the batch, on the CPU's path and the GPU's.
 *
 * <p>Two gradients that should be equal are compared to what is promised of one, {@link
 * LossTesting#assertClose}; errors as good as equal may stand in any order, and the {@link
 * Reference} says what that can change.
 */
@Tag(Trials.TAG)
class LawsTest {

    private static final int IGNORED = 255;
    private static final double NEAR = 0x1p-20;

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    /** The Lovász losses. */
    private enum Subject {
        SOFTMAX(false),
        PROBABILITIES(false),
        HINGE(true),
        ELU_HINGE(true),
        SYMMETRIC_HINGE(true),
        SIGMOID(true);

        final boolean binary;

        Subject(boolean binary) {
            this.binary = binary;
        }

        /** The loss of predictions (N, C, …), as a sum of all the images or the mean of them. */
        OnPath loss(boolean perImage, int classAxis) {
            return switch (this) {
                case SOFTMAX, PROBABILITIES ->
                        LovaszSoftmaxLoss.builder()
                                        .optFromLogits(this == SOFTMAX)
                                        .optPerImage(perImage)
                                        .optClassAxis(classAxis)
                                        .optIgnoreLabel(IGNORED)
                                        .build()
                                ::compute;
                case SIGMOID ->
                        LovaszSigmoidLoss.builder()
                                        .optMultilabel(true)
                                        .optPerImage(perImage)
                                        .optIgnoreLabel(IGNORED)
                                        .build()
                                ::compute;
                default ->
                        LovaszHingeLoss.builder()
                                        .optMultilabel(true)
                                        .optPerImage(perImage)
                                        .optSymmetric(this == SYMMETRIC_HINGE)
                                        .optActivation(
                                                this == ELU_HINGE
                                                        ? ErrorActivation.ELU_PLUS_ONE
                                                        : ErrorActivation.RELU)
                                        .optIgnoreLabel(IGNORED)
                                        .build()
                                ::compute;
            };
        }

        /** What near errors may change of the gradient. */
        double[] slack(Batch batch, boolean perImage) {
            if (!binary) {
                return Reference.lovaszSoftmax(
                                batch.predictions,
                                batch.labels,
                                batch.images,
                                batch.channels,
                                new Reference.Options(
                                        this == SOFTMAX, null, null, perImage, IGNORED, NEAR))
                        .slack();
            }
            ErrorFunction errors =
                    switch (this) {
                        case SIGMOID -> ErrorFunction.SIGMOID;
                        case ELU_HINGE -> ErrorFunction.ELU_HINGE;
                        default -> ErrorFunction.HINGE;
                    };
            double[] slack = new double[batch.predictions.length];
            for (boolean flip : new boolean[] {false, true}) {
                double[] one =
                        BinaryReference.binary(
                                        batch.predictions,
                                        batch.labels,
                                        batch.images,
                                        batch.channels,
                                        perImage,
                                        IGNORED,
                                        flip,
                                        errors,
                                        NEAR)
                                .slack();
                Arrays.setAll(slack, i -> slack[i] + one[i]);
            }
            return slack;
        }
    }

    private interface OnPath {
        NDArray compute(NDList labels, NDList predictions, boolean onHost);
    }

    /** Predictions (N, C, D), and labels (N, D) or, of binary problems, (N, C, D). */
    private record Batch(
            boolean binary,
            int images,
            int channels,
            int pixels,
            double[] predictions,
            int[] labels) {

        static Batch random(Subject subject, Random random, boolean ignoring) {
            int images = 1 + random.nextInt(3);
            int drawn = 1 + random.nextInt(5);
            int channels = subject.binary ? drawn : Math.max(2, drawn);
            int pixels = 1 + random.nextInt(random.nextInt(10) == 0 ? 600 : 30);
            int size = images * channels * pixels;
            double scale = new double[] {0.1, 1, 5, 20}[random.nextInt(4)];
            double[] predictions = LossTesting.logits(random, size, scale);
            if (subject == Subject.PROBABILITIES) {
                Arrays.setAll(predictions, i -> random.nextFloat());
            }
            if (random.nextInt(4) == 0) {
                Arrays.setAll(predictions, i -> Math.rint(4 * predictions[i]) / 4);
            }
            int[] labels =
                    LossTesting.labels(
                            random,
                            subject.binary ? size : images * pixels,
                            subject.binary ? 2 : channels);
            double ignored = ignoring ? random.nextDouble() : 0;
            for (int i = 0; i < labels.length; i++) {
                labels[i] = random.nextDouble() < ignored ? IGNORED : labels[i];
            }
            return new Batch(subject.binary, images, channels, pixels, predictions, labels);
        }

        Batch with(double[] others) {
            return new Batch(binary, images, channels, pixels, others, labels);
        }

        /**
         * Takes pixels of each image from elsewhere.
         *
         * @param from for each pixel of the result the pixel it is, counted over all images, or −1
         *     for an ignored one
         */
        Batch take(int[] from, Random random) {
            int size = from.length / images;
            double[] bad = {0, 1e6, Double.NaN, Double.POSITIVE_INFINITY, -1e30};
            double[] taken = new double[images * channels * size];
            int[] labelsTaken = new int[binary ? taken.length : from.length];
            for (int j = 0; j < from.length; j++) {
                for (int c = 0; c < channels; c++) {
                    int to = (j / size * channels + c) * size + j % size;
                    taken[to] =
                            from[j] < 0
                                    ? bad[random.nextInt(bad.length)]
                                    : predictions[index(from[j], c)];
                    if (binary) {
                        labelsTaken[to] = from[j] < 0 ? IGNORED : labels[index(from[j], c)];
                    }
                }
                if (!binary) {
                    labelsTaken[j] = from[j] < 0 ? IGNORED : labels[from[j]];
                }
            }
            return new Batch(binary, images, channels, size, taken, labelsTaken);
        }

        /** Returns the gradient of this batch from that of {@link #take}. */
        Reference.Result back(Reference.Result result, int[] from) {
            int size = from.length / images;
            double[] gradient = new double[predictions.length];
            for (int j = 0; j < from.length; j++) {
                for (int c = 0; c < channels; c++) {
                    double there = result.gradient()[(j / size * channels + c) * size + j % size];
                    if (from[j] >= 0) {
                        gradient[index(from[j], c)] = there;
                    } else {
                        assertEquals(0, there, "gradient at an ignored pixel");
                    }
                }
            }
            return new Reference.Result(result.value(), gradient);
        }

        private int index(int pixel, int c) {
            return (pixel / pixels * channels + c) * pixels + pixel % pixels;
        }

        Batch image(int n) {
            int size = channels * pixels;
            int ofLabels = binary ? size : pixels;
            return new Batch(
                    binary,
                    1,
                    channels,
                    pixels,
                    Arrays.copyOfRange(predictions, n * size, (n + 1) * size),
                    Arrays.copyOfRange(labels, n * ofLabels, (n + 1) * ofLabels));
        }
    }

    private Reference.Result run(OnPath loss, boolean onHost, Batch batch) {
        Shape shape = new Shape(batch.images, batch.channels, batch.pixels);
        Shape ofLabels = batch.binary ? shape : new Shape(batch.images, batch.pixels);
        try (NDArray labels = manager.create(batch.labels, ofLabels)) {
            return LossTesting.run(
                    placed(loss, onHost), batch.predictions, shape, DataType.FLOAT32, labels);
        }
    }

    private static Loss placed(OnPath loss, boolean onHost) {
        return new Loss("placed") {
            @Override
            public NDArray evaluate(NDList labels, NDList predictions) {
                return loss.compute(labels, predictions, onHost);
            }
        };
    }

    private interface Law {
        void check(Subject subject, boolean onHost, Random random, String message);
    }

    private void forAll(String what, int build, int reliability, Law law) {
        int trials = Trials.of(build, reliability);
        for (int trial = 0; trial < trials; trial++) {
            for (Subject subject : Subject.values()) {
                for (boolean onHost : Engines.paths()) {
                    String path = onHost ? "host" : "operations";
                    String message =
                            String.format(
                                    Locale.ROOT,
                                    "seed %d %s in %s",
                                    Trials.seed(trial),
                                    subject,
                                    path);
                    NDManager outer = manager;
                    try (NDManager own = outer.newSubManager()) {
                        manager = own;
                        law.check(subject, onHost, Trials.random(trial), message);
                    } finally {
                        manager = outer;
                    }
                }
            }
        }
        Trials.report(
                what,
                String.format(
                        "%d batches, %d losses on two paths", trials, Subject.values().length));
    }

    private static void assertSame(
            Reference.Result a, Reference.Result b, double[] slack, String message) {
        LossTesting.assertClose(new Reference.Result(a.value(), a.gradient(), slack), b, message);
    }

    @Test
    void pixelOrderChangesNothing() {
        forAll(
                "Permuted pixels",
                8,
                1_500,
                (subject, onHost, random, message) -> {
                    boolean perImage = random.nextBoolean();
                    Batch batch = Batch.random(subject, random, true);
                    List<Integer> order = new ArrayList<>();
                    for (int n = 0; n < batch.images; n++) {
                        List<Integer> ofImage = new ArrayList<>();
                        for (int i = 0; i < batch.pixels; i++) {
                            ofImage.add(n * batch.pixels + i);
                        }
                        Collections.shuffle(ofImage, random);
                        order.addAll(ofImage);
                    }
                    if (!perImage) {
                        Collections.shuffle(order, random);
                    }
                    int[] from = order.stream().mapToInt(i -> i).toArray();
                    OnPath loss = subject.loss(perImage, 1);
                    assertSame(
                            run(loss, onHost, batch),
                            batch.back(run(loss, onHost, batch.take(from, random)), from),
                            subject.slack(batch, perImage),
                            message);
                });
    }

    @Test
    void addingIgnoredPixelsChangesNothing() {
        forAll(
                "Ignored pixels added",
                8,
                1_500,
                (subject, onHost, random, message) -> {
                    boolean perImage = random.nextBoolean();
                    Batch batch = Batch.random(subject, random, random.nextBoolean());
                    int more = 1 + random.nextInt(20);
                    int size = batch.pixels + more;
                    int[] from = new int[batch.images * size];
                    Arrays.fill(from, -1);
                    for (int n = 0; n < batch.images; n++) {
                        List<Integer> places = new ArrayList<>();
                        IntStream.range(0, size).forEach(places::add);
                        Collections.shuffle(places, random);
                        for (int i = 0; i < batch.pixels; i++) {
                            from[n * size + places.get(i)] = n * batch.pixels + i;
                        }
                    }
                    OnPath loss = subject.loss(perImage, 1);
                    assertSame(
                            run(loss, onHost, batch),
                            batch.back(run(loss, onHost, batch.take(from, random)), from),
                            subject.slack(batch, perImage),
                            message);
                });
    }

    @Test
    void spatialAxesAndTheClassAxisChangeNothing() {
        forAll(
                "Spatial axes reshaped, the class axis moved",
                8,
                1_500,
                (subject, onHost, random, message) -> {
                    boolean perImage = random.nextBoolean();
                    Batch batch = Batch.random(subject, random, true);
                    int[] divisors =
                            IntStream.rangeClosed(1, batch.pixels)
                                    .filter(d -> batch.pixels % d == 0)
                                    .toArray();
                    int height = divisors[random.nextInt(divisors.length)];
                    Shape flat = new Shape(batch.images, batch.channels, batch.pixels);
                    boolean last = !subject.binary && random.nextBoolean();
                    Shape spatial = new Shape(height, batch.pixels / height);
                    Shape shape = new Shape(batch.images, batch.channels).addAll(spatial);
                    Shape ofLabels =
                            subject.binary ? shape : new Shape(batch.images).addAll(spatial);
                    NDArray predictions =
                            LossTesting.create(manager, batch.predictions, shape, DataType.FLOAT32);
                    if (last) {
                        predictions = predictions.transpose(0, 2, 3, 1).duplicate();
                    }
                    Reference.Result actual =
                            LossTesting.run(
                                    placed(subject.loss(perImage, last ? -1 : 1), onHost),
                                    predictions,
                                    manager.create(batch.labels, ofLabels));
                    if (last) {
                        NDArray moved = manager.create(actual.gradient(), predictions.getShape());
                        actual =
                                new Reference.Result(
                                        actual.value(),
                                        LossTesting.doubles(
                                                moved.transpose(0, 3, 1, 2).reshape(flat)));
                    }
                    assertSame(
                            run(subject.loss(perImage, 1), onHost, batch),
                            actual,
                            subject.slack(batch, perImage),
                            message);
                });
    }

    @Test
    void perImageIsTheMeanOverImages() {
        forAll(
                "Per image is the mean over images, over one image the batch",
                8,
                1_500,
                (subject, onHost, random, message) -> {
                    Batch batch = Batch.random(subject, random, true);
                    double sum = 0;
                    List<Reference.Result> parts = new ArrayList<>();
                    int counted = 0;
                    for (int n = 0; n < batch.images; n++) {
                        Batch image = batch.image(n);
                        Reference.Result alone = run(subject.loss(false, 1), onHost, image);
                        assertSame(
                                alone,
                                run(subject.loss(true, 1), onHost, image),
                                subject.slack(image, true),
                                message + " image " + n);
                        parts.add(alone);
                        sum += alone.value();
                        counted += Arrays.stream(image.labels).anyMatch(y -> y != IGNORED) ? 1 : 0;
                    }
                    int images = Math.max(1, counted);
                    double[] gradient =
                            parts.stream()
                                    .flatMapToDouble(p -> Arrays.stream(p.gradient()))
                                    .map(g -> g / images)
                                    .toArray();
                    assertSame(
                            new Reference.Result(sum / images, gradient),
                            run(subject.loss(true, 1), onHost, batch),
                            subject.slack(batch, true),
                            message);
                });
    }

    /** A convex function lies above its tangents, and errors cost: no weight is below 0. */
    @Test
    void theLossLiesAboveItsTangents() {
        forAll(
                "Sub-gradient inequality L(b) ≥ L(a) + ⟨g(a), b − a⟩",
                20,
                4_000,
                (subject, onHost, random, message) -> {
                    if (subject == Subject.SOFTMAX || subject == Subject.SIGMOID) {
                        // Convex in the probabilities, not in the logits.
                        return;
                    }
                    boolean perImage = random.nextBoolean();
                    Batch a = Batch.random(subject, random, true);
                    double step = new double[] {1e-3, 0.1, 1, 5}[random.nextInt(4)];
                    double[] moved = a.predictions.clone();
                    for (int i = 0; i < moved.length; i++) {
                        moved[i] = (float) (moved[i] + random.nextGaussian() * step);
                        if (subject == Subject.PROBABILITIES) {
                            moved[i] = Math.max(0, Math.min(moved[i], 1));
                        }
                    }
                    OnPath loss = subject.loss(perImage, 1);
                    Reference.Result at = run(loss, onHost, a);
                    double there = run(loss, onHost, a.with(moved)).value();
                    double tangent = at.value();
                    double size = Math.abs(at.value()) + Math.abs(there);
                    for (int i = 0; i < moved.length; i++) {
                        double change = at.gradient()[i] * (moved[i] - a.predictions[i]);
                        tangent += change;
                        size += Math.abs(change);
                    }
                    double tolerance = LossTesting.VALUE_TOLERANCE * Math.max(1, size);
                    assertTrue(
                            there >= tangent - tolerance,
                            message + ": " + there + " below " + tangent);
                    if (subject != Subject.PROBABILITIES && subject != Subject.SYMMETRIC_HINGE) {
                        for (int i = 0; i < moved.length; i++) {
                            int sign = a.labels[i] == 1 ? -1 : 1;
                            assertTrue(sign * at.gradient()[i] >= 0, message + " sign");
                        }
                    }
                });
    }

    @Test
    void softmaxAndSigmoidLieInTheUnitInterval() {
        int trials = Trials.of(60, 10_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            try (NDManager own = manager.newSubManager()) {
                RandomBatch classes = RandomBatch.ofClasses(own, random, Kind.LOGITS);
                RandomBatch binary = RandomBatch.ofBinary(own, random, Kind.LOGITS);
                LovaszSoftmaxLoss.Builder softmax =
                        LovaszSoftmaxLoss.builder()
                                .optClassAxis(classes.classAxis)
                                .optPerImage(random.nextBoolean())
                                .optClasses(
                                        random.nextBoolean()
                                                ? ClassSelection.all()
                                                : ClassSelection.present());
                LovaszSigmoidLoss.Builder sigmoid =
                        LovaszSigmoidLoss.builder()
                                .optMultilabel(binary.multilabel)
                                .optPerImage(random.nextBoolean());
                if (classes.ignoreLabel != null) {
                    softmax.optIgnoreLabel(classes.ignoreLabel);
                }
                if (binary.ignoreLabel != null) {
                    sigmoid.optIgnoreLabel(binary.ignoreLabel);
                }
                for (boolean onHost : Engines.paths()) {
                    assertUnit(softmax.build()::compute, onHost, classes, trial);
                    assertUnit(sigmoid.build()::compute, onHost, binary, trial);
                }
            }
        }
        Trials.report("Softmax and sigmoid in [0, 1]", trials + " batches, 2 losses, two paths");
    }

    private static void assertUnit(OnPath loss, boolean onHost, RandomBatch batch, int trial) {
        boolean there = onHost && batch.type != DataType.FLOAT64;
        double value =
                LossTesting.evaluate(
                        placed(loss, there), batch.predictionArray(), batch.labelArray());
        assertTrue(
                value >= 0 && value <= 1 + 1e-6,
                () -> "seed " + Trials.seed(trial) + ": " + value + " of " + batch);
    }

    /** Labels, some ignored, and hard predictions of (N, C, D). */
    private record Hard(int images, int classes, int pixels, int[] labels, int[] predicted) {

        static Hard random(Random random, boolean right) {
            int images = 1 + random.nextInt(3);
            int classes = 2 + random.nextInt(8);
            int pixels = 1 + random.nextInt(random.nextInt(5) == 0 ? 3000 : 40);
            int[] labels = LossTesting.labels(random, images * pixels, classes);
            int[] predicted = LossTesting.labels(random, images * pixels, classes);
            double ignored = random.nextDouble() * 0.9;
            double kept = random.nextDouble();
            for (int i = 0; i < labels.length; i++) {
                predicted[i] = right || random.nextDouble() < kept ? labels[i] : predicted[i];
                labels[i] = random.nextDouble() < ignored ? IGNORED : labels[i];
            }
            return new Hard(images, classes, pixels, labels, predicted);
        }

        Batch batch(double on, double off) {
            double[] values = new double[images * classes * pixels];
            Arrays.fill(values, off);
            for (int i = 0; i < predicted.length; i++) {
                values[(i / pixels * classes + predicted[i]) * pixels + i % pixels] = on;
            }
            return new Batch(false, images, classes, pixels, values, labels);
        }

        /** Each class a binary problem of its own. */
        Batch binary(double on, double off) {
            Batch batch = batch(on, off);
            int[] each = new int[batch.predictions.length];
            for (int i = 0; i < labels.length; i++) {
                for (int c = 0; c < classes; c++) {
                    each[batch.index(i, c)] =
                            labels[i] == IGNORED ? IGNORED : labels[i] == c ? 1 : 0;
                }
            }
            return new Batch(true, images, classes, pixels, batch.predictions, each);
        }

        /** 1 − IoU of every class, 0 where neither labels nor predictions have it. */
        double[] losses() {
            double[] losses = new double[classes];
            for (int c = 0; c < classes; c++) {
                double intersection = 0;
                double union = 0;
                for (int i = 0; i < labels.length; i++) {
                    if (labels[i] != IGNORED) {
                        intersection += labels[i] == c && predicted[i] == c ? 1 : 0;
                        union += labels[i] == c || predicted[i] == c ? 1 : 0;
                    }
                }
                losses[c] = union == 0 ? 0 : 1 - intersection / union;
            }
            return losses;
        }

        boolean isPresent(int c) {
            return Arrays.stream(labels).anyMatch(y -> y == c);
        }
    }

    @Test
    void perfectPredictionGivesZero() {
        int trials = Trials.of(8, 1_000);
        for (int trial = 0; trial < trials; trial++) {
            Hard hard = Hard.random(Trials.random(trial), true);
            String message = "seed " + Trials.seed(trial);
            for (boolean onHost : Engines.paths()) {
                for (Subject subject : Subject.values()) {
                    if (subject == Subject.ELU_HINGE) {
                        continue;
                    }
                    Batch batch =
                            subject == Subject.PROBABILITIES
                                    ? hard.batch(1, 0)
                                    : subject.binary
                                            ? hard.binary(500, -500)
                                            : hard.batch(500, -500);
                    Reference.Result result = run(subject.loss(false, 1), onHost, batch);
                    assertEquals(0, result.value(), message + subject);
                    if (subject != Subject.PROBABILITIES) {
                        assertEquals(
                                0, LossTesting.norm(result.gradient()), message + " " + subject);
                    }
                }
                Batch sure = hard.batch(500, -500);
                SegmentationCrossEntropyLoss ce =
                        SegmentationCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build();
                FocalLoss focal = FocalLoss.builder().optIgnoreLabel(IGNORED).build();
                SoftDiceLoss dice = SoftDiceLoss.builder().optIgnoreLabel(IGNORED).build();
                SoftJaccardLoss jaccard = SoftJaccardLoss.builder().optIgnoreLabel(IGNORED).build();
                assertEquals(0, run(ce::compute, onHost, sure).value(), message);
                assertEquals(0, run(focal::compute, onHost, sure).value(), message);
                assertEquals(0, run(dice::compute, onHost, sure).value(), 1e-6, message);
                assertEquals(0, run(jaccard::compute, onHost, sure).value(), 1e-6, message);
                // To the bit: these sum what is wrong.
                JaccardMetricLoss jml = JaccardMetricLoss.builder().optIgnoreLabel(IGNORED).build();
                DiceSemimetricLoss dml =
                        DiceSemimetricLoss.builder().optIgnoreLabel(IGNORED).build();
                TverskyLoss tversky = TverskyLoss.builder().optIgnoreLabel(IGNORED).build();
                OhemCrossEntropyLoss ohem =
                        OhemCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build();
                assertEquals(0, run(jml::compute, onHost, sure).value(), message);
                assertEquals(0, run(dml::compute, onHost, sure).value(), message);
                assertEquals(0, run(tversky::compute, onHost, sure).value(), message);
                assertEquals(0, run(ohem::compute, onHost, sure).value(), message);
            }
        }
        Trials.report("Perfect predictions cost 0", trials + " batches, 13 losses, two paths");
    }

    @Test
    void hardErrorsGiveOneMinusIou() {
        int trials = Trials.of(8, 1_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            Hard hard = Hard.random(random, false);
            boolean any = Arrays.stream(hard.labels).anyMatch(y -> y != IGNORED);
            double[] losses = hard.losses();
            double ofAll = Arrays.stream(losses).average().orElseThrow();
            double ofPresent =
                    IntStream.range(0, hard.classes)
                            .filter(hard::isPresent)
                            .mapToDouble(c -> losses[c])
                            .average()
                            .orElse(0);
            float[] classWeights = new float[hard.classes];
            double sum = 0;
            double weighted = 0;
            for (int c = 0; c < hard.classes; c++) {
                classWeights[c] = random.nextInt(4);
                sum += classWeights[c];
                weighted += classWeights[c] * losses[c];
            }
            String message = "seed " + Trials.seed(trial);
            LovaszSoftmaxLoss ofWeights =
                    LovaszSoftmaxLoss.builder()
                            .optIgnoreLabel(IGNORED)
                            .optClasses(ClassSelection.all())
                            .optClassWeights(classWeights)
                            .build();
            for (boolean onHost : Engines.paths()) {
                Batch logits = hard.batch(500, -500);
                assertEquals(
                        ofPresent,
                        run(Subject.SOFTMAX.loss(false, 1), onHost, logits).value(),
                        1e-6,
                        message);
                assertEquals(
                        ofPresent,
                        run(Subject.PROBABILITIES.loss(false, 1), onHost, hard.batch(1, 0)).value(),
                        1e-6,
                        message);
                assertEquals(
                        sum == 0 ? 0 : weighted / sum,
                        run(ofWeights::compute, onHost, logits).value(),
                        1e-6,
                        message);
                assertEquals(
                        any ? ofAll : 0,
                        run(Subject.SIGMOID.loss(false, 1), onHost, hard.binary(500, -500)).value(),
                        1e-6,
                        message);
                // Scores at the margin: an error of 2 where wrong.
                assertEquals(
                        any ? 2 * ofAll : 0,
                        run(Subject.HINGE.loss(false, 1), onHost, hard.binary(1, -1)).value(),
                        2e-6,
                        message);
            }
        }
        Trials.report("Hard errors cost 1 − IoU", trials + " batches, 5 losses, two paths");
    }

    @Test
    void zeroLogitsAndConstantErrorsCostWhatOneErrorCosts() {
        int trials = Trials.of(8, 1_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            Hard hard = Hard.random(random, true);
            boolean any = Arrays.stream(hard.labels).anyMatch(y -> y != IGNORED);
            String message = "seed " + Trials.seed(trial);
            double others = (hard.classes - 1.0) / hard.classes;
            // All errors are the same: p(true) = 1 − e, and p(other) = e of two classes.
            float z = random.nextFloat() * 8 - 4;
            double e = 1 / (1 + Math.exp(z));
            int[] two = Arrays.stream(hard.labels).map(y -> y == IGNORED ? y : y % 2).toArray();
            Hard constant =
                    new Hard(
                            hard.images,
                            2,
                            hard.pixels,
                            two,
                            Arrays.stream(two).map(y -> y == IGNORED ? 0 : y).toArray());
            SegmentationCrossEntropyLoss ce =
                    SegmentationCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build();
            FocalLoss focal = FocalLoss.builder().optIgnoreLabel(IGNORED).build();
            for (boolean onHost : Engines.paths()) {
                Batch zeros = hard.batch(0, 0);
                Batch binaryZeros = hard.binary(0, 0);
                double[] expected = {
                    others, 0.5, 1, Math.log(hard.classes), others * others * Math.log(hard.classes)
                };
                OnPath[] losses = {
                    Subject.SOFTMAX.loss(false, 1),
                    Subject.SIGMOID.loss(false, 1),
                    Subject.HINGE.loss(false, 1),
                    ce::compute,
                    focal::compute
                };
                for (int i = 0; i < losses.length; i++) {
                    Batch batch = i == 1 || i == 2 ? binaryZeros : zeros;
                    assertEquals(
                            any ? expected[i] : 0,
                            run(losses[i], onHost, batch).value(),
                            2e-6,
                            message + " zeros " + i);
                }
                OnPath softmax = Subject.SOFTMAX.loss(random.nextBoolean(), 1);
                assertEquals(
                        any ? e : 0,
                        run(softmax, onHost, constant.batch(z, 0)).value(),
                        2e-6,
                        message);
                OnPath sigmoid = Subject.SIGMOID.loss(random.nextBoolean(), 1);
                assertEquals(
                        any ? e : 0,
                        run(sigmoid, onHost, constant.binary(z, -z)).value(),
                        2e-6,
                        message);
                OnPath hinge = Subject.HINGE.loss(random.nextBoolean(), 1);
                assertEquals(
                        any ? Math.max(0, 1 - z) : 0,
                        run(hinge, onHost, constant.binary(z, -z)).value(),
                        1e-5,
                        message);
            }
        }
        Trials.report("Zero logits, constant errors", trials + " batches, 8 cases, two paths");
    }

    @Test
    void weightsScaleAndClassWeightsAreRelative() {
        int trials = Trials.of(20, 2_000);
        for (int trial = 0; trial < trials; trial++) {
            Random random = Trials.random(trial);
            Batch batch = Batch.random(Subject.SOFTMAX, random, true);
            int classes = batch.channels;
            String message = "seed " + Trials.seed(trial);
            float[] weights = new float[classes];
            for (int c = 0; c < classes; c++) {
                weights[c] = random.nextInt(3) == 0 ? 0 : random.nextFloat();
            }
            float factor = 0.1f + random.nextFloat() * 5;
            float[] scaled = weights.clone();
            float[] equal = new float[classes];
            for (int c = 0; c < classes; c++) {
                scaled[c] *= factor;
                equal[c] = factor;
            }
            int[] positive = IntStream.range(0, classes).filter(c -> weights[c] > 0).toArray();
            double[] slack =
                    Arrays.stream(Subject.SOFTMAX.slack(batch, false))
                            // A class may have all of the weight, or an absent one be selected.
                            .map(s -> s * classes * 10)
                            .toArray();
            for (boolean onHost : Engines.paths()) {
                Reference.Result plain = run(softmax().build()::compute, onHost, batch);
                assertSame(
                        plain.times(factor),
                        run(softmax().optWeight(factor).build()::compute, onHost, batch),
                        slack,
                        message + " weight");
                assertSame(
                        plain,
                        run(softmax().optClassWeights(equal).build()::compute, onHost, batch),
                        slack,
                        message + " equal class weights");
                assertSame(
                        run(softmax().optClassWeights(weights).build()::compute, onHost, batch),
                        run(softmax().optClassWeights(scaled).build()::compute, onHost, batch),
                        slack,
                        message + " scaled class weights");
                if (positive.length > 0) {
                    // A weight of 0 is the same as not to select the class.
                    ClassSelection selection = ClassSelection.of(positive);
                    LovaszSoftmaxLoss.Builder selected = softmax().optClasses(selection);
                    LovaszSoftmaxLoss.Builder all = softmax().optClasses(ClassSelection.all());
                    assertEquals(
                            run(selected.optClassWeights(weights).build()::compute, onHost, batch)
                                    .value(),
                            run(all.optClassWeights(weights).build()::compute, onHost, batch)
                                    .value(),
                            LossTesting.VALUE_TOLERANCE,
                            message + " selection");
                }
            }
        }
        Trials.report("Weights of losses and classes", trials + " batches, two paths");
    }

    private static LovaszSoftmaxLoss.Builder softmax() {
        return LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED);
    }
}
