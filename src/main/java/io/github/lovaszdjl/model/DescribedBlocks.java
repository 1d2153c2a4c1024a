package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Makes the block of a saved model from its properties. */
final class DescribedBlocks {

    private DescribedBlocks() {}

    /**
     * Makes the block that properties describe.
     *
     * @param folder the folder of the model, for a message
     * @throws IOException if they are no {@link ModelDescription}
     */
    static Block newBlock(Path folder, Map<String, ?> properties) throws IOException {
        try {
            return ModelDescription.from(properties).newBlock();
        } catch (MalformedModelException e) {
            throw new IOException(folder.resolve(ModelProperties.FILE) + ": " + e.getMessage(), e);
        }
    }
}
