package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a round of a training begins with and comes to: parameters, running statistics, the moments
 * and update counts of the optimizer, and how many updates there were in all. It can be sent to
 * another process.
 *
 * @param updates the number of updates of the training so far
 * @param arrays the parameters and statistics in the order of the network, then what the optimizer
 *     has
 * @serial exclude
 */
public record RoundState(int updates, List<StateArray> arrays) implements Serializable {

    private static final long serialVersionUID = 1;

    /**
     * Copies the list.
     *
     * @param updates the number of updates
     * @param arrays the arrays
     */
    public RoundState {
        arrays = List.copyOf(arrays);
    }

    /** Takes the state of a training. */
    static RoundState of(TrainingState training) {
        Block block = training.model().getBlock();
        List<StateArray> arrays = new ArrayList<>();
        for (Pair<String, Parameter> entry : block.getParameters()) {
            Parameter parameter = entry.getValue();
            StateArray.Role role =
                    parameter.requiresGradient()
                            ? StateArray.Role.WEIGHT
                            : StateArray.Role.STATISTIC;
            arrays.add(StateArray.of(entry.getKey(), role, parameter.getArray()));
        }
        try (NDManager scope = training.model().getNDManager().newSubManager()) {
            for (NDArray array : training.optimizer().getState(block, scope)) {
                arrays.add(StateArray.of(array.getName(), StateArray.Role.OPTIMIZER, array));
            }
        }
        return new RoundState(training.updates(), arrays);
    }

    /**
     * Gives the state to a network and its optimizer.
     *
     * @throws IllegalArgumentException if it is that of another network or optimizer
     */
    void copyTo(TrainingState training) {
        Block block = training.model().getBlock();
        int next = 0;
        try (NDManager scope = training.model().getNDManager().newSubManager()) {
            for (Pair<String, Parameter> entry : block.getParameters()) {
                NDArray target = entry.getValue().getArray();
                StateArray array = next < arrays.size() ? arrays.get(next) : null;
                checkFits(array, entry.getKey(), target);
                try (NDArray values = array.toArray(scope)) {
                    AveragingParameterServer.copy(values, target);
                }
                next++;
            }
            NDList moments = new NDList();
            for (StateArray array : arrays.subList(next, arrays.size())) {
                moments.add(array.toArray(scope));
            }
            training.optimizer().setState(block, moments);
        }
    }

    private static void checkFits(StateArray array, String name, NDArray target) {
        if (array == null
                || !array.name().equals(name)
                || array.type() != target.getDataType()
                || !Arrays.equals(array.shape(), target.getShape().getShape())) {
            throw new IllegalArgumentException(
                    String.format(
                            "state: expected %s %s of type %s as the network has it, got %s",
                            name, target.getShape(), target.getDataType(), array));
        }
    }

    /**
     * Returns how many bytes the numbers have.
     *
     * @return the bytes of all arrays together
     */
    public long bytes() {
        return arrays.stream().mapToLong(array -> array.values().length).sum();
    }
}
