package io.github.lovaszdjl.app.options;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;

/** What the value of an option is drawn from, in a search. */
public sealed interface SearchRange {

    /** The decimal digits of a number that is drawn: enough, and a command line stays legible. */
    MathContext DIGITS = new MathContext(4);

    /** Draws a value, as the command line has it. */
    String draw(Random random);

    /** Returns how many values there are, if that can be counted. */
    OptionalLong size();

    /** Returns where a value is on an axis, 0 to 1. */
    double position(String value);

    /** Returns the values that stand on an axis. */
    List<String> shown();

    /**
     * One of some values.
     *
     * @param values at least one, each once
     */
    record Choice(List<String> values) implements SearchRange {

        @Override
        public String draw(Random random) {
            return values.get(random.nextInt(values.size()));
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(values.size());
        }

        @Override
        public double position(String value) {
            return (values.indexOf(value) + 0.5) / values.size();
        }

        @Override
        public List<String> shown() {
            return values;
        }
    }

    /**
     * A number between two others, both included: uniform, or with a uniform logarithm.
     *
     * @param low the lower one; above 0 where it is the logarithm
     * @param high the higher one
     * @param whole whether it is a whole number
     * @param logarithmic whether it is the logarithm that is uniform
     */
    record Interval(double low, double high, boolean whole, boolean logarithmic)
            implements SearchRange {

        @Override
        public String draw(Random random) {
            // A whole number takes what rounds to it, so that both ends are as frequent as others.
            double margin = whole ? 0.5 : 0;
            double drawn = at(random.nextDouble(), low - margin, high + margin);
            return text(drawn);
        }

        private double at(double share, double from, double to) {
            return logarithmic
                    ? Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from)))
                    : from + share * (to - from);
        }

        private String text(double value) {
            double inside = Math.min(high, Math.max(low, value));
            if (whole) {
                return String.valueOf(Math.round(inside));
            }
            BigDecimal rounded = new BigDecimal(inside).round(DIGITS).stripTrailingZeros();
            // An end may have more digits.
            boolean outside = rounded.doubleValue() < low || rounded.doubleValue() > high;
            String text = outside ? String.valueOf(inside) : rounded.toString();
            return text.toLowerCase(Locale.ROOT);
        }

        @Override
        public OptionalLong size() {
            return whole ? OptionalLong.of((long) (high - low) + 1) : OptionalLong.empty();
        }

        @Override
        public double position(String value) {
            double number = Double.parseDouble(value);
            return logarithmic
                    ? Math.log(number / low) / Math.log(high / low)
                    : (number - low) / (high - low);
        }

        @Override
        public List<String> shown() {
            return IntStream.rangeClosed(0, 2)
                    .mapToObj(i -> text(at(i / 2.0, low, high)))
                    .distinct()
                    .toList();
        }
    }
}
