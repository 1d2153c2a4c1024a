package io.github.lovaszdjl.app.check;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.app.check.CheckBatch.Layout;
import io.github.lovaszdjl.app.check.LossCase.Precision;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.reference.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Compares every loss, value and gradient, with the double-precision reference on the device, and
 * with itself on the same input.
 *
 * <p>Tolerances: of FLOAT32, 2·10⁻⁶ of the value (or of 1 where it is less) and 10⁻⁵ of the norm of
 * the gradient (or of 10⁻³); of FLOAT64, 10⁻¹² of both; of FLOAT16, those of FLOAT32 and the
 * rounding of the gradient to 11 bits. Where errors are equal up to rounding, either may stand
 * first.
 */
public final class LossChecks {

    private static final Precision SINGLE = new Precision(0x1p-20, 0x1p-21);

    private static final Precision DOUBLE = new Precision(1e-14, 1e-14);

    /** The losses that are checked on 4 million pixels as well: the reference takes its time. */
    private static final Set<String> MANY = Set.of("Lovász-Softmax", "Lovász hinge");

    private final Device device;

    LossChecks(Device device) {
        this.device = device;
    }

    /**
     * Checks losses.
     *
     * @param cases the losses
     * @param quick whether to leave out the batches of 4 million pixels
     * @param progress is told which loss is looked at
     */
    List<LossFinding> run(List<LossCase> cases, boolean quick, Consumer<String> progress) {
        Map<Layout, List<CheckBatch>> batches = new EnumMap<>(Layout.class);
        for (Layout layout : Layout.values()) {
            batches.put(layout, CheckBatch.small(layout));
        }
        Map<Layout, CheckBatch> large = new EnumMap<>(Layout.class);
        if (!quick) {
            large.put(Layout.CLASS_LOGITS, CheckBatch.large(Layout.CLASS_LOGITS));
            large.put(Layout.SCORES, CheckBatch.large(Layout.SCORES));
        }
        Set<String> seen = new HashSet<>();
        List<LossFinding> findings = new ArrayList<>();
        for (LossCase each : cases) {
            progress.accept(each.loss());
            Tally tally = new Tally();
            for (CheckBatch batch : batches.get(each.layout())) {
                for (DataType type : types()) {
                    compare(each, batch, type, tally);
                }
            }
            // The first options of what sorts or counts pixels on very many as well.
            CheckBatch many = large.get(each.layout());
            if (many != null && MANY.contains(each.loss()) && seen.add(each.loss())) {
                compare(each, many, DataType.FLOAT32, tally);
            }
            findings.add(
                    new LossFinding(
                            each.loss(),
                            each.options(),
                            tally.comparisons,
                            tally.thrown,
                            tally.value,
                            tally.gradient,
                            tally.sameBits,
                            List.copyOf(tally.failures)));
        }
        return findings;
    }

    private static List<DataType> types() {
        // MXNet's gradients of FLOAT16 do not come back.
        return Engine.getInstance().getEngineName().equals(EngineNames.MXNET)
                ? List.of(DataType.FLOAT32, DataType.FLOAT64)
                : List.of(DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64);
    }

    private static final class Tally {
        int comparisons;
        int thrown;
        double value;
        double gradient;
        boolean sameBits = true;
        final List<String> failures = new ArrayList<>();
    }

    private void compare(LossCase each, CheckBatch drawn, DataType type, Tally tally) {
        String where = String.format("%s, %s", drawn.name(), type);
        tally.comparisons++;
        try (NDManager manager = NDManager.newBaseManager(device)) {
            Shape planes = new Shape(drawn.images(), drawn.height(), drawn.width());
            Shape shape =
                    new Shape(drawn.images(), drawn.channels(), drawn.height(), drawn.width());
            NDArray predictions = manager.create(drawn.predictions(), shape).toType(type, true);
            boolean channels = drawn.layout().binary();
            NDArray labels = manager.create(drawn.labels(), channels ? shape : planes);
            CheckBatch rounded =
                    new CheckBatch(
                            drawn.name(),
                            drawn.layout(),
                            drawn.images(),
                            drawn.channels(),
                            drawn.height(),
                            drawn.width(),
                            doubles(predictions),
                            drawn.labels());
            Reference.Result expected =
                    each.reference().of(rounded, type == DataType.FLOAT64 ? DOUBLE : SINGLE);
            Loss loss = each.make().apply(drawn.channels());
            Reference.Result actual = step(loss, labels, predictions.duplicate());
            Reference.Result again = step(loss, labels, predictions.duplicate());
            tally.sameBits &=
                    Double.compare(actual.value(), again.value()) == 0
                            && Arrays.equals(actual.gradient(), again.gradient());
            double value = valueError(expected, actual, type);
            double gradient = gradientError(expected, actual, type);
            tally.value = Math.max(tally.value, value);
            tally.gradient = Math.max(tally.gradient, gradient);
            // Not above: NaN is wrong too.
            if (!(value <= 1)) {
                tally.failures.add(
                        String.format(
                                "%s: value %s, expected %s",
                                where, actual.value(), expected.value()));
            }
            if (!(gradient <= 1)) {
                tally.failures.add(
                        String.format(
                                "%s: gradient off by %.1f times what is allowed", where, gradient));
            }
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            tally.thrown++;
            tally.failures.add(where + ": " + EngineCheck.said(e));
        }
    }

    private static double valueError(
            Reference.Result expected, Reference.Result actual, DataType type) {
        double relative = type == DataType.FLOAT64 ? 1e-12 : 2e-6;
        double off = Math.abs(expected.value() - actual.value());
        return off / (relative * Math.max(1, Math.abs(expected.value())));
    }

    private static double gradientError(
            Reference.Result expected, Reference.Result actual, DataType type) {
        double norm = norm(expected.gradient());
        double bound = (type == DataType.FLOAT64 ? 1e-12 : 1e-5) * Math.max(norm, 1e-3);
        if (type == DataType.FLOAT16) {
            // A sum of losses rounds the gradient of each part, and the sum.
            bound += 3 * (0x1p-11 * norm + 0x1p-25 * Math.sqrt(expected.gradient().length));
        }
        double[] off = new double[expected.gradient().length];
        for (int i = 0; i < off.length; i++) {
            double difference = Math.abs(expected.gradient()[i] - actual.gradient()[i]);
            double slack = expected.slack()[i];
            off[i] = difference <= slack ? 0 : difference - slack;
        }
        return norm(off) / bound;
    }

    private static double norm(double... values) {
        return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
    }

    private static Reference.Result step(Loss loss, NDArray labels, NDArray predictions) {
        predictions.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray value = loss.evaluate(new NDList(labels), new NDList(predictions));
            collector.backward(value);
            try (NDArray gradient = predictions.getGradient()) {
                return new Reference.Result(doubles(value)[0], doubles(gradient));
            }
        }
    }

    private static double[] doubles(NDArray array) {
        return array.toType(DataType.FLOAT64, true).toDoubleArray();
    }
}
