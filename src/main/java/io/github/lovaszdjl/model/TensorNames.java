package io.github.lovaszdjl.model;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Names the parameters of a block as PyTorch's {@code state_dict} does: the names of the child
 * blocks on the way to it and its own, between dots, such as {@code layer1.0.conv1.weight}.
 *
 * <p>DJL puts the number of a child in front of its name, which is taken off here, and has names of
 * its own for what normalisation learns. A child with an empty name stands for none: its own
 * children are named as if they were its parent's.
 */
public final class TensorNames {

    private static final Map<String, String> OTHER_NAMES =
            Map.of(
                    "gamma", "weight",
                    "beta", "bias",
                    "runningMean", "running_mean",
                    "runningVar", "running_var");

    private TensorNames() {}

    /**
     * Names all parameters of a block.
     *
     * @param block the block; need not be initialised
     * @return the parameters by name, in the order of the block
     * @throws IllegalStateException if two have the same name
     */
    public static Map<String, Parameter> of(Block block) {
        Map<String, Parameter> named = new LinkedHashMap<>();
        collect("", block, named);
        return named;
    }

    private static void collect(String path, Block block, Map<String, Parameter> named) {
        for (Pair<String, Parameter> own : block.getDirectParameters()) {
            String name = path + OTHER_NAMES.getOrDefault(own.getKey(), own.getKey());
            if (named.put(name, own.getValue()) != null) {
                throw new IllegalStateException("parameters: two have the name " + name);
            }
        }
        int number = 0;
        for (Pair<String, Block> child : block.getChildren()) {
            number++;
            String name = childName(number, child.getKey());
            collect(name.isEmpty() ? path : path + name + '.', child.getValue(), named);
        }
    }

    /**
     * Returns the name that a child was given, without the number that DJL puts in front.
     *
     * @param number which child of its parent it is, from 1
     * @param key its name with the number
     */
    static String childName(int number, String key) {
        String prefix = String.format(Locale.ROOT, "%02d", number);
        return key.startsWith(prefix) ? key.substring(prefix.length()) : key;
    }
}
