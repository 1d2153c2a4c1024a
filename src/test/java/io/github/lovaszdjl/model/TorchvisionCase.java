package io.github.lovaszdjl.model;

import ai.djl.ndarray.types.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a network of torchvision gave, and the numbers that it was given. The script {@code
 * src/test/python/torchvision_parity.py} wrote the files and says what is in them; numbers made
 * here are the same as there, to the last bit.
 */
final class TorchvisionCase {

    private final Map<String, Expected> arrays = new LinkedHashMap<>();

    /** Reads the file of a network and output stride. */
    TorchvisionCase(String name) throws IOException {
        try (InputStream in = getClass().getResourceAsStream("/torchvision/" + name + ".csv");
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] cells = line.split(",");
                arrays.put(
                        cells[0],
                        new Expected(
                                shape(cells[1]),
                                new Summary(number(cells[2]), number(cells[3])),
                                new Summary(number(cells[4]), number(cells[5]))));
            }
        }
    }

    private static Shape shape(String text) {
        return new Shape(Arrays.stream(text.split("x")).mapToLong(Long::parseLong).toArray());
    }

    private static double number(String text) {
        return Double.parseDouble(text);
    }

    /** An array in evaluation and in training. */
    record Expected(Shape shape, Summary evaluation, Summary training) {}

    /** The Euclidean norm of an array, and the sum of its values times {@link #uniform}. */
    record Summary(double norm, double product) {

        static Summary of(String name, double[] values) {
            double[] pattern = uniform(name, new Shape(values.length));
            double squares = 0;
            double product = 0;
            for (int i = 0; i < values.length; i++) {
                squares += values[i] * values[i];
                product += values[i] * pattern[i];
            }
            return new Summary(Math.sqrt(squares), product);
        }
    }

    /** Returns what is known of every array, by its name. */
    Map<String, Expected> arrays() {
        return arrays;
    }

    /** Returns values in [-1, 1): splitmix64 from the FNV-1a hash of the name. */
    static double[] uniform(String name, Shape shape) {
        long state = 0xCBF29CE484222325L;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            state = (state ^ b) * 0x100000001B3L;
        }
        double[] values = new double[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            state += 0x9E3779B97F4A7C15L;
            long z = state;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            values[i] = ((z ^ z >>> 31) >>> 40) * 0x1p-23 - 1;
        }
        return values;
    }

    /** Returns the values of a parameter, each a float. */
    static double[] parameter(String name, Shape shape) {
        double[] values = uniform(name, shape);
        double bound = Math.sqrt(6.0 * shape.get(0) / shape.size());
        for (int i = 0; i < values.length; i++) {
            double value = values[i];
            if (shape.dimension() > 1) {
                value *= bound;
            } else if (name.endsWith("running_var")) {
                value = 1 + value / 2;
            } else if (name.endsWith("weight")) {
                value = 0.5 + value / 4;
            } else {
                value /= 4;
            }
            values[i] = (float) value;
        }
        return values;
    }
}
