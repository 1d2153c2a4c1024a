package io.github.lovaszdjl.dataset;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/**
 * Tells the contents of a file from others: its size and the first 64 bits of its SHA-256.
 *
 * <p>Two files that differ by accident have the same one once in 2<sup>64</sup>. All 256 bits would
 * take four times the room in every checkpoint and keep out forgers alone, of whom nobody is afraid
 * here.
 *
 * @param size the size in bytes
 * @param hash the first 8 bytes of the SHA-256
 */
record Fingerprint(long size, long hash) {

    static Fingerprint of(byte[] contents) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(contents);
            return new Fingerprint(contents.length, ByteBuffer.wrap(digest).getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Returns the size and 16 hexadecimal digits, such as {@code 4711-0123456789abcdef}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%d-%016x", size, hash);
    }
}
