package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.internal.Operations;
import java.util.List;

/**
 * A loss of labels and one of what a teacher says at another temperature than 1, as {@link
 * SoftLabelPlan#distillTemperature} has it. Labels are a list of both.
 */
final class DistilledLoss extends Loss {

    private final Loss loss;
    private final SoftLabelPlan plan;

    DistilledLoss(Loss loss, SoftLabelPlan plan) {
        super(loss.getName());
        this.loss = loss;
        this.plan = plan;
    }

    /** Returns a loss as the plan has it. */
    static Loss of(Loss loss, SoftLabelPlan plan) {
        return plan.distillTemperature() == 1 ? loss : new DistilledLoss(loss, plan);
    }

    /** Returns the loss that both are of. */
    Loss loss() {
        return loss;
    }

    /** Returns the same of another loss, such as a part of it. */
    DistilledLoss with(Loss other) {
        return new DistilledLoss(other, plan);
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        double temperature = plan.distillTemperature();
        List<NDArray> softened =
                predictions.stream()
                        .map(z -> z.mul(Operations.number(z, 1 / temperature)))
                        .toList();
        NDArray own = loss.evaluate(new NDList(labels.get(0)), predictions);
        NDArray taught = loss.evaluate(new NDList(labels.get(1)), new NDList(softened));
        double part = plan.distill();
        return own.mul(Operations.number(own, 1 - part))
                .add(taught.mul(Operations.number(taught, part * temperature * temperature)));
    }
}
