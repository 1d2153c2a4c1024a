package io.github.lovaszdjl.spark;

import java.io.Serializable;

/**
 * Work that one task of the cluster does.
 *
 * <p>Spark runs it again, elsewhere, where the process that ran it is lost; so the value must
 * depend on nothing but what is in the task.
 *
 * @param <T> what it comes to; serializable
 */
@FunctionalInterface
public interface WorkerTask<T> extends Serializable {

    /**
     * Does the work.
     *
     * @param worker the process that it is done in
     * @return what it comes to
     * @throws Exception if it cannot be done; an {@link java.io.IOException}, {@link
     *     IllegalArgumentException} or fault of the engine is not tried again
     */
    T run(Worker worker) throws Exception;
}
