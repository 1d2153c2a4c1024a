package io.github.lovaszdjl.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.training.loss.Loss;

/**
 * The algorithm as published (Berman, Rannen Triki, Blaschko, CVPR 2018, Algorithm 1) in NDArray
 * operations, one class or image after the other: what the losses of this library are compared
 * with. Batch-wise softmax over the present classes, hinge per image; no ignore label. Logits are
 * FLOAT32.
 */
public final class PublishedLovasz extends Loss {

    private final boolean hinge;

    /**
     * Creates the loss.
     *
     * @param hinge the hinge, or the softmax
     */
    public PublishedLovasz(boolean hinge) {
        super("published");
        this.hinge = hinge;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        return hinge
                ? hinge(labels.head(), predictions.head())
                : softmax(labels.head(), predictions.head());
    }

    private static NDArray softmax(NDArray labels, NDArray logits) {
        Shape shape = logits.getShape();
        long classes = shape.get(1);
        NDArray probabilities =
                logits.softmax(1).reshape(shape.get(0), classes, -1).transpose(0, 2, 1);
        NDArray rows = probabilities.reshape(-1, classes);
        NDArray target = labels.reshape(-1);
        NDArray sum = null;
        int present = 0;
        for (int c = 0; c < classes; c++) {
            NDArray foreground = target.eq(number(target, c)).toType(DataType.FLOAT32, false);
            if (foreground.sum().getFloat() == 0) {
                continue;
            }
            NDArray errors = foreground.sub(rows.get(":, {}", c)).abs();
            NDArray loss = extension(errors, foreground);
            sum = sum == null ? loss : sum.add(loss);
            present++;
        }
        return sum.mul(number(sum, 1f / present));
    }

    private static NDArray hinge(NDArray labels, NDArray scores) {
        NDArray sum = null;
        long images = scores.getShape().get(0);
        NDArray one = number(scores, 1);
        for (int n = 0; n < images; n++) {
            NDArray foreground = labels.get(n).reshape(-1).toType(DataType.FLOAT32, false);
            NDArray signs = foreground.mul(number(foreground, 2)).sub(one);
            NDArray errors = one.sub(scores.get(n).reshape(-1).mul(signs));
            NDArray order = errors.stopGradient().argSort(0, true).flip(0);
            NDArray gradient = gradient(foreground.gather(order, 0));
            NDArray loss = Activation.relu(errors.gather(order, 0)).dot(gradient);
            sum = sum == null ? loss : sum.add(loss);
        }
        return sum.mul(number(sum, 1f / images));
    }

    private static NDArray extension(NDArray errors, NDArray foreground) {
        NDArray order = errors.stopGradient().argSort(0, true).flip(0);
        return errors.gather(order, 0).dot(gradient(foreground.gather(order, 0)));
    }

    private static NDArray gradient(NDArray foreground) {
        NDArray total = foreground.sum();
        NDArray intersection = total.sub(foreground.cumSum(0));
        NDArray one = number(foreground, 1);
        NDArray union = total.add(foreground.neg().add(one).cumSum(0));
        NDArray jaccard = intersection.div(union).neg().add(one);
        long pixels = foreground.size();
        if (pixels == 1) {
            return jaccard;
        }
        NDArray differences = jaccard.get("1:").sub(jaccard.get(":-1"));
        return NDArrays.concat(new NDList(jaccard.get(":1"), differences));
    }

    /** Makes a number on the device: DJL waits for the copy of a Java number. */
    private static NDArray number(NDArray array, float value) {
        return array.getManager().full(new Shape(), value, array.getDataType());
    }
}
