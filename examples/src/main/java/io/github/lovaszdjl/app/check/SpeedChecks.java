package io.github.lovaszdjl.app.check;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.internal.EngineNames;
import io.github.lovaszdjl.loss.FocalLoss;
import io.github.lovaszdjl.loss.LovaszHingeLoss;
import io.github.lovaszdjl.loss.LovaszSigmoidLoss;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.loss.SegmentationCrossEntropyLoss;
import io.github.lovaszdjl.loss.SoftDiceLoss;
import io.github.lovaszdjl.loss.SoftJaccardLoss;
import io.github.lovaszdjl.reference.BenchmarkBatch;
import io.github.lovaszdjl.reference.PublishedLovasz;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** Times forward and backward of every loss, cross-entropy and the published algorithm. */
public final class SpeedChecks {

    static final String CROSS_ENTROPY = "cross-entropy";

    static final String PUBLISHED = "published algorithm";

    private static final List<String> INPUTS =
            List.of(
                    "softmax-unsure-4x21x256x256",
                    "softmax-unsure-8x21x512x512",
                    "hinge-unsure-8x1x512x512");

    /** Nothing is run that would take longer, in seconds, judging by a smaller input. */
    private static final double LONGEST = 5;

    /** An input on which cross-entropy alone would take longer, in seconds, is left out. */
    private static final double LONGEST_ENTROPY = 0.5;

    /** What would take longer, in seconds, is run only once. */
    private static final double SLOW = 1;

    private static final int ROUNDS = 3;

    /** How long a loss runs in a round, in seconds, and to warm up. */
    private static final double ROUND = 0.15;

    private final Device device;
    private final Cuda cuda;

    /**
     * Whether a step ends when a number of its gradient has been read: where the engine computes
     * while the host goes on, and there is no other way to wait.
     */
    private final boolean readsBack;

    SpeedChecks(Device device, Cuda cuda) {
        this.device = device;
        this.cuda = cuda;
        this.readsBack = readsBack(device, cuda);
    }

    /** Tells whether only reading waits: of PyTorch the CPU has computed when a call returns. */
    static boolean readsBack(Device device, Cuda cuda) {
        boolean pyTorch = Engine.getInstance().getEngineName().equals(EngineNames.PYTORCH);
        return cuda == null && (device.isGpu() || !pyTorch);
    }

    /** Times all losses. */
    List<LossTiming> run(Consumer<String> progress) {
        List<LossTiming> timings = new ArrayList<>();
        Map<String, Double> perLogit = new LinkedHashMap<>();
        for (String input : INPUTS) {
            BenchmarkBatch batch = BenchmarkBatch.of(input);
            double entropy = guess(CROSS_ENTROPY, batch, perLogit).orElse(0);
            if (entropy > LONGEST_ENTROPY) {
                for (String name : losses(batch.hinge()).keySet()) {
                    OptionalDouble guess = guess(name, batch, perLogit);
                    timings.add(
                            LossTiming.notRun(
                                    name,
                                    batch.shape().toString(),
                                    guess.isPresent() ? guess.getAsDouble() : null));
                }
                continue;
            }
            progress.accept(batch.shape().toString());
            try (NDManager manager = NDManager.newBaseManager(device)) {
                NDArray labels = batch.labels(manager);
                NDArray logits = batch.logits(manager, labels);
                timings.addAll(time(batch, labels, logits, perLogit));
            }
        }
        return timings;
    }

    /**
     * Returns the seconds that a loss would take, judging by a smaller input; nothing of the first.
     */
    private static OptionalDouble guess(
            String name, BenchmarkBatch batch, Map<String, Double> perLogit) {
        Double one = perLogit.get(name + batch.hinge());
        return one == null ? OptionalDouble.empty() : OptionalDouble.of(one * batch.shape().size());
    }

    private static Map<String, Loss> losses(boolean binary) {
        Map<String, Loss> losses = new LinkedHashMap<>();
        if (binary) {
            losses.put(CROSS_ENTROPY, new BinaryCrossEntropy());
            losses.put("Lovász hinge", new LovaszHingeLoss());
            losses.put(
                    "Lovász hinge, per batch",
                    LovaszHingeLoss.builder().optPerImage(false).build());
            losses.put("Lovász sigmoid", new LovaszSigmoidLoss());
        } else {
            losses.put(CROSS_ENTROPY, new SegmentationCrossEntropyLoss());
            losses.put("focal", new FocalLoss());
            losses.put("soft Dice", new SoftDiceLoss());
            losses.put("soft Jaccard", new SoftJaccardLoss());
            losses.put("Lovász-Softmax", new LovaszSoftmaxLoss());
            losses.put(
                    "Lovász-Softmax, per image",
                    LovaszSoftmaxLoss.builder().optPerImage(true).build());
        }
        losses.put(PUBLISHED, new PublishedLovasz(binary));
        return losses;
    }

