package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The state of a parameter: what it starts from, and what it has become on every device. */
final class ParameterState {

    private final int firstSteps;

    /** Empty for zeros, and from the second update on, when every device has its own. */
    private List<NDArray> first;

    private final Map<Device, OnDevice> devices = new LinkedHashMap<>();

    ParameterState(int firstSteps, List<NDArray> first) {
        this.firstSteps = firstSteps;
        this.first = first;
    }

    OnDevice on(Device device, NDArray weight, int arrays) {
        OnDevice known = devices.get(device);
        if (known != null) {
            if (known.steps > firstSteps) {
                first.forEach(NDArray::close);
                first = List.of();
            }
            return known;
        }
        if (devices.values().stream().anyMatch(other -> other.steps > firstSteps + 1)) {
            throw new IllegalStateException(
                    "weight: expected one on a device of the first update, "
                            + devices.keySet()
                            + ", got one on "
                            + device);
        }
        List<NDArray> copies = new ArrayList<>();
        for (int i = 0; i < arrays; i++) {
            NDArray copy;
            if (first.isEmpty()) {
                copy = weight.zerosLike();
                NDScope.unregister(copy);
            } else {
                copy = copyBeside(weight, first.get(i));
            }
            copies.add(copy);
        }
        OnDevice created = new OnDevice(firstSteps, copies);
        devices.put(device, created);
        return created;
    }

    /** Returns the arrays of one of the devices; none for zeros. */
    List<NDArray> arrays() {
        return devices.isEmpty() ? first : devices.values().iterator().next().arrays;
    }

    int steps(String path) {
        int[] steps = devices.values().stream().mapToInt(d -> d.steps).distinct().toArray();
        if (steps.length > 1) {
            throw new IllegalStateException(
                    String.format(
                            "%s: expected as many updates on every device, got %d and %d",
                            path, steps[0], steps[1]));
        }
        return steps.length == 0 ? firstSteps : steps[0];
    }

    void close() {
        first.forEach(NDArray::close);
        devices.values().forEach(device -> device.arrays.forEach(NDArray::close));
    }

    /** On the device that the array is on already, {@code toDevice} would share its memory. */
    static NDArray copyTo(Device device, NDArray array) {
        return array.getDevice().equals(device) ? array.duplicate() : array.toDevice(device, true);
    }

    static NDArray copyBeside(NDArray weight, NDArray array) {
        NDArray copy = copyTo(weight.getDevice(), array);
        copy.attach(weight.getManager());
        // It stays for the next update, whatever scope this one is in.
        NDScope.unregister(copy);
        return copy;
    }

    /** What it has become on a device. */
    static final class OnDevice {

        int steps;
        final List<NDArray> arrays;

        OnDevice(int steps, List<NDArray> arrays) {
            this.steps = steps;
            this.arrays = arrays;
        }
    }
}
