package io.github.lovaszdjl.spark;

import java.io.Serializable;

/**
 * What the driver expects of a worker.
 *
 * @param library the version of the library that the driver has, see {@link LibraryVersion}
 * @param engine the name of the engine
 * @param threads the threads of the engine, as many as the CPUs of a task
 */
record WorkerSetup(String library, String engine, int threads) implements Serializable {

    private static final long serialVersionUID = 1L;
}
