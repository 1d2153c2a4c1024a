package io.github.lovaszdjl.model;

import ai.djl.Model;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Builds the network of a saved model when DJL loads it; {@code serving.properties} names this
 * class, so that nobody else needs to.
 */
public final class UNetBlockFactory implements BlockFactory {

    private static final long serialVersionUID = 1L;

    /** Creates the factory; DJL calls this. */
    public UNetBlockFactory() {}

    /**
     * Builds the network that the arguments describe.
     *
     * @param model the model that will hold the network
     * @param modelPath the folder of the model
     * @param arguments the contents of {@code serving.properties}
     * @return a network without parameter values
     * @throws IOException if the arguments are no {@link ModelDescription}
     */
    @Override
    public Block newBlock(Model model, Path modelPath, Map<String, ?> arguments)
            throws IOException {
        return DescribedBlocks.newBlock(modelPath, arguments);
    }
}
