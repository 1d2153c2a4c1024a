package io.github.lovaszdjl.app.importer;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file of annotations is not what its format says, or an entry of it cannot be true.
 *
 * <p>The message names file, entry and reason on one line: {@code instances.json: annotations[12]:
 * expected a category of the file, got 91}.
 */
public final class MalformedAnnotationsException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedAnnotationsException(Path file, String entry, String reason) {
        this(file, entry, reason, null);
    }

    MalformedAnnotationsException(Path file, String entry, String reason, Exception cause) {
        super(file + ": " + oneLine((entry.isEmpty() ? "" : entry + ": ") + reason), cause);
    }

    /** Names of files of annotations may hold line breaks, and other characters that end a line. */
    static String oneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ");
    }
}
