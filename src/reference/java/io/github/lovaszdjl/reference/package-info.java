/**
 * What the losses are compared with.
 *
 * <p>Begin with {@link io.github.lovaszdjl.reference.Reference}: every loss again, in double
 * precision and plain loops, straight from its definition; {@link
 * io.github.lovaszdjl.reference.BinaryReference} has the Lovász losses of binary problems, {@code
 * JaccardExtension} the Lovász extension. {@link io.github.lovaszdjl.reference.PublishedLovasz} is
 * Algorithm 1 of the paper in NDArray operations, by which speed is measured; {@link
 * io.github.lovaszdjl.reference.BenchmarkBatch} makes the batches for that.
 *
 * <p>Shares no code with the library and calls no class of it. The tests and benchmarks of the
 * library and {@code lovasz engines check} call it; it is not published.
 */
package io.github.lovaszdjl.reference;
