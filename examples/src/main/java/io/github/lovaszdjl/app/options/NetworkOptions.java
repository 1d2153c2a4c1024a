package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.model.EncoderDecoderNetwork;
import io.github.lovaszdjl.model.SegmentationNetwork;
import io.github.lovaszdjl.model.TorchScriptNetwork;
import io.github.lovaszdjl.model.UNetNetwork;
import io.github.lovaszdjl.training.TrainingPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The network to train: the options of every command that trains. */
public final class NetworkOptions {

    /** The name of a U-Net of the plan's base width and depth. */
    public static final String UNET = "unet";

    /** What of the plan no other network uses. */
    private static final List<String> OF_UNET = List.of("--base-width", "--depth");

    /** What no U-Net and no TorchScript file uses. */
    private static final List<String> OF_ENCODER = List.of("--output-stride", "--dropout");

    private static final String USUAL = "usual";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--network",
            paramLabel = "NAME",
            description =
                    "unet, of --base-width and --depth, or an encoder and a decoder such as"
                            + " resnet18-unet; lovasz networks lists them")
    private String network = UNET;

    @Option(
            names = "--output-stride",
            paramLabel = "N",
            description =
                    "the stride of the encoder's deepest features, 32, 16 or 8 (usual: 16 with"
                            + " deeplabv3plus, 32 with others)")
    private String outputStride = USUAL;

    @Option(
            names = "--dropout",
            paramLabel = "X",
            description =
                    "the dropout before the last layer of a network with an encoder (usual: 0 with"
                            + " unet, 0.1 with others)")
    private String dropout = USUAL;

    @Option(
            names = "--model",
            paramLabel = "FILE",
            description =
                    "a TorchScript file (images (N, 3, H, W) to logits (N, classes, H, W), for hinge"
                            + " and sigmoid (N, 1, H, W)) to fine-tune in place of a new network;"
                            + " all its parameters are trained")
    private Path model;

    /** Returns the names of all networks. */
    public static List<String> names() {
        List<String> names = new ArrayList<>(List.of(UNET));
        EncoderDecoderNetwork.all().forEach(each -> names.add(each.shortName()));
        return names;
    }

    /**
     * Returns the network.
     *
     * @param plan the plan, which has base width and depth of a U-Net
     * @throws ParameterException if there is none of this name, or an option goes with another one
     */
    public SegmentationNetwork network(TrainingPlan plan) {
        if (!names().contains(network)) {
            throw wrong("--network: " + Names.unknown(network, names()));
        }
        boolean unet = network.equals(UNET);
        if (model != null && !unet) {
            throw wrong(
                    "--network: expected none with --model, which is a network, got " + network);
        }
        if (!unet || model != null) {
            refuse(OF_UNET, "a new U-Net");
        }
        if (!unet) {
            return encoderDecoder();
        }
        refuse(OF_ENCODER, "a network with an encoder");
        return model == null
                ? new UNetNetwork(plan.baseWidth(), plan.depth())
                : TorchScriptNetwork.of(model);
    }

    private EncoderDecoderNetwork encoderDecoder() {
        EncoderDecoderNetwork usual = EncoderDecoderNetwork.of(network);
        try {
            return new EncoderDecoderNetwork(
                    usual.encoder(),
                    usual.decoder(),
                    number("--output-stride", outputStride, usual.outputStride(), Integer::valueOf),
                    number("--dropout", dropout, usual.dropout(), Float::valueOf));
        } catch (IllegalArgumentException e) {
            throw wrong("--" + e.getMessage().replaceFirst("^outputStride", "output-stride"));
        }
    }

    private <T> T number(String option, String value, T usual, Function<String, T> parser) {
        if (value.equals(USUAL)) {
            return usual;
        }
        try {
            return parser.apply(value);
        } catch (NumberFormatException e) {
            throw wrong(option + ": expected a number or " + USUAL + ", got " + value);
        }
    }

    /**
     * Throws where an option that says nothing about this network is given, or has another value
     * than its own by a file of options: one of a run has all of them.
     */
    private void refuse(List<String> options, String owner) {
        for (String name : options) {
            OptionSpec option = spec.findOption(name);
            boolean given = spec.commandLine().getParseResult().hasMatchedOption(name);
            if (given || !option.getValue().equals(option.initialValue())) {
                throw wrong(
                        String.format(
                                "%s: expected none, as it is of %s, got %s",
                                name, owner, option.getValue().toString()));
            }
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
