package io.github.lovaszdjl.spark;

import io.github.lovaszdjl.training.PartResult;
import io.github.lovaszdjl.training.PartTrainer;
import io.github.lovaszdjl.training.Round;
import io.github.lovaszdjl.training.RoundExecutor;
import io.github.lovaszdjl.training.RoundResult;
import io.github.lovaszdjl.training.RoundState;
import io.github.lovaszdjl.training.StateArray;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Trains the parts of rounds in the processes of a cluster.
 *
 * <pre>{@code
 * try (ClusterSession cluster =
 *                 ClusterSession.builder().setMaster("local-cluster[2,1,2048]").open();
 *         RoundExecutor workers = new SparkRounds(cluster, worker -> training(worker), 2);
 *         TrainingResult result = training().optRounds(RoundPlan.epochs(), workers).build().run()) {
 *     ...
 * }
 * }</pre>
 *
 * <p>A round is one job. The state is broadcast, a task trains each part, and the states that they
 * come to are cut into slices of some arrays each. A second task averages the slices of all parts
 * in the order of the parts, and the driver gets the means: it holds two states, however many parts
 * there are. A process that is lost has its part trained again by another, from the same state to
 * the same numbers, on processors of the same kind with as many threads.
 */
public final class SparkRounds implements RoundExecutor {

    /** How many bytes of slices a task averages at a time, if arrays are no larger. */
    private static final long SLICES_BYTES = 64L << 20;

    private final ClusterSession cluster;
    private final WorkerTraining training;
    private final int parts;

    /** By which a process knows whether it has the network already. */
    private final String key = UUID.randomUUID().toString();

    /**
     * Trains parts of a training.
     *
     * @param cluster the cluster, which stays open
     * @param training makes the training in a worker
     * @param parts how many parts a round has, at least 1; as many as there are workers, for one
     *     trains several one after the other
     * @throws IllegalArgumentException if there are fewer, or the training cannot be sent
     */
    public SparkRounds(ClusterSession cluster, WorkerTraining training, int parts) {
        if (parts < 1) {
            throw new IllegalArgumentException("workers: expected at least 1, got " + parts);
        }
        this.cluster = Objects.requireNonNull(cluster, "cluster: expected one, got null");
        this.training = Objects.requireNonNull(training, "training: expected one, got null");
        this.parts = parts;
        checkSendable(training);
    }

    /** Spark's own check needs Java's packages opened to say what is wrong. */
    private static void checkSendable(WorkerTraining training) {
        try (ObjectOutputStream out = new ObjectOutputStream(OutputStream.nullOutputStream())) {
            out.writeObject(training);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "training: expected one that can be sent, got " + e, e);
        }
    }

    @Override
    public int parts() {
        return parts;
    }

    @Override
    public RoundResult train(Round round, RoundState state) throws IOException {
        List<Mean> means;
        Broadcast<RoundState> sent = cluster.context().broadcast(state);
        try {
            int slices = countSlices(state);
            List<Integer> numbers = IntStream.range(0, parts).boxed().toList();
            means =
                    cluster.context()
                            .parallelize(numbers, parts)
                            .mapPartitionsToPair(
                                    new Train(cluster.setup(), training, key, round, sent, slices))
                            .groupByKey(new HashPartitioner(slices))
                            .map(slice -> Mean.of(slice._1(), slice._2()))
                            .collect();
        } catch (Exception e) { // Spark throws checked ones that it does not declare
            throw SparkFaults.translate(e);
        } finally {
            sent.destroy();
        }
        List<Mean> inOrder = new ArrayList<>(means);
        inOrder.sort(Comparator.comparingInt(Mean::slice));
        Mean first = inOrder.get(0);
        first.throwFault();
        List<StateArray> arrays = inOrder.stream().flatMap(m -> m.arrays().stream()).toList();
        RoundState mean = new RoundState(first.updates(), arrays);
        // To every part, from every part to where it is averaged, and from there to the driver.
        return new RoundResult(mean, first.reports(), (2L * parts + 1) * state.bytes());
    }

    private int countSlices(RoundState state) {
        long slices = (state.bytes() * parts + SLICES_BYTES - 1) / SLICES_BYTES;
        return (int) Math.max(1, Math.min(slices, state.arrays().size()));
    }

    /** Keeps the cluster. */
    @Override
    public void close() {}

    /** Trains a part, and cuts what it comes to into slices. */
    private record Train(
            WorkerSetup setup,
            WorkerTraining training,
            String key,
            Round round,
            Broadcast<RoundState> state,
            int slices)
            implements PairFlatMapFunction<Iterator<Integer>, Integer, Slice> {

        private static final long serialVersionUID = 1L;

        @Override
        public Iterator<Tuple2<Integer, Slice>> call(Iterator<Integer> numbers) {
            int part = numbers.next();
            WorkerTask<PartResult> task = worker -> train(worker, part);
            Outcome<PartResult> outcome =
                    new Execution<PartResult>(setup)
                            .apply(
                                    TaskContext.get(),
                                    scala.collection.Iterator$.MODULE$.single(task));
            List<Tuple2<Integer, Slice>> result = new ArrayList<>();
            if (outcome.fault() != null) {
                result.add(new Tuple2<>(0, Slice.of(part, outcome.fault())));
                return result.iterator();
            }
            PartResult trained = outcome.value();
            List<List<StateArray>> cut = Slice.cut(trained.state(), slices);
            for (int slice = 0; slice < slices; slice++) {
                result.add(new Tuple2<>(slice, Slice.of(part, trained, cut.get(slice), slice)));
            }
            return result.iterator();
        }

        private PartResult train(Worker worker, int part) throws Exception {
            PartTrainer trainer =
                    worker.held(
                            "training",
                            key,
                            () -> PartTrainer.of(training.make(worker), round.parts()));
            return trainer.train(round, part, state.value());
        }
    }
}