    private List<LossTiming> time(
            BenchmarkBatch batch, NDArray labels, NDArray logits, Map<String, Double> perLogit) {
        Map<String, Loss> losses = losses(batch.hinge());
        Map<String, List<Double>> seconds = new LinkedHashMap<>();
        Map<String, Double> expected = new LinkedHashMap<>();
        Map<String, String> failures = new LinkedHashMap<>();
        Set<String> slow = new HashSet<>();
        losses.forEach(
                (name, loss) -> {
                    String key = name + batch.hinge();
                    double guess = guess(name, batch, perLogit).orElse(0);
                    if (guess > LONGEST) {
                        expected.put(name, guess);
                        return;
                    }
                    if (guess > SLOW) {
                        // Once, for time and memory.
                        slow.add(name);
                        return;
                    }
                    attempt(
                            name,
                            failures,
                            () -> {
                                double first = repeat(loss, labels, logits, 0).get(0);
                                // The first step of all loads code.
                                double warm = repeat(loss, labels, logits, ROUND).get(0);
                                perLogit.put(key, Math.min(first, warm) / logits.size());
                                seconds.put(name, new ArrayList<>());
                            });
                });
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, List<Double>> each : seconds.entrySet()) {
                if (!failures.containsKey(each.getKey())) {
                    Loss loss = losses.get(each.getKey());
                    attempt(
                            each.getKey(),
                            failures,
                            () -> each.getValue().addAll(repeat(loss, labels, logits, ROUND)));
                }
            }
        }
        List<LossTiming> timings = new ArrayList<>();
        String shape = batch.shape().toString();
        for (String name : losses.keySet()) {
            if (expected.containsKey(name)) {
                timings.add(LossTiming.notRun(name, shape, expected.get(name)));
                continue;
            }
            // A loss that has kept nothing so far.
            Loss fresh = losses(batch.hinge()).get(name);
            List<Double> times = slow.contains(name) ? new ArrayList<>() : seconds.get(name);
            Runnable step =
                    slow.contains(name)
                            ? () -> times.addAll(repeat(fresh, labels, logits, 0))
                            : () -> step(fresh, labels, logits);
            LossTiming[] timing = new LossTiming[1];
            if (!failures.containsKey(name)) {
                attempt(name, failures, () -> timing[0] = measured(name, shape, times, step));
            }
            timings.add(
                    failures.containsKey(name)
                            ? new LossTiming(
                                    name, shape, null, null, failures.get(name), null, null)
                            : timing[0]);
        }
        return timings;
    }

    private LossTiming measured(String name, String shape, List<Double> seconds, Runnable step) {
        // An engine that computes while the host goes on frees when it likes.
        OptionalLong peak =
                readsBack ? OptionalLong.empty() : new Memory(device, cuda).peakOf(step);
        if (seconds.isEmpty()) {
            step.run(); // where no memory is measured
        }
        OptionalInt waits = cuda == null ? OptionalInt.empty() : cuda.synchronizations(step);
        return new LossTiming(
                name,
                shape,
                1000 * median(seconds),
                null,
                null,
                peak.isPresent() ? peak.getAsLong() : null,
                waits.isPresent() ? waits.getAsInt() : null);
    }

    /** Runs what may fail, as in want of memory; the first failure of a loss is kept. */
    private static void attempt(String loss, Map<String, String> failures, Runnable run) {
        try {
            run.run();
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            failures.putIfAbsent(loss, EngineCheck.said(e));
        }
    }

    /** Returns how long steps take, one at least and as many as begin in the time given. */
    private List<Double> repeat(Loss loss, NDArray labels, NDArray logits, double time) {
        List<Double> seconds = new ArrayList<>();
        synchronize();
        long begin = System.nanoTime();
        do {
            long start = System.nanoTime();
            step(loss, labels, logits);
            synchronize();
            seconds.add((System.nanoTime() - start) / 1e9);
        } while ((System.nanoTime() - begin) / 1e9 < time);
        return seconds;
    }

    private void synchronize() {
        if (cuda != null) {
            cuda.synchronize();
        }
    }

    private void step(Loss loss, NDArray labels, NDArray logits) {
        try (NDScope scope = new NDScope();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            scope.suppressNotUsedWarning();
            // A new leaf on the same memory: gradients would add up in an old one.
            NDArray leaf = logits.stopGradient();
            leaf.setRequiresGradient(true);
            collector.backward(loss.evaluate(new NDList(labels), new NDList(leaf)));
            if (readsBack) {
                leaf.getGradient().flatten().getFloat(0);
            }
        }
    }

    static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(v -> v).sorted().toArray();
        return Arrays.stream(sorted).skip((sorted.length - 1) / 2).findFirst().orElse(Double.NaN);
    }

    /** DJL's own, for labels of any type. */
    private static final class BinaryCrossEntropy extends Loss {

        private final Loss loss = Loss.sigmoidBinaryCrossEntropyLoss();

        BinaryCrossEntropy() {
            super(CROSS_ENTROPY);
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            NDArray target = labels.head().toType(DataType.FLOAT32, false);
            NDArray scores = predictions.head();
            return loss.evaluate(new NDList(target.reshape(scores.getShape())), new NDList(scores));
        }
    }
}
