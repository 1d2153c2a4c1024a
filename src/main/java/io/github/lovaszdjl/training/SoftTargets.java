package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.translate.Batchifier;
import io.github.lovaszdjl.internal.Operations;
import java.io.IOException;
import java.util.Optional;

/**
 * Makes the labels of training batches class probabilities: mixed with those of other samples, and
 * with what a teacher network says about the same, perhaps mixed, images.
 *
 * <p>With λ and the order π of {@link MixUp}, the teacher's probabilities t and its part d,
 *
 * <pre>
 *   x'_n = λ x_n + (1 − λ) x_π(n)
 *   y'_n = (1 − d) (λ y_n + (1 − λ) y_π(n)) + d t(x'_n)
 * </pre>
 *
 * <p>Where the teacher has another temperature than 1 or a loss of its own, y' is without its part,
 * and t is a label of its own, for a {@link DistilledLoss}. With a loss of its own, labels that are
 * not mixed stay as they are.
 *
 * <p>A pixel that is ignored in one of the samples mixed is ignored, whatever the teacher says. A
 * batch of which no pixel would be left is not mixed.
 */
final class SoftTargets implements AutoCloseable {

    private final SoftLabelPlan plan;
    private final int seed;
    private final int ignoreLabel;
    private final int classes;
    private final Optional<Teacher> teacher;
    private final boolean hasTeacherLoss;

    SoftTargets(
            SoftLabelPlan plan,
            int seed,
            int ignoreLabel,
            int classes,
            Optional<Teacher> teacher,
            boolean hasTeacherLoss) {
        this.plan = plan;
        this.seed = seed;
        this.ignoreLabel = ignoreLabel;
        this.classes = classes;
        this.teacher = teacher;
        this.hasTeacherLoss = hasTeacherLoss;
    }

    /** Makes them for a training whose data are prepared; loads the teacher. */
    static SoftTargets of(TrainingSetup setup) throws IOException {
        Optional<Teacher> teacher =
                setup.teacher().isEmpty()
                        ? Optional.empty()
                        : Optional.of(Teacher.load(setup.teacher().get(), setup.description()));
        return new SoftTargets(
                setup.plan().softLabels(),
                setup.plan().seed(),
                setup.training().getIgnoreLabel(),
                setup.training().getClassNames().size(),
                teacher,
                setup.distillLoss().isPresent());
    }

    /**
     * Returns the batch to train on.
     *
     * @param batch images (N, channels, H, W) and labels (N, H, W)
     * @param epoch the epoch
     * @param number the number of the batch in the epoch
     * @return the same, or one with labels (N, C, H, W) that live as long as the images
     */
    Batch apply(Batch batch, int epoch, int number) {
        if (plan.isNone()) {
            return batch;
        }
        NDArray images = batch.getData().singletonOrThrow();
        // Not always that of the batch: of a joint loss, arrays live until the last batch.
        NDManager manager = images.getManager();
        NDArray labels = batch.getLabels().singletonOrThrow();
        NDList result = new NDList();
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray valid = valid(labels);
            NDArray mixed = images;
            boolean kept = hasTeacherLoss && plan.mixup() == 0;
            NDArray target = kept ? null : oneHot(labels, valid);
            if (plan.mixup() > 0) {
                int size = Math.toIntExact(labels.getShape().get(0));
                MixUp mixture = MixUp.draw(plan.mixup(), seed, epoch, number, size);
                NDArray both = valid.logicalAnd(valid(ordered(labels, mixture.order())));
                if (both.any().getBoolean()) {
                    mixed = mix(images, mixture);
                    target = mix(target, mixture);
                    valid = both;
                }
            }
            result.add(mixed);
            if (teacher.isPresent()) {
                float temperature = plan.distillTemperature();
                NDArray taught = teacher.get().probabilities(mixed, temperature);
                if (temperature == 1 && !hasTeacherLoss) {
                    NDArray part = Operations.number(target, plan.distill());
                    NDArray rest = Operations.number(target, 1 - (double) plan.distill());
                    target = target.mul(rest).add(taught.mul(part));
                    result.add(withIgnored(target, valid));
                } else {
                    result.add(kept ? labels.duplicate() : withIgnored(target, valid));
                    result.add(withIgnored(taught, valid));
                }
            } else {
                result.add(withIgnored(target, valid));
            }
            NDScope.unregister(result);
        }
        result.attach(manager);
        return new Batch(
                manager,
                new NDList(result.get(0)),
                result.subNDList(1),
                batch.getSize(),
                Batchifier.STACK,
                Batchifier.STACK,
                batch.getProgress(),
                batch.getProgressTotal(),
                batch.getIndices());
    }

    private NDArray withIgnored(NDArray target, NDArray valid) {
        NDArray ignored = target.zerosLike().addi(Operations.number(target, ignoreLabel));
        NDArray everywhere = valid.expandDims(1).broadcast(target.getShape());
        return NDArrays.where(everywhere, target, ignored);
    }

    private NDArray valid(NDArray labels) {
        return labels.neq(Operations.number(labels, ignoreLabel));
    }

    /** Returns 1 where the class is the label, (N, C, H, W), FLOAT32; 0 where ignored. */
    private NDArray oneHot(NDArray labels, NDArray valid) {
        Shape shape = labels.getShape();
        long pixels = shape.slice(1).size();
        NDArray whole = labels.toType(DataType.INT64, true);
        NDArray rows =
                NDArrays.where(valid, whole, whole.zerosLike()).reshape(shape.get(0), 1, pixels);
        NDArray ones = valid.reshape(shape.get(0), 1, pixels).toType(DataType.FLOAT32, true);
        NDArray none = labels.getManager().zeros(new Shape(shape.get(0), classes, pixels));
        return Operations.withClass(none, rows, ones)
                .reshape(new Shape(shape.get(0), classes).addAll(shape.slice(1)));
    }

    private static NDArray mix(NDArray array, MixUp mixture) {
        NDArray own = array.mul(Operations.number(array, mixture.part()));
        NDArray other = ordered(array, mixture.order());
        return own.add(other.mul(Operations.number(array, 1 - mixture.part())));
    }

    private static NDArray ordered(NDArray array, int... order) {
        NDList samples = new NDList(order.length);
        for (int i : order) {
            samples.add(array.get(i));
        }
        return NDArrays.stack(samples);
    }

    @Override
    public void close() {
        teacher.ifPresent(Teacher::close);
    }
}
