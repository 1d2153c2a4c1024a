package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.norm.BatchNorm;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Checks the parameters of a network, as DJL writes them, before DJL reads them: it believes every
 * length in the file and allocates as much at once, gigabytes for a flipped bit.
 *
 * <p>Checked is what memory depends on, that every length lies within the file and every array has
 * the size of its shape. Names and versions are left to DJL.
 */
final class SavedParameters {

    private static final String ARRAY_MARK = "NDAR";

    /** A {@code UNet} writes four numbers about itself. */
    private static final int NUMBERS = 4 * Integer.BYTES;

    private final DataInputStream in;
    private final Numbers numbers;
    private long left;

    /** Reads what the network says about itself. */
    interface Numbers {

        /**
         * Reads the numbers.
         *
         * @param in where they are next
         * @throws MalformedModelException if they are those of another network
         * @throws IOException if they cannot be read
         */
        void read(DataInputStream in) throws IOException, MalformedModelException;
    }

    private SavedParameters(InputStream in, long length, Numbers numbers) {
        this.in = new DataInputStream(in);
        this.left = length;
        this.numbers = numbers;
    }

    /**
     * Checks a file as {@code Model.save} writes it.
     *
     * @param in the file, at its beginning; read to its end if it is good
     * @param length its length in bytes
     * @param block a {@code UNet} of the size of the one that was saved
     * @param numbers reads what that wrote about itself
     * @throws MalformedModelException if it is none, or a length in it cannot be
     * @throws IOException if it cannot be read
     */
    static void checkFile(InputStream in, long length, Block block, Numbers numbers)
            throws IOException, MalformedModelException {
        SavedParameters file = new SavedParameters(in, length, numbers);
        if (!"DJL@".equals(file.text(4))) {
            // DJL would skip it without a word.
            throw new MalformedModelException("expected parameters that DJL has written");
        }
        file.skip(Integer.BYTES); // version
        file.text(); // name
        file.text(); // data type
        int inputs = file.integer();
        for (int i = 0; i < inputs; i++) {
            file.text();
            file.shape();
        }
        int properties = file.integer();
        for (int i = 0; i < properties; i++) {
            file.text();
            file.text();
        }
        file.network(block);
        file.end();
    }

    /**
     * Checks what {@code Block.saveParameters} writes.
     *
     * @param in the parameters; read to the end if they are good
     * @param length their length in bytes
     * @param block a {@code UNet} of the size of the one that was saved
     * @throws MalformedModelException if a length in them cannot be
     * @throws IOException if they cannot be read
     */
    static void check(InputStream in, long length, Block block)
            throws IOException, MalformedModelException {
        SavedParameters parameters =
                new SavedParameters(in, length, own -> own.skipNBytes(NUMBERS));
        parameters.network(block);
        parameters.end();
    }

    private void network(Block block) throws IOException, MalformedModelException {
        skip(Byte.BYTES); // version
        shapes();
        take(NUMBERS);
        numbers.read(in);
        contents(block);
    }

    private void contents(Block block) throws IOException, MalformedModelException {
        for (int i = 0; i < block.getDirectParameters().size(); i++) {
            parameter();
        }
        for (Block child : block.getChildren().values()) {
            child(child);
        }
    }

    private void child(Block block) throws IOException, MalformedModelException {
        take(Byte.BYTES);
        if (in.readByte() == 1 && block.getChildren().isEmpty()) {
            // DJL's blocks had no shapes in their first version; nothing here has written it.
            throw new MalformedModelException("expected blocks of a later version than 1");
        }
        shapes();
        if (block instanceof BatchNorm) {
            skip(Long.BYTES); // channels
        }
        contents(block);
    }

    private void shapes() throws IOException, MalformedModelException {
        int inputs = integer();
        if (inputs > left / Long.BYTES) {
            throw tooShort(); // each is 8 bytes at least
        }
        for (int i = 0; i < inputs; i++) {
            shape();
        }
    }

    private void parameter() throws IOException, MalformedModelException {
        take(Character.BYTES);
        if (in.readChar() == 'N') {
            return; // not initialised
        }
        skip(Byte.BYTES); // version
        String name = text();
        if (!text().equals(ARRAY_MARK)) {
            throw new MalformedModelException("expected an array for " + name);
        }
        int version = integer();
        take(Byte.BYTES);
        if (in.readByte() == 1) {
            text(); // name
        }
        text(); // format
        DataType type;
        try {
            type = DataType.valueOf(text());
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(name + ": " + e.getMessage(), e);
        }
        long size = shape();
        skip(Byte.BYTES); // byte order
        int length = integer();
        // Versions 1 and 2 are laid out another way; nothing that reads this has written them.
        if (version != 3 || size > left || length != size * type.getNumOfBytes()) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected %d values of %s, got %d bytes in version %d",
                            name, size, type, length, version));
        }
        skip(length);
    }

    /** Reads a shape and returns its size. */
    private long shape() throws IOException, MalformedModelException {
        int dimensions = integer();
        take((long) dimensions * Long.BYTES);
        long size = 1;
        for (int i = 0; i < dimensions; i++) {
            long n = in.readLong();
            if (n < 0 || Math.multiplyHigh(size, n) != 0 || size * n < 0) {
                throw new MalformedModelException("expected a shape, got " + n + " in one");
            }
            size *= n;
        }
        skip((long) integer() * Character.BYTES); // layout
        return size;
    }

    private String text() throws IOException, MalformedModelException {
        take(Short.BYTES);
        return text(in.readUnsignedShort());
    }

    private String text(int length) throws IOException, MalformedModelException {
        take(length);
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Reads a number of things or bytes. */
    private int integer() throws IOException, MalformedModelException {
        take(Integer.BYTES);
        int n = in.readInt();
        if (n < 0) {
            throw new MalformedModelException("expected a length, got " + n);
        }
        return n;
    }

    private void skip(long n) throws IOException, MalformedModelException {
        take(n);
        in.skipNBytes(n);
    }

    private void take(long n) throws MalformedModelException {
        if (n > left) {
            throw tooShort();
        }
        left -= n;
    }

    private static MalformedModelException tooShort() {
        return new MalformedModelException("ends too early");
    }

    private void end() throws MalformedModelException {
        if (left > 0) {
            throw new MalformedModelException("expected the end, got " + left + " more bytes");
        }
    }
}
