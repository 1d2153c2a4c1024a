package io.github.lovaszdjl.spark;

import io.github.lovaszdjl.training.NonFiniteLossException;
import io.github.lovaszdjl.training.PartReport;
import io.github.lovaszdjl.training.PartResult;
import io.github.lovaszdjl.training.RoundState;
import io.github.lovaszdjl.training.StateArray;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Some arrays of the state that a part of a round came to.
 *
 * @param part the part
 * @param steps how many steps it took
 * @param updates how many updates there were in all
 * @param arrays the arrays
 * @param report what the part did; null in all but its first slice
 * @param loss a loss that is not finite, or null; in the first slice
 * @param fault another reason why there is nothing else, or null; in the first slice
 */
record Slice(
        int part,
        int steps,
        int updates,
        List<StateArray> arrays,
        PartReport report,
        NonFiniteLossException loss,
        String fault)
        implements Serializable {

    private static final long serialVersionUID = 1L;

    static Slice of(int part, PartResult result, List<StateArray> arrays, int number) {
        return new Slice(
                part,
                result.report().steps(),
                result.state().updates(),
                arrays,
                number == 0 ? result.report() : null,
                number == 0 ? result.fault().orElse(null) : null,
                null);
    }

    static Slice of(int part, String fault) {
        return new Slice(part, 0, 0, List.of(), null, null, fault);
    }

    /** Cuts a state into slices of about as many bytes, in the order of its arrays. */
    static List<List<StateArray>> cut(RoundState state, int slices) {
        List<List<StateArray>> cut = new ArrayList<>();
        for (int slice = 0; slice < slices; slice++) {
            cut.add(new ArrayList<>());
        }
        double total = Math.max(1, state.bytes());
        long before = 0;
        for (StateArray array : state.arrays()) {
            // By where its middle is.
            double middle = before + array.values().length / 2.0;
            cut.get((int) Math.min(slices - 1, middle / total * slices)).add(array);
            before += array.values().length;
        }
        return cut;
    }
}
