package io.github.lovaszdjl.model;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** What a network makes of images, found by showing it some. */
final class OutputShapes {

    private OutputShapes() {}

    /** Returns the shapes of what a network gives for black images, without training. */
    static List<Shape> of(Model model, Shape images) {
        try (NDManager manager = model.getNDManager().newSubManager()) {
            return forward(model, manager, images, false);
        }
    }

    /** Returns the shapes of what a network gives for black images in training. */
    static List<Shape> inTraining(Model model, NDManager manager, Shape images) {
        // MXNet trains while gradients are collected, and only then.
        GradientCollector collector = manager.getEngine().newGradientCollector();
        try {
            return forward(model, manager, images, true);
        } finally {
            collector.close();
        }
    }

    private static List<Shape> forward(
            Model model, NDManager manager, Shape images, boolean training) {
        ParameterStore store = new ParameterStore(manager, false);
        NDList output =
                model.getBlock().forward(store, new NDList(manager.zeros(images)), training);
        return output.stream().map(NDArray::getShape).toList();
    }

    /** Throws unless images (N, input channels, H, W) give logits (N, channels, H, W) first. */
    static void check(String name, Model model, int channels, List<Shape> inputs) {
        for (Shape images : inputs) {
            check(name, channels, images, "", () -> of(model, images).stream().limit(1).toList());
        }
    }

    /**
     * Returns how many outputs images (N, input channels, H, W) have in training; throws unless all
     * are (N, channels, H, W), and as many for every input.
     */
    static int countInTraining(String name, Model model, int channels, List<Shape> inputs) {
        int count = 0;
        for (Shape images : inputs) {
            int outputs;
            try (NDManager manager = model.getNDManager().newSubManager()) {
                outputs =
                        check(
                                name,
                                channels,
                                images,
                                " in training",
                                () -> inTraining(model, manager, images));
            }
            if (count != 0 && outputs != count) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s: expected as many outputs in training for images %s as for %s,"
                                        + " %d, got %d",
                                name, images, inputs.get(0), count, outputs));
            }
            count = outputs;
        }
        return count;
    }

    /** Returns how many outputs there are; throws unless all are logits for the images. */
    private static int check(
            String name, int channels, Shape images, String when, Supplier<List<Shape>> outputs) {
        Shape expected = new Shape(images.get(0), channels, images.get(2), images.get(3));
        String got;
        try {
            List<Shape> shapes = outputs.get();
            if (!shapes.isEmpty() && shapes.stream().allMatch(expected::equals)) {
                return shapes.size();
            }
            got = shapes.toString();
        } catch (RuntimeException e) {
            // The last line says what; those before are the stack of the network's code.
            String[] lines = Objects.toString(e.getMessage(), e.toString()).strip().split("\n");
            got = "the error " + lines[lines.length - 1].strip();
        }
        throw new IllegalArgumentException(
                String.format(
                        "%s: expected logits %s for images %s%s, got %s",
                        name, expected, images, when, got));
    }
}
