package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.translate.TranslateException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * How many images a second one thread loads from a folder of JPEG photographs of PASCAL VOC's size,
 * with each random change on its own: files are read and decoded, and samples of 256 × 256 pixels
 * are put into batches of eight.
 *
 * <p>The changes take turns, an epoch each. What counts is the time that the thread had a core, so
 * that other work on the machine does little harm.
 */
public final class LoaderSpeed {

    private static final int IMAGES = 16;
    private static final int HEIGHT = 375;
    private static final int WIDTH = 500;
    private static final int CLASSES = 21;
    private static final int CROP = 256;

    /** Rounds that do not count, until code is compiled. */
    private static final int WARM_UP = 4;

    private LoaderSpeed() {}

    /** The changes by the app's options. */
    private static Map<String, UnaryOperator<Augmentation.Builder>> changes() {
        Map<String, UnaryOperator<Augmentation.Builder>> changes = new LinkedHashMap<>();
        changes.put("none but the crop", b -> b);
        changes.put("--flip", b -> b.optHorizontalFlip(true));
        changes.put("--scale 0.75..1.5", b -> b.optScale(0.75, 1.5));
        changes.put(
                "--brightness 0.1 --contrast 0.1", b -> b.optBrightness(0.1f).optContrast(0.1f));
        changes.put("--quarter-turns", b -> b.optQuarterTurns(true));
        changes.put("--rotation 15", b -> b.optRotation(15));
        changes.put("--elastic 34,4", b -> b.optElastic(34, 4));
        changes.put("--elastic 800,20", b -> b.optElastic(800, 20));
        changes.put("--saturation 0.2", b -> b.optSaturation(0.2f));
        changes.put("--hue 0.05", b -> b.optHue(0.05f));
        changes.put("--blur 0..2", b -> b.optBlur(0, 2));
        changes.put("--noise 0.05", b -> b.optNoise(0.05f));
        changes.put("--cutout 1x64", b -> b.optCutout(1, 64));
        return changes;
    }

    /**
     * Measures every change.
     *
     * @param rounds how often
     * @return the images a second of each round, by the app's options
     * @throws IOException if the folder cannot be written or read
     * @throws TranslateException if a sample cannot be made
     */
    public static Map<String, double[]> measure(int rounds) throws IOException, TranslateException {
        Path root = Files.createTempDirectory("loader");
        try {
            write(root);
            Map<String, FolderSegmentationDataset> datasets = new LinkedHashMap<>();
            for (var change : changes().entrySet()) {
                FolderSegmentationDataset dataset = dataset(root, change.getValue());
                dataset.prepare();
                datasets.put(change.getKey(), dataset);
            }
            Map<String, double[]> speeds = new LinkedHashMap<>();
            for (int round = -WARM_UP; round < rounds; round++) {
                for (var dataset : datasets.entrySet()) {
                    double speed = IMAGES / seconds(dataset.getValue());
                    double[] of = speeds.computeIfAbsent(dataset.getKey(), n -> new double[rounds]);
                    if (round >= 0) {
                        of[round] = speed;
                    }
                }
            }
            return speeds;
        } finally {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static FolderSegmentationDataset dataset(
            Path root, UnaryOperator<Augmentation.Builder> change) {
        return FolderSegmentationDataset.builder()
                .setRoot(root)
                .setSplit("train")
                .setSampling(8, true)
                .optSize(CROP, CROP)
                .optAugmentation(change.apply(Augmentation.builder().optRandomCrop(true)).build())
                .build();
    }

    private static double seconds(FolderSegmentationDataset dataset)
            throws IOException, TranslateException {
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Batch batch : dataset.getData(manager)) {
                batch.close();
            }
        }
        return (threads.getCurrentThreadCpuTime() - start) / 1e9;
    }

    private static void write(Path root) throws IOException {
        List<String> classes = IntStream.range(0, CLASSES).mapToObj(c -> "class " + c).toList();
        Files.write(root.resolve("classes.txt"), classes);
        Path images = Files.createDirectories(root.resolve("train/images"));
        Path labels = Files.createDirectories(root.resolve("train/labels"));
        for (int i = 0; i < IMAGES; i++) {
            write(i, images.resolve(i + ".jpg"), labels.resolve(i + ".png"));
        }
    }

    /** Patches in a colour for each class, with a little noise. */
    private static void write(int index, Path image, Path labels) throws IOException {
        SplittableRandom random = new SplittableRandom(index);
        BufferedImage rgb = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        BufferedImage ids = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
        int[] patches = random.ints(16 * 16, 0, CLASSES).toArray();
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                int id = patches[y / 32 * 16 + x / 32];
                ids.getRaster().setSample(x, y, 0, id);
                for (int c = 0; c < 3; c++) {
                    int sample = (id * (7 + 4 * c) * 5 + x / 8 + random.nextInt(24)) % 256;
                    rgb.getRaster().setSample(x, y, c, sample);
                }
            }
        }
        ImageIO.write(rgb, "jpg", image.toFile());
        ImageIO.write(ids, "png", labels.toFile());
    }
}
