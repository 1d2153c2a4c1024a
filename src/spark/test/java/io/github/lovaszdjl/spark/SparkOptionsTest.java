package io.github.lovaszdjl.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ServerSocket;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SparkOptionsTest {

    private static SparkConf of(String master, Map<String, String> given) {
        return SparkOptions.of(master, "test", given, false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "local[2]", "local[*]", "local-cluster[0,1,1]", "spark://x"})
    void anUnknownMasterIsRefused(String master) {
        IllegalArgumentException fault =
                assertThrows(IllegalArgumentException.class, () -> of(master, Map.of()));
        assertTrue(fault.getMessage().startsWith("master: expected local-cluster["));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "local",
                "local-cluster[2,4,9]",
                "spark://a:1,b:2",
                "yarn",
                "k8s://https://x"
            })
    void aProcessHasOneTaskAtATime(String master) {
        SparkConf conf = of(master, Map.of());
        assertEquals(conf.get("spark.executor.cores"), conf.get("spark.task.cpus"));
        conf = of(master, Map.of("spark.executor.cores", "4"));
        assertEquals("4", conf.get("spark.task.cpus"));
        IllegalArgumentException fault =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                of(
                                        master,
                                        Map.of(
                                                "spark.executor.cores",
                                                "4",
                                                "spark.task.cpus",
                                                "1")));
        assertTrue(fault.getMessage().startsWith("spark.task.cpus: expected 4 as spark.exec"));
    }

    @ParameterizedTest
    @CsvSource({
        "spark.executor.memory, 4g, '1 and 2048 MB', 1 and 4g",
        "spark.executor.cores, 2, '1 and 2048 MB', 2 and 2048m",
        "spark.executor.memory, much, '1 and 2048 MB', 1 and much"
    })
    void whatNoProcessOfTheClusterHasIsRefused(
            String key, String value, String expected, String got) {
        String master = "local-cluster[2,1,2048]";
        IllegalArgumentException fault =
                assertThrows(IllegalArgumentException.class, () -> of(master, Map.of(key, value)));
        assertEquals(
                "spark.executor.cores and spark.executor.memory: expected at most the "
                        + expected
                        + " of "
                        + master
                        + ", got "
                        + got,
                fault.getMessage());
        of(master, Map.of("spark.executor.memory", "2g"));
    }

    @Test
    void aMasterThatDoesNotAnswerIsSaid() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        String url = "spark://127.0.0.1:" + free;
        WorkerException fault =
                assertThrows(
                        WorkerException.class,
                        () -> ClusterSession.builder().setMaster(url).open());
        assertTrue(
                fault.getMessage().startsWith("master: expected one that answers at " + url),
                fault.getMessage());
    }

    @Test
    void everyThingIsInOnePart() {
        for (int things = 1; things < 50; things++) {
            for (int workers = 1; workers < 5; workers++) {
                assertEquals(
                        IntStream.range(0, things).boxed().toList(),
                        Parts.of(things, workers).stream()
                                .peek(part -> assertTrue(part.length > 0))
                                .flatMap(part -> IntStream.of(part).boxed())
                                .sorted()
                                .toList());
            }
        }
    }
}
