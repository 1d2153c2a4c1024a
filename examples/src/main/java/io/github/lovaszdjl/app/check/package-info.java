/**
 * Whether the losses are right on an engine and device, and what they cost there: {@code lovasz
 * engines check}.
 *
 * <p>{@link io.github.lovaszdjl.app.check.LossChecks} compares every {@code LossCase} with the
 * reference in double precision, {@link io.github.lovaszdjl.app.check.NetworkChecks} a training
 * step of a U-Net with that of the CPU, {@link io.github.lovaszdjl.app.check.SpeedChecks} takes
 * times; {@link io.github.lovaszdjl.app.check.EngineCheck} holds what was found. {@link
 * io.github.lovaszdjl.app.check.CheckTables}, {@link io.github.lovaszdjl.app.check.CheckJson} and
 * {@link io.github.lovaszdjl.app.check.CheckPage} write it. {@code Memory} and {@code Cuda} ask the
 * system. {@link io.github.lovaszdjl.app.check.GradientHazard} is the program of
 * docs/djl-gradient-hazard.md.
 *
 * <p>Calls {@code options}, {@code page}, {@code table}, the library and its reference; {@code
 * command} calls it.
 */
package io.github.lovaszdjl.app.check;
