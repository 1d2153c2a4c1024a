package io.github.lovaszdjl.app.command;

import io.github.lovaszdjl.app.importer.DatasetImport;
import io.github.lovaszdjl.app.importer.ImportFormat;
import io.github.lovaszdjl.app.importer.ImportRequest;
import io.github.lovaszdjl.app.importer.ImportResult;
import io.github.lovaszdjl.app.importer.Overlap;
import io.github.lovaszdjl.app.importer.Work;
import io.github.lovaszdjl.app.run.FetchProgress;
import io.github.lovaszdjl.app.run.Interrupt;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Turns annotations of other tools into a data set. */
@Command(
        name = "import",
        description = {
            "Turns annotations of COCO, LabelMe, Label Studio, CVAT or PASCAL VOC into a data set:"
                    + " one split of it for each call.",
            "",
            "Images are copied or linked to as they are. Those that are not found, do not decode or"
                    + " have another size than their annotations are left out and named. Nothing"
                    + " that is there is replaced. See datasets/README.md."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz datasets import --format coco --annotations instances_train.json"
                    + " --images-folder photos --split train --out my-data",
            "  lovasz datasets import --format labelme --annotations labelled --out my-data",
            "  lovasz datasets import --format cvat --annotations annotations.xml --split val"
                    + " --out my-data",
            "  lovasz datasets import --format voc --annotations VOCdevkit/VOC2012 --split train"
                    + " --out my-voc --images link"
        })
public final class ImportCommand implements Callable<Integer> {

    /** How images get into the data set. */
    enum Images {
        COPY,
        LINK;

        /** Returns the name in lower case, as options have it. */
        @Override
        public String toString() {
            return this == COPY ? "copy" : "link";
        }
    }

    @Option(
            names = "--format",
            paramLabel = "NAME",
            required = true,
            description = "coco, labelme, label-studio, cvat or voc")
    private ImportFormat format;

    @Option(
            names = "--annotations",
            paramLabel = "FILE|FOLDER",
            required = true,
            description =
                    "the file of the annotations; for labelme the folder of the files, for voc that"
                            + " with SegmentationClass and ImageSets")
    private Path annotations;

    @Option(
            names = "--images-folder",
            paramLabel = "FOLDER",
            description =
                    "the folder of the images; by default that of the annotations, or images beside"
                            + " them for cvat, JPEGImages for voc")
    private Path imagesFolder;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            required = true,
            description =
                    "the folder of the data set: new, or with other splits and the same classes")
    private Path out;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            description = "the split that is made: train, val, test or another name")
    private String split = "train";

    @Option(
            names = "--list",
            paramLabel = "NAME",
            description =
                    "for voc, the list in ImageSets/Segmentation (by default the split's name)")
    private String list;

    @Option(
            names = "--classes",
            paramLabel = "FILE",
            description =
                    "names of classes in the order of their ids, one a line (by default by category"
                            + " id, by the task's order, or by the alphabet; those of --out where"
                            + " it has some)")
    private Path classes;

    @Option(
            names = "--no-background",
            description = "ignore (255) what no annotation covers; else it is class 0, background")
    private boolean noBackground;

    @Option(
            names = "--overlap",
            paramLabel = "RULE",
            description =
                    "which instance has the pixels that several cover: area, the smallest, or order,"
                            + " the last in the file, for cvat that with the largest z_order (by"
                            + " default area for coco, order for the others)")
    private Overlap overlap;

    @Option(
            names = "--images",
            paramLabel = "HOW",
            description = "copy images, or link to them (symbolic links)")
    private Images images = Images.COPY;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        checkName("--split", split);
        if (list != null) {
            checkName("--list", list);
        }
        if (format == ImportFormat.VOC && noBackground) {
            throw wrong("--no-background: expected another format than voc, whose labels are ids");
        } else if (format == ImportFormat.VOC && overlap != null) {
            throw wrong("--overlap: expected another format than voc, which has label maps");
        } else if (format != ImportFormat.VOC && list != null) {
            throw wrong("--list: expected --format voc, got " + format);
        }
        ImportRequest request =
                new ImportRequest(
                        format,
                        annotations,
                        imagesFolder,
                        out,
                        split,
                        list == null ? split : list,
                        classes,
                        !noBackground,
                        overlap,
                        images == Images.LINK);
        PrintWriter console = spec.commandLine().getOut();
        ImportResult result;
        try (FetchProgress progress = new FetchProgress(console)) {
            result = DatasetImport.run(request, new Work(progress, Interrupt::requested));
        } catch (InterruptedIOException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return Lovasz.STOPPED;
        }
        console.print(result.text());
        console.printf(
                "%n%s: lovasz train --data %s%s%s%n",
                Files.exists(out.resolve("train"))
                        ? "Train on it"
                        : "Import the split train, too, then train on it",
                out,
                result.saysIgnored() ? "" : " --ignore-label 255",
                share());
        console.flush();
        return 0;
    }

    /** Returns the flags that take a fifth of the images for a split val, where there is none. */
    private String share() {
        if (!Files.exists(out.resolve("train")) || Files.exists(out.resolve("val"))) {
            return "";
        }
        return " --images train/images --labels train/labels --val 0.2";
    }

    private void checkName(String option, String name) {
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*") || name.matches("(?i)images|labels")) {
            throw wrong(option + ": expected a name of letters, digits and _, got \"" + name + '"');
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
