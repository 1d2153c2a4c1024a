package io.github.lovaszdjl.app.table;

import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.internal.Names;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well a network does on a split.
 *
 * @param iou the IoU of every class, NaN where it does not occur
 * @param meanIou the mean of those that are not NaN
 * @param pixelAccuracy the share of the pixels that have the right class
 */
public record Scores(List<Double> iou, double meanIou, double pixelAccuracy) {

    public Scores {
        iou = List.copyOf(iou);
    }

    /** Reads the scores off a confusion matrix. */
    public static Scores of(ConfusionMatrix matrix) {
        return new Scores(
                IntStream.range(0, matrix.classes()).mapToObj(matrix::iou).toList(),
                matrix.meanIou(),
                matrix.pixelAccuracy());
    }

    /** Checks that there is one IoU a class. */
    public void checkClasses(List<String> classNames) {
        if (iou.size() != classNames.size()) {
            throw new IllegalArgumentException(
                    "scores: expected an IoU for each of "
                            + Names.list(classNames)
                            + ", got "
                            + iou.size());
        }
    }
}
