package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import io.github.lovaszdjl.Engines;
import io.github.lovaszdjl.model.MixTransformer;
import io.github.lovaszdjl.model.UNet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InitialWeightsTest {

    @Test
    void areTheNumbersThatPyTorchPrints() {
        // torch.manual_seed(12345); torch.empty(8, 3).normal_(0, 0.5), then 5 numbers more.
        float[] expected = {
            -0.73990387f, 0.243653f, -1.5063969f, 0.2219276f, 0.1798781f, -0.006174065f,
            0.10926122f, -0.6407342f, -0.1072612f, -0.63099736f, -0.06407741f, -0.18685716f,
            0.53413415f, 0.7349325f, -0.012250865f, 0.5520568f, 0.26120883f, 0.30288497f,
            0.37359822f, 0.07711104f, -0.1743479f, 0.08969678f, 0.14463335f, -0.28164986f
        };
        float[] expectedOfFew = {
            0.1129043f, -0.44588554f, -0.55749315f, -0.69822514f, -0.39581484f
        };
        InitialWeights weights = new InitialWeights(12345);
        try (NDManager manager = NDManager.newBaseManager()) {
            // Standard deviations of √(2/3) and √2 where PyTorch was asked for ½.
            float[] many = values(weights, manager, new Shape(8, 3));
            float[] few = values(weights, manager, new Shape(5, 1));
            assertEquals(expected.length, many.length);
            for (int i = 0; i < many.length; i++) {
                assertEquals(expected[i], many[i] * 0.5 / Math.sqrt(2 / 3.0), 1e-6, "" + i);
            }
            for (int i = 0; i < few.length; i++) {
                assertEquals(expectedOfFew[i], few[i] * 0.5 / Math.sqrt(2), 1e-6, "" + i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, -1, Integer.MIN_VALUE, 20261125})
    void areThoseThatPyTorchDraws(int seed) {
        Engines.assumePyTorch("compares with PyTorch");
        Engine.getInstance().setRandomSeed(seed);
        InitialWeights ours = new InitialWeights(seed);
        Initializer djls = Parameter.Type.WEIGHT.getInitializer();
        try (NDManager manager = NDManager.newBaseManager()) {
            // Fewer than 16, a multiple, not a multiple, more than one turn of the generator.
            for (Shape shape :
                    new Shape[] {
                        new Shape(3, 1, 1, 1),
                        new Shape(8, 3, 2, 2),
                        new Shape(5, 3, 3, 3),
                        new Shape(2, 2),
                        new Shape(4, 4, 1, 1),
                        new Shape(32, 16, 3, 3),
                        new Shape(15, 1)
                    }) {
                assertArrayEquals(
                        values(djls, manager, shape),
                        values(ours, manager, shape),
                        // A few roundings of numbers below 6.
                        2e-6f,
                        "seed " + seed + " " + shape);
            }
        }
    }

    @Test
    void leaveABlockTheInitializersOfItsOwn() {
        UNet unet = UNet.builder().setClasses(2).build();
        for (Parameter parameter : unet.getParameters().values()) {
            boolean weight = parameter.getType() == Parameter.Type.WEIGHT;
            assertEquals(weight, InitialWeights.standsInFor(parameter), parameter.getName());
        }
        for (Parameter parameter : MixTransformer.b0(3).getParameters().values()) {
            assertFalse(InitialWeights.standsInFor(parameter), parameter.getName());
        }
    }

    private static float[] values(Initializer initializer, NDManager manager, Shape shape) {
        return initializer.initialize(manager, shape, DataType.FLOAT32).toFloatArray();
    }
}
