package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.BinaryReference;
import io.github.lovaszdjl.reference.ErrorFunction;
import io.github.lovaszdjl.reference.PublishedLovasz;
import io.github.lovaszdjl.reference.Reference;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the losses are measured against computes the same. */
class PublishedLovaszTest {

    private static final int PIXELS = 2000;

    /**
     * Of the norm of the gradient. The weights are differences of Jaccard indices in FLOAT32: a few
     * roundings of 2⁻²⁵ in about 1/2000.
     */
    private static final double GRADIENT_TOLERANCE = 1e-4;

    private NDManager manager;

    @BeforeEach
    void open() {
        Engines.assumePyTorch("MXNet lacks gather");
        manager = NDManager.newBaseManager(Engines.device());
    }

    @AfterEach
    void close() {
        if (manager != null) {
            manager.close();
        }
    }

    private NDArray array(double[] values, long channels) {
        Shape shape = new Shape(2, channels, PIXELS / 2);
        return LossTesting.create(manager, values, shape, DataType.FLOAT32);
    }

    private NDArray array(int[] labels) {
        return manager.create(labels, new Shape(2, PIXELS / 2)).toType(DataType.INT64, true);
    }

    private static void assertClose(Reference.Result expected, Reference.Result actual) {
        assertEquals(expected.value(), actual.value(), LossTesting.VALUE_TOLERANCE);
        double off = LossTesting.distance(expected, actual);
        double norm = LossTesting.norm(expected.gradient());
        assertTrue(off <= GRADIENT_TOLERANCE * norm, "off by " + off + " of " + norm);
    }

    @Test
    void softmaxOfThePresentClassesIsThatOfTheDefinition() {
        Random random = new Random(1);
        double[] logits = LossTesting.logits(random, 4 * PIXELS, 2);
        // The last class is absent.
        int[] labels = LossTesting.labels(random, PIXELS, 3);
        assertClose(
                Reference.lovaszSoftmax(logits, labels, 2, 4, Reference.Options.NONE),
                LossTesting.run(new PublishedLovasz(false), array(logits, 4), array(labels)));
    }

    @Test
    void hingePerImageIsThatOfTheDefinition() {
        Random random = new Random(2);
        double[] scores = LossTesting.logits(random, PIXELS, 2);
        int[] labels = LossTesting.labels(random, PIXELS, 2);
        assertClose(
                BinaryReference.binary(
                        scores, labels, 2, 1, true, null, false, ErrorFunction.HINGE),
                LossTesting.run(new PublishedLovasz(true), array(scores, 1), array(labels)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void garbageCollectionBetweenForwardAndBackwardChangesNothing(boolean hinge) {
        Random random = new Random(3);
        PublishedLovasz loss = new PublishedLovasz(hinge);
        int channels = hinge ? 1 : 2;
        double[] logits = LossTesting.logits(random, channels * PIXELS, 2);
        NDArray labels = array(LossTesting.labels(random, PIXELS, 2));
        double[] expected = LossTesting.run(loss, array(logits, channels), labels).gradient();
        for (int round = 0; round < 10; round++) {
            NDArray predictions = array(logits, channels);
            predictions.setRequiresGradient(true);
            try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                NDArray value = loss.evaluate(new NDList(labels), new NDList(predictions));
                System.gc();
                for (int i = 0; i < 64; i++) {
                    // Takes the memory that was freed.
                    manager.create(new float[] {1e31f}).close();
                }
                collector.backward(value);
            }
            assertArrayEquals(expected, LossTesting.doubles(predictions.getGradient()));
        }
    }
}
