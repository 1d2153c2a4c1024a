package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.options.LossExpression;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A network to learn from.
 *
 * @param teacher the folder of its model, or of its run
 * @param loss that of what it says, where it is another one than that of the labels
 */
public record Distillation(Path teacher, Optional<LossExpression> loss) {}
