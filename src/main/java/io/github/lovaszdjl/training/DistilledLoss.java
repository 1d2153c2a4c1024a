package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.internal.Operations;
import java.util.List;
import java.util.Optional;

/**
 * A loss of labels and one of what a teacher says, as {@link SoftLabelPlan#distillTemperature} and
 * {@link SegmentationTraining.Builder#optDistillLoss} have it. Labels are a list of both.
 */
final class DistilledLoss extends Loss {

    private final Loss loss;
    private final Optional<Loss> taught;
    private final SoftLabelPlan plan;

    private DistilledLoss(Loss loss, Optional<Loss> taught, SoftLabelPlan plan) {
        // Beside which the loss of the labels is reported, by its name.
        super(taught.isEmpty() ? loss.getName() : "distilled");
        this.loss = loss;
        this.taught = taught;
        this.plan = plan;
    }

    /**
     * Returns a loss as the plan has it.
     *
     * @param taught that of what the teacher says, where it is another one
     */
    static Loss of(Loss loss, SoftLabelPlan plan, Optional<Loss> taught) {
        return plan.distillTemperature() == 1 && taught.isEmpty()
                ? loss
                : new DistilledLoss(loss, taught, plan);
    }

    /** Returns the loss of the labels. */
    Loss loss() {
        return loss;
    }

    /** Returns a part of the loss of the labels, as it is to be reported. */
    Loss with(Loss part) {
        return taught.isEmpty() ? new DistilledLoss(part, taught, plan) : new OfLabels(part);
    }

    /** Returns the loss of what the teacher says, to be reported, where it is another one. */
    Optional<Loss> teacher() {
        return taught.map(OfTeacher::new);
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        double temperature = plan.distillTemperature();
        NDArray own = loss.evaluate(new NDList(labels.get(0)), predictions);
        NDArray told = evaluateTeacher(taught.orElse(loss), labels, predictions);
        double part = plan.distill();
        return own.mul(Operations.number(own, 1 - part))
                .add(told.mul(Operations.number(told, part * temperature * temperature)));
    }

    private NDArray evaluateTeacher(Loss ofTeacher, NDList labels, NDList predictions) {
        double temperature = plan.distillTemperature();
        List<NDArray> softened =
                predictions.stream()
                        .map(z -> z.mul(Operations.number(z, 1 / temperature)))
                        .toList();
        return ofTeacher.evaluate(new NDList(labels.get(1)), new NDList(softened));
    }

    /** A part of the loss of the labels. */
    private static final class OfLabels extends Loss {

        private final Loss part;

        OfLabels(Loss part) {
            super(part.getName());
            this.part = part;
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            return part.evaluate(new NDList(labels.get(0)), predictions);
        }
    }

    /** The loss of what the teacher says, without its weight. */
    private final class OfTeacher extends Loss {

        private final Loss ofTeacher;

        OfTeacher(Loss ofTeacher) {
            super("teacher");
            this.ofTeacher = ofTeacher;
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            return evaluateTeacher(ofTeacher, labels, predictions);
        }
    }
}
