/**
 * What the command line and {@code config.json} may say.
 *
 * <p>Options that several commands have are groups for picocli: {@link
 * io.github.lovaszdjl.app.options.DataOptions}, {@link
 * io.github.lovaszdjl.app.options.EngineOptions}, {@link
 * io.github.lovaszdjl.app.options.PlanOptions} and {@link
 * io.github.lovaszdjl.app.options.TileOptions}; each option is one of the library, with its
 * default. {@link io.github.lovaszdjl.app.options.LossExpression} is a loss as text, {@code
 * 0.5*ce+lovasz}: {@code LossParser} reads it, {@code LossKind} has the names of losses, {@code
 * LossPart} builds one. {@link io.github.lovaszdjl.app.options.ConfigFile} writes and reads {@code
 * config.json}. {@link io.github.lovaszdjl.app.options.OpenMp} and {@link
 * io.github.lovaszdjl.app.options.Allocator} prepare the process before an engine loads.
 *
 * <p>Calls the library, and no other package of the app.
 */
package io.github.lovaszdjl.app.options;
