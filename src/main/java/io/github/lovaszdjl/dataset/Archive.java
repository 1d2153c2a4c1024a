package io.github.lovaszdjl.dataset;

import java.net.URI;

/**
 * A file to download.
 *
 * @param fileName its name on disk while it is needed
 * @param address where it is by default
 * @param property the system property that names another place
 * @param size its size in bytes, or −1 where it is not known
 * @param md5 its MD5 checksum in lower-case hexadecimal, or null where it is not known
 */
record Archive(String fileName, String address, String property, long size, String md5) {

    /** Returns where it is to be had: at the mirror that the system property names, if it does. */
    URI uri() {
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
}
