package io.github.lovaszdjl.app.command;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.app.options.ClusterOptions;
import io.github.lovaszdjl.app.options.EngineOptions;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.app.picture.PredictionPictures;
import io.github.lovaszdjl.app.run.ClusterPrediction;
import io.github.lovaszdjl.app.run.InputFiles;
import io.github.lovaszdjl.app.run.OutputFolder;
import io.github.lovaszdjl.app.run.RunFolder;
import io.github.lovaszdjl.dataset.ImageFiles;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.spark.ClusterSession;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Predicts images of any size with a saved model. */
@Command(
        name = "predict",
        description = {
            "Predicts the class of each pixel of images of any size.",
            "",
            "For an image NAME.jpg, labels/NAME.png holds the class ids (8 bits, the palette shows"
                    + " them in colours), and overlays/NAME.png the image under the colours of its"
                    + " classes with a legend. Images of several folders keep their folders below"
                    + " the one that all have in common; where a.png and a.jpg meet, both keep their"
                    + " extensions. A link to an image is an image of its own, with its own name. Images"
                    + " that EXIF says are to be turned are turned. Those that cannot be read, in"
                    + " CMYK, or of another number of channels than the model has are reported and"
                    + " left out. Images larger than a tile are predicted by tiles that overlap."
        },
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz predict --model runs/X --out predicted photo.jpg",
            "  lovasz predict --model runs/X --out predicted photos 'more/**/*.png'",
            "  lovasz predict --model runs/X --out predicted --tile 1024x1024 a.png",
            "  lovasz predict --model runs/X --out predicted --tta flip,turns a.png"
        })
public final class PredictCommand implements Callable<Integer> {

    /** How many classes have their shares on the line of an image. */
    private static final int MAX_SHARES = 10;

    private static final String LABELS = ClusterPrediction.LABELS;
    private static final String OVERLAYS = ClusterPrediction.OVERLAYS;

