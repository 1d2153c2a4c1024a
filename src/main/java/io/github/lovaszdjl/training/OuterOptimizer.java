package io.github.lovaszdjl.training;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Takes the step of a {@link RoundPlan} from a round to the next one. */
final class OuterOptimizer {

    private final RoundPlan plan;

    /** The momentum b by the name of the weight; none before its first step. */
    private final Map<String, double[]> momentum = new TreeMap<>();

    OuterOptimizer(RoundPlan plan) {
        this.plan = plan;
    }

    /**
     * Takes a step.
     *
     * @param before what the round began with
     * @param mean the mean of what its parts came to
     * @return what the next round begins with
     */
    RoundState step(RoundState before, RoundState mean) {
        if (plan.takesMean()) {
            return mean;
        }
        List<StateArray> arrays = new ArrayList<>();
        for (int a = 0; a < mean.arrays().size(); a++) {
            StateArray array = mean.arrays().get(a);
            boolean learns = array.role() == StateArray.Role.WEIGHT;
            arrays.add(learns ? step(before.arrays().get(a), array) : array);
        }
        return new RoundState(mean.updates(), arrays);
    }

    private StateArray step(StateArray before, StateArray mean) {
        ByteBuffer from = before.buffer();
        ByteBuffer to = mean.buffer();
        ByteBuffer result =
                ByteBuffer.allocate(mean.values().length).order(ByteOrder.nativeOrder());
        boolean single =
                switch (mean.type()) {
                    case FLOAT32 -> true;
                    case FLOAT64 -> false;
                    default ->
                            throw new IllegalArgumentException(
                                    "weight: expected type float32 or float64, got " + mean);
                };
        int bytes = mean.type().getNumOfBytes();
        int size = mean.values().length / bytes;
        double[] b =
                plan.outerMomentum() == 0
                        ? new double[size]
                        : momentum.computeIfAbsent(mean.name(), name -> new double[size]);
        for (int i = 0; i < size; i++) {
            double old = single ? from.getFloat(i * bytes) : from.getDouble(i * bytes);
            double delta = old - (single ? to.getFloat(i * bytes) : to.getDouble(i * bytes));
            b[i] = plan.outerMomentum() * b[i] + delta;
            double next = old - plan.outerLearningRate() * (delta + plan.outerMomentum() * b[i]);
            if (single) {
                result.putFloat(i * bytes, (float) next);
            } else {
                result.putDouble(i * bytes, next);
            }
        }
        return mean.with(result);
    }

    /** Returns the momentum, for a checkpoint; nothing where there is none. */
    byte[] state() {
        if (momentum.isEmpty()) {
            return new byte[0];
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Map.Entry<String, double[]> entry : momentum.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeInt(entry.getValue().length);
                for (double value : entry.getValue()) {
                    out.writeDouble(value);
                }
            }
        } catch (IOException e) {
            throw new AssertionError("memory can be written", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Brings the momentum back.
     *
     * @param state what {@link #state} gave
     * @param weights the state of the training, whose weights it has to fit
     * @throws IOException if it does not
     */
    void restore(byte[] state, RoundState weights) throws IOException {
        momentum.clear();
        Map<String, Integer> sizes = new TreeMap<>();
        for (StateArray array : weights.arrays()) {
            sizes.put(array.name(), array.values().length / array.type().getNumOfBytes());
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
        while (in.available() > 0) {
            String name = in.readUTF();
            int size = in.readInt();
            if (!Integer.valueOf(size).equals(sizes.get(name))) {
                throw new IOException(
                        String.format(
                                "outer momentum: expected %s numbers of %s, got %d",
                                sizes.getOrDefault(name, 0), name, size));
            }
            double[] values = new double[size];
            for (int i = 0; i < size; i++) {
                values[i] = in.readDouble();
            }
            momentum.put(name, values);
        }
    }
}
