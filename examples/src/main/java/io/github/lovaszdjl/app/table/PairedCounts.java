package io.github.lovaszdjl.app.table;

import io.github.lovaszdjl.evaluator.ImageCounts;
import java.util.List;

/**
 * The counts of two networks on the same images, laid out for many sums over images: of each image
 * only the classes that occur, as most images have few of them.
 */
final class PairedCounts {

    private final int images;
    private final int classes;
    private final Counts first;
    private final Counts second;

    /** The second minus the first, of the classes in which these differ. */
    private final Counts change;

    private final long[] firstSums;
    private final long[] secondSums;

    PairedCounts(List<ImageCounts> first, List<ImageCounts> second) {
        images = first.size();
        classes = first.get(0).classes();
        long[][] before = new long[images][];
        long[][] after = new long[images][];
        long[][] change = new long[images][];
        for (int i = 0; i < images; i++) {
            before[i] = row(first.get(i));
            after[i] = row(second.get(i));
            change[i] = new long[2 * classes];
            for (int j = 0; j < 2 * classes; j++) {
                change[i][j] = after[i][j] - before[i][j];
            }
        }
        this.first = Counts.of(before);
        this.second = Counts.of(after);
        this.change = Counts.of(change);
        firstSums = sums(this.first);
        secondSums = sums(this.second);
    }

    /** Returns the intersection and the union of each class, (classes, 2). */
    private static long[] row(ImageCounts image) {
        long[] row = new long[2 * image.classes()];
        for (int c = 0; c < image.classes(); c++) {
            row[2 * c] = image.truePositives(c);
            row[2 * c + 1] =
                    image.truePositives(c) + image.falsePositives(c) + image.falseNegatives(c);
        }
        return row;
    }

    private long[] sums(Counts counts) {
        long[] sums = new long[2 * classes];
        for (int i = 0; i < images; i++) {
            counts.addTo(sums, i, 1);
        }
        return sums;
    }

    int images() {
        return images;
    }

    /** Returns by how much the second's mean IoU is higher; NaN without a valid pixel. */
    double difference() {
        return meanIou(secondSums) - meanIou(firstSums);
    }

    /** Returns that of a sample that has each image so many times. */
    double difference(int[] times) {
        long[] before = new long[2 * classes];
        long[] after = new long[2 * classes];
        for (int i = 0; i < images; i++) {
            if (times[i] > 0) {
                first.addTo(before, i, times[i]);
                second.addTo(after, i, times[i]);
            }
        }
        return meanIou(after) - meanIou(before);
    }

    /**
     * Returns that of two networks that have each other's counts of some images.
     *
     * @param swapped a bit for each image, 64 in a number
     */
    double difference(long[] swapped) {
        long[] moved = new long[2 * classes];
        for (int i = 0; i < images; i++) {
            if ((swapped[i >> 6] >>> i & 1) != 0) {
                change.addTo(moved, i, 1);
            }
        }
        long[] before = new long[2 * classes];
        long[] after = new long[2 * classes];
        for (int j = 0; j < moved.length; j++) {
            before[j] = firstSums[j] + moved[j];
            after[j] = secondSums[j] - moved[j];
        }
        return meanIou(after) - meanIou(before);
    }

    private double meanIou(long[] sums) {
        double sum = 0;
        int occurring = 0;
        for (int j = 0; j < sums.length; j += 2) {
            if (sums[j + 1] > 0) {
                sum += (double) sums[j] / sums[j + 1];
                occurring++;
            }
        }
        return sum / occurring; // 0/0 is NaN
    }

    /**
     * Intersections and unions of images, without the classes of which both are 0.
     *
     * @param begins where each image begins, and where the last one ends
     * @param places the place of each intersection among the sums; its union is behind it
     * @param values each intersection with its union behind it
     */
    private record Counts(int[] begins, int[] places, long[] values) {

        static Counts of(long[][] rows) {
            int size = 0;
            for (long[] row : rows) {
                for (int j = 0; j < row.length; j += 2) {
                    size += isEmpty(row, j) ? 0 : 1;
                }
            }
            int[] begins = new int[rows.length + 1];
            int[] places = new int[size];
            long[] values = new long[2 * size];
            int k = 0;
            for (int i = 0; i < rows.length; i++) {
                for (int j = 0; j < rows[i].length; j += 2) {
                    if (!isEmpty(rows[i], j)) {
                        places[k] = j;
                        values[2 * k] = rows[i][j];
                        values[2 * k + 1] = rows[i][j + 1];
                        k++;
                    }
                }
                begins[i + 1] = k;
            }
            return new Counts(begins, places, values);
        }

        private static boolean isEmpty(long[] row, int j) {
            return row[j] == 0 && row[j + 1] == 0;
        }

        void addTo(long[] sums, int image, int times) {
            for (int k = begins[image]; k < begins[image + 1]; k++) {
                sums[places[k]] += times * values[2 * k];
                sums[places[k] + 1] += times * values[2 * k + 1];
            }
        }
    }
}
