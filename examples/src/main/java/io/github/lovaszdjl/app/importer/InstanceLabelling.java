package io.github.lovaszdjl.app.importer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Labels by regions that are painted one over the other.
 *
 * @param file the file of the annotations, for messages
 * @param instances the regions, in the order of the file
 */
record InstanceLabelling(Path file, List<Instance> instances) implements Labelling {

    /** A region as pixels: where runs of them begin and end. */
    private record Painted(Instance instance, int[] runs, long area) {

        static Painted of(Instance instance, int[] runs) {
            long area = 0;
            for (int i = 0; i < runs.length; i += 2) {
                area += runs[i + 1] - runs[i];
            }
            return new Painted(instance, runs, area);
        }

        boolean isBottom() {
            return instance.depth() == Instance.BOTTOM;
        }
    }

    @Override
    public byte[] labels(int width, int height, ClassTable classes, Overlap overlap)
            throws IOException {
        byte[] labels = new byte[width * height];
        Arrays.fill(labels, (byte) classes.unlabelled());
        PixelMask mask = new PixelMask(width, height);
        List<Painted> painted = new ArrayList<>();
        for (Instance instance : instances) {
            try {
                instance.region().addTo(mask);
            } catch (IllegalArgumentException e) {
                throw new MalformedAnnotationsException(file, instance.entry(), e.getMessage(), e);
            }
            painted.add(Painted.of(instance, mask.takeRuns()));
        }
        // Sorting keeps the order of the file among equals.
        painted.sort(
                Comparator.comparing(Painted::isBottom)
                        .reversed()
                        .thenComparing(
                                overlap == Overlap.AREA
                                        ? Comparator.comparingLong(Painted::area).reversed()
                                        : Comparator.comparingInt(p -> p.instance().depth())));
        for (Painted region : painted) {
            byte id = (byte) classes.id(region.instance().label());
            int[] runs = region.runs();
            for (int i = 0; i < runs.length; i += 2) {
                Arrays.fill(labels, runs[i], runs[i + 1], id);
            }
        }
        return labels;
    }
}
