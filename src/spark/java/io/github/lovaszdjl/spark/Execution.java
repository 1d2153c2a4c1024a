package io.github.lovaszdjl.spark;

import ai.djl.MalformedModelException;
import ai.djl.engine.EngineException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import org.apache.spark.SparkException;
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
        } catch (Exception e) {
            Throwable shown = e instanceof UncheckedIOException ? e.getCause() : e;
            if (isOfSpark(e) || !isOurs(shown)) {
                throw e instanceof RuntimeException r ? r : new IllegalStateException(e);
            }
            return fault(text(shown));
        }
    }

    private static boolean isOurs(Throwable thrown) {
        return thrown instanceof IOException
                || thrown instanceof MalformedModelException
                || thrown instanceof IllegalArgumentException
                || thrown instanceof EngineException;
    }

    /** Another try may mend what Spark could not do, such as take from a process that is lost. */
    private static boolean isOfSpark(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SparkException) {
                return true;
            }
        }
        return false;
    }

    private static String text(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null || thrown instanceof FileSystemException
                ? thrown.toString()
                : message;
    }

    private Outcome<T> fault(String text) {
        return new Outcome<>(null, Worker.name() + ": " + text.replaceAll("\\s*[\r\n]+\\s*", "; "));
    }
}
