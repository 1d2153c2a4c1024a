package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.LabelMap;
import io.github.lovaszdjl.internal.Operations;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * Lovász losses whose predictions lie in the memory of the host: value and gradient in plain loops.
 *
 * <p>A tensor operation reads and writes whole arrays; these loops stay within the caches and do
 * only what changes the result, in a third of the time and of the memory of the best sequence of
 * NDArray operations found (docs/performance.md). Autograd sees one product.
 *
 * <p>Arrays are read and written in place, through the buffer of {@link
 * NDArray#toByteBuffer(boolean)}.
 *
 * <p>An instance holds scratch memory of a loss, as large as its logits, so that it is not taken
 * from the system again at every step, which costs more than the sort. Nothing in it outlives a
 * call in meaning; {@link Pool} keeps it. Not safe for use by several threads at once.
 */
final class HostLosses {

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

    /** The number of foreground pixels from which errors up to 2⁻²⁴ do not count. */
    private static final long ENOUGH = 1800;

    private final ConcurrentLinkedQueue<HostSort> sorts = new ConcurrentLinkedQueue<>();
    private ByteBuffer kept = ByteBuffer.allocateDirect(0);

    /** Keeps scratch memory from one call to the next, until memory is short. */
    static final class Pool {

        private static final SoftReference<HostLosses> NONE = new SoftReference<>(null);

        private final AtomicReference<SoftReference<HostLosses>> free = new AtomicReference<>(NONE);

        /** Computes a loss with scratch memory of its own. */
        NDArray compute(Function<HostLosses, NDArray> computation) {
            HostLosses kept = free.getAndSet(NONE).get();
            HostLosses own = kept == null ? new HostLosses() : kept;
            NDArray loss = computation.apply(own);
            free.set(new SoftReference<>(own));
            return loss;
        }
    }

    /**
     * Tells whether predictions are served here: all on the CPU that are not FLOAT64, as many as a
     * buffer holds.
     */
    static boolean serve(NDArray predictions) {
        return predictions.getDataType() != DataType.FLOAT64
                && predictions.getDevice().equals(Device.cpu())
                && predictions.size() <= Integer.MAX_VALUE / Float.BYTES;
    }

    /** The error of one pixel and what becomes of it: the part in which pointwise losses differ. */
    interface Pointwise extends HostSort.Keys {

        /**
         * Replaces the weights of errors by the gradient of the loss.
         *
         * @param values the values
         * @param labels the labels
         * @param label the position of the first label
         * @param size the number of values
         * @param foreground the label of foreground
         * @param weights the weights, then the gradient with respect to the predictions
         * @return the part of these pixels in the loss; NaN where a valid value is not allowed
         */
        double differentiate(
                float[] values, int[] labels, int label, int size, int foreground, float[] weights);
    }

    /**
     * Computes a loss in which every pixel of every class stands for itself.
     *
     * @param input the predictions, into which the gradient goes
     * @param problems the pixels that are sorted together
     * @param pointwise the errors
     * @param symmetric whether foreground and background count alike
     * @return the loss, a scalar in the graph
     */
    NDArray pointwise(
            SegmentationInput input,
            List<HostSort.Problem> problems,
            Pointwise pointwise,
            boolean symmetric) {
        NDArray gradient = input.manager().zeros(input.predictions().getShape(), DataType.FLOAT32);
        FloatBuffer buffer = read(gradient);
        double[] parts = new double[problems.size()];
        inParallel(
                parts.length,
                (sort, i) -> {
                    sort.weigh(problems.get(i), pointwise, symmetric, buffer);
                    parts[i] = differentiate(problems.get(i), pointwise, buffer);
                });
        write(gradient, buffer);
        return input.linear(Arrays.stream(parts).sum(), gradient);
    }

    private void inParallel(int tasks, ObjIntConsumer<HostSort> task) {
        IntStream.range(0, tasks)
                .parallel()
                .forEach(
                        i -> {
                            HostSort own = sorts.poll();
                            HostSort sort = own == null ? new HostSort() : own;
                            task.accept(sort, i);
                            if (sort.bytes() <= MAX_KEPT_SORT) {
                                sorts.add(sort);
                            }
                        });
    }

    private static double differentiate(
            HostSort.Problem problem, Pointwise pointwise, FloatBuffer weights) {
        int pixels = problem.pixels();
        float[] values = new float[Math.min(HostSort.BLOCK, pixels)];
        float[] block = new float[values.length];
        double sum = 0;
        for (int row = problem.firstRow(); row < problem.lastRow(); row++) {
            for (int from = 0; from < pixels; from += HostSort.BLOCK) {
                int size = Math.min(HostSort.BLOCK, pixels - from);
                int position = problem.position(row) + from;
                problem.values().get(position, values, 0, size);
                weights.get(position, block, 0, size);
                sum +=
                        pointwise.differentiate(
                                values,
                                problem.labels(),
                                problem.labelPosition(row) + from,
                                size,
                                problem.foreground(),
                                block);
                weights.put(position, block, 0, size);
            }
        }
        return sum;
    }

    /**
     * Computes Lovász-Softmax of logits.
     *
     * @param input the logits
     * @param probabilities their softmax, (N, C, D), outside the graph; replaced by the gradient
     * @param problems the pixels that are sorted together, at most one problem for every class of
     *     an image
     * @return the loss, a scalar in the graph
     */
    NDArray softmax(
            SegmentationInput input, NDArray probabilities, List<HostSort.Problem> problems) {
        FloatBuffer buffer = read(probabilities);
        FloatBuffer weights = scratch(input);
        double shares = problems.stream().mapToDouble(HostSort.Problem::share).sum();
        inParallel(
                problems.size(),
                (sort, i) -> {
                    HostSort.Problem problem = problems.get(i);
                    boolean leaveOut = leavesOut(problem.foregroundCount(), shares);
                    sort.weighProbabilities(problem, leaveOut, weights);
                });
        int images = (int) probabilities.getShape().get(0);
        boolean[][] weighed = new boolean[images][input.channels()];
        for (HostSort.Problem problem : problems) {
            for (int image = problem.firstRow(); image < problem.lastRow(); image++) {
                weighed[image][problem.channel()] = true;
            }
        }
        double value = throughSoftmax(buffer, input, weighed, weights);
        write(probabilities, buffer);
        return input.linear(value, probabilities);
    }

    /**
     * Tells whether background errors up to τ = 2⁻²⁴, half of what float32 can tell from 0 beside
     * 1, may be left out.
     *
     * <p>The weights of those left out sum to at most 1, so the loss changes by at most τ. With G
     * foreground pixels no weight is above 1 / G, so the squares of the weights sum to at most 1 /
     * G; the gradient of an error m with respect to the logits of its pixel has a norm of at most
     * √2 m, so that of the loss changes by at most √2 τ / √G (docs/numerics.md). From {@link
     * #ENOUGH} pixels this is a fifth of the precision promised, 10⁻⁵ · 10⁻³, where the shares of
     * all problems sum to at most 1.
     */
    static boolean leavesOut(long foregroundCount, double shares) {
        // A sum of shares may be rounded up.
        return foregroundCount >= ENOUGH && shares < 1.001;
    }

    /** Returns memory of the size of the logits, with anything in it. */
    private FloatBuffer scratch(SegmentationInput input) {
        Shape shape = input.predictions().getShape();
        int bytes = (int) shape.size() * Float.BYTES;
        if (bytes > MAX_KEPT) {
            return read(input.manager().create(shape, DataType.FLOAT32));
        }
        if (kept.capacity() < bytes) {
            kept = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return kept.asFloatBuffer();
    }

    /**
     * Turns signed weights into the gradient with respect to the logits and returns the loss.
     *
     * <p>With b(c) the weight, negated for the true class y, the loss of a pixel is Σ_c b(c) p(c) −
     * b(y) and its gradient p(c) (b(c) − Σ_k b(k) p(k)). As Σ_k p(k) = 1, the rounding of a first
     * mean is known from a second one: Σ_k (b(k) − mean) p(k) has small numbers only where one
     * class is likely, hence no cancellation (docs/numerics.md).
     */
    private static double throughSoftmax(
            FloatBuffer probabilities,
            SegmentationInput input,
            boolean[][] weighed,
            FloatBuffer weights) {
        int classes = input.channels();
        int pixels = input.counts().pixels();
        // Two arrays of it fit into a second-level cache of 512 KiB.
        int block = Math.max(16, Math.min(HostSort.BLOCK, 32 * 1024 / classes));
        int blocks = (pixels + block - 1) / block;
        double[] parts = new double[weighed.length * blocks];
        ConcurrentLinkedQueue<SoftmaxBlock> scratch = new ConcurrentLinkedQueue<>();
        IntStream.range(0, parts.length)
                .parallel()
                .forEach(
                        i -> {
                            int from = i % blocks * block;
                            int image = i / blocks;
                            SoftmaxBlock free = scratch.poll();
                            SoftmaxBlock own =
                                    free == null ? new SoftmaxBlock(classes, block) : free;
                            parts[i] =
                                    own.differentiate(
                                            probabilities,
                                            input.hostLabels(),
                                            image * pixels + from,
                                            image * classes * pixels + from,
                                            pixels,
                                            Math.min(block, pixels - from),
                                            weighed[image],
                                            weights);
                            scratch.add(own);
                        });
        return Arrays.stream(parts).sum();
    }

    /** The scratch memory of one thread for some pixels of one image. */
    private static final class SoftmaxBlock {

        private final float[][] p;
        private final float[][] b;
        private final float[] mean;
        private final float[] rest;
        private final float[] ofTrueClass;

        SoftmaxBlock(int classes, int size) {
            p = new float[classes][size];
            b = new float[classes][size];
            mean = new float[size];
            rest = new float[size];
            ofTrueClass = new float[size];
        }

        double differentiate(
                FloatBuffer probabilities,
                int[] labels,
                int label,
                int position,
                int pixels,
                int size,
                boolean[] weighed,
                FloatBuffer weights) {
            Arrays.fill(mean, 0);
            Arrays.fill(rest, 0);
            Arrays.fill(ofTrueClass, 0);
            for (int c = 0; c < p.length; c++) {
                probabilities.get(position + c * pixels, p[c], 0, size);
                if (weighed[c]) {
                    weights.get(position + c * pixels, b[c], 0, size);
                } else {
                    Arrays.fill(b[c], 0);
                }
                addTo(mean, ofTrueClass, p[c], b[c], size);
            }
            for (int c = 0; c < p.length; c++) {
                addRest(rest, p[c], b[c], mean, size);
            }
            for (int c = 0; c < p.length; c++) {
                toGradient(p[c], b[c], mean, rest, size);
            }
            double sum = 0;
            for (int i = 0; i < size; i++) {
                if (labels[label + i] != LabelMap.IGNORED) {
                    sum += (double) (ofTrueClass[i] + mean[i]) + rest[i];
                    continue;
                }
                for (int c = 0; c < p.length; c++) {
                    // Where the prediction is NaN so is the gradient by now.
                    b[c][i] = 0;
                }
            }
            for (int c = 0; c < p.length; c++) {
                probabilities.put(position + c * pixels, b[c], 0, size);
            }
            return sum;
        }

        private static void addTo(
                float[] mean, float[] ofTrueClass, float[] p, float[] b, int size) {
            for (int i = 0; i < size; i++) {
                mean[i] += b[i] * p[i];
                // Only the weight of the true class has a minus.
                ofTrueClass[i] -= Math.min(b[i], 0);
            }
        }

        private static void addRest(float[] rest, float[] p, float[] b, float[] mean, int size) {
            for (int i = 0; i < size; i++) {
                rest[i] += (b[i] - mean[i]) * p[i];
            }
        }

        private static void toGradient(float[] p, float[] b, float[] mean, float[] rest, int size) {
            for (int i = 0; i < size; i++) {
                b[i] = p[i] * ((b[i] - mean[i]) - rest[i]);
            }
        }
    }

    /** Returns the values of an array, without a copy where the engine can. */
    static FloatBuffer read(NDArray array) {
        return array.toByteBuffer(true).asFloatBuffer();
    }

    /**
     * Hands values back to the array they were read from, if the engine had copied them; PyTorch
     * does not, for arrays that are contiguous, as those made here are; MXNet always does.
     */
    private static void write(NDArray array, FloatBuffer values) {
        if (!values.isDirect() || Operations.copiesToBuffers(array)) {
            array.set(values);
        }
    }
}
