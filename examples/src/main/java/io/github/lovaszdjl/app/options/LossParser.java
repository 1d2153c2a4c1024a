package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.model.Decision;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a {@link LossExpression} from left to right; positions in messages count from 1. */
final class LossParser {

    private static final Pattern BLANKS = Pattern.compile("\\s*");
    // Bounded: a repeated group takes stack for every repetition.
    private static final Pattern NAME = Pattern.compile("[A-Za-z]+(-[A-Za-z]+){0,9}");
    private static final Pattern WHOLE = Pattern.compile("[0-9]+");
    private static final Pattern NUMBER =
            Pattern.compile("([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");
    private static final Pattern WORD = Pattern.compile("->|[A-Za-z0-9.-]+|(?s:.)");

    private static final Map<String, LossKind> KINDS = kinds();

    private final String text;
    private int position;

    /** The first loss; null before it. */
    private LossKind first;

    LossParser(String text) {
        this.text = text;
    }

    private static Map<String, LossKind> kinds() {
        Map<String, LossKind> result = new LinkedHashMap<>();
        for (LossKind kind : LossKind.values()) {
            result.put(kind.shortName, kind);
        }
        for (LossKind kind : LossKind.values()) {
            result.put(kind.longName, kind);
        }
        return result;
    }

    LossExpression expression() {
        List<LossExpression.Phase> phases = new ArrayList<>();
        phases.add(new LossExpression.Phase(0, sum()));
        while (take("->")) {
            List<LossExpression.Term> terms = sum();
            if (!take("@")) {
                throw expected("+ or @ and the number of epochs before the switch");
            }
            phases.add(
                    new LossExpression.Phase(epochs(phases.get(phases.size() - 1).after()), terms));
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

    private List<LossExpression.Term> sum() {
        List<LossExpression.Term> terms = new ArrayList<>();
        Set<LossPart> seen = new HashSet<>();
        do {
            skipBlanks();
            int start = position;
            LossExpression.Term term = term();
            if (!seen.add(term.part())) {
                throw new IllegalArgumentException(
                        at(start)
                                + "expected every loss of a sum once, got "
                                + term.part().canonical()
                                + " again");
            }
            terms.add(term);
        } while (take("+"));
        return List.copyOf(terms);
    }

    private LossExpression.Term term() {
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
        LossKind kind = KINDS.get(given);
        if (kind == null) {
            throw new IllegalArgumentException(Names.unknown(place(name), given, KINDS.keySet()));
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
                            LossKind.names(first.decision),
                            kind.shortName,
                            output(kind)));
        }
        LossPart part = new LossPart(kind, options(kind));
        checkTogether(part, name);
        return new LossExpression.Term(weight, part);
    }

    /** Checks that the options of a loss go with each other, as the library has it. */
    private static void checkTogether(LossPart part, int position) {
        try {
            part.toLoss(0, Optional.empty());
        } catch (IllegalArgumentException e) {
            String inWordsOfOptions =
                    e.getMessage().replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
            throw new IllegalArgumentException(at(position) + inWordsOfOptions, e);
        }
    }

    private static String output(LossKind kind) {
        return kind.decision == Decision.SCORE_ABOVE_ZERO
                ? "one score a pixel"
                : "one logit a class";
    }

    private Map<LossOption, String> options(LossKind kind) {
        Map<LossOption, String> given = new EnumMap<>(LossOption.class);
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

    private void option(LossKind kind, Map<LossOption, String> given) {
        skipBlanks();
        int start = position;
        List<String> known = kind.options.stream().map(LossOption::toString).toList();
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
        LossOption option = kind.options.get(index);
        if (given.containsKey(option)) {
            throw new IllegalArgumentException(
                    at(start) + "expected every option once, got " + name + " again");
        }
        boolean alone = !take("=");
        if (alone && !option.isFlag()) {
            throw expected("= and " + option.expected + " for " + name);
        }
        given.put(option, alone ? LossOption.TRUE : value(option));
    }

    private String value(LossOption option) {
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
                return LossExpression.text(Float.parseFloat(number.get()));
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
