package io.github.lovaszdjl.loss;

import ai.djl.translate.TranslateException;
import io.github.lovaszdjl.dataset.LoaderSpeed;
import io.github.lovaszdjl.model.EncoderDecoderNetwork;
import io.github.lovaszdjl.reference.BenchmarkBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs all benchmarks and prints the tables of docs/performance.md.
 *
 * <p>Each round runs every loss in a JVM of its own, one after the other; ratios are taken within a
 * round, and their median over the rounds is printed, so that a machine that slows down for a while
 * does little harm. The device is the system property {@code device}, cpu or gpu0.
 */
final class Benchmarks {

    private static final List<String> CPU_CASES =
            List.of(
                    "softmax-confident-4x21x256x256",
                    "softmax-unsure-4x21x256x256",
                    "softmax-unsure-8x2x512x512",
                    "softmax-unsure-2x150x128x128",
                    "hinge-confident-8x1x512x512");

    private static final List<String> GPU_CASES =
            List.of(
                    "softmax-confident-8x21x512x512",
                    "softmax-unsure-8x21x512x512",
                    "hinge-confident-8x1x512x512");

    private static final List<String> MEMORY_CASES =
            List.of(
                    "softmax-unsure-4x21x256x256",
                    "softmax-unsure-2x150x128x128",
                    "softmax-unsure-8x2x512x512",
                    "hinge-confident-8x1x512x512");

    private static final List<String> PARTS =
            List.of("losses", "step", "memory", "growth", "networks", "loader");

    /** Logits of half a GiB. */
    private static final long MAX_LOGITS = 1L << 27;

    private final String device;

    private Benchmarks(String device) {
        this.device = device;
    }

    /**
     * Runs what is asked for.
     *
     * @param args any of losses, step, memory, growth, networks and loader, all of them if none; a
     *     number is that of the rounds, 5 by default
     */
    public static void main(String[] args) throws RunnerException, IOException, TranslateException {
        Benchmarks benchmarks = new Benchmarks(System.getProperty("device", "cpu"));
        List<String> parts = new ArrayList<>();
        int rounds = 5;
        for (String arg : args) {
            if (arg.matches("\\d+")) {
                rounds = Integer.parseInt(arg);
            } else if (PARTS.contains(arg)) {
                parts.add(arg);
            } else {
                throw new IllegalArgumentException(
                        "args: expected " + String.join(", ", PARTS) + " or a number, got " + arg);
            }
        }
        boolean all = parts.isEmpty();
        if (all || parts.contains("losses")) {
            benchmarks.losses(rounds);
        }
        if (all || parts.contains("step")) {
            benchmarks.step(rounds);
        }
        if ((all || parts.contains("memory")) && benchmarks.device.equals("cpu")) {
            benchmarks.memory(rounds);
        }
        if (all || parts.contains("growth")) {
            benchmarks.growth();
        }
        if ((all || parts.contains("networks")) && benchmarks.device.equals("cpu")) {
            benchmarks.networks(rounds);
        }
        if ((all || parts.contains("loader")) && benchmarks.device.equals("cpu")) {
            loader(rounds);
        }
    }

    private static void loader(int rounds) throws IOException, TranslateException {
        Map<String, double[]> speeds = LoaderSpeed.measure(rounds);
        double[] none = speeds.values().iterator().next();
        System.out.println("| change | images/s | of none |");
        System.out.println("|---|---:|---:|");
        speeds.forEach(
                (name, of) ->
                        System.out.printf(
                                "| %s | %.0f | %.2f |%n",
                                name, median(of), median(ratios(of, none))));
    }

