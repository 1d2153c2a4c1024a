package io.github.lovaszdjl.app.options;

import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.Decision;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A loss as text: {@code lovasz}, {@code 0.5*ce+lovasz}, {@code ce->lovasz@20}.
 *
 * <pre>
 *   expression = sum { "->" sum "@" epochs }       the next sum once so many epochs are done
 *   sum        = term { "+" term }                 each loss once
 *   term       = [ weight "*" ] name [ "(" option { "," option } ")" ]
 *   option     = name [ "=" value ]
 * </pre>
 *
 * <p>Names and options are those of {@link LossKind}; blanks between them change nothing. The
 * losses of an expression train the same network, so that all are of one {@link Decision}.
 *
 * @param phases the sums in their order
 */
public record LossExpression(List<Phase> phases) {

    /** The name of the loss as a whole. */
    static final String NAME = "loss";

    /** A sum, and the number of epochs done when it starts: 0 for the first. */
    record Phase(int after, List<Term> terms) {

        public String canonical() {
            return terms.stream().map(Term::canonical).collect(Collectors.joining("+"));
        }
    }

    /** A loss and its weight in the sum. */
    record Term(float weight, LossPart part) {

        public String canonical() {
            return (weight == 1 ? "" : text(weight) + "*") + part.canonical();
        }
    }

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException if it is none; the message says where
     */
    public static LossExpression parse(String text) {
        return new LossParser(text).expression();
    }

    /** Returns the expression in its shortest form, which reads as the same. */
    public String canonical() {
        return phases.stream()
                .map(p -> p.canonical() + (p.after == 0 ? "" : "@" + p.after))
                .collect(Collectors.joining("->"));
    }

    /**
     * Throws if a switch would never happen.
     *
     * @param epochs the number of epochs of the training
     * @throws IllegalArgumentException if a loss starts after the last
     */
    public void checkEpochs(int epochs) {
        for (Phase phase : phases) {
            if (phase.after >= epochs) {
                throw new IllegalArgumentException(
                        String.format(
                                "loss: expected a switch before the last of %d epochs, got @%d,"
                                        + " which would never happen",
                                epochs, phase.after));
            }
        }
    }

    /** Returns how the output of the network that these losses train becomes labels. */
    public Decision decision() {
        return phases.get(0).terms.get(0).part.kind().decision;
    }

    /**
     * Throws if the losses cannot tell the classes of a data set apart.
     *
     * @param classNames the names of the classes
     * @throws IllegalArgumentException if the losses are for two classes and there are not two
     */
    public void checkClasses(List<String> classNames) {
        if (decision() == Decision.SCORE_ABOVE_ZERO && classNames.size() != 2) {
            throw new IllegalArgumentException(
                    String.format(
                            "loss: expected two classes in classes.txt for %s, which trains one"
                                    + " score a pixel, above 0 for the second of them, got %d",
                            canonical(), classNames.size()));
        }
    }

    /** Returns the names of all losses, each once, of letters, digits, hyphens and full stops. */
    List<String> partNames() {
        return parts().map(LossPart::name).distinct().toList();
    }

    private Stream<LossPart> parts() {
        return phases.stream().flatMap(phase -> phase.terms.stream()).map(Term::part);
    }

    /**
     * Returns the loss: that of the only part under its name, else a {@link WeightedLoss} or {@link
     * LossSchedule} named {@value #NAME}, in which a part that comes several times is one object.
     *
     * @param ignoreLabel the label of pixels to ignore
     * @param classWeights the weights of the classes in cross-entropy, focal loss and hard-example
     *     mining; the others take every class alike
     * @throws IllegalArgumentException if there are class weights but no loss that takes them
     */
    public Loss toLoss(int ignoreLabel, Optional<float[]> classWeights) {
        if (classWeights.isPresent() && parts().noneMatch(p -> p.kind().takesClassWeights())) {
            throw new IllegalArgumentException(
                    "class weights: expected a loss that takes them, ce, focal or ohem, got "
                            + canonical());
        }
        Map<LossPart, Loss> made = new HashMap<>();
        parts().forEach(
                        part ->
                                made.computeIfAbsent(
                                        part, p -> p.toLoss(ignoreLabel, classWeights)));
        if (phases.size() == 1) {
            return sum(phases.get(0), made);
        }
        LossSchedule.Builder builder = LossSchedule.builder().optName(NAME);
        phases.forEach(phase -> builder.add(phase.after + 1, sum(phase, made)));
        return builder.build();
    }

    private static Loss sum(Phase phase, Map<LossPart, Loss> made) {
        Term first = phase.terms.get(0);
        if (phase.terms.size() == 1 && first.weight == 1) {
            return made.get(first.part);
        }
        WeightedLoss.Builder builder = WeightedLoss.builder().optName(NAME);
        phase.terms.forEach(term -> builder.add(term.weight, made.get(term.part)));
        return builder.build();
    }

    static String text(float number) {
        return new BigDecimal(Float.toString(number)).stripTrailingZeros().toPlainString();
    }
}
