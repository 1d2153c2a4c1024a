package io.github.lovaszdjl.model;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What timm calls the tensors of a MobileNetV3-Large, for an encoder with torchvision's names.
 *
 * <p>timm numbers the blocks in stages, {@code blocks.STAGE.BLOCK}, torchvision all in a row,
 * {@code features.NUMBER}. The layers of a block have names in timm and places in torchvision; both
 * depend on whether the block widens its channels first, and the places on whether it has squeeze
 * and excitation.
 *
 * <p>The networks are the same otherwise but for one number: timm's normalisation adds 1e-5 to the
 * variance v, torchvision's 1e-3. So γ is multiplied by √((v + 1e-3) / (v + 1e-5)), with v the
 * running variance, after which both compute the same in prediction.
 *
 * <p>Sources: {@code timm/models/mobilenetv3.py} and {@code _efficientnet_blocks.py} (timm 1.0),
 * {@code torchvision/models/mobilenetv3.py} (0.14).
 */
final class TimmMobileNetV3 {

    private static final double TIMM_EPSILON = 1e-5;
    private static final double TORCHVISION_EPSILON = 1e-3;

    /** The layers of a block that widens its channels. */
    private static final Map<String, String> WIDE =
            Map.of(
                    "conv_pw", "0.0",
                    "bn1", "0.1",
                    "conv_dw", "1.0",
                    "bn2", "1.1",
                    "conv_pwl", "2.0",
                    "bn3", "2.1");

    /** Those of one that has squeeze and excitation, too. */
    private static final Map<String, String> SQUEEZED =
            Map.of(
                    "conv_pw", "0.0",
                    "bn1", "0.1",
                    "conv_dw", "1.0",
                    "bn2", "1.1",
                    "se.conv_reduce", "2.fc1",
                    "se.conv_expand", "2.fc2",
                    "conv_pwl", "3.0",
                    "bn3", "3.1");

    /** Those of the first, which does neither. */
    private static final Map<String, String> NARROW =
            Map.of("conv_dw", "0.0", "bn1", "0.1", "conv_pw", "1.0", "bn2", "1.1");

    /** A stage of the network (Howard et al. 2019, table 1). */
    private record Stage(int blocks, Map<String, String> layers) {}

    private static final List<Stage> STAGES =
            List.of(
                    new Stage(1, NARROW),
                    new Stage(2, WIDE),
                    new Stage(3, SQUEEZED),
                    new Stage(4, WIDE),
                    new Stage(2, SQUEEZED),
                    new Stage(3, SQUEEZED));

    /** The layers of the whole network, torchvision's name by timm's. */
    private static final Map<String, String> LAYERS = layers();

    private TimmMobileNetV3() {}

    private static Map<String, String> layers() {
        Map<String, String> layers = new HashMap<>();
        layers.put("conv_stem", "features.0.0");
        layers.put("bn1", "features.0.1");
        int number = 1;
        for (int stage = 0; stage < STAGES.size(); stage++) {
            for (int block = 0; block < STAGES.get(stage).blocks(); block++) {
                String timm = String.format("blocks.%d.%d.", stage, block);
                String torchvision = String.format("features.%d.block.", number++);
                STAGES.get(stage)
                        .layers()
                        .forEach((from, to) -> layers.put(timm + from, torchvision + to));
            }
        }
        layers.put("blocks.6.0.conv", "features." + number + ".0");
        layers.put("blocks.6.0.bn1", "features." + number + ".1");
        return Collections.unmodifiableMap(layers);
    }

    /** Tells whether a file has timm's names, and a network torchvision's. */
    static boolean isTranslated(Set<String> names, Set<String> expected) {
        return names.contains("conv_stem.weight") && expected.contains("features.0.0.weight");
    }

    /** Returns a map with torchvision's names in place of timm's; others stay. */
    static Map<String, String> translate(Map<String, String> sources) {
        Map<String, String> translated = new LinkedHashMap<>();
        sources.forEach((name, source) -> translated.put(translate(name), source));
        return translated;
    }

    private static String translate(String name) {
        int dot = Math.max(0, name.lastIndexOf('.'));
        String layer = LAYERS.get(name.substring(0, dot));
        return layer == null ? name : layer + name.substring(dot);
    }

    /** Changes γ for the other ε, see above. */
    static void adapt(float[] gamma, float[] variance) {
        for (int i = 0; i < gamma.length; i++) {
            double ratio = (variance[i] + TORCHVISION_EPSILON) / (variance[i] + TIMM_EPSILON);
            gamma[i] *= (float) Math.sqrt(ratio);
        }
    }
}
