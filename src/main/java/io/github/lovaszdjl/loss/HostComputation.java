package io.github.lovaszdjl.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Lovász losses whose predictions lie in the memory of the host: value and gradient in plain loops.
 *
 * <p>A tensor operation reads and writes whole arrays; these loops stay within the caches and do
 * only what changes the result, in a third of the time and of the memory of the best sequence of
 * NDArray operations found (docs/performance.md). Autograd sees one product.
 *
 * <p>{@link HostSort} finds the weights; {@link SoftmaxGradient}, or where every pixel of every
 * class stands for itself {@link PixelErrors}, turns them into value and gradient.
 */
final class HostComputation implements LovaszComputation {

    /** The number of foreground pixels from which errors up to 2⁻²⁴ do not count. */
    private static final long ENOUGH = 1800;

    private final HostScratch.Pool pool = new HostScratch.Pool();

    @Override
    public NDArray softmax(SegmentationInput input, ClassOptions options) {
        NDArray values = input.predictions().stopGradient();
        NDArray probabilities = options.fromLogits() ? values.softmax(1) : values;
        FloatBuffer buffer = HostArrays.read(probabilities);
        List<RankingProblem> problems = RankingProblem.ofClasses(input, options, buffer);
        return pool.compute(
                scratch ->
                        options.fromLogits()
                                ? softmax(input, probabilities, buffer, problems, scratch)
                                : pointwise(
                                        input, problems, new ProbabilityErrors(), false, scratch));
    }

    @Override
    public NDArray sigmoid(SegmentationInput input, BinaryOptions options) {
        PixelErrors errors = options.fromLogits() ? new SigmoidErrors() : new ProbabilityErrors();
        return binary(input, options, errors, false);
    }

    @Override
    public NDArray hinge(
            SegmentationInput input,
            BinaryOptions options,
            LovaszHingeLoss.ErrorActivation activation,
            boolean symmetric) {
        return binary(input, options, new HingeErrors(activation), symmetric);
    }

    private NDArray binary(
            SegmentationInput input, BinaryOptions options, PixelErrors errors, boolean symmetric) {
        FloatBuffer values = HostArrays.read(input.predictions().stopGradient());
        List<RankingProblem> problems = RankingProblem.ofBinary(input, options, values);
        return pool.compute(scratch -> pointwise(input, problems, errors, symmetric, scratch));
    }

    /**
     * Computes a loss in which every pixel of every class stands for itself.
     *
     * @param input the predictions, into which the gradient goes
     * @param problems the pixels that are sorted together
     * @param errors the errors
     * @param symmetric whether foreground and background count alike
     * @return the loss, a scalar in the graph
     */
    private static NDArray pointwise(
            SegmentationInput input,
            List<RankingProblem> problems,
            PixelErrors errors,
            boolean symmetric,
            HostScratch scratch) {
        NDArray gradient = input.manager().zeros(input.predictions().getShape(), DataType.FLOAT32);
        FloatBuffer buffer = HostArrays.read(gradient);
        double[] parts = new double[problems.size()];
        scratch.errorSorts()
                .inParallel(
                        parts.length,
                        (sort, i) -> {
                            sort.weigh(problems.get(i), errors, symmetric, buffer);
                            parts[i] = differentiate(problems.get(i), errors, buffer);
                        });
        HostArrays.write(gradient, buffer);
        return input.linear(Arrays.stream(parts).sum(), gradient);
    }

    private static double differentiate(
            RankingProblem problem, PixelErrors errors, FloatBuffer weights) {
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
                        errors.differentiate(
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
     * @param buffer the values of the probabilities
     * @param problems the pixels that are sorted together, at most one problem for every class of
     *     an image
     * @return the loss, a scalar in the graph
     */
    private static NDArray softmax(
            SegmentationInput input,
            NDArray probabilities,
            FloatBuffer buffer,
            List<RankingProblem> problems,
            HostScratch scratch) {
        FloatBuffer weights = scratch.weights(input);
        double shares = problems.stream().mapToDouble(RankingProblem::share).sum();
        scratch.probabilitySorts()
                .inParallel(
                        problems.size(),
                        (sort, i) -> {
                            RankingProblem problem = problems.get(i);
                            boolean leaveOut = leavesOut(problem.foregroundCount(), shares);
                            sort.weigh(problem, leaveOut, weights);
                        });
        int images = (int) probabilities.getShape().get(0);
        boolean[][] weighed = new boolean[images][input.channels()];
        for (RankingProblem problem : problems) {
            for (int image = problem.firstRow(); image < problem.lastRow(); image++) {
                weighed[image][problem.channel()] = true;
            }
        }
        double value = SoftmaxGradient.compute(buffer, input, weighed, weights);
        HostArrays.write(probabilities, buffer);
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
}
