package io.github.lovaszdjl.app.options;

import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.loss.ClassSelection;
import io.github.lovaszdjl.loss.FocalLoss;
import io.github.lovaszdjl.loss.LossSchedule;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import io.github.lovaszdjl.loss.LovaszSigmoidLoss;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.SoftDiceLoss;
import io.github.lovaszdjl.loss.SoftJaccardLoss;
import io.github.lovaszdjl.loss.WeightedLoss;
import io.github.lovaszdjl.model.Decision;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
 * <p>Names and options are those of {@link Kind}; blanks between them change nothing. The losses of
 * an expression train the same network, so that all are of one {@link Decision}.
 *
 * @param phases the sums in their order
 */
public record LossExpression(List<Phase> phases) {

    /** The name of the loss as a whole. */
    static final String NAME = "loss";

    private static final String TRUE = "true";
    private static final String FALSE = "false";
    private static final String RELU = "relu";

    /** A sum, and the number of epochs done when it starts: 0 for the first. */
    record Phase(int after, List<Term> terms) {

        public String canonical() {
            return terms.stream().map(Term::canonical).collect(Collectors.joining("+"));
        }
    }

    /** A loss and its weight in the sum. */
    record Term(float weight, Part part) {

        public String canonical() {
            return (weight == 1 ? "" : text(weight) + "*") + part.canonical();
        }
    }

    /** A loss and its options, without those that have their default. */
    record Part(Kind kind, Map<Option, String> options) {

        public String canonical() {
            if (options.isEmpty()) {
                return kind.shortName;
            }
            return options.entrySet().stream()
                    .map(e -> option(e.getKey(), e.getValue()))
                    .collect(Collectors.joining(",", kind.shortName + "(", ")"));
        }

        private static String option(Option option, String value) {
            return option.isFlag() && value.equals(TRUE) ? option.toString() : option + "=" + value;
        }

        /** Returns a name without what a CSV column would have to quote. */
        String name() {
            return canonical().replaceAll("[(,=]", "-").replace(")", "");
        }

        private String get(Option option) {
            return options.getOrDefault(option, kind.initial(option));
        }

        private float number(Option option) {
            return Float.parseFloat(get(option));
        }

        private boolean flag(Option option) {
            return get(option).equals(TRUE);
        }

        private LovaszHingeLoss.ErrorActivation activation() {
            return get(Option.ACTIVATION).equals(RELU)
                    ? LovaszHingeLoss.ErrorActivation.RELU
                    : LovaszHingeLoss.ErrorActivation.ELU_PLUS_ONE;
        }

        private ClassSelection classes() {
            return get(Option.CLASSES).equals("all")
                    ? ClassSelection.all()
                    : ClassSelection.present();
        }

        public Loss toLoss(int ignoreLabel, Optional<float[]> classWeights) {
            return switch (kind) {
                case CE -> {
                    var builder =
                            SegmentationCrossEntropyLoss.builder()
                                    .optName(name())
                                    .optIgnoreLabel(ignoreLabel)
                                    .optLabelSmoothing(number(Option.LABEL_SMOOTHING));
                    classWeights.ifPresent(builder::optClassWeights);
                    yield builder.build();
                }
                case LOVASZ ->
                        LovaszSoftmaxLoss.builder()
                                .optName(name())
                                .optIgnoreLabel(ignoreLabel)
                                .optClasses(classes())
                                .optPerImage(flag(Option.PER_IMAGE))
                                .build();
                case DICE ->
                        SoftDiceLoss.builder()
                                .optName(name())
                                .optIgnoreLabel(ignoreLabel)
                                .optClasses(classes())
                                .optPerImage(flag(Option.PER_IMAGE))
                                .optSmooth(number(Option.SMOOTH))
                                .build();
                case JACCARD ->
                        SoftJaccardLoss.builder()
                                .optName(name())
                                .optIgnoreLabel(ignoreLabel)
                                .optClasses(classes())
                                .optPerImage(flag(Option.PER_IMAGE))
                                .optSmooth(number(Option.SMOOTH))
                                .build();
                case FOCAL -> {
                    var builder =
                            FocalLoss.builder()
                                    .optName(name())
                                    .optIgnoreLabel(ignoreLabel)
                                    .optGamma(number(Option.GAMMA));
                    classWeights.ifPresent(builder::optClassWeights);
                    yield builder.build();
                }
                case HINGE ->
                        LovaszHingeLoss.builder()
                                .optName(name())
                                .optIgnoreLabel(ignoreLabel)
                                .optPerImage(flag(Option.PER_IMAGE))
                                .optSymmetric(flag(Option.SYMMETRIC))
                                .optActivation(activation())
                                .build();
                case SIGMOID ->
                        LovaszSigmoidLoss.builder()
                                .optName(name())
                                .optIgnoreLabel(ignoreLabel)
                                .optPerImage(flag(Option.PER_IMAGE))
                                .build();
            };
        }
    }

