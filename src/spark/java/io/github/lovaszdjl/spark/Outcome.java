package io.github.lovaszdjl.spark;

import java.io.Serializable;

/**
 * What a task came to: a value, or a fault that another try would not mend.
 *
 * @param value the value, null with a fault
 * @param fault one line, null without a fault
 */
record Outcome<T>(T value, String fault) implements Serializable {

    private static final long serialVersionUID = 1L;
}
