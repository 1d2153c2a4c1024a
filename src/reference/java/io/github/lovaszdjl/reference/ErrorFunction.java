package io.github.lovaszdjl.reference;

/** The error of a prediction, what is applied to it, and the derivative of both together. */
public interface ErrorFunction {

    /** The hinge: max(0, 1 − x (2y − 1)). */
    ErrorFunction HINGE =
            new ErrorFunction() {
                @Override
                public double error(double x, int y) {
                    return 1 - x * (2 * y - 1);
                }

                @Override
                public double activation(double e) {
                    return Math.max(0, e);
                }

                @Override
                public double slope(double x, int y) {
                    return error(x, y) > 0 ? 1 - 2 * y : 0;
                }
            };

    /** The hinge with ELU + 1 in place of the maximum. */
    ErrorFunction ELU_HINGE =
            new ErrorFunction() {
                @Override
                public double error(double x, int y) {
                    return 1 - x * (2 * y - 1);
                }

                @Override
                public double activation(double e) {
                    return e > 0 ? e + 1 : Math.exp(e);
                }

                @Override
                public double slope(double x, int y) {
                    return Math.min(1, Math.exp(error(x, y))) * (1 - 2 * y);
                }
            };

    /** |y − σ(x)|. */
    ErrorFunction SIGMOID =
            new ErrorFunction() {
                @Override
                public double error(double x, int y) {
                    return 1 / (1 + Math.exp(y == 1 ? x : -x));
                }

                @Override
                public double slope(double x, int y) {
                    double p = 1 / (1 + Math.exp(-x));
                    double q = 1 / (1 + Math.exp(x));
                    return p * q * (1 - 2 * y);
                }
            };

    /** |y − p|. */
    ErrorFunction PROBABILITY =
            new ErrorFunction() {
                @Override
                public double error(double p, int y) {
                    return y == 1 ? 1 - p : p;
                }

                @Override
                public double slope(double p, int y) {
                    return 1 - 2 * y;
                }
            };

    double error(double prediction, int label);

    default double activation(double error) {
        return error;
    }

    double slope(double prediction, int label);
}
