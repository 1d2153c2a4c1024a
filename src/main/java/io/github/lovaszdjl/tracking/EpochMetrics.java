package io.github.lovaszdjl.tracking;

import io.github.lovaszdjl.training.EpochReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The metrics of an epoch by name, in groups such as {@code val/mean IoU}. */
final class EpochMetrics {

    /** The metric that every epoch has, whatever its scores. */
    static final String ALWAYS = "train/learning rate";

    private EpochMetrics() {}

    /**
     * Returns the metrics of an epoch.
     *
     * @param report the epoch
     * @param classNames the names of the classes
     * @return the metrics, without those that are not finite, such as the IoU of a class that does
     *     not occur
     */
    static Map<String, Double> of(EpochReport report, List<String> classNames) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put(ALWAYS, (double) report.learningRate());
        report.losses().forEach((name, value) -> metrics.put("train/" + name, (double) value));
        metrics.put("train/skipped batches", (double) report.skippedBatches());
        metrics.put("val/mean IoU", report.validation().meanIou());
        metrics.put("val/pixel accuracy", report.validation().pixelAccuracy());
        for (int c = 0; c < classNames.size(); c++) {
            metrics.put("val/IoU/" + classNames.get(c), report.validation().iou(c));
        }
        report.averaged()
                .ifPresent(
                        counts -> {
                            metrics.put("val/mean IoU of the average", counts.meanIou());
                            metrics.put(
                                    "val/pixel accuracy of the average", counts.pixelAccuracy());
                            for (int c = 0; c < classNames.size(); c++) {
                                metrics.put(
                                        "val/IoU of the average/" + classNames.get(c),
                                        counts.iou(c));
                            }
                        });
        metrics.put("speed/images per second", report.imagesPerSecond());
        metrics.put("speed/wait share", report.waitShare());
        metrics.put("speed/training seconds", report.trainingSeconds());
        metrics.put("speed/seconds", report.seconds());
        metrics.values().removeIf(value -> !Double.isFinite(value));
        return metrics;
    }
}
