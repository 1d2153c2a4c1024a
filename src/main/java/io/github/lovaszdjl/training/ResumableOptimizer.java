package io.github.lovaszdjl.training;

import static io.github.lovaszdjl.training.Values.check;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import io.github.lovaszdjl.internal.Operations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * An optimizer whose state can be read and set, so that a training can be stopped and resumed.
 *
 * <p>The state of a parameter is the number of its updates and one or more arrays of its shape and
 * type. {@link #getState} gives it by the path of the parameter in the block, as DJL's parameter
 * ids are drawn anew in every process. A training that is resumed from the same weights and state
 * takes the same steps as one that was never stopped, to the bit where the engine computes the same
 * gradients:
 *
 * <pre>{@code
 * ResumableOptimizer optimizer =
 *         ResumableAdam.builder().optLearningRateTracker(schedule).build();
 * ...
 * NDList state = optimizer.getState(model.getBlock(), manager); // with the weights, to a file
 * ...
 * optimizer.setState(model.getBlock(), state); // before the first update after a restart
 * }</pre>
 *
 * <p>Updates are counted by parameter and device: the devices of a parameter take every step
 * together, and the learning rate tracker is asked for the id of the parameter and the number of
 * its step, from 1: one that was {@linkplain Parameter#freeze frozen} at first counts from when it
 * was no longer. (DJL's own optimizers count a step once for every device.) The state of a tracker
 * is not kept; one whose value depends on the number alone needs none.
 *
 * <p>Of DJL's options weight decay, rescaling and clipping of gradients are honoured, in the order
 * rescale, clip, decay; a first update number is refused, as the state has it.
 *
 * <p>The arrays of the state belong to the manager of the weights and are closed with it. On MXNet
 * that needs DJL's own parameter server: making an optimizer sets the system property {@code
 * ai.djl.use_local_parameter_server} for it, unless it has a value. Not safe for use by several
 * threads at once.
 */
public abstract sealed class ResumableOptimizer extends Optimizer
        permits ResumableSgd, ResumableAdam {

    private static final String STEP = "step";

    /** Makes MXNet take DJL's parameter server; no other engine reads it. */
    private static final String LOCAL_SERVER = "ai.djl.use_local_parameter_server";

    private final ParameterTracker learningRate;

    /** By parameter id. */
    private final Map<String, ParameterState> states = new HashMap<>();

    /** The ids of parameters without weight decay. */
    private final Set<String> undecayed = new HashSet<>();

    /** By what the gradients of the next updates are multiplied. */
    private float gradientFactor = 1;

    ResumableOptimizer(OptimizerBuilder<?> builder, ParameterTracker learningRate) {
        super(builder);
        this.learningRate = learningRate;
        // MXNet's own hands out weights that are closed after the update, the state with them, and
        // an exception does not get through it.
        if (System.getProperty(LOCAL_SERVER) == null) {
            System.setProperty(LOCAL_SERVER, "true");
        }
        check("rescaleGrad", rescaleGrad, Float.isFinite(rescaleGrad), "a finite number");
        check("clipGrad", clipGrad, !Float.isNaN(clipGrad), "a number, below 0 for none");
        float decay = getWeightDecay();
        check(
                "weightDecays",
                decay,
                decay >= 0 && Float.isFinite(decay),
                "a finite number not below 0");
    }

    /** Returns the names of the arrays that the state of a parameter consists of. */
    abstract List<String> arrayNames();

    /**
     * Takes a step, with the engine's update, which builds no graph and clears the weight's own
     * gradient.
     *
     * @param rate the learning rate
     * @param step the number of the step, from 1
     * @param decay the weight decay
     * @param weight the weight, changed in place
     * @param grad the gradient, rescaled and clipped, not to be changed
     * @param state the arrays, changed in place
     */
    abstract void step(
            float rate, int step, float decay, NDArray weight, NDArray grad, List<NDArray> state);

    /** Exempts parameters from the weight decay, by their ids. */
    void exempt(Set<String> parameterIds) {
        undecayed.addAll(parameterIds);
    }

    /** Sets by what the gradients of the next updates are multiplied, before all else. */
    void setGradientFactor(float factor) {
        gradientFactor = factor;
    }

    /**
     * Updates a weight in place.
     *
     * @param parameterId the id of its parameter
     * @param weight the weight on one of the devices
     * @param grad the gradient, of the same shape and device
     * @throws IllegalArgumentException if the tracker gives a learning rate that is not finite or
     *     below 0
     * @throws IllegalStateException if the parameter was updated before on other devices, but not
     *     on this one
     */
    @Override
    public void update(String parameterId, NDArray weight, NDArray grad) {
        update(parameterId, weight.getDevice(), weight, grad);
    }

    void update(String parameterId, Device device, NDArray weight, NDArray grad) {
        ParameterState state =
                states.computeIfAbsent(parameterId, id -> new ParameterState(0, List.of()));
        ParameterState.OnDevice own = state.on(device, weight, arrayNames().size());
        int step = own.steps + 1;
        float rate = learningRate.getNewValue(parameterId, step);
        check(
                "learningRate",
                rate,
                rate >= 0 && Float.isFinite(rate),
                "a finite number not below 0 for update " + step);
        NDArray gradient = rescaledAndClipped(grad);
        try {
            float decay = undecayed.contains(parameterId) ? 0 : getWeightDecay();
            step(rate, step, decay, weight, gradient, own.arrays);
        } finally {
            if (gradient != grad) {
                gradient.close();
            }
        }
        own.steps = step;
    }

    /** Done here, as PyTorch's update in DJL does not clip as it should. */
    private NDArray rescaledAndClipped(NDArray grad) {
        float scale = rescaleGrad * gradientFactor;
        NDArray result = scale == 1 ? grad : scaled(grad, scale);
        if (clipGrad < 0) {
            return result;
        }
        NDArray clipped = result.clip(-clipGrad, clipGrad);
        if (result != grad) {
            result.close();
        }
        return clipped;
    }

    private static NDArray scaled(NDArray grad, float scale) {
        try (NDArray factor = Operations.number(grad, scale)) {
            return grad.mul(factor);
        }
    }

    /**
     * Copies the state of all parameters that learn.
     *
     * @param block the block that is trained, initialized
     * @param manager the manager of the copies, on the device of which they are made
     * @return for every parameter with a gradient, at PATH in {@link Block#getParameters()}, its
     *     arrays, of its shape and type, each named PATH/ARRAY (ARRAY is "momentum" for {@link
     *     ResumableSgd}, none without momentum; "mean" and "variance" for {@link ResumableAdam}),
     *     and the number of its updates, a scalar of type INT64 named PATH/step. Zeros for one that
     *     was never updated
     * @throws IllegalStateException if a parameter is not initialized, or was updated more often on
     *     one device than on another
     */
    public NDList getState(Block block, NDManager manager) {
        NDList result = new NDList();
        learning(block)
                .forEach(
                        (path, parameter) -> {
                            ParameterState state =
                                    states.getOrDefault(
                                            parameter.getId(), new ParameterState(0, List.of()));
                            List<NDArray> arrays = state.arrays();
                            for (int i = 0; i < arrayNames().size(); i++) {
                                NDArray copy =
                                        arrays.isEmpty()
                                                ? manager.zeros(
                                                        parameter.getArray().getShape(),
                                                        parameter.getArray().getDataType())
                                                : ParameterState.copyTo(
                                                        manager.getDevice(), arrays.get(i));
                                copy.attach(manager);
                                copy.setName(path + "/" + arrayNames().get(i));
                                result.add(copy);
                            }
                            NDArray step = manager.create((long) state.steps(path));
                            step.setName(path + "/" + STEP);
                            result.add(step);
                        });
        return result;
    }

    /** Returns how many arrays {@link #getState} gives for a block. */
    int countStateArrays(Block block) {
        return learning(block).size() * (arrayNames().size() + 1);
    }

    /** Returns how many bytes the arrays that {@link #getState} gives for a block have. */
    long countStateBytes(Block block) {
        return learning(block).values().stream()
                .map(Parameter::getArray)
                .mapToLong(
                        array ->
                                array.size()
                                                * array.getDataType().getNumOfBytes()
                                                * arrayNames().size()
                                        + Long.BYTES)
                .sum();
    }

    /**
     * Replaces the state of all parameters of a block that learn. Nothing is changed if it throws.
     *
     * @param block the block to be trained, initialized
     * @param state what {@link #getState} gave for a block with the same parameters; copied
     * @throws IllegalArgumentException if a name is missing, there twice or not expected, a shape
     *     or type is not that of the parameter, or a number of updates is below 0
     * @throws IllegalStateException if a parameter is not initialized
     */
    public void setState(Block block, NDList state) {
        Map<String, Parameter> parameters = learning(block);
        Map<String, NDArray> given = named(state);
        List<String> missing = new ArrayList<>();
        for (String path : parameters.keySet()) {
            arrayNames().stream()
                    .map(name -> path + "/" + name)
                    .filter(name -> !given.containsKey(name))
                    .forEach(missing::add);
            if (!given.containsKey(path + "/" + STEP)) {
                missing.add(path + "/" + STEP);
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    "state: expected "
                            + missing.get(0)
                            + (missing.size() == 1 ? "" : " and " + (missing.size() - 1) + " more")
                            + ", got none of that name");
        }
        Map<String, Integer> steps = new HashMap<>();
        Map<String, List<NDArray>> arrays = new HashMap<>();
        parameters.forEach(
                (path, parameter) -> {
                    steps.put(path, readSteps(given.remove(path + "/" + STEP), path));
                    List<NDArray> own = new ArrayList<>();
                    for (String name : arrayNames()) {
                        NDArray array = given.remove(path + "/" + name);
                        checkLayout(
                                array,
                                parameter.getArray().getShape(),
                                parameter.getArray().getDataType(),
                                path + "/" + name);
                        own.add(array);
                    }
                    arrays.put(path, own);
                });
        if (!given.isEmpty()) {
            throw new IllegalArgumentException(
                    "state: expected the arrays of this optimizer for the parameters of the block,"
                            + " got "
                            + given.keySet().iterator().next()
                            + " too");
        }
        parameters.forEach(
                (path, parameter) -> {
                    List<NDArray> copies =
                            arrays.get(path).stream()
                                    .map(
                                            array ->
                                                    ParameterState.copyBeside(
                                                            parameter.getArray(), array))
                                    .toList();
                    ParameterState old =
                            states.put(
                                    parameter.getId(), new ParameterState(steps.get(path), copies));
                    if (old != null) {
                        old.close();
                    }
                });
    }

    private static Map<String, Parameter> learning(Block block) {
        Map<String, Parameter> result = new LinkedHashMap<>();
        block.getParameters()
                .forEach(
                        entry -> {
                            Parameter parameter = entry.getValue();
                            if (!parameter.requiresGradient()) {
                                return;
                            }
                            if (!parameter.isInitialized()) {
                                throw new IllegalStateException(
                                        "block: expected initialized parameters, got "
                                                + entry.getKey()
                                                + ", which is not");
                            }
                            result.put(entry.getKey(), parameter);
                        });
        return result;
    }

    private static Map<String, NDArray> named(NDList state) {
        Map<String, NDArray> result = new LinkedHashMap<>();
        for (NDArray array : state) {
            if (array.getName() == null) {
                throw new IllegalArgumentException(
                        "state: expected names, got an array without, of shape "
                                + array.getShape());
            }
            if (result.put(array.getName(), array) != null) {
                throw new IllegalArgumentException(
                        "state: expected a name for each array, got two named " + array.getName());
            }
        }
        return result;
    }

    private static int readSteps(NDArray array, String path) {
        String name = path + "/" + STEP;
        checkLayout(array, new Shape(), DataType.INT64, name);
        long steps = array.getLong();
        if (steps < 0 || steps > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    name + ": expected a number of updates from 0 to 2^31 - 1, got " + steps);
        }
        return (int) steps;
    }

    private static void checkLayout(NDArray array, Shape shape, DataType type, String name) {
        if (!array.getShape().equals(shape) || array.getDataType() != type) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: expected %s of type %s, got %s of type %s",
                            name, shape, type, array.getShape(), array.getDataType()));
        }
    }

    /** The options that all have. */
    abstract static class Builder<T extends Builder<T>> extends OptimizerBuilder<T> {

        ParameterTracker learningRate;

        /**
         * Refuses any number but 0.
         *
         * @param beginNumUpdate 0
         * @return this builder
         * @throws IllegalArgumentException if it is not 0: {@link ResumableOptimizer#setState} sets
         *     the number of updates together with what belongs to it
         */
        @Override
        public T optBeginNumUpdate(int beginNumUpdate) {
            if (beginNumUpdate != 0) {
                throw new IllegalArgumentException(
                        "beginNumUpdate: expected 0, as the state has the number of updates, got "
                                + beginNumUpdate);
            }
            return self();
        }

        @Override
        protected abstract T self();

        final ParameterTracker checkedLearningRate() {
            return Objects.requireNonNull(
                    learningRate, "learningRateTracker: expected a tracker, got null");
        }
    }
}
