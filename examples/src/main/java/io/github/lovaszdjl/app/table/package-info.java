/**
 * Numbers in tables.
 *
 * <p>{@link io.github.lovaszdjl.app.table.Scores} are the scores of a model on a split, {@link
 * io.github.lovaszdjl.app.table.Summary} their means, deviations and differences over the seeds of
 * a comparison, {@link io.github.lovaszdjl.app.table.PairedSignificance} how far a difference goes
 * for other images. {@link io.github.lovaszdjl.app.table.Table} writes tables for the console and
 * as Markdown, {@link io.github.lovaszdjl.app.table.Csv} as CSV.
 *
 * <p>Calls the library, and no other package of the app; all others but {@code options} call it.
 */
package io.github.lovaszdjl.app.table;
