package io.github.lovaszdjl.translator;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.modality.cv.translator.ImageServingTranslator;
import ai.djl.nn.Block;
import ai.djl.nn.SymbolBlock;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import io.github.lovaszdjl.model.ModelDescription;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Set;

/**
 * Creates the translator of a saved model when DJL loads it: from {@link Image} to {@link
 * CategoryMask}, and from {@link Input} to {@link Output} for DJL Serving.
 */
public final class SegmentationTranslatorFactory implements TranslatorFactory {

    private static final Pair<Type, Type> IMAGE = new Pair<>(Image.class, CategoryMask.class);
    private static final Pair<Type, Type> SERVING = new Pair<>(Input.class, Output.class);

    /** Creates the factory; DJL calls this. */
    public SegmentationTranslatorFactory() {}

    @Override
    public Set<Pair<Type, Type>> getSupportedTypes() {
        return Set.of(IMAGE, SERVING);
    }

    /**
     * Creates a translator for a model.
     *
     * @param input {@code Image} or {@code Input}
     * @param output {@code CategoryMask} or {@code Output}
     * @param model the model, loaded
     * @param arguments the contents of the model's {@code serving.properties}
     * @throws TranslateException if the types are others, the arguments are no {@link
     *     ModelDescription}, or the model has no parameter values
     */
    @Override
    @SuppressWarnings("unchecked") // the types are checked by hand
    public <I, O> Translator<I, O> newInstance(
            Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
            throws TranslateException {
        if (!isSupported(input, output)) {
            throw new TranslateException(
                    "types: expected Image and CategoryMask or Input and Output, got "
                            + input.getSimpleName()
                            + " and "
                            + output.getSimpleName());
        }
        // DJL skips a parameter file that does not start with its mark, without a word. Of a module
        // it does not tell whether it is initialised; it always is.
        Block block = model.getBlock();
        if (block == null || !(block instanceof SymbolBlock) && !block.isInitialized()) {
            throw new TranslateException(
                    model.getModelPath() + ": expected parameters that DJL has written");
        }
        SegmentationTranslator translator;
        try {
            translator = new SegmentationTranslator(ModelDescription.from(arguments));
        } catch (MalformedModelException e) {
            throw new TranslateException(model.getModelPath() + ": " + e.getMessage(), e);
        }
        if (input == Input.class) {
            return (Translator<I, O>) new ImageServingTranslator(translator);
        }
        return (Translator<I, O>) translator;
    }
}
