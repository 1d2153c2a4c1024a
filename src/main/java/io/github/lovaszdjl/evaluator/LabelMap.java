package io.github.lovaszdjl.evaluator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.OptionalInt;

/** The labels of a batch on the host, checked. */
final class LabelMap {

    static final int IGNORED = -1;

    private final int[] values;

    private LabelMap(int[] values) {
        this.values = values;
    }

    static LabelMap read(
            NDArray labels, Shape predictions, int classAxis, OptionalInt ignoreLabel) {
        int axis = classAxis < 0 ? classAxis + predictions.dimension() : classAxis;
        Shape dense = predictions.slice(0, axis).addAll(predictions.slice(axis + 1));
        Shape single = predictions.slice(0, axis).add(1).addAll(predictions.slice(axis + 1));
        if (!labels.getShape().equals(dense) && !labels.getShape().equals(single)) {
            throw new IllegalArgumentException(
                    "labels: expected "
                            + dense
                            + " matching predictions "
                            + predictions
                            + ", got "
                            + labels.getShape());
        }
        long classes = predictions.get(axis);
        double[] raw = labels.toType(DataType.FLOAT64, false).toDoubleArray();
        int[] values = new int[raw.length];
        long wrong = 0;
        double example = 0;
        for (int i = 0; i < raw.length; i++) {
            if (ignoreLabel.isPresent() && raw[i] == ignoreLabel.getAsInt()) {
                values[i] = IGNORED;
            } else if (raw[i] >= 0 && raw[i] < classes && raw[i] == (int) raw[i]) {
                values[i] = (int) raw[i];
            } else if (wrong++ == 0) {
                example = raw[i];
            }
        }
        if (wrong > 0) {
            throw new IllegalArgumentException(
                    "labels: expected whole values from 0 to "
                            + (classes - 1)
                            + ", got "
                            + example
                            + " ("
                            + wrong
                            + " such values)");
        }
        return new LabelMap(values);
    }

    int[] values() {
        return values;
    }
}
