package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckedFolderTest {

    private static final Path EARTH = Path.of("datasets/earth");

    @TempDir Path folder;

    private static FolderSegmentationDataset here() throws IOException {
        FolderSegmentationDataset data =
                FolderSegmentationDataset.builder()
                        .setRoot(EARTH)
                        .setSplit("test")
                        .setSampling(1, false)
                        .build();
        data.prepare();
        return data;
    }

    /** Through bytes, as it goes to another process. */
    private static CheckedFolder sent(FolderSegmentationDataset data)
            throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(CheckedFolder.of(data));
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (CheckedFolder) in.readObject();
        }
    }

    @Test
    void opensTheSameWithNoMoreFilesThanItUses() throws Exception {
        FolderSegmentationDataset here = here();
        Set<String> taken = new TreeSet<>();
        FolderSegmentationDataset there =
                sent(here)
                        .builder(
                                folder,
                                (name, fingerprint, file) -> {
                                    taken.add(name);
                                    Files.createDirectories(file.getParent());
                                    Files.write(file, Files.readAllBytes(EARTH.resolve(name)));
                                    assertEquals(fingerprint, CheckedFolder.fingerprint(file));
                                })
                        .setSampling(1, false)
                        .build();
        there.prepare();

        assertEquals(here.getItems(), there.getItems());
        assertEquals(here.getClassNames(), there.getClassNames());
        assertEquals(here.getIgnoreLabel(), there.getIgnoreLabel());
        assertArrayEquals(here.countPixels(), there.countPixels());
        assertEquals(Set.of(), taken);
        assertArrayEquals(here.readLabels(3), there.readLabels(3));
        assertEquals(Set.of(here.getItems().get(6).name(), here.getItems().get(7).name()), taken);
    }

    @Test
    void whatCannotBeHadIsSaid() throws Exception {
        FolderSegmentationDataset there =
                sent(here())
                        .builder(
                                folder,
                                (name, fingerprint, file) -> {
                                    throw new IOException(name + ": there is none");
                                })
                        .setSampling(1, false)
                        .build();
        there.prepare();
        IOException fault = assertThrows(IOException.class, () -> there.readLabels(0));
        assertEquals(there.getItems().get(0).name() + ": there is none", fault.getMessage());
    }
}
