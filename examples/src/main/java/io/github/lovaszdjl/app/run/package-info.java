/**
 * What the commands do.
 *
 * <p>Begin with {@link io.github.lovaszdjl.app.run.TrainingRun}: one training from its checks to
 * its pages. {@link io.github.lovaszdjl.app.run.RunFolder} is the folder it writes, {@link
 * io.github.lovaszdjl.app.run.RunResult} what came of it, {@link
 * io.github.lovaszdjl.app.run.Reports} its pages. {@link io.github.lovaszdjl.app.run.Evaluation}
 * measures a model, {@link io.github.lovaszdjl.app.run.DatasetStatistics} a data set. {@link
 * io.github.lovaszdjl.app.run.OutputFolder} and {@link io.github.lovaszdjl.app.run.DataFolders}
 * keep the files of users safe. {@link io.github.lovaszdjl.app.run.ConsoleProgress} prints, {@link
 * io.github.lovaszdjl.app.run.Interrupt} hears Ctrl-C.
 *
 * <p>Calls {@code options}, {@code page}, {@code picture}, {@code table} and the library; {@code
 * command} and {@code importer} call it.
 */
package io.github.lovaszdjl.app.run;
