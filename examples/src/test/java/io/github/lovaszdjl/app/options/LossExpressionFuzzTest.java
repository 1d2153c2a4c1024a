package io.github.lovaszdjl.app.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Fuzz;
import io.github.lovaszdjl.Mutator;
import io.github.lovaszdjl.Trials;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Losses as text, from the grammar and damaged. */
@Tag(Trials.TAG)
class LossExpressionFuzzTest {

    private static final long MAX_ALLOCATED = 64 << 20;

    private static final List<String> NUMBERS =
            List.of(
                    "0.5", "1", "2", "3.", ".25", "1e-3", "1E38", "1e39", "0", "-1", "1e-46",
                    "NaN");

    private static final List<String> NAMES =
            List.of(
                    "ce",
                    "lovasz",
                    "dice",
                    "jaccard",
                    "focal",
                    "cross-entropy",
                    "lovasz-softmax",
                    "hinge",
                    "lovasz-sigmoid");

    private static final List<String> OPTIONS =
            List.of(
                    "per-image",
                    "classes",
                    "smooth",
                    "gamma",
                    "label-smoothing",
                    "symmetric",
                    "activation");

    @Test
    void expressionsAreReadOrRefused() throws Exception {
        Map<String, Integer> outcomes =
                new Fuzz(
                                "loss expressions",
                                "loss",
                                MAX_ALLOCATED,
                                Set.of(IllegalArgumentException.class))
                        .run(Trials.of(2000, 200_000), random -> read(text(random), random));
        assertTrue(outcomes.get("read") > 100, outcomes.toString());
        assertTrue(outcomes.get("IllegalArgumentException") > 100, outcomes.toString());
    }

    @Test
    void longExpressionsTakeNoStackAndLittleTime() throws Exception {
        // A name of many parts, a number of many digits, a sum of many losses.
        String sum =
                IntStream.range(2, 20_000)
                        .mapToObj(i -> "dice(smooth=" + i + ")")
                        .collect(Collectors.joining("+"));
        List<String> bad =
                List.of(
                        "a-a".repeat(100_000),
                        "ce(" + "b-b".repeat(100_000),
                        "ce->lovasz@" + "9".repeat(300_000),
                        sum + "+dice(smooth=2)");
        Fuzz fuzz =
                new Fuzz(
                        "long expressions",
                        "loss",
                        1 << 30,
                        Set.of(IllegalArgumentException.class));
        int[] next = {0};
        assertEquals(
                Map.of("IllegalArgumentException", 4),
                fuzz.run(4, random -> read(bad.get(next[0]++), random)));
        assertEquals(sum, LossExpression.parse(sum).canonical());
        assertEquals(
                "ce->lovasz@7",
                LossExpression.parse("ce->lovasz@" + "0".repeat(9) + "7").canonical());
        assertThrows(
                IllegalArgumentException.class,
                () -> LossExpression.parse("ce->lovasz@2147483647"));
    }

    private static String read(String text, Random random) {
        LossExpression expression = LossExpression.parse(text);
        String canonical = expression.canonical();
        LossExpression again = LossExpression.parse(canonical);
        assertEquals(expression, again, canonical);
        assertEquals(canonical, again.canonical());
        // Whatever is read is a loss.
        if (random.nextInt(50) == 0) {
            assertTrue(expression.toLoss(255, Optional.empty()).getName().length() > 0);
        }
        for (String name : expression.partNames()) {
            assertTrue(name.matches("[A-Za-z0-9.-]+"), name);
        }
        return "read";
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int phases = 1 + random.nextInt(3);
        for (int i = 0; i < phases; i++) {
            text.append(i == 0 ? "" : "->");
            int terms = 1 + random.nextInt(random.nextInt(10) == 0 ? 40 : 3);
            for (int j = 0; j < terms; j++) {
                text.append(j == 0 ? "" : " + ".substring(random.nextInt(2)));
                term(text, random);
            }
            if (i > 0) {
                text.append('@').append(random.nextInt(5) > 0 ? 5L * i : Mutator.extreme(random));
            }
        }
        if (random.nextBoolean()) {
            return text.toString();
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        byte[] bad =
                random.nextBoolean()
                        ? Mutator.mutate(List.of(bytes), random)
                        : Mutator.mutateText(List.of(bytes), random);
        return new String(bad, StandardCharsets.UTF_8);
    }

    private static void term(StringBuilder text, Random random) {
        if (random.nextInt(3) == 0) {
            boolean odd = random.nextInt(4) == 0;
            text.append(odd ? Mutator.any(NUMBERS, random) : Float.toString(random.nextFloat()));
            text.append('*');
        }
        text.append(Mutator.any(NAMES, random));
        if (random.nextInt(3) == 0) {
            String option = Mutator.any(OPTIONS, random);
            text.append('(').append(option);
            if (!option.equals("per-image")) {
                text.append('=');
                text.append(option.equals("classes") ? "all" : Mutator.any(NUMBERS, random));
            }
            text.append(')');
        }
    }
}
