package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Scratch memory of a loss on the host, as large as its logits, so that it is not taken from the
 * system again at every step, which costs more than the sort.
 *
 * <p>Nothing in it outlives a call in meaning; {@link Pool} keeps it. Not safe for use by several
 * threads at once.
 */
final class HostScratch {

    /**
     * Scratch memory larger than this is not kept: the price of new pages is small beside what a
     * network that fills them costs.
     */
    private static final long MAX_KEPT = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    /**
     * The same for each of the sorts that run side by side: their part of it, but a quarter where
     * they are more than four, as a large machine has memory for more.
     */
    private static final long MAX_KEPT_SORT =
            MAX_KEPT / Math.min(4, ForkJoinPool.getCommonPoolParallelism() + 1);

    private final Sorts<ProbabilitySort> probabilitySorts = new Sorts<>(ProbabilitySort::new);
    private final Sorts<ErrorSort> errorSorts = new Sorts<>(ErrorSort::new);
    private ByteBuffer kept = ByteBuffer.allocateDirect(0);

    /** Keeps scratch memory from one call to the next, until memory is short. */
    static final class Pool {

        private static final SoftReference<HostScratch> NONE = new SoftReference<>(null);

        private final AtomicReference<SoftReference<HostScratch>> free =
                new AtomicReference<>(NONE);

        /** Computes a loss with scratch memory of its own. */
        NDArray compute(Function<HostScratch, NDArray> computation) {
            HostScratch kept = free.getAndSet(NONE).get();
            HostScratch own = kept == null ? new HostScratch() : kept;
            NDArray loss = computation.apply(own);
            free.set(new SoftReference<>(own));
            return loss;
        }
    }

    /** Sorts that run side by side, each by one thread at a time. */
    static final class Sorts<S extends HostSort> {

        private final ConcurrentLinkedQueue<S> free = new ConcurrentLinkedQueue<>();
        private final Supplier<S> maker;

        private Sorts(Supplier<S> maker) {
            this.maker = maker;
        }

        /** Runs tasks 0 to {@code tasks} − 1 in the common pool. */
        void inParallel(int tasks, ObjIntConsumer<S> task) {
            IntStream.range(0, tasks)
                    .parallel()
                    .forEach(
                            i -> {
                                S own = free.poll();
                                S sort = own == null ? maker.get() : own;
                                task.accept(sort, i);
                                if (sort.bytes() <= MAX_KEPT_SORT) {
                                    free.add(sort);
                                }
                            });
        }
    }

    Sorts<ProbabilitySort> probabilitySorts() {
        return probabilitySorts;
    }

    Sorts<ErrorSort> errorSorts() {
        return errorSorts;
    }

    /** Returns memory of the size of the logits, with anything in it. */
    FloatBuffer weights(SegmentationInput input) {
        Shape shape = input.predictions().getShape();
        int bytes = (int) shape.size() * Float.BYTES;
        if (bytes > MAX_KEPT) {
            return HostArrays.read(input.manager().create(shape, DataType.FLOAT32));
        }
        if (kept.capacity() < bytes) {
            kept = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return kept.asFloatBuffer();
    }
}
