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
        return ClassNames.read(Files.writeString(folder.resolve("classes.txt"), text), most)
                .names();
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

    private ClassNames coloured(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
        return ClassNames.read(ClassNames.file(folder), 256);
    }

    private String fault(String file, String text) {
        return assertThrows(MalformedDatasetException.class, () -> coloured(file, text)).fault();
    }

    @Test
    void coloursStandBehindNames() throws Exception {
        ClassNames classes = coloured("classes.txt", "the sky #804080\nroad\t  #0a0B0c \n");
        assertEquals(List.of("the sky", "road"), classes.names());
        assertEquals(List.of(0x804080, 0x0a0b0c), classes.colours());
        // Names that are none of it.
        ClassNames names = coloured("classes.txt", "#804080\na#804080\nb #80408\nc #80408g\n");
        assertEquals(List.of("#804080", "a#804080", "b #80408", "c #80408g"), names.names());
        assertEquals(List.of(), names.colours());
    }

    @Test
    void coloursThatDoNotTellClassesApartAreRefused() {
        assertEquals(
                "expected a colour (#RRGGBB) behind every name or behind none, got 'b' without",
                fault("classes.txt", "a #804080\nb\n"));
        assertEquals(
                "expected a colour (#RRGGBB) behind every name or behind none, got 'b' with one",
                fault("classes.txt", "a\nb #804080\n"));
        assertEquals(
                "expected a colour of its own for every class, got #804080 again, for 'b'",
                fault("classes.txt", "a #804080\nb #804080\n"));
        assertEquals(
                "expected a name of its own in line 2, got 'a' again",
                fault("classes.txt", "a #804080\na #804081\n"));
    }

    @Test
    void theLabelMapOfCvatIsRead() throws Exception {
        String text =
                "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad: wet:128,64,128::\n"
                        + "car:10,0,255:wheel,door:moving\n";
        ClassNames classes = coloured("labelmap.txt", text);
        assertEquals(List.of("background", "road: wet", "car"), classes.names());
        assertEquals(List.of(0, 0x804080, 0x0a00ff), classes.colours());
        String expected = "expected NAME:RED,GREEN,BLUE:: in line 2, got '";
        for (String bad : List.of("car:1,2::", "car", ":1,2,3::", "car:1,2,256::", "car:1,2,3,4")) {
            assertEquals(expected + bad + "'", fault("labelmap.txt", "a:0,0,0::\n" + bad));
        }
        assertEquals(
                "expected a name of its own for class 1, got 'a' again",
                fault("labelmap.txt", "#\n\na:0,0,0::\na:0,0,1::\n"));
        // The set's own file goes before.
        assertEquals(List.of("a"), coloured("classes.txt", "a").names());
    }

    @Test
    void aFileThatIsTooLongIsNotRead() {
        assertThrows(MalformedDatasetException.class, () -> read("a\n".repeat(1 << 20), 256));
    }
}