    private void networks(int rounds) throws RunnerException, IOException {
        double[] losses = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            losses[round] = run(options(NetworkBenchmark.class, "loss", "network", "unet"));
        }
        System.out.printf("loss alone: %.1f ms%n", median(losses));
        System.out.println("| network | step ms | images/s | peak resident MB |");
        System.out.println("|---|---:|---:|---:|");
        List<String> names = new ArrayList<>(List.of("unet"));
        EncoderDecoderNetwork.all().forEach(network -> names.add(network.shortName()));
        for (String name : names) {
            double[] steps = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                steps[round] = run(options(NetworkBenchmark.class, "step", "network", name));
            }
            System.out.printf(
                    "| %s | %.0f | %.1f | %.0f |%n",
                    name,
                    median(steps),
                    NetworkBenchmark.BATCH * 1000 / median(steps),
                    PeakMemory.ofNetwork(name) / 1e6);
        }
    }

    private void losses(int rounds) throws RunnerException {
        System.out.println(
                "| input | ours ms | published ms | cross-entropy ms"
                        + " | published / ours | ours / cross-entropy |");
        System.out.println("|---|---:|---:|---:|---:|---:|");
        for (String input : device.equals("cpu") ? CPU_CASES : GPU_CASES) {
            boolean hinge = input.startsWith("hinge");
            Map<String, double[]> times = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                for (String loss : List.of("ours", "published", "cross-entropy")) {
                    double[] of = times.computeIfAbsent(loss, l -> new double[rounds]);
                    boolean known = !hinge || !loss.equals("cross-entropy");
                    of[round] = known ? time(input, loss, 5, 1000) : Double.NaN;
                }
            }
            double[] ours = times.get("ours");
            double[] published = times.get("published");
            double[] entropy = times.get("cross-entropy");
            System.out.printf(
                    "| %s | %.1f | %.0f | %.1f | %.1f | %.1f |%n",
                    input,
                    median(ours),
                    median(published),
                    median(entropy),
                    median(ratios(published, ours)),
                    median(ratios(ours, entropy)));
        }
    }

    private void step(int rounds) throws RunnerException {
        double[] entropy = new double[rounds];
        double[] both = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            entropy[round] = run(options(TrainingStepBenchmark.class, "", "loss", "cross-entropy"));
            both[round] =
                    run(options(TrainingStepBenchmark.class, "", "loss", "cross-entropy+lovasz"));
        }
        System.out.printf(
                "training step: cross-entropy %.1f ms, 0.5 cross-entropy + Lovasz %.1f ms,"
                        + " ratio %.3f%n",
                median(entropy), median(both), median(ratios(both, entropy)));
    }

    private void memory(int rounds) throws IOException {
        System.out.println(
                "| input | logits MB | ours MB | published MB"
                        + " | ours / logits | published / ours |");
        System.out.println("|---|---:|---:|---:|---:|---:|");
        for (String input : MEMORY_CASES) {
            double[] ours = new double[rounds];
            double[] published = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                ours[round] = PeakMemory.of(input, "ours") / 1e6;
                published[round] = PeakMemory.of(input, "published") / 1e6;
            }
            double logits = BenchmarkBatch.of(input).shape().size() * 4 / 1e6;
            System.out.printf(
                    "| %s | %.1f | %.1f | %.1f | %.1f | %.1f |%n",
                    input,
                    logits,
                    median(ours),
                    median(published),
                    median(ours) / logits,
                    median(ratios(published, ours)));
        }
    }

    /** Plots time against pixels for several numbers of classes. */
    private void growth() throws RunnerException, IOException {
        XYChart chart =
                new XYChartBuilder()
                        .width(1000)
                        .height(700)
                        .title("Forward and backward, " + device)
                        .xAxisTitle("pixels")
                        .yAxisTitle("milliseconds")
                        .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        java.awt.Color[] colors = {
            new java.awt.Color(0x1b9e77), new java.awt.Color(0xd95f02), new java.awt.Color(0x7570b3)
        };
        int[] classes = {2, 21, 150};
        for (int i = 0; i < classes.length; i++) {
            for (String loss : List.of("ours", "cross-entropy")) {
                List<Double> pixels = new ArrayList<>();
                List<Double> times = new ArrayList<>();
                for (int log = 16; log <= 24 && (long) classes[i] << log <= MAX_LOGITS; log++) {
                    // Four images, as square as powers of 2 can be.
                    int height = 1 << (log - 2) / 2;
                    int width = 1 << (log - 1) / 2;
                    String input = "softmax-unsure-4x" + classes[i] + "x" + height + "x" + width;
                    pixels.add(4.0 * height * width);
                    times.add(time(input, loss, 3, 500));
                    System.out.printf(
                            "%s %d classes, %.0f pixels: %.1f ms%n",
                            loss,
                            classes[i],
                            pixels.get(pixels.size() - 1),
                            times.get(times.size() - 1));
                }
                boolean ours = loss.equals("ours");
                String name = (ours ? "Lovász-Softmax, " : "cross-entropy, ") + classes[i];
                XYSeries series = chart.addSeries(name + " classes", pixels, times);
                series.setLineColor(colors[i]);
                series.setMarkerColor(colors[i]);
                series.setLineStyle(ours ? SeriesLines.SOLID : SeriesLines.DASH_DASH);
                series.setMarker(ours ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
            }
        }
        Path file = Path.of("target", "growth-" + device + ".png");
        Files.createDirectories(file.getParent());
        BitmapEncoder.saveBitmap(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG);
        System.out.println("plotted in " + file);
    }

    private double time(String input, String loss, int iterations, int milliseconds)
            throws RunnerException {
        return run(
                options(LossBenchmark.class, "", "loss", loss)
                        .param("input", input)
                        .measurementIterations(iterations)
                        .measurementTime(TimeValue.milliseconds(milliseconds)));
    }

    private ChainedOptionsBuilder options(
            Class<?> benchmark, String method, String parameter, String value) {
        return new OptionsBuilder()
                .include(benchmark.getName().replace(".", "\\.") + "\\." + method)
                .param(parameter, value)
                .param("device", device)
                .verbosity(VerboseMode.SILENT)
                .jvmArgsAppend(
                        "-Dai.djl.offline=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    }

    private static double run(ChainedOptionsBuilder options) throws RunnerException {
        RunResult result = new Runner(options.shouldFailOnError(true).build()).runSingle();
        return result.getPrimaryResult().getStatistics().getPercentile(50);
    }

    private static double[] ratios(double[] numerators, double[] denominators) {
        double[] ratios = numerators.clone();
        Arrays.setAll(ratios, i -> ratios[i] / denominators[i]);
        return ratios;
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
