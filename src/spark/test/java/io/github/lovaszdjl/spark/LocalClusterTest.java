package io.github.lovaszdjl.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import io.github.lovaszdjl.EarthTiles;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.evaluator.ConfusionMatrix;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.spark.ClusterEvaluation.Tiles;
import io.github.lovaszdjl.training.SegmentationEvaluation;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two processes beside this one, started by Spark as on a cluster. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Hadoop needs winutils.exe there")
class LocalClusterTest {

    private static final String MASTER = "local-cluster[2,1,1024]";

    /** Tiles of earth have 128x128 pixels, so that they are seen by several. */
    private static final Tiles TILES = new Tiles(96, 96, 32, TestTimeAugmentation.of("flip"));

    private static ClusterSession cluster;
    private static Set<Long> before;

    @TempDir static Path temp;

    @BeforeAll
    static void open() throws IOException {
        before = children();
        cluster = ClusterSession.builder().setMaster(MASTER).open();
    }

    @AfterAll
    static void nothingIsLeft() throws IOException {
        Path local = Path.of(cluster.context().getConf().get("spark.local.dir"));
        assertTrue(Files.exists(local));
        cluster.close();
        assertEquals(before, children());
        assertFalse(Files.exists(local));
    }

    private static Set<Long> children() {
        return ProcessHandle.current()
                .children()
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }

    private record Square(int number) implements WorkerTask<long[]> {

        @Override
        public long[] run(Worker worker) {
            return new long[] {number * (long) number, ProcessHandle.current().pid()};
        }
    }

    @Test
    void resultsComeInTheOrderOfTasksFromOtherProcesses() throws IOException {
        List<long[]> results = cluster.run(IntStream.range(0, 20).mapToObj(Square::new).toList());
        for (int i = 0; i < 20; i++) {
            assertEquals((long) i * i, results.get(i)[0]);
            assertTrue(children().contains(results.get(i)[1]));
        }
        assertEquals(List.of(), cluster.run(List.<Square>of()));
    }

    /** Ends its process, as kill -9 does, unless it was there before. */
    private record Dies(String marker) implements WorkerTask<String> {

        @Override
        public String run(Worker worker) throws IOException {
            Path file = Path.of(marker);
            if (Files.exists(file)) {
                return "done";
            }
            Files.createFile(file);
            Runtime.getRuntime().halt(137);
            return "not reached";
        }
    }

    @Test
    void aTaskWhoseProcessDiesRunsAgain() throws IOException {
        Dies task = new Dies(temp.resolve("died").toString());
        int[] told = new int[1];
        assertEquals(List.of("done"), cluster.run(List.of(task), (part, value) -> told[0]++));
        assertEquals(1, told[0]);
    }

    private record Fails(String marker) implements WorkerTask<String> {

        @Override
        public String run(Worker worker) throws IOException {
            Files.createFile(Path.of(marker)); // fails where it is run again
            throw new IOException("file: expected this,\n got that");
        }
    }

    @Test
    void aFaultIsOneLineThatNamesTheWorkerAndIsNotTriedAgain() {
        Fails task = new Fails(temp.resolve("failed").toString());
        WorkerException fault =
                assertThrows(WorkerException.class, () -> cluster.run(List.of(task)));
        assertTrue(
                fault.getMessage()
                        .matches("worker \\d+ on 127\\.0\\.0\\.1: file: expected this,; got that"),
                fault.getMessage());
    }

    private static FolderSegmentationDataset data(Path root) throws IOException {
        FolderSegmentationDataset data =
                FolderSegmentationDataset.builder()
                        .setRoot(root)
                        .setSplit("test")
                        .setSampling(1, false)
                        .build();
        data.prepare();
        return data;
    }

    private static Path model(FolderSegmentationDataset data) throws IOException {
        Path folder = temp.resolve("model");
        ModelDescription description =
                ModelDescription.unet(data.getClassNames(), 2, 2, 96, 96, Normalization.imageNet());
        try (Model model = Model.newInstance("m")) {
            Block block = description.newBlock();
            block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 96, 96));
            model.setBlock(block);
            SegmentationModels.save(model, description, folder);
        }
        return folder;
    }

    @Test
    void countsAreThoseOfOneMachine() throws Exception {
        FolderSegmentationDataset data = data(Path.of("datasets/earth"));
        Path saved = model(data);
        Map<Long, ConfusionMatrix> images = new TreeMap<>();
        ConfusionMatrix here;
        try (Model model = SegmentationModels.load(saved)) {
            here =
                    SegmentationEvaluation.builder()
                            .setModel(model)
                            .optTileSize(TILES.height(), TILES.width())
                            .optOverlap(TILES.overlap())
                            .optTestTimeAugmentation(TILES.augmentation())
                            .build()
                            .count(data, images::put);
        }
        Map<Long, ConfusionMatrix> there = Collections.synchronizedMap(new TreeMap<>());
        ConfusionMatrix all =
                ClusterEvaluation.count(
                        cluster, saved, data, ClusterData.of(data), TILES, there::put);
        assertEquals(here.total(), all.total());
        assertEquals(here.toString(), all.toString());
        assertEquals(images.keySet(), there.keySet());
        images.forEach((i, matrix) -> assertEquals(matrix.toString(), there.get(i).toString()));
    }

    @Test
    void aFileThatWorkersDoNotSeeIsNamed() throws Exception {
        Path here = temp.resolve("here");
        EarthTiles.copy(here, "test", 2);
        Path there = temp.resolve("there");
        EarthTiles.copy(there, "test", 1);
        FolderSegmentationDataset data = data(here);
        Path saved = model(data);
        ClusterData place = ClusterData.of(data, there.toUri());
        Set<Long> seen = new HashSet<>();
        WorkerException fault =
                assertThrows(
                        WorkerException.class,
                        () ->
                                ClusterEvaluation.count(
                                        cluster, saved, data, place, TILES, (i, c) -> seen.add(i)));
        String missing = "data: expected " + data.getItems().get(2).name() + " in " + there.toUri();
        assertTrue(fault.getMessage().contains(missing), fault.getMessage());

        Files.writeString(there.resolve(data.getItems().get(2).name()), "another");
        fault =
                assertThrows(
                        WorkerException.class,
                        () ->
                                ClusterEvaluation.count(
                                        cluster, saved, data, place, TILES, (i, c) -> seen.add(i)));
        assertTrue(fault.getMessage().contains("as the driver has it"), fault.getMessage());
    }
}
