package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reads values from the properties of a model; what is wrong with one is told with its key. */
record PropertyReader(Map<String, ?> properties) {

    String text(String key) throws MalformedModelException {
        Object value = properties.get(key);
        if (value == null) {
            throw new MalformedModelException(key + ": expected a value, got none");
        }
        return value.toString();
    }

    int integer(String key) throws MalformedModelException {
        String value = text(key);
        try {
            return Integer.parseInt(value.trim());
        } catch (NumberFormatException e) {
            throw new MalformedModelException(
                    key + ": expected a whole number, got \"" + value + '"', e);
        }
    }

    List<Float> numbers(String key) throws MalformedModelException {
        String value = text(key);
        try {
            return Arrays.stream(value.split(",")).map(Float::valueOf).toList();
        } catch (NumberFormatException e) {
            throw new MalformedModelException(
                    key + ": expected numbers with commas between, got \"" + value + '"', e);
        }
    }
}
