package io.github.lovaszdjl.app.options;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.loss.BoundaryLoss;
import io.github.lovaszdjl.loss.ClassSelection;
import io.github.lovaszdjl.loss.DiceSemimetricLoss;
import io.github.lovaszdjl.loss.FocalLoss;
import io.github.lovaszdjl.loss.JaccardMetricLoss;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import io.github.lovaszdjl.loss.LovaszSigmoidLoss;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.OhemCrossEntropyLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.SoftDiceLoss;
import io.github.lovaszdjl.loss.SoftIntersection;
import io.github.lovaszdjl.loss.SoftJaccardLoss;
import io.github.lovaszdjl.loss.TverskyLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.Decision;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossExpressionTest {

    private static final int IGNORED = 255;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ce | ce",
                "cross-entropy | ce",
                "lovasz-softmax | lovasz",
                "1*ce | ce",
                "0.5*ce+lovasz | 0.5*ce+lovasz",
                " .50 * ce +\t1.0*lovasz-softmax  | 0.5*ce+lovasz",
                "ce->lovasz@20 | ce->lovasz@20",
                "ce -> lovasz @ 020 | ce->lovasz@20",
                "ce->0.5*ce+lovasz@10->lovasz@30 | ce->0.5*ce+lovasz@10->lovasz@30",
                "lovasz( per-image , classes = all ) | lovasz(classes=all,per-image)",
                "lovasz(classes=present) | lovasz",
                "focal(gamma=3.0) | focal(gamma=3)",
                "focal(gamma=2) | focal",
                "dice(smooth=1e-2)+jaccard(smooth=1) | dice(smooth=0.01)+jaccard",
                "ce(label-smoothing=.1) | ce(label-smoothing=0.1)",
                "lovasz+lovasz(per-image) | lovasz+lovasz(per-image)",
                "lovasz( per-image = true )+lovasz(per-image=false) | lovasz(per-image)+lovasz",
                "lovasz-hinge(per-image,activation=relu,symmetric=false) | hinge",
                "hinge(activation=elu-plus-one , symmetric,per-image=false) |"
                        + " hinge(per-image=false,symmetric,activation=elu-plus-one)",
                "0.5*lovasz-sigmoid(per-image)->sigmoid@3 | 0.5*sigmoid(per-image)->sigmoid@3",
                "jaccard-metric(label-smoothing=0.1,intersection=product) |"
                        + " jml(label-smoothing=0.1,intersection=product)",
                "dml(intersection=minimum)+0.01*boundary(per-image) |"
                        + " dml+0.01*boundary(per-image)",
                "tversky(gamma=1.5,beta=0.7,alpha=.4) | tversky(alpha=0.4,gamma=1.5)",
                "focal(gamma=1)+tversky(gamma=1) | focal(gamma=1)+tversky",
                "ohem(min-kept=0.1,threshold=0.7) | ohem(min-kept=0.1)",
                "ohem(min-kept-pixels=1e5) | ohem(min-kept-pixels=100000)",
                "jml(miou-c=.5,miou-i=0.5,miou-d=0,log-loss) |"
                        + " jml(log-loss,miou-d=0,miou-i=0.5,miou-c=0.5)",
                "dml(soft-classes=all,presence=0.10,gamma=1) | dml(soft-classes=all,presence=0.1)",
                "hinge -> hinge+0.5*sigmoid@5 | hinge->hinge+0.5*sigmoid@5"
            })
    void readsAndWrites(String text, String canonical) {
        assertEquals(canonical, LossExpression.parse(text).canonical());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | loss at position 1: expected a weight or the name of a loss, got the end",
                "ce+ | loss at position 4: expected a weight or the name of a loss, got the end",
                "ce lovasz | loss at position 4: expected +, -> or the end, got \"lovasz\"",
                "ce@20 | loss at position 3: expected +, -> or the end, got \"@\"",
                "0.5ce | loss at position 4: expected * after the weight, got \"ce\"",
                "0.5*+ce | loss at position 5: expected the name of a loss, got \"+\"",
                "0*ce | loss at position 1: expected a finite weight above 0, got 0",
                "ce+1e39*dice | loss at position 4: expected a finite weight above 0, got 1e39",
                "-1*ce | loss at position 1: expected a weight or the name of a loss, got \"-1\"",
                "ce+lovaz | loss at position 4: expected one of ce, lovasz, dice, jaccard, focal,"
                        + " jml, dml, tversky, ohem, boundary, hinge, sigmoid, cross-entropy,"
                        + " lovasz-softmax, jaccard-metric, dice-semimetric, ohem-cross-entropy,"
                        + " lovasz-hinge, lovasz-sigmoid, got \"lovaz\"; did you mean lovasz?",
                "mse | loss at position 1: expected one of ce, lovasz, dice, jaccard, focal,"
                        + " jml, dml, tversky, ohem, boundary, hinge, sigmoid, cross-entropy,"
                        + " lovasz-softmax, jaccard-metric, dice-semimetric, ohem-cross-entropy,"
                        + " lovasz-hinge, lovasz-sigmoid, got \"mse\"",
                "ce+2*ce | loss at position 4: expected every loss of a sum once, got ce again",
                "dice+dice(smooth=1) | loss at position 6: expected every loss of a sum once, got"
                        + " dice again",
                "ce->lovasz | loss at position 11: expected + or @ and the number of epochs before"
                        + " the switch, got the end",
                "ce->lovasz@x | loss at position 12: expected a number of epochs, got \"x\"",
                "ce->lovasz@0 | loss at position 12: expected a number of epochs above 0 and below"
                        + " 2^31 - 1, got 0",
                "ce->lovasz@9->dice@9 | loss at position 20: expected a number of epochs above 9"
                        + " and below 2^31 - 1, got 9",
                "ce->lovasz@2147483647 | loss at position 12: expected a number of epochs above 0"
                        + " and below 2^31 - 1, got 2147483647",
                "ce->lovasz@1.5 | loss at position 13: expected -> or the end, got \".5\"",
                "ce( | loss at position 4: expected an option of ce (label-smoothing), got the end",
                "ce() | loss at position 4: expected an option of ce (label-smoothing), got \")\"",
                "ce(gamma=2) | loss at position 4, option of ce: expected label-smoothing, got"
                        + " \"gamma\"",
                "lovasz(perimage) | loss at position 8, option of lovasz: expected one of classes,"
                        + " per-image, got \"perimage\"; did you mean per-image?",
                "lovasz(per-image=1) | loss at position 18: expected true or false for per-image,"
                        + " got \"1\"",
                "hinge(activation) | loss at position 17: expected = and relu or elu-plus-one for"
                        + " activation, got \")\"",
                "sigmoid(symmetric) | loss at position 9, option of sigmoid: expected per-image, got"
                        + " \"symmetric\"",
                "hinge+0.5*ce | loss at position 11: expected a loss of one score a pixel as hinge"
                        + " is (hinge, sigmoid), got ce, which is of one logit a class",
                "ce+lovasz->sigmoid@9 | loss at position 12: expected a loss of one logit a class as"
                        + " ce is (ce, lovasz, dice, jaccard, focal, jml, dml, tversky, ohem,"
                        + " boundary), got sigmoid, which is of one score a pixel",
                "lovasz(classes) | loss at position 15: expected = and present or all for classes,"
                        + " got \")\"",
                "lovasz(classes=some) | loss at position 16: expected present or all for classes,"
                        + " got \"some\"",
                "lovasz(per-image,per-image) | loss at position 18: expected every option once, got"
                        + " per-image again",
                "focal(gamma=-1) | loss at position 13: expected a number not below 0 for gamma,"
                        + " got \"-1\"",
                "dice(smooth=0) | loss at position 13: expected a number above 0 for smooth, got"
                        + " \"0\"",
                "tversky(gamma=4) | loss at position 15: expected a number from 1 to 3 for gamma,"
                        + " got \"4\"",
                "jml(intersection=union) | loss at position 18: expected minimum or product for"
                        + " intersection, got \"union\"",
                "ce+jml(miou-d=0) | loss at position 4: miou-d, miou-i, miou-c: expected one of"
                        + " them above 0, got 0, 0 and 0",
                "jml(per-image,miou-i=1) | loss at position 1: per-image: expected false, as miou-d"
                        + " is 1.0, miou-i 1.0 and miou-c 0.0, got true",
                "ohem(min-kept=0.5,min-kept-pixels=9) | loss at position 1: min-kept: expected 0.2,"
                        + " the default, as min-kept-pixels is 9, got 0.5",
                "ohem(min-kept-pixels=0.5) | loss at position 22: expected a whole number from 0 to"
                        + " 16777216 for min-kept-pixels, got \"0.5\"",
                "jml(soft-classes=some) | loss at position 18: expected same, present or all for"
                        + " soft-classes, got \"some\"",
                "ce(label-smoothing=1.5) | loss at position 20: expected a number from 0 to 1 for"
                        + " label-smoothing, got \"1.5\""
            })
    void errorsSayWhereAndWhat(String text, String message) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LossExpression.parse(text == null ? "" : text))
                        .getMessage());
    }

    @Test
    void switchesMustComeBeforeTheLastEpochEnds() {
        LossExpression expression = LossExpression.parse("ce->dice@10->lovasz@20");
        assertDoesNotThrow(() -> expression.checkEpochs(21));
        assertEquals(
                "loss: expected a switch before the last of 20 epochs, got @20, which would never"
                        + " happen",
                assertThrows(IllegalArgumentException.class, () -> expression.checkEpochs(20))
                        .getMessage());
        assertDoesNotThrow(() -> LossExpression.parse("0.5*ce+lovasz").checkEpochs(1));
    }

    @ParameterizedTest
    @CsvSource({"ce, highest-logit", "dice->ce@3, highest-logit", "hinge, score-above-zero"})
    void lossesKnowTheNetworkTheyTrain(String text, String decision) {
        assertEquals(decision, LossExpression.parse(text).decision().toString());
    }

    @Test
    void oneScoreAPixelIsForTwoClasses() {
        LossExpression hinge = LossExpression.parse("hinge->sigmoid@3");
        assertDoesNotThrow(() -> hinge.checkClasses(List.of("ground", "road")));
        assertEquals(
                "loss: expected two classes in classes.txt for hinge->sigmoid@3, which trains one"
                        + " score a pixel, above 0 for the second of them, got 3",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> hinge.checkClasses(List.of("a", "b", "c")))
                        .getMessage());
        assertDoesNotThrow(() -> LossExpression.parse("ce").checkClasses(List.of("a", "b", "c")));
    }

    @Test
    void partsAreNamedForColumns() {
        assertEquals(
                List.of("ce", "lovasz-classes-all-per-image", "dice-smooth-0.5"),
                LossExpression.parse(
                                "ce->0.5*ce+lovasz(classes=all,per-image)@10->dice(smooth=.5)@30")
                        .partNames());
        assertEquals(
                List.of("hinge-per-image-false-symmetric", "sigmoid"),
                LossExpression.parse("hinge(per-image=false,symmetric)+sigmoid").partNames());
    }

    private static Loss build(String text) {
        return LossExpression.parse(text).toLoss(IGNORED, Optional.empty());
    }

    @Test
    void lossesAreThoseOfTheLibrary() {
        float[] weights = {1, 3, 0.5f};
        assertSameValue(
                SegmentationCrossEntropyLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optLabelSmoothing(0.1f)
                        .optClassWeights(weights)
                        .build(),
                LossExpression.parse("ce(label-smoothing=0.1)")
                        .toLoss(IGNORED, Optional.of(weights)));
        assertSameValue(
                FocalLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optGamma(3)
                        .optClassWeights(weights)
                        .build(),
                LossExpression.parse("focal(gamma=3)").toLoss(IGNORED, Optional.of(weights)));
        assertSameValue(
                LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build(), build("lovasz"));
        assertSameValue(
                LovaszSoftmaxLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(true)
                        .optClasses(ClassSelection.all())
                        .build(),
                build("lovasz(per-image,classes=all)"));
        assertSameValue(
                SoftDiceLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(true)
                        .optSmooth(0.5f)
                        .build(),
                build("dice(smooth=0.5,per-image)"));
        assertSameValue(
                SoftJaccardLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optClasses(ClassSelection.all())
                        .build(),
                build("jaccard(classes=all)"));
        assertSameValue(
                JaccardMetricLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(true)
                        .optLabelSmoothing(0.1f)
                        .optIntersection(SoftIntersection.PRODUCT)
                        .build(),
                build("jml(per-image,label-smoothing=0.1,intersection=product)"));
        assertSameValue(
                DiceSemimetricLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optClasses(ClassSelection.all())
                        .build(),
                build("dml(classes=all)"));
        assertSameValue(
                JaccardMetricLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optMiouD(0.5f)
                        .optMiouI(2)
                        .optMiouC(3)
                        .optLogLoss(true)
                        .optGamma(1.5f)
                        .build(),
                build("jml(miou-d=0.5,miou-i=2,miou-c=3,log-loss,gamma=1.5)"));
        assertSameValue(
                OhemCrossEntropyLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optThreshold(0)
                        .optMinKeptPixels(2)
                        .build(),
                build("ohem(threshold=0,min-kept-pixels=2)"));
        assertSameValue(
                TverskyLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optAlpha(0.4f)
                        .optBeta(2)
                        .optGamma(1.5f)
                        .build(),
                build("tversky(alpha=0.4,beta=2,gamma=1.5)"));
        assertSameValue(
                OhemCrossEntropyLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optThreshold(0.3f)
                        .optMinKept(0.1f)
                        .optClassWeights(weights)
                        .build(),
                LossExpression.parse("ohem(threshold=0.3,min-kept=0.1)")
                        .toLoss(IGNORED, Optional.of(weights)));
        assertSameValue(
                BoundaryLoss.builder().optIgnoreLabel(IGNORED).optPerImage(true).build(),
                build("boundary(per-image)"));
        assertNotEquals(value(build("lovasz")), value(build("lovasz(per-image)")));
        assertNotEquals(value(build("jaccard")), value(build("jaccard(smooth=9)")));
    }

    @Test
    void defaultsAreThoseOfTheLibrary() {
        Map.of(
                        "jml", JaccardMetricLoss.builder().optIgnoreLabel(IGNORED).build(),
                        "dml", DiceSemimetricLoss.builder().optIgnoreLabel(IGNORED).build(),
                        "tversky", TverskyLoss.builder().optIgnoreLabel(IGNORED).build(),
                        "ohem", OhemCrossEntropyLoss.builder().optIgnoreLabel(IGNORED).build(),
                        "boundary", BoundaryLoss.builder().optIgnoreLabel(IGNORED).build())
                .forEach((name, loss) -> assertSameValue(loss, build(name)));
    }

    @Test
    void lossesOfOneScoreAreThoseOfTheLibrary() {
        // What the library does by default, too.
        assertSameScore(LovaszHingeLoss.builder().optIgnoreLabel(IGNORED).build(), build("hinge"));
        assertSameScore(
                LovaszSigmoidLoss.builder().optIgnoreLabel(IGNORED).build(), build("sigmoid"));
        assertSameScore(
                LovaszHingeLoss.builder()
                        .optIgnoreLabel(IGNORED)
                        .optPerImage(false)
                        .optSymmetric(true)
                        .optActivation(LovaszHingeLoss.ErrorActivation.ELU_PLUS_ONE)
                        .build(),
                build("hinge(per-image=false,symmetric,activation=elu-plus-one)"));
        assertSameScore(
                LovaszSigmoidLoss.builder().optIgnoreLabel(IGNORED).optPerImage(true).build(),
                build("sigmoid(per-image)"));
        Set<Float> values = new HashSet<>();
        for (String text :
                List.of(
                        "hinge",
                        "hinge(per-image=false)",
                        "hinge(symmetric)",
                        "hinge(activation=elu-plus-one)",
                        "sigmoid",
                        "sigmoid(per-image)")) {
            assertTrue(values.add(score(build(text))), text);
        }
        assertEquals(
                0.5 * score(build("hinge")) + score(build("sigmoid")),
                score(build("0.5*hinge+sigmoid")),
                1e-6);
    }

    private static void assertSameScore(Loss expected, Loss actual) {
        assertSame(expected.getClass(), actual.getClass());
        assertEquals(score(expected), score(actual));
    }

    /** The loss of fixed scores of 2 images. */
    private static float score(Loss loss) {
        return value(loss, 1);
    }

    private static void assertSameValue(Loss expected, Loss actual) {
        assertSame(expected.getClass(), actual.getClass());
        assertEquals(value(expected), value(actual));
    }

    /** The loss of fixed predictions of 3 classes on 2 images; class 2 is absent from the first. */
    private static float value(Loss loss) {
        return value(loss, 3);
    }

    private static float value(Loss loss, int channels) {
        Random random = new Random(1);
        float[] logits = new float[2 * channels * 20];
        int[] labels = new int[2 * 20];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 7 == 0 ? IGNORED : random.nextInt(i < 20 ? 2 : Math.max(2, channels));
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray predictions = manager.create(logits, new Shape(2, channels, 20));
            return loss.evaluate(
                            new NDList(manager.create(labels, new Shape(2, 20))),
                            new NDList(predictions))
                    .getFloat();
        }
    }

    @Test
    void sumsAndSchedulesAreOfTheirParts() {
        Loss single = build("lovasz(per-image)");
        assertEquals("lovasz-per-image", single.getName());

        WeightedLoss sum = assertInstanceOf(WeightedLoss.class, build("0.5*ce+2*lovasz"));
        assertEquals("loss", sum.getName());
        assertEquals(List.of("ce", "lovasz"), sum.getParts().stream().map(Loss::getName).toList());
        assertEquals(0.5 * value(build("ce")) + 2 * value(build("lovasz")), value(sum), 1e-6);
        assertEquals(3 * value(build("ce")), value(build("3*ce")), 1e-6);

        LossSchedule schedule =
                assertInstanceOf(LossSchedule.class, build("ce->0.5*ce+lovasz@10->lovasz@30"));
        assertEquals("loss", schedule.getName());
        assertEquals(
                List.of(1, 11, 31),
                schedule.getPhases().stream().map(LossSchedule.Phase::firstEpoch).toList());
        Loss ce = schedule.getPhases().get(0).loss();
        WeightedLoss second = (WeightedLoss) schedule.getPhases().get(1).loss();
        assertSame(ce, second.getParts().get(0));
        assertSame(schedule.getPhases().get(2).loss(), second.getParts().get(1));
        schedule.setEpoch(10);
        assertEquals(value(build("ce")), value(schedule));
        schedule.setEpoch(11);
        assertEquals(value(build("0.5*ce+lovasz")), value(schedule), 1e-6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lovasz", "dice->jaccard@3", "hinge"})
    void classWeightsNeedALossThatTakesThem(String text) {
        assertEquals(
                "class weights: expected a loss that takes them, ce, focal or ohem, got " + text,
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        LossExpression.parse(text)
                                                .toLoss(IGNORED, Optional.of(new float[] {1, 2})))
                        .getMessage());
    }

    @Test
    void canonicalReadsAsTheSame() {
        long seed = 20261;
        Random random = new Random(seed);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String text = randomExpression(random);
            String what = "seed " + seed + ", " + i + ": " + text;
            LossExpression expression = LossExpression.parse(text);
            String canonical = expression.canonical();
            LossExpression again = LossExpression.parse(canonical);
            assertEquals(expression, again, what);
            assertEquals(canonical, again.canonical(), what);
            assertEquals(
                    parts(expression), expression.partNames().size(), "one name a part, " + what);
            for (String name : expression.partNames()) {
                assertTrue(name.matches("[a-zA-Z0-9.-]+"), what);
            }
            if (i % 20 == 0) {
                assertDoesNotThrow(() -> expression.toLoss(IGNORED, Optional.empty()), what);
            }
            seen.add(canonical);
        }
        assertTrue(seen.size() > 5_000, seen.size() + " different ones");
    }

    private static long parts(LossExpression expression) {
        return expression.phases().stream()
                .flatMap(phase -> phase.terms().stream())
                .map(LossExpression.Term::part)
                .distinct()
                .count();
    }

    private static String randomExpression(Random random) {
        Decision decision = Decision.values()[random.nextInt(2)];
        StringBuilder text = new StringBuilder(randomSum(random, decision));
        int epoch = 0;
        while (random.nextInt(3) == 0) {
            epoch += 1 + random.nextInt(30);
            text.append(blank(random)).append("->").append(randomSum(random, decision));
            text.append(blank(random)).append('@').append(blank(random)).append(epoch);
        }
        return text + blank(random);
    }

    private static String randomSum(Random random, Decision decision) {
        StringBuilder text = new StringBuilder();
        Set<LossKind> used = new HashSet<>();
        do {
            List<LossKind> kinds =
                    Arrays.stream(LossKind.values())
                            .filter(kind -> kind.decision == decision)
                            .toList();
            LossKind kind = kinds.get(random.nextInt(kinds.size()));
            if (used.add(kind)) {
                text.append(text.isEmpty() ? "" : "+").append(blank(random));
                if (random.nextBoolean()) {
                    text.append(number(random)).append(blank(random)).append('*');
                }
                text.append(blank(random));
                text.append(random.nextBoolean() ? kind.shortName : kind.longName);
                text.append(blank(random)).append(randomOptions(random, kind));
            }
        } while (random.nextInt(3) != 0);
        return text.toString();
    }

    private static String randomOptions(Random random, LossKind kind) {
        StringBuilder text = new StringBuilder();
        for (LossOption option : kind.options) {
            // Those that are refused together.
            boolean other =
                    option == LossOption.MIN_KEPT_PIXELS && text.indexOf("min-kept") >= 0
                            || option.name().startsWith("MIOU") && text.indexOf("per-image") >= 0;
            if (!other && random.nextBoolean()) {
                String value =
                        switch (option) {
                            case PER_IMAGE, SYMMETRIC, LOG_LOSS ->
                                    List.of("", "=true", " = false").get(random.nextInt(3));
                            case ACTIVATION -> random.nextBoolean() ? "= relu" : "=elu-plus-one";
                            case CLASSES -> random.nextBoolean() ? "=all" : " = present";
                            case INTERSECTION -> random.nextBoolean() ? "=minimum" : "= product";
                            case SOFT_CLASSES ->
                                    List.of("=all", "= present", "=same").get(random.nextInt(3));
                            case LABEL_SMOOTHING, THRESHOLD, MIN_KEPT, PRESENCE ->
                                    "=" + random.nextFloat();
                            case MIN_KEPT_PIXELS -> "=" + random.nextInt(1 << 24);
                            case TVERSKY_GAMMA, METRIC_GAMMA -> "=" + (1 + 2 * random.nextFloat());
                            case SMOOTH, GAMMA, ALPHA, BETA, MIOU_D, MIOU_I, MIOU_C ->
                                    "=" + number(random);
                        };
                text.append(text.isEmpty() ? "" : ",").append(blank(random));
                text.append(option).append(blank(random)).append(value);
            }
        }
        return text.isEmpty() ? "" : "(" + text + ")";
    }

    private static String number(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> "1";
            case 1 -> "2.";
            case 2 -> "." + (1 + random.nextInt(99));
            case 3 -> (1 + random.nextInt(9)) + "e" + (random.nextInt(60) - 30);
            default -> Float.toString(random.nextFloat() + 1e-3f);
        };
    }

    private static String blank(Random random) {
        return random.nextInt(5) == 0 ? " " : "";
    }

    @Test
    void anyTextIsReadOrRefused() {
        long seed = 20262;
        Random random = new Random(seed);
        String letters = "ceflovaszdijgm0123456789.,-+*>@()= \t\n\u0000\u2028é\ud83d";
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder(randomExpression(random));
            for (int edits = random.nextInt(4); edits > 0; edits--) {
                int at = random.nextInt(text.length() + 1);
                char letter = letters.charAt(random.nextInt(letters.length()));
                switch (random.nextInt(3)) {
                    case 0 -> text.insert(at, letter);
                    case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(3)));
                    default -> text.replace(at, Math.min(text.length(), at + 1), "" + letter);
                }
            }
            try {
                LossExpression expression = LossExpression.parse(text.toString());
                assertEquals(expression, LossExpression.parse(expression.canonical()));
                read++;
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().startsWith("loss at position "), e.getMessage());
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + ", " + i + ": " + text, e);
            }
        }
        assertTrue(read > 5_000 && read < 95_000, read + " read");
    }
}
