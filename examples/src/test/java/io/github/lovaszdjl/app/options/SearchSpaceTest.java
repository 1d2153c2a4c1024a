package io.github.lovaszdjl.app.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.app.command.Lovasz;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Model.CommandSpec;

class SearchSpaceTest {

    private static final int DRAWS = 4000;

    private static final CommandSpec TRAIN =
            Lovasz.commandLine().getSubcommands().get("train").getCommandSpec();

    private static SearchSpace parse(String... searches) {
        return SearchSpace.parse(TRAIN, List.of(searches));
    }

    private static List<Double> numbers(String search) {
        return parse(search).draw(DRAWS, 7).stream()
                .map(values -> Double.parseDouble(values.values().iterator().next()))
                .toList();
    }

    private static double share(List<Double> numbers, double below) {
        return numbers.stream().filter(x -> x < below).count() / (double) numbers.size();
    }

    @Test
    void quartersOfARangeAreAsFrequent() {
        List<Double> numbers = numbers("dropout=0.1..0.5");
        assertTrue(numbers.stream().allMatch(x -> x >= 0.1 && x <= 0.5));
        // Three standard deviations of a share of 4,000 draws are 0.024 at most.
        assertEquals(0.25, share(numbers, 0.2), 0.024);
        assertEquals(0.5, share(numbers, 0.3), 0.024);
        assertEquals(0.75, share(numbers, 0.4), 0.024);
    }

    @Test
    void powersOfTenOfALogarithmicRangeAreAsFrequent() {
        List<Double> numbers = numbers("learning-rate=1e-5..1e-1:log");
        assertTrue(numbers.stream().allMatch(x -> x >= 1e-5 && x <= 1e-1));
        assertEquals(0.25, share(numbers, 1e-4), 0.024);
        assertEquals(0.5, share(numbers, 1e-3), 0.024);
        assertEquals(0.75, share(numbers, 1e-2), 0.024);
    }

    @Test
    void allWholeNumbersOfARangeAreAsFrequent() {
        SearchSpace space = parse("depth=2..5", "learning-rate=0.1..0.2");
        Map<String, Long> counts =
                space.draw(DRAWS, 3).stream()
                        .collect(
                                Collectors.groupingBy(
                                        values -> values.get("depth"), Collectors.counting()));
        assertEquals(4, counts.size());
        counts.forEach((depth, count) -> assertEquals(0.25, count / (double) DRAWS, 0.024, depth));
    }

    @Test
    void firstTrialsAreTheSameForAnyNumber() {
        SearchSpace space = parse("learning-rate=1e-4..1e-2:log", "batch-size=4,8,16");
        assertEquals(space.draw(5, 1), space.draw(20, 1).subList(0, 5));
        assertTrue(!space.draw(5, 1).equals(space.draw(5, 2)), "another seed, other trials");
    }

    @Test
    void countedCombinationsComeOnceEach() {
        SearchSpace space = parse("batch-size=4,8,16", "depth=2..4", "flip=true,false");
        assertEquals(OptionalLong.of(18), space.combinations());
        assertEquals(18, new HashSet<>(space.draw(18, 1)).size());
        assertTrue(parse("batch-size=4,8", "power=0..1").combinations().isEmpty());
    }

    @Test
    void valuesWithCommasAreParted() {
        SearchSpace space = parse("loss=ce|focal(gamma=3)|0.5*ce+lovasz", "scale=1..1,0.75..1.5");
        assertEquals(
                List.of("ce", "focal(gamma=3)", "0.5*ce+lovasz"),
                space.ranges().get("loss").shown());
        assertEquals(List.of("1..1", "0.75..1.5"), space.ranges().get("scale").shown());
    }

    @Test
    void axesGoFromTheLowestToTheHighest() {
        SearchRange rate = parse("learning-rate=1e-4..1e-2:log").ranges().get("learning-rate");
        assertEquals(List.of("0.0001", "0.001", "0.01"), rate.shown());
        assertEquals(0.5, rate.position("0.001"), 1e-9);
        SearchRange depth = parse("--depth=2..3").ranges().get("depth");
        assertEquals(List.of("2", "3"), depth.shown());
        SearchRange batch = parse("batch-size=4,8").ranges().get("batch-size");
        assertEquals(0.75, batch.position("8"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "learning-rate; expected NAME=VALUES",
                "=1..2; expected NAME=VALUES",
                "learnig-rate=1..2; learning-rate",
                "out=a,b; out",
                "threads=1,2; change no score",
                "engine=PyTorch,MXNet; change no score",
                "val=0.1,0.2; cannot be compared",
                "scale=0.5..1..2; LOW..HIGH of numbers",
                "flip=0..1; two values or more",
                "epochs=1..3; budget of every trial",
                "data=a,b; cannot be compared",
                "depth=; two values or more",
                "depth=3; two values or more",
                "depth=3,3; each once",
                "depth=3,,4; two values or more",
                "depth=3..3; LOW below HIGH",
                "depth=4..3; LOW below HIGH",
                "depth=2.5..4; LOW..HIGH of whole numbers",
                "depth=2..3..4; LOW..HIGH of whole numbers",
                "depth=1..99999999999; LOW..HIGH of whole numbers",
                "power=x..1; LOW..HIGH of numbers",
                "power=NaN..1; LOW below HIGH",
                "power=0..Infinity; LOW below HIGH",
                "power=0..1:lin; LOW..HIGH of numbers",
                "learning-rate=0..1:log; LOW above 0",
                "learning-rate=-1..1:log; LOW above 0",
                "optimizer=sgd; two values or more",
            })
    void wrongSearchesSayWhatIsExpected(String search, String expected) {
        Exception e = assertThrows(IllegalArgumentException.class, () -> parse(search));
        assertTrue(e.getMessage().startsWith("--search: "), e.getMessage());
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    @Test
    void anOptionIsSearchedOnce() {
        Exception e =
                assertThrows(
                        IllegalArgumentException.class, () -> parse("depth=2,3", "depth=3..4"));
        assertTrue(e.getMessage().contains("depth twice"), e.getMessage());
    }
}
