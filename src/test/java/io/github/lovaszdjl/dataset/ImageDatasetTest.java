package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.basicdataset.cv.ImageDataset;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.transform.Normalize;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.translate.Pipeline;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users of DJL know of its image data sets. */
class ImageDatasetTest {

    @TempDir Path temp;

    private TestFiles files() throws Exception {
        return new TestFiles(temp, "a", "b")
                .add("one", 5, 4, (x, y) -> 0x102030 + x * 0x0b0705 + y * 0x050311, (x, y) -> x % 2)
                .add("two", 5, 4, (x, y) -> 0xf0a010 - x * 0x090502, (x, y) -> y % 2);
    }

    @Test
    void imagesAreThoseOfTheFiles() throws Exception {
        FolderSegmentationDataset data = files().builder().build();
        data.prepare();
        ImageDataset djl = data;
        assertEquals(3, djl.getImageChannels());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray image = data.getImage(1).toNDArray(manager);
            assertEquals(new Shape(4, 5, 3), image.getShape());
            assertArrayEquals(
                    new byte[] {(byte) 0xf0, (byte) 0xa0, 0x10}, image.get("0, 0").toByteArray());
        }
    }

    @Test
    void sizesAreToldWhereAllAreAlike() throws Exception {
        TestFiles files = files();
        FolderSegmentationDataset alike = files.builder().build();
        assertThrows(IllegalStateException.class, alike::getImageWidth);
        alike.prepare();
        assertEquals(Optional.of(5), alike.getImageWidth());
        assertEquals(Optional.of(4), alike.getImageHeight());
        FolderSegmentationDataset fixed = files.builder().optSize(7, 9).build();
        assertEquals(Optional.of(9), fixed.getImageWidth());
        assertEquals(Optional.of(7), fixed.getImageHeight());
        files.add("wide", 6, 4, (x, y) -> 0, (x, y) -> 0);
        FolderSegmentationDataset mixed = files.builder().build();
        mixed.prepare();
        assertEquals(Optional.empty(), mixed.getImageWidth());
        assertEquals(Optional.of(4), mixed.getImageHeight());
    }

    /** The luma is that of DJL's own images. */
    @Test
    void greyIsInAllChannels() throws Exception {
        FolderSegmentationDataset data =
                files().builder()
                        .optFlag(Image.Flag.GRAYSCALE)
                        .optNormalization(Normalization.samples(3))
                        .build();
        data.prepare();
        assertEquals(3, data.getImageChannels());
        assertEquals(Map.of("flag", "GRAYSCALE"), data.getSettings());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray record = data.get(manager, 0).getData().singletonOrThrow();
            float[] grey =
                    data.getImage(0)
                            .toNDArray(manager, Image.Flag.GRAYSCALE)
                            .toType(ai.djl.ndarray.types.DataType.FLOAT32, true)
                            .toFloatArray();
            for (int c = 0; c < 3; c++) {
                assertArrayEquals(grey, record.get(c).toFloatArray(), 1e-4f);
            }
            assertArrayEquals(
                    record.toFloatArray(), data.open(0).pixels(manager, 0, 0, 4, 5).toFloatArray());
            // A copy that serves an epoch has the flag, too.
            for (Batch batch : data.getData(manager)) {
                NDArray first = batch.getData().singletonOrThrow().get(0);
                assertArrayEquals(record.toFloatArray(), first.toFloatArray());
                batch.close();
            }
        }
    }

    @Test
    void greyIsInTheOneChannelOfANormalization() throws Exception {
        TestFiles files = files();
        FolderSegmentationDataset three =
                files.builder()
                        .optFlag(Image.Flag.GRAYSCALE)
                        .optNormalization(Normalization.none(3))
                        .build();
        FolderSegmentationDataset one =
                files.builder()
                        .optFlag(Image.Flag.GRAYSCALE)
                        .optNormalization(Normalization.none(1))
                        .build();
        three.prepare();
        one.prepare();
        assertEquals(1, one.getImageChannels());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray record = one.get(manager, 0).getData().singletonOrThrow();
            assertEquals(new Shape(1, 4, 5), record.getShape());
            assertArrayEquals(
                    three.get(manager, 0).getData().singletonOrThrow().get(0).toFloatArray(),
                    record.toFloatArray());
        }
        FolderSegmentationDataset.Builder four =
                files.builder()
                        .optFlag(Image.Flag.GRAYSCALE)
                        .optNormalization(Normalization.none(4));
        assertEquals(
                "flag: expected COLOR with 4 channels, got GRAYSCALE",
                assertThrows(IllegalArgumentException.class, four::build).getMessage());
    }

    @Test
    void colourIsTheDefault() throws Exception {
        TestFiles files = files();
        FolderSegmentationDataset plain = files.builder().build();
        FolderSegmentationDataset colour = files.builder().optFlag(Image.Flag.COLOR).build();
        plain.prepare();
        colour.prepare();
        assertEquals(Map.of(), colour.getSettings());
        try (NDManager manager = NDManager.newBaseManager()) {
            assertArrayEquals(
                    plain.get(manager, 0).getData().get(0).toFloatArray(),
                    colour.get(manager, 0).getData().get(0).toFloatArray());
        }
    }

    /** The usual pipeline of DJL makes what the data set makes without one; FLOAT32 rounds. */
    @Test
    void aPipelineWithToTensorBeginsWithPixels() throws Exception {
        Normalization imageNet = Normalization.imageNet();
        float[] mean = {0.485f, 0.456f, 0.406f};
        float[] std = {0.229f, 0.224f, 0.225f};
        Augmentation flips = Augmentation.builder().optHorizontalFlip(true).build();
        TestFiles files = files();
        FolderSegmentationDataset plain =
                files.builder().optNormalization(imageNet).optAugmentation(flips).build();
        FolderSegmentationDataset djl =
                files.builder()
                        .optAugmentation(flips)
                        .optPipeline(new Pipeline(new ToTensor(), new Normalize(mean, std)))
                        .build();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int epoch = 0; epoch < 3; epoch++) {
                Batch expected = plain.getData(manager).iterator().next();
                Batch actual = djl.getData(manager).iterator().next();
                NDArray images = actual.getData().singletonOrThrow();
                assertEquals(new Shape(2, 3, 4, 5), images.getShape());
                assertArrayEquals(
                        expected.getData().singletonOrThrow().toFloatArray(),
                        images.toFloatArray(),
                        1e-5f);
                assertArrayEquals(
                        expected.getLabels().singletonOrThrow().toIntArray(),
                        actual.getLabels().singletonOrThrow().toIntArray());
                expected.close();
                actual.close();
            }
        }
    }
}
