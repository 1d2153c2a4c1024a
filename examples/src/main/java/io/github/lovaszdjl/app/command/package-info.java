/**
 * The commands of the app {@code lovasz}, a class each.
 *
 * <p>Begin with {@link io.github.lovaszdjl.app.command.Lovasz}, whose {@code main} reads the
 * command line, runs a command, and turns what it throws into one line and an exit code. {@code
 * TrainCommand} and {@code CompareCommand} train, and share {@link
 * io.github.lovaszdjl.app.command.TrainingOptions}; {@code EvaluateCommand} and {@code
 * PredictCommand} use a saved model; {@code DatasetsCommand} fetches and counts data sets and
 * {@code ImportCommand} makes them of annotations; {@code TuneCommand} searches values and {@code
 * LrFindCommand} a learning rate; {@code NetworksCommand} lists networks; {@code EnginesCommand}
 * and {@code EnginesCheckCommand} run others in processes of their own.
 *
 * <p>A command reads its options, checks them before anything is written, and leaves the work to
 * {@code run} or {@code check}. It may call every package of the app and the library; none of them
 * calls it.
 */
package io.github.lovaszdjl.app.command;
