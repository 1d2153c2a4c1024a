package io.github.lovaszdjl.app.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {

    @TempDir private Path temporary;

    private Path folder;

    @BeforeEach
    void files() throws IOException {
        folder = temporary.toRealPath().resolve("in");
        for (String name :
                new String[] {
                    "b.png",
                    "a.jpg",
                    "C.JPEG",
                    "notes.txt",
                    ".hidden.png",
                    "x/a.png",
                    "x/y/z.png",
                    "x/.secret/s.png",
                    "out/labels/old.png"
                }) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.writeString(folder.resolve(name), name);
        }
    }

    private List<String> find(String... inputs) throws IOException {
        List<String> absolute =
                List.of(inputs).stream().map(input -> folder + "/" + input).toList();
        return InputFiles.find(absolute, folder.resolve("out")).stream()
                .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                .toList();
    }

    @Test
    void foldersGiveTheImagesDirectlyInThem() throws IOException {
        assertEquals(List.of("C.JPEG", "a.jpg", "b.png"), find("."));
        assertEquals(List.of("x/a.png"), find("x"));
    }

    @Test
    void filesComeInTheOrderGivenAndOnce() throws IOException {
        assertEquals(List.of("notes.txt", "b.png"), find("notes.txt", "b.png", "x/../b.png"));
    }

    @Test
    void aLinkToAnImageIsAnImageOfItsOwn() throws IOException {
        Files.createSymbolicLink(folder.resolve("a link.png"), folder.resolve("b.png"));
        Files.createSymbolicLink(folder.resolve("y"), folder.resolve("x"));
        assertEquals(List.of("b.png", "a link.png"), find("b.png", "a link.png"));
        assertEquals(List.of("C.JPEG", "a link.png", "a.jpg", "b.png"), find("."));
        // But a folder's files are there once, however it is reached.
        assertEquals(List.of("x/a.png"), find("x", "y", "x/../y/a.png"));
        assertEquals(List.of("y/a.png"), find("y", "x"));
    }

    @Test
    void globsAreExpanded() throws IOException {
        assertEquals(List.of("b.png"), find("*.png"));
        assertEquals(List.of("a.jpg", "b.png"), find("?.{png,jpg}"));
        assertEquals(List.of("b.png", "x/a.png", "x/y/z.png"), find("**/*.png"));
        assertEquals(List.of("C.JPEG", "a.jpg", "b.png", "x/a.png", "x/y/z.png"), find("**"));
        assertEquals(List.of("x/y/z.png"), find("x/**/z.png"));
        assertEquals(List.of("x/a.png"), find("[x]/*"));
        assertEquals(List.of("x/.secret/s.png"), find("**/.s*/*.png"));
    }

    @Test
    void aFileNamedLikeAPatternIsMeant() throws IOException {
        Files.writeString(folder.resolve("b[1].png"), "");
        assertEquals(List.of("b[1].png"), find("b[1].png"));
    }

    @Test
    void whatNamesNothingIsAnError() throws IOException {
        Files.createDirectories(folder.resolve("empty"));
        for (String input : new String[] {"gone.png", "*.gif", "nowhere/*.png", "empty", "*.txt"}) {
            String message = assertThrows(IOException.class, () -> find(input)).getMessage();
            assertTrue(message.contains(input), message);
        }
        String message = assertThrows(IOException.class, () -> find("{a")).getMessage();
        assertTrue(message.contains("{a: expected a pattern"), message);
    }

    @Test
    void resultsKeepTheFoldersBelowTheCommonOne() {
        assertEquals(List.of("a"), names("/p/a.png"));
        assertEquals(List.of("a", "b.c"), names("/p/a.png", "/p/b.c.jpg"));
        assertEquals(List.of("q/a", "r/a", "s"), names("/p/q/a.png", "/p/r/a.png", "/p/s.png"));
    }

    @Test
    void imagesThatDifferInTheirExtensionKeepIt() {
        assertEquals(
                List.of("a.png", "A.jpg", "b", ".c"),
                names("/p/a.png", "/p/A.jpg", "/p/b.png", "/p/.c"));
    }

    @Test
    void namesThatMeetAllTheSameAreAnError() {
        // The third is named like the first one's result.
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> names("/p/a.png", "/p/a.jpg", "/p/a.png.png"))
                        .getMessage();
        assertTrue(message.contains("a.png") && message.contains("a.png.png"), message);
    }

    private static List<String> names(String... files) {
        List<Path> paths = List.of(files).stream().map(Path::of).toList();
        return List.copyOf(InputFiles.names(paths).values());
    }
}
