package io.github.lovaszdjl.app.command;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import io.github.lovaszdjl.app.options.NetworkOptions;
import io.github.lovaszdjl.model.EncoderDecoder;
import io.github.lovaszdjl.model.EncoderDecoderNetwork;
import io.github.lovaszdjl.model.EncoderWeights;
import io.github.lovaszdjl.model.NamedWeights;
import io.github.lovaszdjl.model.NetworkCost;
import io.github.lovaszdjl.model.UNet;
import io.github.lovaszdjl.training.TrainingPlan;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Networks by name and what they cost. */
@Command(
        name = "networks",
        description = {
            "Lists the networks that --network knows, with their parameters and the multiply-adds of"
                    + " convolutions, linear layers and attention for an image of 512x512 and "
                    + NetworksCommand.CLASSES
                    + " classes, and the published weights that --weights knows.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lovasz networks",
            "  lovasz train --network resnet18-unet",
            "  lovasz train --network resnet18-unet --weights resnet18.a1_in1k"
        })
public final class NetworksCommand implements Callable<Integer> {

    static final int CLASSES = 21;

    private static final int SIZE = 512;
    private static final String ROW = "%-25s %10s %14s%n";

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(ROW, "network", "parameters", "multiply-adds");
        TrainingPlan plan = TrainingPlan.builder().build();
        print(
                out,
                NetworkOptions.UNET,
                UNet.builder()
                        .setClasses(CLASSES)
                        .optBaseWidth(plan.baseWidth())
                        .optDepth(plan.depth())
                        .build());
        for (EncoderDecoderNetwork network : EncoderDecoderNetwork.all()) {
            print(
                    out,
                    network.shortName(),
                    EncoderDecoder.builder()
                            .setEncoder(network.encoder())
                            .setDecoder(network.decoder())
                            .setClasses(CLASSES)
                            .build());
        }
        out.println();
        printWeights(out);
        out.flush();
        return 0;
    }

    static void printWeights(PrintWriter out) {
        String row = "%-29s  %-11s  %-4s  %s%n";
        out.printf(row, "weights", "of", "here", "from");
        for (NamedWeights weights : EncoderWeights.all()) {
            out.printf(
                    row,
                    weights.getName(),
                    weights.getEncoder(),
                    weights.isPresent() ? "yes" : "no",
                    weights.getPage());
        }
        out.println();
        Map<String, List<String>> licences = new LinkedHashMap<>();
        for (NamedWeights weights : EncoderWeights.all()) {
            licences.computeIfAbsent(weights.getLicence(), licence -> new ArrayList<>())
                    .add(weights.getName());
        }
        licences.forEach(
                (licence, names) -> out.printf("%s: %s%n", String.join(", ", names), licence));
    }

    private static void print(PrintWriter out, String name, Block block) {
        NetworkCost cost = NetworkCost.of(block, new Shape(1, 3, SIZE, SIZE));
        out.printf(
                ROW,
                name,
                String.format("%.2f M", cost.parameters() / 1e6),
                String.format("%.2f G", cost.multiplyAdds() / 1e9));
    }
}
