package io.github.lovaszdjl.internal;

import ai.djl.util.Hex;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What tells the contents of a file from others.
 *
 * @param algorithm the algorithm, as Java calls it
 * @param hex the sum in lower-case hexadecimal
 */
public record Checksum(String algorithm, String hex) {

    private static final int BUFFER = 1 << 16;

    /**
     * Returns an MD5 checksum.
     *
     * @param hex the sum in lower-case hexadecimal
     * @return the checksum
     */
    public static Checksum md5(String hex) {
        return new Checksum("MD5", hex);
    }

    /**
     * Returns a SHA-256 checksum.
     *
     * @param hex the sum in lower-case hexadecimal
     * @return the checksum
     */
    public static Checksum sha256(String hex) {
        return new Checksum("SHA-256", hex);
    }

    /**
     * Computes the checksum of a file.
     *
     * @param algorithm the algorithm, MD5 or SHA-256
     * @param file the file
     * @return its checksum
     * @throws IOException if the file cannot be read
     */
    public static Checksum of(String algorithm, Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return new Checksum(algorithm, Hex.toHexString(digest.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has MD5 and SHA-256", e);
        }
    }

    /** Returns the algorithm and the sum. */
    @Override
    public String toString() {
        return algorithm + " " + hex;
    }
}
