package io.github.lovaszdjl.training;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.github.lovaszdjl.internal.Operations;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The exponential moving average of all parameters of a network, running statistics too, see {@link
 * UpdatePlan}. Those that a module of TorchScript keeps to itself are not among them.
 */
final class WeightAverage {

    private final float decay;

    /** By path. */
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

    /** By path; they belong to the managers of the parameters. */
    private final Map<String, NDArray> averages = new LinkedHashMap<>();

    /** Begins with the parameters of an initialized block. */
    WeightAverage(Block block, float decay) {
        this.decay = decay;
        block.getParameters()
                .forEach(
                        entry -> {
                            NDArray array = entry.getValue().getArray();
                            parameters.put(entry.getKey(), entry.getValue());
                            averages.put(entry.getKey(), ParameterState.copyBeside(array, array));
                        });
    }

    /** Takes in the parameters after an update of the training, from 1. */
    void update(int number) {
        double kept = Math.min(decay, (1.0 + number) / (10.0 + number));
        averages.forEach(
                (path, average) -> {
                    // Without the graph, which some threads would build.
                    try (NDArray now = parameters.get(path).getArray().stopGradient();
                            NDArray change = now.sub(average);
                            NDArray share = Operations.number(average, 1 - kept)) {
                        average.addi(change.muli(share));
                    }
                });
    }

    /** Exchanges the parameters with their averages, to the bit. */
    void swap() {
        averages.forEach(
                (path, average) -> {
                    NDArray array = parameters.get(path).getArray();
                    try (NDArray constant = array.stopGradient();
                            NDArray before = constant.duplicate()) {
                        AveragingParameterServer.copy(average, array);
                        AveragingParameterServer.copy(before, average);
                    }
                });
    }

    /** Returns the averages, for a checkpoint: an NPZ archive. */
    byte[] state(NDManager manager) {
        try (NDManager scope = manager.newSubManager()) {
            NDList copies = new NDList();
            averages.forEach(
                    (path, average) -> {
                        NDArray copy = ParameterState.copyTo(average.getDevice(), average);
                        copy.attach(scope);
                        copy.setName(path);
                        copies.add(copy);
                    });
            return copies.encode(NDList.Encoding.NPZ);
        }
    }

    /**
     * Brings the averages back. Nothing is changed if it throws.
     *
     * @throws MalformedModelException if they are not of the parameters of this block
     */
    void restore(byte[] state, NDManager manager) throws MalformedModelException {
        long bytes =
                averages.values().stream()
                        .mapToLong(a -> a.size() * a.getDataType().getNumOfBytes())
                        .sum();
        SavedArrays.check(state, averages.size(), bytes);
        try (NDManager scope = manager.newSubManager()) {
            Map<String, NDArray> given = new HashMap<>();
            for (NDArray array : NDList.decode(scope, state)) {
                given.put(array.getName(), array);
            }
            for (Map.Entry<String, NDArray> entry : averages.entrySet()) {
                NDArray array = given.get(entry.getKey());
                NDArray own = entry.getValue();
                if (array == null
                        || !array.getShape().equals(own.getShape())
                        || array.getDataType() != own.getDataType()) {
                    throw new MalformedModelException(
                            String.format(
                                    "average of %s: expected %s of type %s, got %s",
                                    entry.getKey(),
                                    own.getShape(),
                                    own.getDataType(),
                                    array == null
                                            ? "none"
                                            : array.getShape()
                                                    + " of type "
                                                    + array.getDataType()));
                }
            }
            averages.forEach(
                    (path, average) -> {
                        try (NDArray there =
                                ParameterState.copyTo(average.getDevice(), given.get(path))) {
                            AveragingParameterServer.copy(there, average);
                        }
                    });
        }
    }
}
