package io.github.lovaszdjl.app.importer;

import java.io.IOException;

/** An image has to be left out, for the reason that is the message. */
final class LeftOutException extends IOException {

    private static final long serialVersionUID = 1L;

    LeftOutException(String reason) {
        super(reason);
    }
}
