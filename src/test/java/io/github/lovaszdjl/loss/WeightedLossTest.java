package io.github.lovaszdjl.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.reference.Reference;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightedLossTest {

    private static WeightedLoss usual() {
        return WeightedLoss.builder()
                .add(0.5f, SegmentationCrossEntropyLoss.builder().optName("CE").build())
                .add(1, LovaszSoftmaxLoss.builder().optName("Lovasz").build())
                .optName("Sum")
                .build();
    }

    @Test
    void isTheWeightedSumInValueAndGradient() {
        double[] logits = LossTesting.logits(new Random(1), 60, 2);
        int[] labels = LossTesting.labels(new Random(2), 20, 3);
        Reference.Result ce = Reference.crossEntropy(logits, labels, 1, 3, null, null, 0);
        Reference.Result lovasz =
                Reference.lovaszSoftmax(logits, labels, 1, 3, Reference.Options.NONE);
        double[] gradient = new double[60];
        for (int i = 0; i < 60; i++) {
            gradient[i] = 0.5 * ce.gradient()[i] + lovasz.gradient()[i];
        }
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray target = manager.create(labels, new Shape(1, 20));
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                Reference.Result actual =
                        LossTesting.run(usual(), logits, new Shape(1, 3, 20), type, target);
                LossTesting.assertClose(
                        new Reference.Result(0.5 * ce.value() + lovasz.value(), gradient),
                        actual,
                        "weighted " + type);
            }
        }
    }

    @Test
    void partsKeepTheirNamesAndOrder() {
        assertEquals("Sum", usual().getName());
        assertEquals(
                java.util.List.of("CE", "Lovasz"),
                usual().getParts().stream().map(Loss::getName).toList());
    }

    @Test
    void partsOfAnotherMakeAreSummedToo() {
        WeightedLoss loss =
                WeightedLoss.builder().add(2, Loss.l2Loss("L2")).add(3, Loss.l1Loss("L1")).build();
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray predictions = manager.create(new float[] {1, 2, 4});
            NDArray labels = manager.create(new float[] {0, 0, 0});
            // DJL's L2 is half the mean of the squares.
            assertEquals(
                    2 * 21 / 6.0 + 3 * 7 / 3.0,
                    LossTesting.evaluate(loss, predictions, labels),
                    1e-5);
        }
    }

    @Test
    void weightedLossesNest() {
        WeightedLoss nested = WeightedLoss.builder().add(2, usual()).optName("Twice").build();
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            NDArray predictions = manager.randomNormal(new Shape(1, 3, 20));
            NDArray labels = manager.zeros(new Shape(1, 20), DataType.INT32);
            assertEquals(
                    2 * LossTesting.evaluate(usual(), predictions, labels),
                    LossTesting.evaluate(nested, predictions, labels),
                    1e-6);
        }
    }

    @Test
    void weightZeroStaysConnected() {
        WeightedLoss loss = WeightedLoss.builder().add(0, new LovaszSoftmaxLoss()).build();
        try (NDManager manager = NDManager.newBaseManager(Engines.device())) {
            Reference.Result result =
                    LossTesting.run(
                            loss,
                            LossTesting.logits(new Random(1), 60, 2),
                            new Shape(1, 3, 20),
                            DataType.FLOAT32,
                            manager.zeros(new Shape(1, 20), DataType.INT32));
            assertEquals(0, result.value());
            assertEquals(0, LossTesting.norm(result.gradient()));
        }
    }

    @Test
    void namesMustDiffer() {
        WeightedLoss.Builder twice =
                WeightedLoss.builder()
                        .add(1, new LovaszSoftmaxLoss())
                        .add(1, new LovaszSoftmaxLoss());
        String message = assertThrows(IllegalArgumentException.class, twice::build).getMessage();
        assertTrue(message.contains("two named LovaszSoftmaxLoss"), message);
        WeightedLoss.Builder none = WeightedLoss.builder();
        assertTrue(
                assertThrows(IllegalArgumentException.class, none::build)
                        .getMessage()
                        .contains("got none"));
    }

    @Test
    void noPartMayHaveTheNameOfTheSum() {
        WeightedLoss.Builder same =
                WeightedLoss.builder().add(1, new LovaszSoftmaxLoss()).optName("LovaszSoftmaxLoss");
        assertThrows(IllegalArgumentException.class, same::build);
    }
}
