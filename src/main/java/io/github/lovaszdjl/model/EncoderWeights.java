package io.github.lovaszdjl.model;

import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.internal.Checksum;
import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.RemoteFile;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * The published weights of encoders that are known by name. All were trained to classify the 1,000
 * classes of ImageNet-1k.
 *
 * <pre>{@code
 * NamedWeights named = EncoderWeights.find("resnet18.a1_in1k");
 * PretrainedWeights weights = named.fetch(new ProgressBar());
 * }</pre>
 *
 * <p>The names are those of the Hugging Face hub, where timm publishes weights of its own training
 * ({@code a1}, {@code ra}) and torchvision's IMAGENET1K_V1 ({@code tv}), and NVIDIA those of
 * SegFormer's encoders. Every address names a commit there, and every file has its SHA-256: that
 * which the hub and projects that use the file give for it. From where this was written the hub
 * cannot be reached; the tests fetch from a server of their own.
 */
public final class EncoderWeights {

    private static final String HUB = "https://huggingface.co/";

    private static final String TIMM = "Apache-2.0";
    private static final String TORCHVISION = "BSD-3-Clause";
    private static final String NVIDIA =
            "NVIDIA Source Code License for SegFormer: research and evaluation only, no commercial"
                    + " use";

    /** The size of a file of which the pages that name its checksum tell none. */
    private static final long UNKNOWN = -1;

    /** What no file of these encoders can exceed; the largest has about half as much. */
    private static final long MOST = 200_000_000;

    private static final List<NamedWeights> ALL =
            List.of(
                    timm(
                            "resnet18.a1_in1k",
                            EncoderName.RESNET18,
                            TIMM,
                            "491b427b45c94c7fb0e78b5474cc919aff584bbf",
                            46_807_446,
                            "80c49dee3da4822c009c5a7fe591e9223c5a2cfcf95a4067ca4dfb5a7b89c612"),
                    timm(
                            "resnet18.tv_in1k",
                            EncoderName.RESNET18,
                            TORCHVISION,
                            "bbd144b3e5565108aad885f145491d11bc6ce807",
                            46_807_446,
                            "694f673df6520a3158624e8a89af086f59923ee4cd7436fe5bc3bc71d295ad81"),
                    timm(
                            "resnet34.a1_in1k",
                            EncoderName.RESNET34,
                            TIMM,
                            "0e8757122c4c09b15fb9300c0fd09b3fe89e28bf",
                            UNKNOWN,
                            "829a220f9529d2b1ffdc8719d3273463001e0daf411eaf1916865d9db62c0ed2"),
                    timm(
                            "resnet34.tv_in1k",
                            EncoderName.RESNET34,
                            TORCHVISION,
                            "1b7b21cca82ff974d341713f777bf740c2db38c4",
                            87_278_522,
                            "0bb82595a564991a9d424708b33f5d843f5aaed7f6c0886ff10849ff97022235"),
                    timm(
                            "resnet50.a1_in1k",
                            EncoderName.RESNET50,
                            TIMM,
                            "767268603ca0cb0bfe326fa87277f19c419566ef",
                            102_469_840,
                            "773525d5821de224f8f30c33377b7a795d7863e08522698200d3217d3f2a41bb"),
                    timm(
                            "resnet50.tv_in1k",
                            EncoderName.RESNET50,
                            TORCHVISION,
                            "78f3ecfdb38e06d9b8397f662e7ab8fee96026fa",
                            102_469_840,
                            "5d061a3c593d795bfe682d9b152bafbcf550579873492def3515b46db1189888"),
                    timm(
                            "mobilenetv3_large_100.ra_in1k",
                            EncoderName.MOBILENETV3,
                            TIMM,
                            "96f46a1c52932f27492dff66c72378eb99b443a7",
                            22_058_321,
                            "f425af34cc1cead2b5d6211f789a1f30b94835dc32f9c0fcc5a916e4fd2dde85"),
                    nvidia(
                            EncoderName.MIT_B0,
                            "25ce79d97e6d9d509ed12e17cb2eb89b0a83a2dc",
                            "3e5ad9cd1dd8ecf8305c23fcdf01ef241f08c7b2dddacb6ec7de5a887188798a"),
                    nvidia(
                            EncoderName.MIT_B1,
                            "44575a0572f5374ed1e5b4e46ec8276222f6ffe8",
                            "4c19537dff32bbaa876174c371759ac1046c980bbf8096273bb03261429bdce1"),
                    nvidia(
                            EncoderName.MIT_B2,
                            "d15ed1f9ae92346f6a6067dbb490a62494ae0d28",
                            "b3ad4dd552f9e1b871f46666f39187414133b861e3d07eda016600230f8a1ad6"));

    private EncoderWeights() {}

    /**
     * Returns all weights.
     *
     * @return the weights, those of one encoder one after the other
     */
    public static List<NamedWeights> all() {
        return ALL;
    }

    /**
     * Finds weights.
     *
     * @param name their name
     * @return the weights
     * @throws IllegalArgumentException if there are none; names those there are, and the nearest
     */
    public static NamedWeights find(String name) {
        List<String> names = ALL.stream().map(NamedWeights::getName).toList();
        int place = names.indexOf(name);
        if (place < 0) {
            throw new IllegalArgumentException(Names.unknown("weights", name, names));
        }
        return ALL.get(place);
    }

    /**
     * Returns the weights of an encoder.
     *
     * @param encoder the encoder
     * @return the weights, at least one
     */
    public static List<NamedWeights> of(EncoderName encoder) {
        return ALL.stream().filter(weights -> weights.getEncoder() == encoder).toList();
    }

    private static NamedWeights timm(
            String name,
            EncoderName encoder,
            String licence,
            String commit,
            long size,
            String sum) {
        return weights(name, encoder, "timm/" + name, licence, commit, size, sum);
    }

    /** A branch of each repository has the file; the main one has a pickle alone. */
    private static NamedWeights nvidia(EncoderName encoder, String commit, String sum) {
        String name = encoder.toString();
        return weights(name, encoder, "nvidia/" + name, NVIDIA, commit, UNKNOWN, sum);
    }

    private static NamedWeights weights(
            String name,
            EncoderName encoder,
            String repository,
            String licence,
            String commit,
            long size,
            String sum) {
        NamedWeights.Card card =
                new NamedWeights.Card(
                        name,
                        encoder,
                        Normalization.imageNet(),
                        licence,
                        URI.create(HUB + repository));
        RemoteFile remote =
                new RemoteFile(
                        name + ".safetensors",
                        HUB + repository + "/resolve/" + commit + "/model.safetensors",
                        "lovasz.url." + name,
                        size,
                        size == UNKNOWN ? MOST : size,
                        Optional.of(Checksum.sha256(sum)));
        return new NamedWeights(card, remote, Download.DEFAULT);
    }
}
