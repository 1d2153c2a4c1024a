package io.github.lovaszdjl.training;

import ai.djl.engine.EngineException;
import java.io.IOException;

/** Finds what went wrong on a thread that loads data: DJL hides it inside other exceptions. */
final class LoadingFault {

    private LoadingFault() {}

    /**
     * Throws the fault of a file or of the engine, or too little memory, that is the cause of an
     * exception.
     *
     * @param e what was thrown where a batch was asked for
     * @return e, where it has no such cause
     * @throws IOException if that is the cause
     * @throws EngineException if that is the cause
     * @throws OutOfMemoryError if that is the cause
     */
    static IllegalStateException unwrap(Throwable e) throws IOException {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException fault) {
                throw fault;
            }
            if (cause instanceof EngineException fault) {
                throw fault;
            }
            if (cause instanceof OutOfMemoryError error) {
                throw error;
            }
        }
        return e instanceof IllegalStateException state ? state : new IllegalStateException(e);
    }
}
