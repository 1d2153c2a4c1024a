package io.github.lovaszdjl.internal;

import java.net.URI;
import java.util.Optional;

/**
 * A file to download.
 *
 * @param name its name on disk
 * @param address where it is by default
 * @param property the system property that names another place
 * @param size its size in bytes, or −1 where it is not known
 * @param most the bytes that it cannot have more than: its size where that is known
 * @param checksum its checksum, where it is known
 */
public record RemoteFile(
        String name,
        String address,
        String property,
        long size,
        long most,
        Optional<Checksum> checksum) {

    /**
     * Describes a file of a known size, or one that may have any.
     *
     * @param name its name on disk
     * @param address where it is by default
     * @param property the system property that names another place
     * @param size its size in bytes, or −1 where it is not known
     * @param checksum its checksum, where it is known
     */
    public RemoteFile(
            String name, String address, String property, long size, Optional<Checksum> checksum) {
        this(name, address, property, size, size < 0 ? Long.MAX_VALUE : size, checksum);
    }

    /**
     * Returns where it is to be had: at the mirror that the system property names, if it does.
     *
     * @return the address
     * @throws IllegalArgumentException if the property names no http or https address
     */
    public URI uri() {
        String place = System.getProperty(property, address);
        URI uri;
        try {
            uri = URI.create(place.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    property + ": expected an http or https address, got " + place, e);
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme());
        if (!(http || "https".equalsIgnoreCase(uri.getScheme())) || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    property + ": expected an http or https address, got " + place);
        }
        return uri;
    }

    /** Returns why it cannot have so many bytes, if it cannot; −1 is a number that is not known. */
    Optional<String> sizeFault(long bytes) {
        if (bytes < 0 || bytes <= most && (size < 0 || bytes == size)) {
            return Optional.empty();
        }
        String expected = size < 0 ? "at most " + most : Long.toString(size);
        return Optional.of("expected " + expected + " bytes, got " + bytes);
    }
}
