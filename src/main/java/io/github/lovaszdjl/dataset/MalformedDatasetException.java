package io.github.lovaszdjl.dataset;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file of a data set is missing or not what the data set needs.
 *
 * <p>The message names the file, what was expected of it and what was found: {@code
 * data/train/labels/a.png: expected the size of its image, 240x180, got 120x90}.
 */
public final class MalformedDatasetException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient Path file;

    /** What is wrong, without the name of the file. */
    private final String fault;

    MalformedDatasetException(Path file, String expected, String got) {
        this(file, "expected " + expected + ", got " + got);
    }

    MalformedDatasetException(Path file, String fault) {
        super(file + ": " + fault);
        this.file = file;
        this.fault = fault;
    }

    MalformedDatasetException(Path file, String expected, Exception cause) {
        super(file + ": expected " + expected + ", got " + describe(cause), cause);
        this.file = file;
        fault = "expected " + expected + ", got " + describe(cause);
    }

    /** The file; null after deserialisation. */
    Path file() {
        return file;
    }

    /** The message without the file. */
    String fault() {
        return fault;
    }

    private static String describe(Exception cause) {
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
