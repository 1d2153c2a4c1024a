package io.github.lovaszdjl.model;

import ai.djl.Application;
import ai.djl.repository.MRL;
import ai.djl.util.Progress;
import ai.djl.util.Utils;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.internal.Download;
import io.github.lovaszdjl.internal.FolderLock;
import io.github.lovaszdjl.internal.RemoteFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Published weights of an encoder that are known by their name; see {@link EncoderWeights}.
 *
 * <p><b>Where.</b> Downloaded files live in DJL's cache folder ({@code DJL_CACHE_DIR}, else {@code
 * ~/.djl.ai}), at the place that DJL's repositories give a model: {@code
 * cache/repo/model/cv/image_classification/io/github/lovaszdjl/NAME/1.0}.
 *
 * <p><b>Mirrors.</b> The system property {@code lovasz.url.NAME} replaces the address. Size and
 * checksum hold for mirrors as well.
 */
public final class NamedWeights {

    private final Card card;
    private final RemoteFile remote;
    private final Download download;

    /** What is known of weights without having them; see the methods of these names. */
    record Card(
            String name,
            EncoderName encoder,
            Normalization normalization,
            String licence,
            URI page) {}

    NamedWeights(Card card, RemoteFile remote, Download download) {
        this.card = card;
        this.remote = remote;
        this.download = download;
    }

    /**
     * Returns the name.
     *
     * @return the name, such as "resnet18.a1_in1k"
     */
    public String getName() {
        return card.name();
    }

    /**
     * Returns the encoder that the weights are of.
     *
     * @return the encoder
     */
    public EncoderName getEncoder() {
        return card.encoder();
    }

    /**
     * Returns how images became the input of the network that the weights were trained in.
     *
     * @return the normalization
     */
    public Normalization getNormalization() {
        return card.normalization();
    }

    /**
     * Says what the licence allows.
     *
     * @return the licence, in words
     */
    public String getLicence() {
        return card.licence();
    }

    /**
     * Returns the page of whoever published the weights: how they were trained, licence, what to
     * cite.
     *
     * @return the address
     */
    public URI getPage() {
        return card.page();
    }

    /**
     * Returns where the file comes from, a mirror taken into account.
     *
     * @return the address
     * @throws IllegalArgumentException if a system property names no http or https address
     */
    public URI getSource() {
        return remote.uri();
    }

    /**
     * Returns the file, whether or not it was fetched yet.
     *
     * @return the file
     */
    public Path file() {
        String place =
                MRL.model(
                                null,
                                Application.CV.IMAGE_CLASSIFICATION,
                                "io.github.lovaszdjl",
                                card.name(),
                                "1.0",
                                null)
                        .toURI()
                        .getPath();
        return Utils.getCacheDir()
                .resolve("cache")
                .resolve("repo")
                .resolve(place)
                .resolve("1.0")
                .resolve(remote.name());
    }

    /**
     * Tells whether the file was fetched.
     *
     * @return whether {@link #file()} exists
     */
    public boolean isPresent() {
        return Files.isRegularFile(file());
    }

    /**
     * Downloads the file, unless that was done, and checks its size and checksum in either case. A
     * download that breaks off is resumed by the next call. Several processes may call this at
     * once: one works, the others wait for it.
     *
     * @param progress told of bytes, or null
     * @return the weights, with their normalization
     * @throws IOException if the file cannot be had: no network, DJL's offline mode, too little
     *     room; or if it is not the one whose checksum is known, and is deleted then
     * @throws IllegalArgumentException if a system property names no http or https address
     */
    public PretrainedWeights fetch(Progress progress) throws IOException {
        Path folder = file().toAbsolutePath().getParent();
        if (isPresent()) {
            download.fetch(remote, folder, progress); // which only checks it
            return weights();
        }
        if (Utils.isOfflineMode()) {
            throw new IOException(
                    String.format(
                            "%s: cannot be fetched, DJL is in offline mode (ai.djl.offline); bring"
                                    + " %s to %s",
                            card.name(), remote.uri(), file()));
        }
        remote.uri();
        Files.createDirectories(folder);
        FolderLock.run(folder, () -> download.fetch(remote, folder, progress));
        return weights();
    }

    /**
     * Returns the weights, whether or not the file was fetched yet.
     *
     * @return the weights, with their normalization; nothing is read
     */
    public PretrainedWeights weights() {
        return PretrainedWeights.of(file(), card.normalization());
    }

    /** Returns the name. */
    @Override
    public String toString() {
        return card.name();
    }
}