    /** The losses. */
    enum Kind {
        CE("ce", "cross-entropy", Decision.HIGHEST_LOGIT, Option.LABEL_SMOOTHING),
        LOVASZ(
                "lovasz",
                "lovasz-softmax",
                Decision.HIGHEST_LOGIT,
                Option.CLASSES,
                Option.PER_IMAGE),
        DICE(
                "dice",
                "dice",
                Decision.HIGHEST_LOGIT,
                Option.CLASSES,
                Option.PER_IMAGE,
                Option.SMOOTH),
        JACCARD(
                "jaccard",
                "jaccard",
                Decision.HIGHEST_LOGIT,
                Option.CLASSES,
                Option.PER_IMAGE,
                Option.SMOOTH),
        FOCAL("focal", "focal", Decision.HIGHEST_LOGIT, Option.GAMMA),
        HINGE(
                "hinge",
                "lovasz-hinge",
                Decision.SCORE_ABOVE_ZERO,
                Option.PER_IMAGE,
                Option.SYMMETRIC,
                Option.ACTIVATION) {
            @Override
            String initial(Option option) {
                return option == Option.PER_IMAGE ? TRUE : option.initial;
            }
        },
        SIGMOID("sigmoid", "lovasz-sigmoid", Decision.SCORE_ABOVE_ZERO, Option.PER_IMAGE);

        final String shortName;
        final String longName;
        final Decision decision;
        final List<Option> options;

        Kind(String shortName, String longName, Decision decision, Option... options) {
            this.shortName = shortName;
            this.longName = longName;
            this.decision = decision;
            this.options = List.of(options);
        }

        /** Returns the value of an option by default, that of the loss in the library. */
        String initial(Option option) {
            return option.initial;
        }

        /** Whether class weights change it. */
        boolean takesClassWeights() {
            return this == CE || this == FOCAL;
        }

        /** Returns the names of the losses of a decision. */
        static String names(Decision decision) {
            return Arrays.stream(values())
                    .filter(kind -> kind.decision == decision)
                    .map(kind -> kind.shortName)
                    .collect(Collectors.joining(", "));
        }
    }

    /** The options; those of every loss are in {@link Kind}. */
    enum Option {
        LABEL_SMOOTHING("0", "a number from 0 to 1") {
            @Override
            boolean accepts(float number) {
                return number >= 0 && number <= 1;
            }
        },
        CLASSES("present", "present", "all"),
        PER_IMAGE(FALSE, TRUE, FALSE),
        SYMMETRIC(FALSE, TRUE, FALSE),
        ACTIVATION(RELU, RELU, "elu-plus-one"),
        SMOOTH("1", "a number above 0") {
            @Override
            boolean accepts(float number) {
                return number > 0 && Float.isFinite(number);
            }
        },
        GAMMA("2", "a number not below 0") {
            @Override
            boolean accepts(float number) {
                return number >= 0 && Float.isFinite(number);
            }
        };

        final String initial;
        final String expected;

        /** Its values; none where they are numbers. */
        final List<String> words;

        Option(String initial, String expected) {
            this.initial = initial;
            this.expected = expected;
            words = List.of();
        }

        Option(String initial, String oneWord, String otherWord) {
            this.initial = initial;
            expected = oneWord + " or " + otherWord;
            words = List.of(oneWord, otherWord);
        }

        boolean accepts(float number) {
            return false;
        }

