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
import io.github.lovaszdjl.reference.SoftLabelReference;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Value and gradient of every loss with every option, on random batches of every kind, against
 * plain loops in double precision ({@link Reference}); on the CPU's path and on that of a GPU.
 *
 * <p>Tolerances. FLOAT32: what is promised, {@link LossTesting#assertClose}. FLOAT64: 10⁻¹² of
 * both. FLOAT16 is computed in FLOAT32, but the gradient is rounded to 11 bits, or 2⁻²⁵ at the
 * lower end. The extension has a kink where errors are equal, and every order of those gives a
 * right gradient; errors count as equal up to what FLOAT32 and the sorting keys make of them (docs/
 * numerics.md, "Limits"). Each element of the gradient may be off by what that can change, which is
 * nothing where no errors are that near.
 */
@Tag(Trials.TAG)
class OracleTest {

    /** Two keys of 2⁻²³, and the rounding of two probabilities. */
    private static final double NEAR_FLOAT = 0x1p-20;

    /** Of p where autograd differentiates the softmax: some roundings of 2⁻²⁴. */
    private static final double ROUNDING_FLOAT = 0x1p-21;

    /** Nothing but the rounding of the reference. */
    private static final double NEAR_DOUBLE = 1e-14;

    private NDManager manager;
    private int compared;
    private int slackUsed;
    private double mostOff;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    /** A loss that is told where to compute. */
    private interface Computation {
        NDArray compute(NDList labels, NDList predictions, boolean onHost);
    }

    /** Computes on one of the two paths. */
    private static final class Placed extends Loss {

        private final Computation computation;
        private final boolean onHost;

        Placed(Computation computation, boolean onHost) {
            super("placed");
            this.computation = computation;
            this.onHost = onHost;
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            return computation.compute(labels, predictions, onHost);
        }
    }

    /** Makes the options of losses of classes, and the same for the reference. */
    private static final class DrawnOptions {

        final float weight;
        final Kind kind;
        final int[] classes;
        final ClassSelection selection;
        final float[] classWeights;
        final boolean perImage;

        DrawnOptions(Random random, RandomBatch batch, Kind kind) {
            this.kind = kind;
            weight = new float[] {1, 1, 0.5f, 3, 0}[random.nextInt(5)];
            int count = batch.channels;
            switch (random.nextInt(3)) {
                case 0 -> {
                    classes = null;
                    selection = ClassSelection.present();
                }
                case 1 -> {
                    classes = IntStream.range(0, count).toArray();
                    selection = ClassSelection.all();
                }
                default -> {
                    classes = random.ints(1 + random.nextInt(3), 0, count).toArray();
                    selection = ClassSelection.of(classes);
                }
            }
            classWeights = random.nextBoolean() ? null : new float[count];
            for (int c = 0; classWeights != null && c < count; c++) {
                classWeights[c] = random.nextInt(4) == 0 ? 0 : random.nextFloat() * 3;
            }
            perImage = random.nextBoolean();
        }

        <B extends PixelLossBuilder<B>> B apply(B builder, RandomBatch batch) {
            builder.optWeight(weight).optClassAxis(batch.classAxis);
            if (classWeights != null) {
                builder.optClassWeights(classWeights);
            }
            if (batch.ignoreLabel != null) {
                builder.optIgnoreLabel(batch.ignoreLabel);
            }
            if (builder instanceof ClassLossBuilder<?> ofClasses) {
                ofClasses
                        .optFromLogits(kind == Kind.LOGITS)
                        .optClasses(selection)
                        .optPerImage(perImage);
            }
            return builder;
        }

        Reference.Options reference(RandomBatch batch, double near) {
            double[] weights =
                    classWeights == null
                            ? null
                            : IntStream.range(0, classWeights.length)
                                    .mapToDouble(c -> classWeights[c])
                                    .toArray();
            return new Reference.Options(
                    kind == Kind.LOGITS, classes, weights, perImage, batch.ignoreLabel, near);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "weight %s %s %s class weights %s per image %s",
                    weight,
                    kind,
                    selection,
                    Arrays.toString(classWeights),
                    perImage);
        }
    }

    private interface Trial {
        void run(Random random, String seed);
    }

    private void repeat(String what, int build, int reliability, Trial trial) {
        repeat(what, build, reliability, 0.1, trial);
    }

    private void repeat(String what, int build, int reliability, double mostSlack, Trial trial) {
        int trials = Trials.of(build, reliability);
        for (int i = 0; i < trials; i++) {
            NDManager outer = manager;
            try (NDManager own = outer.newSubManager()) {
                manager = own;
                trial.run(Trials.random(i), "seed " + Trials.seed(i));
            } finally {
                manager = outer;
            }
        }
        Trials.report(
                what,
                String.format(
                        "%d batches, %d comparisons, %d of them within what the order of equal"
                                + " errors or a rounding changes",
                        trials, compared, slackUsed));
        // The slack is for ties, not a way to pass.
        assertTrue(slackUsed <= Math.max(4, mostSlack * compared), slackUsed + " of " + compared);
    }

    /** Compares on both paths, where there are two. */
    private void compare(
            RandomBatch batch,
            Computation computation,
            DoubleFunction<Reference.Result> reference,
            double nearOnHost,
            double nearInOperations,
            String message) {
        boolean single = batch.type != DataType.FLOAT64;
        for (boolean onHost : single ? Engines.paths() : new boolean[] {false}) {
            double near = !single ? NEAR_DOUBLE : onHost ? nearOnHost : nearInOperations;
            compare(
                    batch,
                    new Placed(computation, onHost),
                    reference.apply(near),
                    message + (onHost ? " on the host" : " in operations"));
        }
    }

    /**
     * Compares with the reference.
     *
     * @param parts what FLOAT16 gradients are the sum of, each rounded by itself
     */
    private Reference.Result compare(
            RandomBatch batch,
            Loss loss,
            Reference.Result expected,
            String message,
            Reference.Result... parts) {
        NDArray predictions = batch.predictionArray();
        Reference.Result actual =
                batch.inOrder(
                        LossTesting.run(loss, predictions, batch.labelArray()),
                        predictions.getShape());
        double[] slack = expected.slack();
        double norm = LossTesting.norm(expected.gradient());
        double relative = batch.type == DataType.FLOAT64 ? 1e-12 : LossTesting.GRADIENT_TOLERANCE;
        double bound = relative * Math.max(norm, 1e-3);
        if (batch.type == DataType.FLOAT16) {
            double rounded = norm;
            for (Reference.Result part : parts) {
                rounded += LossTesting.norm(part.gradient());
            }
            bound += 0x1p-11 * rounded + 0x1p-25 * (1 + parts.length) * Math.sqrt(slack.length);
        }
        double scale = Math.max(1, Math.abs(expected.value()));
        double valueBound = batch.type == DataType.FLOAT64 ? 1e-12 : LossTesting.VALUE_TOLERANCE;
        String all = message + ", " + batch;
        assertEquals(expected.value(), actual.value(), valueBound * scale, all);
        double off = LossTesting.distance(expected, actual);
        assertTrue(off <= bound, all + ": gradient off by " + off + ", allowed " + bound);
        count(expected, actual, bound);
        return actual;
    }

    /** Counts a comparison, and whether it held by the slack alone. */
    private void count(Reference.Result expected, Reference.Result actual, double bound) {
        Reference.Result strict = new Reference.Result(expected.value(), expected.gradient());
        double off = LossTesting.distance(strict, actual);
        compared++;
        if (off > bound) {
            slackUsed++;
            mostOff = Math.max(mostOff, off / bound);
        }
    }

    private static Kind kind(Random random) {
        return random.nextInt(3) > 0 ? Kind.LOGITS : Kind.PROBABILITIES;
    }

    @Test
    void lovaszSoftmaxEqualsReference() {
        repeat(
                "Lovász-Softmax against the reference",
                200,
                20_000,
                (random, seed) -> {
                    Kind kind = kind(random);
                    RandomBatch batch = RandomBatch.ofClasses(manager, random, kind);
                    DrawnOptions options = new DrawnOptions(random, batch, kind);
                    LovaszSoftmaxLoss loss =
                            options.apply(LovaszSoftmaxLoss.builder(), batch).build();
                    compare(
                            batch,
                            loss::compute,
                            near -> lovaszSoftmax(batch, options, near),
                            NEAR_FLOAT,
                            NEAR_FLOAT,
                            seed + " " + options);
                });
    }

    /** Blocks, small errors, errors left out, and few foreground pixels among many. */
    @Test
    void largeBatchesEqualReference() {
        repeat(
                "Lovász-Softmax of 2,000 to 130,000 pixels against the reference",
                2,
                300,
                // The limit of docs/numerics.md is met often here; how far off, is reported.
                0.4,
                (random, seed) -> {
                    int images = 1 + random.nextInt(2);
                    int classes = 2 + random.nextInt(4);
                    int pixels = 2_000 + random.nextInt(random.nextInt(4) == 0 ? 60_000 : 10_000);
                    double rare = new double[] {0.001, 0.05, 0.5}[random.nextInt(3)];
                    double margin = new double[] {0, 4, 11, 17}[random.nextInt(4)];
                    double spread = new double[] {0.5, 2, 4}[random.nextInt(3)];
                    double wrong = random.nextInt(3) * 0.1;
                    int[] labels = new int[images * pixels];
                    double[] logits = LossTesting.logits(random, labels.length * classes, spread);
                    for (int i = 0; i < labels.length; i++) {
                        labels[i] = random.nextDouble() < rare ? random.nextInt(classes) : 0;
                        boolean right = random.nextDouble() >= wrong;
                        int c = right ? labels[i] : random.nextInt(classes);
                        int at = (i / pixels * classes + c) * pixels + i % pixels;
                        logits[at] = (float) (logits[at] + margin);
                    }
                    boolean perImage = random.nextBoolean();
                    LovaszSoftmaxLoss loss =
                            LovaszSoftmaxLoss.builder().optPerImage(perImage).build();
                    Reference.Result expected =
                            Reference.lovaszSoftmax(
                                    logits,
                                    labels,
                                    images,
                                    classes,
                                    new Reference.Options(
                                            true, null, null, perImage, null, NEAR_FLOAT));
                    double bound =
                            LossTesting.GRADIENT_TOLERANCE
                                    * Math.max(1e-3, LossTesting.norm(expected.gradient()));
                    for (boolean onHost : Engines.paths()) {
                        Reference.Result actual =
                                LossTesting.run(
                                        new Placed(loss::compute, onHost),
                                        logits,
                                        new Shape(images, classes, pixels),
                                        DataType.FLOAT32,
                                        manager.create(labels, new Shape(images, pixels)));
                        String message =
                                String.format(
                                        "%s (%d, %d, %d) rare %s margin %s spread %s wrong %s per"
                                                + " image %s on host %s",
                                        seed, images, classes, pixels, rare, margin, spread, wrong,
                                        perImage, onHost);
                        LossTesting.assertClose(expected, actual, message);
                        count(expected, actual, bound);
                    }
                });
        Trials.report(
                "Large batches, what the order of equal errors changes",
                String.format(Locale.ROOT, "up to %.1f times what is promised", mostOff));
    }

    private static Reference.Result lovaszSoftmax(
            RandomBatch batch, DrawnOptions options, double near) {
        return Reference.lovaszSoftmax(
                        batch.predictions,
                        batch.labels,
                        batch.images,
                        batch.channels,
                        options.reference(batch, near))
                .times(options.weight);
    }

    @Test
    void lovaszHingeEqualsReference() {
        repeat(
                "Lovász hinge against the reference",
                100,
                10_000,
                (random, seed) -> {
                    RandomBatch batch = RandomBatch.ofBinary(manager, random, Kind.LOGITS);
                    boolean perImage = random.nextBoolean();
                    boolean symmetric = random.nextBoolean();
                    boolean elu = random.nextBoolean();
                    float weight = random.nextInt(4);
                    LovaszHingeLoss.Builder builder =
                            LovaszHingeLoss.builder()
                                    .optWeight(weight)
                                    .optMultilabel(batch.multilabel)
                                    .optPerImage(perImage)
                                    .optSymmetric(symmetric)
                                    .optActivation(
                                            elu
                                                    ? ErrorActivation.ELU_PLUS_ONE
                                                    : ErrorActivation.RELU);
                    if (batch.ignoreLabel != null) {
                        builder.optIgnoreLabel(batch.ignoreLabel);
                    }
                    LovaszHingeLoss loss = builder.build();
                    ErrorFunction errors = elu ? ErrorFunction.ELU_HINGE : ErrorFunction.HINGE;
                    // Scores are sorted as they are.
                    Reference.Result one = binary(batch, perImage, false, errors, NEAR_DOUBLE);
                    Reference.Result expected =
                            symmetric
                                    ? one.plus(binary(batch, perImage, true, errors, NEAR_DOUBLE))
                                            .times(0.5)
                                    : one;
                    compare(
                            batch,
                            loss::compute,
                            near -> expected.times(weight),
                            NEAR_DOUBLE,
                            NEAR_DOUBLE,
                            String.format(
                                    "%s weight %s per image %s symmetric %s elu %s multilabel %s",
                                    seed, weight, perImage, symmetric, elu, batch.multilabel));
                });
    }

    @Test
    void lovaszSigmoidEqualsReference() {
        repeat(
                "Lovász sigmoid against the reference",
                100,
                10_000,
                (random, seed) -> {
                    Kind kind = kind(random);
                    RandomBatch batch = RandomBatch.ofBinary(manager, random, kind);
                    boolean perImage = random.nextBoolean();
                    float weight = random.nextInt(4);
                    LovaszSigmoidLoss.Builder builder =
                            LovaszSigmoidLoss.builder()
                                    .optWeight(weight)
                                    .optFromLogits(kind == Kind.LOGITS)
                                    .optMultilabel(batch.multilabel)
                                    .optPerImage(perImage);
                    if (batch.ignoreLabel != null) {
                        builder.optIgnoreLabel(batch.ignoreLabel);
                    }
                    LovaszSigmoidLoss loss = builder.build();
                    boolean logits = kind == Kind.LOGITS;
                    compare(
                            batch,
                            loss::compute,
                            near ->
                                    binary(
                                                    batch,
                                                    perImage,
                                                    false,
                                                    logits
                                                            ? ErrorFunction.SIGMOID
                                                            : ErrorFunction.PROBABILITY,
                                                    near)
                                            .times(weight),
                            // Logits are sorted as they are.
                            logits ? NEAR_DOUBLE : NEAR_FLOAT,
                            NEAR_FLOAT,
                            String.format(
                                    "%s weight %s %s per image %s multilabel %s",
                                    seed, weight, kind, perImage, batch.multilabel));
                });
    }

    private static Reference.Result binary(
            RandomBatch batch, boolean perImage, boolean flip, ErrorFunction errors, double near) {
        return BinaryReference.binary(
                batch.predictions,
                batch.labels,
                batch.images,
                batch.channels,
                perImage,
                batch.ignoreLabel,
                flip,
                errors,
                near);
    }

    @Test
    void crossEntropyEqualsReference() {
        repeat(
                "Cross-entropy against the reference",
                100,
                10_000,
                (random, seed) -> {
                    RandomBatch batch = RandomBatch.ofClasses(manager, random, Kind.LOGITS);
                    DrawnOptions options = new DrawnOptions(random, batch, Kind.LOGITS);
                    float smoothing = random.nextBoolean() ? 0 : random.nextFloat();
                    SegmentationCrossEntropyLoss loss =
                            options.apply(SegmentationCrossEntropyLoss.builder(), batch)
                                    .optLabelSmoothing(smoothing)
                                    .build();
                    compare(
                            batch,
                            loss::compute,
                            near -> crossEntropy(batch, options, smoothing, near),
                            ROUNDING_FLOAT,
                            ROUNDING_FLOAT,
                            seed + " smoothing " + smoothing + " " + options);
                });
    }

    private static Reference.Result crossEntropy(
            RandomBatch batch, DrawnOptions options, double smoothing, double rounding) {
        return Reference.crossEntropy(
                        batch.predictions,
                        batch.labels,
                        batch.images,
                        batch.channels,
                        options.reference(batch, -1).classWeights(),
                        batch.ignoreLabel,
                        smoothing,
                        rounding)
                .times(options.weight);
    }

    @Test
    void focalLossEqualsReference() {
        repeat(
                "Focal loss against the reference",
                75,
                5_000,
                (random, seed) -> {
                    RandomBatch batch = RandomBatch.ofClasses(manager, random, Kind.LOGITS);
                    DrawnOptions options = new DrawnOptions(random, batch, Kind.LOGITS);
                    float gamma = new float[] {0, 0.5f, 1, 2, 5}[random.nextInt(5)];
                    FocalLoss loss =
                            options.apply(FocalLoss.builder(), batch).optGamma(gamma).build();
                    compare(
                            batch,
                            loss::compute,
                            near ->
                                    Reference.focal(
                                                    batch.predictions,
                                                    batch.labels,
                                                    batch.images,
                                                    batch.channels,
                                                    options.reference(batch, near),
                                                    gamma)
                                            .times(options.weight),
                            ROUNDING_FLOAT,
                            ROUNDING_FLOAT,
                            seed + " gamma " + gamma + " " + options);
                });
    }

    @Test
    void overlapLossesEqualReference() {
        repeat(
                "Soft Dice and soft Jaccard against the reference",
                75,
                5_000,
                (random, seed) -> {
                    Kind kind = kind(random);
                    RandomBatch batch = RandomBatch.ofClasses(manager, random, kind);
                    DrawnOptions options = new DrawnOptions(random, batch, kind);
                    float smooth = new float[] {1, 100, 0.0078125f}[random.nextInt(3)];
                    for (boolean dice : new boolean[] {false, true}) {
                        OverlapLoss loss =
                                dice
                                        ? options.apply(SoftDiceLoss.builder(), batch)
                                                .optSmooth(smooth)
                                                .build()
                                        : options.apply(SoftJaccardLoss.builder(), batch)
                                                .optSmooth(smooth)
                                                .build();
                        compare(
                                batch,
                                loss::compute,
                                near ->
                                        Reference.overlap(
                                                        batch.predictions,
                                                        batch.labels,
                                                        batch.images,
                                                        batch.channels,
                                                        options.reference(batch, near),
                                                        smooth,
                                                        dice)
                                                .times(options.weight),
                                ROUNDING_FLOAT,
                                ROUNDING_FLOAT,
                                seed + (dice ? " Dice" : " Jaccard") + smooth + " " + options);
                    }
                });
    }

    /** A loss of overlap that takes soft labels, and its formula. */
    private static OverlapLoss soft(
            DrawnOptions options, RandomBatch batch, SoftLabelReference.Formula formula) {
        float smooth = (float) formula.smooth();
        float smoothing = (float) formula.smoothing();
        SoftIntersection product = SoftIntersection.PRODUCT;
        return switch (formula.overlap()) {
            case SOFT_JACCARD ->
                    options.apply(SoftJaccardLoss.builder(), batch)
                            .optSmooth(smooth)
                            .optLabelSmoothing(smoothing)
                            .build();
            case SOFT_DICE ->
                    options.apply(SoftDiceLoss.builder(), batch)
                            .optSmooth(smooth)
                            .optLabelSmoothing(smoothing)
                            .build();
            case JML1 ->
                    options.apply(JaccardMetricLoss.builder(), batch)
                            .optSmooth(smooth)
                            .optLabelSmoothing(smoothing)
                            .build();
            case JML2 ->
                    options.apply(JaccardMetricLoss.builder(), batch)
                            .optIntersection(product)
                            .optSmooth(smooth)
                            .optLabelSmoothing(smoothing)
                            .build();
            case DML1 ->
                    options.apply(DiceSemimetricLoss.builder(), batch)
                            .optSmooth(smooth)
                            .optLabelSmoothing(smoothing)
                            .build();
            case DML2 ->
                    options.apply(DiceSemimetricLoss.builder(), batch)
                            .optIntersection(product)
                            .optSmooth(smooth)
                            .optLabelSmoothing(smoothing)
                            .build();
            case TVERSKY ->
                    options.apply(TverskyLoss.builder(), batch)
                            .optAlpha((float) formula.alpha())
                            .optBeta((float) formula.beta())
                            .optGamma((float) formula.gamma())
                            .optSmooth(smooth)
                            .optLabelSmoothing(smoothing)
                            .build();
        };
    }

    private static double[] target(RandomBatch batch) {
        return SoftLabelReference.target(
                batch.labels, batch.images, batch.channels, batch.ignoreLabel);
    }

    @Test
    void softOverlapLossesEqualReference() {
        repeat(
                "Metric losses and Tversky against the reference",
                60,
                5_000,
                (random, seed) -> {
                    Kind kind = kind(random);
                    RandomBatch batch = RandomBatch.ofClasses(manager, random, kind);
                    DrawnOptions options = new DrawnOptions(random, batch, kind);
                    float smooth = new float[] {1, 100, 0.0078125f}[random.nextInt(3)];
                    float smoothing = random.nextInt(3) == 0 ? random.nextFloat() : 0;
                    // 4/3 as a float.
                    float gamma = new float[] {1, 4f / 3, 2, 3}[random.nextInt(4)];
                    SoftLabelReference.Overlap[] overlaps = SoftLabelReference.Overlap.values();
                    SoftLabelReference.Formula formula =
                            new SoftLabelReference.Formula(
                                    overlaps[random.nextInt(overlaps.length)],
                                    smooth,
                                    random.nextFloat() * 2,
                                    0.1f + random.nextFloat(),
                                    gamma,
                                    smoothing);
                    OverlapLoss loss = soft(options, batch, formula);
                    compare(
                            batch,
                            loss::compute,
                            near ->
                                    SoftLabelReference.overlap(
                                                    batch.predictions,
                                                    target(batch),
                                                    batch.images,
                                                    batch.channels,
                                                    options.reference(batch, near),
                                                    formula)
                                            .times(options.weight),
                            ROUNDING_FLOAT,
                            ROUNDING_FLOAT,
                            seed + " " + formula + " " + options);
                });
    }

    @Test
    void hardExampleMiningEqualsReference() {
        repeat(
                "Hard-example mining against the reference",
                75,
                5_000,
                (random, seed) -> {
                    RandomBatch batch = RandomBatch.ofClasses(manager, random, Kind.LOGITS);
                    DrawnOptions options = new DrawnOptions(random, batch, Kind.LOGITS);
                    float threshold = new float[] {0, 0.3f, 0.7f, 1}[random.nextInt(4)];
                    float minKept = new float[] {0, 0.0625f, 0.5f, 1}[random.nextInt(4)];
                    int pixels = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0;
                    OhemCrossEntropyLoss.Builder builder =
                            options.apply(OhemCrossEntropyLoss.builder(), batch)
                                    .optThreshold(threshold);
                    OhemCrossEntropyLoss loss =
                            (pixels > 0
                                            ? builder.optMinKeptPixels(pixels)
                                            : builder.optMinKept(minKept))
                                    .build();
                    double[] entropies =
                            SoftLabelReference.entropies(
                                    batch.predictions,
                                    target(batch),
                                    batch.images,
                                    batch.channels,
                                    batch.ignoreLabel);
                    double[] largest =
                            Arrays.stream(entropies)
                                    .filter(e -> !Double.isNaN(e))
                                    .map(e -> -e)
                                    .sorted()
                                    .map(e -> -e)
                                    .toArray();
                    int least =
                            pixels > 0
                                    ? Math.min(pixels * batch.images, largest.length)
                                    : (int) Math.ceil((double) minKept * largest.length);
                    double atLeast = least == 0 ? Double.POSITIVE_INFINITY : largest[least - 1];
                    double above = -Math.log(threshold);
                    for (double e : largest) {
                        // Rounding could decide otherwise.
                        double near = 1e-5 * Math.max(1, Math.abs(e));
                        if (Math.abs(e - above) < near
                                || e != atLeast && Math.abs(e - atLeast) < near) {
                            return;
                        }
                    }
                    boolean[] kept = new boolean[entropies.length];
                    for (int i = 0; i < kept.length; i++) {
                        kept[i] = entropies[i] > above || entropies[i] >= atLeast;
                    }
                    compare(
                            batch,
                            loss::compute,
                            near ->
                                    SoftLabelReference.pixelwise(
                                                    batch.predictions,
                                                    target(batch),
                                                    batch.images,
                                                    batch.channels,
                                                    options.reference(batch, near),
                                                    0,
                                                    0,
                                                    kept)
                                            .times(options.weight),
                            ROUNDING_FLOAT,
                            ROUNDING_FLOAT,
                            seed + " threshold " + threshold + " kept " + minKept + options);
                });
        // Batches of near ties are left out.
        assertTrue(compared >= Trials.of(75, 5_000) / 2, "compared " + compared);
    }

    @Test
    void boundaryLossEqualsReference() {
        repeat(
                "Boundary loss against the reference",
                60,
                3_000,
                (random, seed) -> {
                    Kind kind = kind(random);
                    RandomBatch batch = RandomBatch.ofClasses(manager, random, kind);
                    if (batch.pixels > 500) {
                        // The reference looks at all pairs of pixels.
                        return;
                    }
                    DrawnOptions options = new DrawnOptions(random, batch, kind);
                    BoundaryLoss loss = options.apply(BoundaryLoss.builder(), batch).build();
                    boolean single = batch.type != DataType.FLOAT64;
                    Reference.Result expected =
                            SoftLabelReference.boundary(
                                            batch.predictions,
                                            batch.labels,
                                            batch.images,
                                            batch.channels,
                                            options.reference(
                                                    batch, single ? ROUNDING_FLOAT : NEAR_DOUBLE),
                                            batch.spatial.getShape())
                                    .times(options.weight);
                    compare(batch, loss, expected, seed + " " + options);
                });
    }

    @Test
    void sumsAndSchedulesEqualReference() {
        repeat(
                "Weighted sums and schedules against the reference",
                75,
                5_000,
                (random, seed) -> {
                    RandomBatch batch = RandomBatch.ofClasses(manager, random, Kind.LOGITS);
                    DrawnOptions options = new DrawnOptions(random, batch, Kind.LOGITS);
                    boolean single = batch.type != DataType.FLOAT64;
                    double near = single ? NEAR_FLOAT : NEAR_DOUBLE;
                    double rounding = single ? ROUNDING_FLOAT : NEAR_DOUBLE;
                    LovaszSoftmaxLoss lovasz =
                            options.apply(LovaszSoftmaxLoss.builder(), batch).build();
                    SegmentationCrossEntropyLoss ce =
                            options.apply(SegmentationCrossEntropyLoss.builder(), batch).build();
                    // A number of few digits: MXNet is told it as text.
                    float half = (1 + random.nextInt(64)) / 32f;
                    WeightedLoss sum = WeightedLoss.builder().add(half, ce).add(2, lovasz).build();
                    Reference.Result ofCe = crossEntropy(batch, options, 0, rounding);
                    Reference.Result ofLovasz = lovaszSoftmax(batch, options, near);
                    Reference.Result ofSum = ofCe.times(half).plus(ofLovasz.times(2));
                    LossSchedule schedule =
                            LossSchedule.builder().add(1, ce).add(3, sum).add(4, lovasz).build();
                    int epoch = 1 + random.nextInt(6);
                    schedule.setEpoch(epoch);
                    String message = seed + " epoch " + epoch + " " + options;
                    Reference.Result[] parts = {ofCe.times(half), ofLovasz.times(2)};
                    compare(batch, sum, ofSum, message + " sum", parts);
                    schedule.addAccumulator("all");
                    Reference.Result active = epoch < 3 ? ofCe : epoch == 3 ? ofSum : ofLovasz;
                    Reference.Result actual =
                            compare(batch, schedule, active, message + " schedule", parts);
                    schedule.updateAccumulator(
                            "all",
                            new NDList(batch.labelArray()),
                            new NDList(batch.predictionArray()));
                    // The report adds up in double precision.
                    assertEquals(
                            actual.value(),
                            schedule.getAccumulator("all"),
                            LossTesting.VALUE_TOLERANCE * Math.max(1, actual.value()),
                            message);
                });
    }
}
