package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassNamesTest {

    @TempDir Path folder;

    private List<String> read(String text, int most) throws IOException {
        return ClassNames.read(Files.writeString(folder.resolve("classes.txt"), text), most);
    }

    @Test
    void blanksAndTheByteOrderMarkAreNoPartOfAName() throws Exception {
        assertEquals(List.of("sky", "wide road"), read("\uFEFF sky\r\n\twide road \r\n\n \n", 2));
    }

    @Test
    void asManyAsAllowedAreRead() throws Exception {
        assertEquals(2, read("a\nb\n", 2).size());
        Exception e = assertThrows(MalformedDatasetException.class, () -> read("a\nb\nc\n", 2));
        assertEquals(
                folder.resolve("classes.txt") + ": expected 1 to 2 names, got 3", e.getMessage());
    }

    @Test
    void aFileThatIsTooLongIsNotRead() {
        assertThrows(MalformedDatasetException.class, () -> read("a\n".repeat(1 << 20), 256));
    }
}