    @Spec private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "FOLDER",
            description = "the folder of a saved model, or of a run, whose best model is taken")
    private Path modelFolder;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description =
                    "the folder for the results; made if it is not there; what predict wrote there"
                            + " before is replaced where the names are the same, no other file"
                            + " is, nor one that was changed since")
    private Path out;

    @Parameters(
            arity = "1..*",
            paramLabel = "IMAGE",
            description =
                    "PNG, JPEG, TIFF, BMP or GIF files, folders of them, or quoted globs, in which"
                            + " ** stands for any number of folders; what lies in --out is left out of folders"
                            + " and globs")
    private List<String> inputs;

    @Mixin private TileOptions tileOptions;

    @Option(
            names = "--opacity",
            paramLabel = "X",
            description =
                    "how much the colours cover in the overlay, 0 to 1 (${DEFAULT-VALUE} by"
                            + " default)")
    private double opacity = 0.5;

    @Option(names = "--no-overlay", description = "write no overlays")
    private boolean noOverlay;

    @Mixin private EngineOptions engineOptions;

    @Mixin private ClusterOptions clusterOptions;

    @Override
    public Integer call() throws IOException, MalformedModelException {
        tileOptions.check();
        if (!(opacity >= 0 && opacity <= 1)) {
            throw new ParameterException(
                    spec.commandLine(), "--opacity: expected 0 to 1, got " + opacity);
        }
        clusterOptions.check(engineOptions);
        try (OutputFolder results = OutputFolder.open(out)) {
            Map<Path, String> names = InputFiles.names(InputFiles.find(inputs, out));
            checkResults(results, names);
            return predict(names, results);
        }
    }

    private int predict(Map<Path, String> names, OutputFolder results)
            throws IOException, MalformedModelException {
        Device device = engineOptions.load();
        try (ZooModel<Image, CategoryMask> model =
                SegmentationModels.load(RunFolder.model("--model", modelFolder), device)) {
            engineOptions.checkRuns(model);
            ModelDescription description = ModelDescription.from(model.getProperties());
            int classes = description.classNames().size();
            if (classes > PredictionPictures.MAX_CLASSES) {
                throw new IllegalArgumentException(
                        "--model: expected at most 256 classes, which a PNG holds, got " + classes);
            }
            TileOptions.Tiles tiles = tileOptions.tiles(description);
            TiledPredictor predictor =
                    TiledPredictor.builder()
                            .setModel(model)
                            .setDescription(description)
                            .optTileSize(tiles.height(), tiles.width())
                            .optOverlap(tiles.overlap())
                            .optTestTimeAugmentation(tiles.augmentation())
                            .optDevice(device)
                            .build();
            results.make();
            if (clusterOptions.isGiven()) {
                return predictOnCluster(tiles, description.classNames(), names, results);
            }
            return predict(predictor, description, names, results);
        }
    }

    private int predictOnCluster(
            TileOptions.Tiles tiles,
            List<String> classNames,
            Map<Path, String> names,
            OutputFolder results)
            throws IOException {
        PrintWriter print = spec.commandLine().getOut();
        PrintWriter errors = spec.commandLine().getErr();
        boolean legend = !noOverlay && fonts(errors);
        long start = System.nanoTime();
        int[] failed = new int[1];
        int[] number = new int[1];
        try (ClusterSession cluster = clusterOptions.open(engineOptions);
                PredictBar bar = new PredictBar(names.size())) {
            new ClusterPrediction(tiles, noOverlay ? -1 : opacity, legend)
                    .run(
                            cluster,
                            RunFolder.model("--model", modelFolder),
                            names,
                            results,
                            image -> {
                                bar.image(++number[0]);
                                if (image.error() != null) {
                                    failed[0]++;
                                    errors.println("error: " + image.error());
                                } else if (!bar.shown()) {
                                    print.println(line(image, classNames));
                                }
                            });
        }
        return report(names.size(), failed[0], start);
    }

    private static String line(ClusterPrediction.Predicted image, List<String> classNames) {
        return String.format(
                Locale.ROOT,
                "%s  %dx%d%s  %.1f s",
                image.name(),
                image.width(),
                image.height(),
                shares(classNames, image.counts()),
                image.seconds());
    }

    /** Checks that nothing is lost: neither an image nor a file that predict did not write. */
    private void checkResults(OutputFolder folder, Map<Path, String> names) throws IOException {
        Set<Path> images = new HashSet<>();
        for (Path image : names.keySet()) {
            images.add(image.toRealPath());
        }
        List<String> results = new ArrayList<>();
        for (String name : names.values()) {
            results.add(ClusterPrediction.labels(name));
            if (!noOverlay) {
                results.add(ClusterPrediction.overlay(name));
            }
        }
        for (String result : results) {
            Path file = out.resolve(result);
            if (Files.exists(file) && images.contains(file.toRealPath())) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--out: expected a folder whose results replace no image, got "
                                + out
                                + ", where "
                                + file
                                + " would be replaced");
            }
        }
        if (Files.exists(out.resolve("images"))) {
            throw new IOException(
                    "--out: expected a folder for predictions alone, got "
                            + out
                            + ", which holds images, as the split of a data set does");
        }
        folder.checkHoldsNoOther(LABELS);
        if (!noOverlay) {
            folder.checkHoldsNoOther(OVERLAYS);
        }
        folder.checkReplaced(results);
    }

    private int predict(
            TiledPredictor predictor,
            ModelDescription description,
            Map<Path, String> names,
            OutputFolder results)
            throws IOException {
        List<String> classNames = description.classNames();
        int channels = description.normalization().channels();
        PrintWriter print = spec.commandLine().getOut();
        PrintWriter errors = spec.commandLine().getErr();
        boolean legend = !noOverlay && fonts(errors);
        long start = System.nanoTime();
        int number = 0;
        int failed = 0;
        try (PredictBar bar = new PredictBar(names.size())) {
            for (Map.Entry<Path, String> entry : names.entrySet()) {
                Path file = entry.getKey();
                long imageStart = System.nanoTime();
                number++;
                bar.image(number);
                try {
                    BufferedImage image;
                    try {
                        image = ImageFiles.readImage(file, channels);
                    } catch (IOException e) {
                        failed++;
                        errors.println("error: " + e.getMessage());
                        continue;
                    }
                    long[] counts =
                            write(
                                    predictor,
                                    classNames,
                                    image,
                                    entry.getValue(),
                                    legend,
                                    bar,
                                    results);
                    if (!bar.shown()) {
                        print.printf(
                                Locale.ROOT,
                                "%s  %dx%d%s  %.1f s%n",
                                entry.getValue(),
                                image.getWidth(),
                                image.getHeight(),
                                shares(classNames, counts),
                                seconds(imageStart));
                    }
                } catch (OutOfMemoryError e) {
                    failed++;
                    errors.printf(
                            "error: %s: expected an image that the heap of %d MB holds (java"
                                    + " -Xmx), got a larger one%n",
                            file, Runtime.getRuntime().maxMemory() >> 20);
                }
            }
        }
        return report(names.size(), failed, start);
    }

    private int report(int images, int failed, long start) {
        PrintWriter errors = spec.commandLine().getErr();
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%d of %d images predicted in %.1f s, written to %s%n",
                        images - failed,
                        images,
                        seconds(start),
                        out);
        if (failed > 0) {
            errors.printf("error: %d of %d images could not be predicted%n", failed, images);
            return CommandLine.ExitCode.SOFTWARE;
        }
        return CommandLine.ExitCode.OK;
    }

    private static boolean fonts(PrintWriter errors) {
        try {
            Pictures.checkFonts();
            return true;
        } catch (IOException e) {
            errors.println("warning: overlays will have no legend: " + e.getMessage());
            return false;
        }
    }

    /** Predicts an image and writes what is asked for; returns the pixels of each class. */
    private long[] write(
            TiledPredictor predictor,
            List<String> classNames,
            BufferedImage image,
            String name,
            boolean legend,
            PredictBar bar,
            OutputFolder results)
            throws IOException {
        int height = image.getHeight();
        BufferedImage index = PredictionPictures.index(classNames, image.getWidth(), height);
        predictor.predict(
                ImageFactory.getInstance().fromImage(image),
                (y, labels) -> {
                    PredictionPictures.fill(index, y, labels);
                    bar.row(y, height);
                });
        results.writePicture(ClusterPrediction.labels(name), index);
        long[] counts = PredictionPictures.count(index);
        if (!noOverlay) {
            results.writePicture(
                    ClusterPrediction.overlay(name),
                    PredictionPictures.overlay(image, index, classNames, counts, opacity, legend));
        }
        return counts;
    }

    /** Returns the shares of the classes, of the largest where there are many, for one line. */
    static String shares(List<String> classNames, long[] counts) {
        long total = 0;
        for (long count : counts) {
            total += count;
        }
        List<Integer> there =
                IntStream.range(0, counts.length).filter(c -> counts[c] > 0).boxed().toList();
        Set<Integer> shown =
                there.stream()
                        .sorted(Comparator.comparingLong((Integer c) -> -counts[c]))
                        .limit(MAX_SHARES)
                        .collect(Collectors.toSet());
        StringBuilder text = new StringBuilder();
        for (int c : there) {
            if (shown.contains(c)) {
                text.append("  ").append(Names.shortened(classNames.get(c)));
                text.append(' ').append(PredictionPictures.share(counts[c], total));
            }
        }
        int others = there.size() - shown.size();
        return others == 0 ? text.toString() : text + "  and " + others + " more classes";
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
