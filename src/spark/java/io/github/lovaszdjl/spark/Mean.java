package io.github.lovaszdjl.spark;

import io.github.lovaszdjl.training.NonFiniteLossException;
import io.github.lovaszdjl.training.PartReport;
import io.github.lovaszdjl.training.StateArray;
import io.github.lovaszdjl.training.StateAverage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * The mean of a slice of all parts.
 *
 * @param slice the number of the slice
 * @param arrays the means of its arrays
 * @param updates the most updates that a part had
 * @param reports what the parts did, in their order; none in all but the first slice
 * @param loss the first part's loss that is not finite, or null
 * @param fault the first part's other fault, or null
 */
record Mean(
        int slice,
        List<StateArray> arrays,
        int updates,
        List<PartReport> reports,
        NonFiniteLossException loss,
        String fault)
        implements Serializable {

    private static final long serialVersionUID = 1L;

    static Mean of(int slice, Iterable<Slice> slices) {
        List<Slice> parts = new ArrayList<>();
        slices.forEach(parts::add);
        parts.sort(Comparator.comparingInt(Slice::part));
        String fault = first(parts.stream().map(Slice::fault).toList());
        int[] steps = parts.stream().mapToInt(Slice::steps).toArray();
        return new Mean(
                slice,
                fault != null
                        ? List.of()
                        : StateAverage.of(parts.stream().map(Slice::arrays).toList(), steps),
                parts.stream().mapToInt(Slice::updates).max().orElseThrow(),
                parts.stream().map(Slice::report).filter(Objects::nonNull).toList(),
                first(parts.stream().map(Slice::loss).toList()),
                fault);
    }

    private static <T> T first(List<T> values) {
        return values.stream().filter(Objects::nonNull).findFirst().orElse(null);
    }

    /** Throws what a part stopped at. */
    void throwFault() throws WorkerException {
        if (fault != null) {
            throw new WorkerException(fault);
        }
        if (loss != null) {
            throw loss;
        }
    }
}
