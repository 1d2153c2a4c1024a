package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.model.EncoderDecoderNetwork;
import io.github.lovaszdjl.model.EncoderName;
import io.github.lovaszdjl.model.EncoderWeights;
import io.github.lovaszdjl.model.NamedWeights;
import io.github.lovaszdjl.model.PretrainedWeights;
import io.github.lovaszdjl.model.SegmentationNetwork;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Published weights to start from: the option of every command that trains. */
public final class WeightsOptions {

    private static final String NONE = "none";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--weights",
            paramLabel = "NAME|FILE|none",
            description =
                    "start the encoder from published weights: a name of those that lovasz networks"
                            + " lists, which is fetched where it is not here yet, or a .safetensors"
                            + " file, of the encoder or of a whole network")
    private String weights = NONE;

    /** Tells whether there are weights to start from. */
    public boolean isGiven() {
        return !weights.equals(NONE);
    }

    /** Returns what was given. */
    public String text() {
        return weights;
    }

    /** Returns the weights of this name. Names go before files; "./mit-b0" is a file. */
    public static Optional<NamedWeights> named(String text) {
        return EncoderWeights.all().stream().filter(w -> w.getName().equals(text)).findFirst();
    }

    /** Returns the text that names the same weights from any folder. */
    static String absolute(String text) {
        return text.equals(NONE) || named(text).isPresent()
                ? text
                : Path.of(text).toAbsolutePath().normalize().toString();
    }

    /**
     * Returns the weights, which may not be here yet.
     *
     * @throws ParameterException if what was given is neither a name nor can be a file
     */
    public Optional<PretrainedWeights> weights() {
        if (!isGiven()) {
            return Optional.empty();
        }
        Optional<NamedWeights> named = named(weights);
        return named.isPresent()
                ? named.map(NamedWeights::weights)
                : Optional.of(PretrainedWeights.of(file()));
    }

    private Path file() {
        try {
            Path file = Path.of(weights);
            if (!weights.isBlank()) {
                return file;
            }
        } catch (InvalidPathException e) {
            // No file can have this name.
        }
        throw unknown();
    }

    /**
     * Checks what was given, without a look into the file.
     *
     * @param network the network to train
     * @param needed whether the weights have to be here, or to be had, as for a run that begins
     * @throws ParameterException if it is neither a file nor the name of weights of this network
     */
    public void check(SegmentationNetwork network, boolean needed) {
        if (!isGiven()) {
            return;
        }
        if (!network.takesWeights()) {
            throw wrong(
                    "expected none with --model, a TorchScript file, which holds its weights, got "
                            + weights);
        }
        Optional<NamedWeights> named = named(weights);
        if (named.isPresent()) {
            checkEncoder(network, named.get());
        } else if (needed && !Files.exists(file())) {
            throw isFile(weights) ? missing() : unknown();
        }
    }

    private void checkEncoder(SegmentationNetwork network, NamedWeights named) {
        if (!(network instanceof EncoderDecoderNetwork joined)) {
            throw wrong(
                    String.format(
                            "expected none or a file with %s, which has no encoder of a name, got"
                                    + " %s, of %s",
                            network, named, named.getEncoder()));
        }
        EncoderName encoder = joined.encoder();
        if (named.getEncoder() != encoder) {
            throw wrong(
                    String.format(
                            "expected a file or one of %s with %s, got %s, of %s",
                            String.join(", ", names(EncoderWeights.of(encoder))),
                            network,
                            named,
                            named.getEncoder()));
        }
    }

    private static boolean isFile(String text) {
        return text.endsWith(".safetensors") || Path.of(text).getParent() != null;
    }

    private ParameterException missing() {
        return wrong("expected a .safetensors file, got " + weights + ", which is not there");
    }

    private ParameterException unknown() {
        List<String> names = new ArrayList<>(List.of(NONE));
        names.addAll(names(EncoderWeights.all()));
        return wrong(
                String.format(
                        "expected a .safetensors file or one of %s, got %s%s",
                        String.join(", ", names),
                        weights.isBlank() ? "an empty name" : Names.shortened(weights),
                        Names.suggestion(Names.shortened(weights), names)));
    }

    private static List<String> names(List<NamedWeights> weights) {
        return weights.stream().map(NamedWeights::getName).toList();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), "--weights: " + message);
    }
}
