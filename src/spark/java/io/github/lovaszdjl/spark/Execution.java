package io.github.lovaszdjl.spark;

import ai.djl.engine.EngineException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.apache.spark.TaskContext;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction2;

/** Runs the one task of a partition in a worker. */
final class Execution<T> extends AbstractFunction2<TaskContext, Iterator<WorkerTask<T>>, Outcome<T>>
        implements Serializable {

    private static final long serialVersionUID = 1L;

    private final WorkerSetup setup;

    Execution(WorkerSetup setup) {
        this.setup = setup;
    }

    @Override
    public Outcome<T> apply(TaskContext context, Iterator<WorkerTask<T>> tasks) {
        try {
            return new Outcome<>(Worker.run(setup, tasks.next()), null);
        } catch (OutOfMemoryError e) {
            return fault(
                    String.format(
                            "expected a heap that the work fits into, got %d MB"
                                    + " (spark.executor.memory)",
                            Runtime.getRuntime().maxMemory() >> 20));
        } catch (UncheckedIOException e) {
            return fault(text(e.getCause()));
        } catch (IOException | IllegalArgumentException | EngineException e) {
            return fault(text(e));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null || thrown instanceof java.nio.file.FileSystemException
                ? thrown.toString()
                : message;
    }

    private Outcome<T> fault(String text) {
        return new Outcome<>(null, Worker.name() + ": " + text.replaceAll("\\s*[\r\n]+\\s*", "; "));
    }
}
