/**
 * What several packages of the library share; not exported.
 *
 * <p>Labels of a batch: {@link io.github.lovaszdjl.internal.LabelMap} reads them to the host,
 * {@link io.github.lovaszdjl.internal.LabelCounts} counts them where they are. Engines: {@link
 * io.github.lovaszdjl.internal.Operations} is the only class that looks at which engine computes.
 * Files: {@link io.github.lovaszdjl.internal.WholeFile} writes them so that each exists whole or
 * not at all, {@link io.github.lovaszdjl.internal.Download} fetches them. Images: {@link
 * io.github.lovaszdjl.internal.RgbImage} holds the pixels that a network sees. Messages: {@link
 * io.github.lovaszdjl.internal.Names}.
 *
 * <p>Calls no other package of the library. What one package alone uses belongs into that package.
 */
package io.github.lovaszdjl.internal;
