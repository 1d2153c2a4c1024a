package io.github.lovaszdjl.app.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.model.SegmentationModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/** Compares what runs came to, without times. */
final class RunNumbers {

    private RunNumbers() {}

    /** The reports of the epochs, without times and the sums of these. */
    static List<String> reports(Path run) throws IOException {
        Path file = run.resolve("checkpoint.zip.epochs");
        String text = Files.exists(file) ? Files.readString(file) : "";
        return text.lines()
                .map(line -> line.replaceAll("\"(\\w*[sS]econds|sum)\":[^,}]*,?", ""))
                .toList();
    }

    /**
     * Asserts that a run has the numbers and the files of another.
     *
     * @param whole the other
     * @param epochs how many epochs it has
     */
    static void assertSame(Path whole, Path run, int epochs, String message) throws Exception {
        // Files by name, so that nothing is left over; the weights may be of another number.
        assertEquals(names(whole), names(run), message);
        assertEquals(checkpoint(whole), checkpoint(run), message);
        for (String model : new String[] {"best", "best-raw"}) {
            if (Files.exists(whole.resolve(model))) {
                float[] expected = weights(whole.resolve(model));
                assertArrayEquals(expected, weights(run.resolve(model)), message + model);
            }
        }
        assertEquals(reports(whole), reports(run), message);
        assertEquals(epochs, reports(run).size(), message);
        assertEquals(metrics(whole), metrics(run), message);
        assertEquals(result(whole), result(run), message);
        for (String name : new String[] {"confusion.csv", "config.json"}) {
            assertEquals(
                    Files.readString(whole.resolve(name)).replace(whole.toString(), "RUN"),
                    Files.readString(run.resolve(name)).replace(run.toString(), "RUN"),
                    message);
        }
    }

    /** Asserts that a run has the best model and the metrics of another. */
    static void assertSameModel(Path whole, Path run) throws Exception {
        assertArrayEquals(weights(whole.resolve("best")), weights(run.resolve("best")));
        assertEquals(metrics(whole), metrics(run));
    }

    private static List<String> names(Path run) throws IOException {
        try (Stream<Path> files = Files.walk(run)) {
            return files.map(
                            file ->
                                    run.relativize(file)
                                            .toString()
                                            .replaceFirst("-\\d{4}[.]params$", ".params"))
                    .sorted()
                    .toList();
        }
    }

    /** Check sums of the last weights and of the optimizer's arrays; the archives have dates. */
    private static Map<String, Long> checkpoint(Path run) throws IOException {
        Map<String, Long> sums = new TreeMap<>();
        try (ZipFile zip = new ZipFile(run.resolve("checkpoint.zip").toFile())) {
            sums.put("parameters", zip.getEntry("parameters").getCrc());
            try (ZipInputStream arrays =
                    new ZipInputStream(zip.getInputStream(zip.getEntry("optimizer.npz")))) {
                for (ZipEntry e = arrays.getNextEntry(); e != null; e = arrays.getNextEntry()) {
                    CRC32 sum = new CRC32();
                    sum.update(arrays.readAllBytes());
                    sums.put(e.getName(), sum.getValue());
                }
            }
        }
        assertTrue(sums.size() > 10, sums::toString);
        return sums;
    }

    private static float[] weights(Path folder) throws Exception {
        try (ZooModel<?, ?> model = SegmentationModels.load(folder)) {
            List<NDArray> flat =
                    model.getBlock().getParameters().values().stream()
                            .map(parameter -> parameter.getArray().flatten())
                            .toList();
            return NDArrays.concat(new NDList(flat)).toFloatArray();
        }
    }

    /** Without speeds and times at the end. */
    private static List<String> metrics(Path run) throws IOException {
        return Files.readAllLines(run.resolve("metrics.csv")).stream()
                .map(line -> line.replaceAll("(,[^,]*){4}$", ""))
                .toList();
    }

    private static List<String> result(Path run) throws IOException {
        return Files.readAllLines(run.resolve("result.json")).stream()
                .filter(
                        line ->
                                !line.matches(
                                        " *\"(seconds|communicationSeconds|imagesPerSecond|waitShare)\".*"))
                .toList();
    }
}