        /** Whether its name alone stands for true. */
        boolean isFlag() {
            return words.contains(TRUE);
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException if it is none; the message says where
     */
    public static LossExpression parse(String text) {
        return new Parser(text).expression();
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
        return phases.get(0).terms.get(0).part.kind.decision;
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
        return parts().map(Part::name).distinct().toList();
    }

    private Stream<Part> parts() {
        return phases.stream().flatMap(phase -> phase.terms.stream()).map(Term::part);
    }

    /**
     * Returns the loss: that of the only part under its name, else a {@link WeightedLoss} or {@link
     * LossSchedule} named {@value #NAME}, in which a part that comes several times is one object.
     *
     * @param ignoreLabel the label of pixels to ignore
     * @param classWeights the weights of the classes in cross-entropy and focal loss; the others
     *     take every class alike
     * @throws IllegalArgumentException if there are class weights but no loss that takes them
     */
    public Loss toLoss(int ignoreLabel, Optional<float[]> classWeights) {
        if (classWeights.isPresent() && parts().noneMatch(p -> p.kind.takesClassWeights())) {
            throw new IllegalArgumentException(
                    "class weights: expected a loss that takes them, ce or focal, got "
                            + canonical());
        }
        Map<Part, Loss> made = new HashMap<>();
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

    private static Loss sum(Phase phase, Map<Part, Loss> made) {
        Term first = phase.terms.get(0);
        if (phase.terms.size() == 1 && first.weight == 1) {
            return made.get(first.part);
        }
        WeightedLoss.Builder builder = WeightedLoss.builder().optName(NAME);
        phase.terms.forEach(term -> builder.add(term.weight, made.get(term.part)));
        return builder.build();
    }

    private static String text(float number) {
        return new BigDecimal(Float.toString(number)).stripTrailingZeros().toPlainString();
    }

    /** Reads from left to right; positions in messages count from 1. */
    private static final class Parser {

        private static final Pattern BLANKS = Pattern.compile("\\s*");
        // Bounded: a repeated group takes stack for every repetition.
        private static final Pattern NAME = Pattern.compile("[A-Za-z]+(-[A-Za-z]+){0,9}");
        private static final Pattern WHOLE = Pattern.compile("[0-9]+");
        private static final Pattern NUMBER =
                Pattern.compile("([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");
        private static final Pattern WORD = Pattern.compile("->|[A-Za-z0-9.-]+|(?s:.)");

        private static final Map<String, Kind> KINDS = kinds();

        private final String text;
        private int position;

        /** The first loss; null before it. */
        private Kind first;

        Parser(String text) {
            this.text = text;
        }

        private static Map<String, Kind> kinds() {
            Map<String, Kind> result = new LinkedHashMap<>();
            for (Kind kind : Kind.values()) {
                result.put(kind.shortName, kind);
            }
            for (Kind kind : Kind.values()) {
                result.put(kind.longName, kind);
            }
            return result;
        }

        LossExpression expression() {
            List<Phase> phases = new ArrayList<>();
            phases.add(new Phase(0, sum()));
            while (take("->")) {
                List<Term> terms = sum();
                if (!take("@")) {
                    throw expected("+ or @ and the number of epochs before the switch");
                }
                phases.add(new Phase(epochs(phases.get(phases.size() - 1).after), terms));
            }
            if (position < text.length()) {
                throw expected(phases.size() == 1 ? "+, -> or the end" : "-> or the end");
            }
            return new LossExpression(List.copyOf(phases));
        }

        private int epochs(int before) {
            skipBlanks();
            int start = position;
            String digits = find(WHOLE).orElseThrow(() -> expected("a number of epochs"));
            // Exact as far as it matters, and fast for any number of digits.
            double number = Double.parseDouble(digits);
            if (number <= before || number >= Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        at(start)
                                + "expected a number of epochs above "
                                + before
                                + " and below 2^31 - 1, got "
                                + digits);
            }
            return (int) number;
        }

        private List<Term> sum() {
            List<Term> terms = new ArrayList<>();
            Set<Part> seen = new HashSet<>();
            do {
                skipBlanks();
                int start = position;
                Term term = term();
                if (!seen.add(term.part)) {
                    throw new IllegalArgumentException(
                            at(start)
                                    + "expected every loss of a sum once, got "
                                    + term.part.canonical()
                                    + " again");
                }
                terms.add(term);
            } while (take("+"));
            return List.copyOf(terms);
        }

        private Term term() {
            skipBlanks();
            int start = position;
            Optional<String> number = find(NUMBER);
            float weight = number.map(Float::parseFloat).orElse(1f);
            if (!(weight > 0) || Float.isInfinite(weight)) {
                throw new IllegalArgumentException(
                        at(start) + "expected a finite weight above 0, got " + number.get());
            }
            if (number.isPresent() && !take("*")) {
                throw expected("* after the weight");
            }
            skipBlanks();
            int name = position;
            String given =
                    find(NAME)
                            .orElseThrow(
                                    () ->
                                            expected(
                                                    number.isPresent()
                                                            ? "the name of a loss"
                                                            : "a weight or the name of a loss"));
            Kind kind = KINDS.get(given);
            if (kind == null) {
                throw new IllegalArgumentException(
                        Names.unknown(place(name), given, KINDS.keySet()));
            }
            if (first == null) {
                first = kind;
            }
            if (kind.decision != first.decision) {
                throw new IllegalArgumentException(
                        String.format(
                                "%sexpected a loss of %s as %s is (%s), got %s, which is of %s",
                                at(name),
                                output(first),
                                first.shortName,
                                Kind.names(first.decision),
                                kind.shortName,
                                output(kind)));
            }
            return new Term(weight, new Part(kind, options(kind)));
        }

        private static String output(Kind kind) {
            return kind.decision == Decision.SCORE_ABOVE_ZERO
                    ? "one score a pixel"
                    : "one logit a class";
        }

        private Map<Option, String> options(Kind kind) {
            Map<Option, String> given = new EnumMap<>(Option.class);
            if (take("(")) {
                do {
                    option(kind, given);
                } while (take(","));
                if (!take(")")) {
                    throw expected("comma or )");
                }
            }
            given.entrySet().removeIf(e -> e.getValue().equals(kind.initial(e.getKey())));
            return given;
        }

        private void option(Kind kind, Map<Option, String> given) {
            skipBlanks();
            int start = position;
            List<String> known = kind.options.stream().map(Option::toString).toList();
            String name =
                    find(NAME)
                            .orElseThrow(
                                    () ->
                                            expected(
                                                    "an option of "
                                                            + kind.shortName
                                                            + " ("
                                                            + String.join(", ", known)
                                                            + ")"));
            int index = known.indexOf(name);
            if (index < 0) {
                throw new IllegalArgumentException(
                        Names.unknown(place(start) + ", option of " + kind.shortName, name, known));
            }
            Option option = kind.options.get(index);
            if (given.containsKey(option)) {
                throw new IllegalArgumentException(
                        at(start) + "expected every option once, got " + name + " again");
            }
            boolean alone = !take("=");
            if (alone && !option.isFlag()) {
                throw expected("= and " + option.expected + " for " + name);
            }
            given.put(option, alone ? TRUE : value(option));
        }

        private String value(Option option) {
            skipBlanks();
            int start = position;
            if (!option.words.isEmpty()) {
                Optional<String> word = find(NAME);
                if (word.filter(option.words::contains).isPresent()) {
                    return word.get();
                }
            } else {
                Optional<String> number = find(NUMBER);
                if (number.isPresent() && option.accepts(Float.parseFloat(number.get()))) {
                    return text(Float.parseFloat(number.get()));
                }
            }
            position = start;
            throw expected(option.expected + " for " + option);
        }

        private void skipBlanks() {
            find(BLANKS);
        }

        private boolean take(String symbol) {
            skipBlanks();
            boolean there = text.startsWith(symbol, position);
            position += there ? symbol.length() : 0;
            return there;
        }

        private Optional<String> find(Pattern pattern) {
            Matcher matcher = pattern.matcher(text).region(position, text.length());
            if (!matcher.lookingAt()) {
                return Optional.empty();
            }
            position = matcher.end();
            return Optional.of(matcher.group());
        }

        private static String place(int position) {
            return "loss at position " + (position + 1);
        }

        private static String at(int position) {
            return place(position) + ": ";
        }

        private IllegalArgumentException expected(String what) {
            skipBlanks();
            int start = position;
            String got = find(WORD).map(word -> "\"" + word + "\"").orElse("the end");
            return new IllegalArgumentException(at(start) + "expected " + what + ", got " + got);
        }
    }
}
