package io.github.lovaszdjl.app.importer;

import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens files of annotations, all of which are text in UTF-8. */
final class SourceFile {

    private static final int BYTE_ORDER_MARK = 0xFEFF;

    private SourceFile() {}

    /**
     * Opens a file. Bytes that are no UTF-8 are a {@link java.nio.charset.CharacterCodingException}
     * when they are read, not question marks.
     *
     * @param work is told of the bytes, and says when to stop
     */
    static Reader open(Path file, Work work) throws IOException {
        InputStream told =
                new FilterInputStream(Files.newInputStream(file)) {
                    @Override
                    public int read(byte[] bytes, int from, int length) throws IOException {
                        int count = super.read(bytes, from, length);
                        work.done(Math.max(0, count));
                        return count;
                    }
                };
        try {
            Reader text =
                    new BufferedReader(
                            new InputStreamReader(told, StandardCharsets.UTF_8.newDecoder()));
            text.mark(1);
            if (text.read() != BYTE_ORDER_MARK) {
                text.reset();
            }
            return text;
        } catch (IOException | RuntimeException e) {
            told.close();
            throw e;
        }
    }
}
