package io.github.lovaszdjl.training;

import ai.djl.engine.EngineException;
import java.util.Objects;

/**
 * The engine failed while a model was evaluated, most often for want of memory: smaller tiles then
 * help, see {@link SegmentationEvaluation.Builder#optTileSize}.
 */
public final class EvaluationException extends EngineException {

    private static final long serialVersionUID = 1L;

    EvaluationException(int tileHeight, int tileWidth, EngineException fault) {
        // The lines behind the first are a stack of addresses.
        this(
                String.format(
                        "evaluation with tiles of %dx%d: %s",
                        tileHeight,
                        tileWidth,
                        Objects.toString(fault.getMessage(), fault.toString())
                                .strip()
                                .lines()
                                .findFirst()
                                .orElse("")),
                fault);
    }

    EvaluationException(String message, EngineException fault) {
        super(message, fault);
    }
}
