package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LovaszSoftmaxLossTest {

    private NDManager manager;

    @BeforeEach
    void setUp() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void tearDown() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void equalsReferenceForRandomOptions(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            int images = 1 + random.nextInt(3);
            int classes = 1 + random.nextInt(8);
            int pixels = 1 + random.nextInt(40);
            boolean fromLogits = random.nextInt(3) > 0;
            double scale = new double[] {0.01, 1, 5, 30}[random.nextInt(4)];
            double[] predictions = LossTesting.logits(random, images * classes * pixels, scale);
            if (!fromLogits) {
                for (int i = 0; i < predictions.length; i++) {
                    predictions[i] = random.nextFloat();
                }
            }
            int[] labels = LossTesting.labels(random, images * pixels, classes);
            Integer ignore = random.nextBoolean() ? null : random.nextBoolean() ? 255 : -1;
            double ignored = random.nextDouble();
            if (ignore != null) {
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = random.nextDouble() < ignored ? ignore : labels[i];
                }
            }
            boolean perImage = random.nextBoolean();
            LovaszSoftmaxLoss.Builder builder =
                    LovaszSoftmaxLoss.builder().optFromLogits(fromLogits).optPerImage(perImage);
            if (ignore != null) {
                builder.optIgnoreLabel(ignore);
            }
            double[] classWeights = null;
            if (random.nextBoolean()) {
                float[] weights = new float[classes];
                for (int c = 0; c < classes; c++) {
                    weights[c] = random.nextInt(4) * 0.5f;
                }
                builder.optClassWeights(weights);
                classWeights = IntStream.range(0, classes).mapToDouble(c -> weights[c]).toArray();
            }
            int[] selected = null;
            int kind = random.nextInt(3);
            if (kind == 1) {
                selected = IntStream.range(0, classes).toArray();
                builder.optClasses(ClassSelection.all());
            } else if (kind == 2) {
                selected = random.ints(1 + random.nextInt(3), 0, classes).toArray();
                builder.optClasses(ClassSelection.of(selected));
            }
            Reference.Options options =
                    new Reference.Options(fromLogits, selected, classWeights, perImage, ignore);
            Reference.Result expected =
                    Reference.lovaszSoftmax(predictions, labels, images, classes, options);
            NDArray target = manager.create(labels, new Shape(images, pixels));
            Shape shape = new Shape(images, classes, pixels);
            String message = "seed " + seed + " round " + round;
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                LossTesting.assertClose(
                        expected,
                        LossTesting.run(builder.build(), predictions, shape, type, target),
                        message + " " + type);
            }
        }
    }

    @Test
    void equalsReferenceOnFourMillionPixels() {
        int classes = 3;
        int pixels = 1 << 22;
        Random random = new Random(7);
        int[] labels = new int[pixels];
        double[] logits = new double[classes * pixels];
        for (int i = 0; i < pixels; i++) {
            labels[i] = random.nextInt(100) == 0 ? 2 : random.nextInt(2);
            for (int c = 0; c < classes; c++) {
                double right = c == labels[i] ? 2 : 0;
                logits[c * pixels + i] = (float) (random.nextGaussian() * 1.5 + right);
            }
        }
        Reference.Result expected =
                Reference.lovaszSoftmax(logits, labels, 1, classes, Reference.Options.NONE);
        NDArray target = manager.create(labels, new Shape(1, 2048, 2048));
        LossTesting.assertClose(
                expected,
                LossTesting.run(
                        new LovaszSoftmaxLoss(),
                        logits,
                        new Shape(1, classes, 2048, 2048),
                        DataType.FLOAT32,
                        target),
                "4 million pixels");
    }
}
