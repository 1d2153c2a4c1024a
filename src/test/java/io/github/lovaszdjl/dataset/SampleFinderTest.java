package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are found and paired by their names alone; what is in them is not looked at. */
class SampleFinderTest {

    @TempDir Path split;

    @BeforeEach
    void makeFolders() throws IOException {
        Files.createDirectories(split.resolve("images"));
        Files.createDirectories(split.resolve("labels"));
    }

    private void touch(String... files) throws IOException {
        for (String file : files) {
            Files.createFile(split.resolve(file));
        }
    }

    @Test
    void pairsComeInTheOrderOfTheirNames() throws Exception {
        touch("images/c.jpg", "images/a.b.PNG", "images/B.jpeg", "images/.hidden");
        touch("labels/B.png", "labels/c.Png", "labels/a.b.png");
        List<SampleFiles> found =
                SampleFinder.find(
                        split.getParent(), FolderLayout.standard(), split.getFileName().toString());
        assertEquals(List.of("B", "a.b", "c"), found.stream().map(SampleFiles::name).toList());
        assertEquals(List.of(0, 1, 2), found.stream().map(SampleFiles::position).toList());
        assertEquals(split.resolve("images/a.b.PNG"), found.get(1).image());
        assertEquals(split.resolve("labels/c.Png"), found.get(2).labels());
    }

    @Test
    void emptyFoldersHaveNoPairs() throws Exception {
        assertEquals(
                List.of(),
                SampleFinder.find(
                        split.getParent(),
                        FolderLayout.standard(),
                        split.getFileName().toString()));
    }

    @Test
    void aLabelWithoutAnImageIsNamed() throws Exception {
        touch("labels/a.png");
        Exception e =
                assertThrows(
                        MalformedDatasetException.class,
                        () ->
                                SampleFinder.find(
                                        split.getParent(),
                                        FolderLayout.standard(),
                                        split.getFileName().toString()));
        assertEquals(
                split.resolve("labels/a.png")
                        + ": expected an image images/a.png or .jpg, got none",
                e.getMessage());
    }
}
