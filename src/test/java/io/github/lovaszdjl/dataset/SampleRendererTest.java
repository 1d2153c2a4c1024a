package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Image and labels are rendered by the same draw. */
class SampleRendererTest {

    /** Input = sample / 255. */
    private static final Normalization PLAIN =
            new Normalization(List.of(0f, 0f, 0f), List.of(1f, 1f, 1f));

    private static final int SIZE = 9;

    /** The label of each pixel is its red sample. */
    private static final DecodedSample SAMPLE =
            new DecodedSample(
                    TestFiles.rgb(SIZE, SIZE, (x, y) -> (y * SIZE + x) << 16), labels(), 1);

    private static LabelImage labels() {
        byte[] ids = new byte[SIZE * SIZE];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (byte) i;
        }
        return new LabelImage(SIZE, SIZE, ids);
    }

    private static SampleRenderer renderer(Augmentation augmentation, ImageSize size) {
        return new SampleRenderer(augmentation, Optional.ofNullable(size), PLAIN, 3, 255);
    }

    @Test
    void withoutChangesASampleIsItsImage() {
        WholeSample sample = renderer(Augmentation.none(), null).render(SAMPLE, 0, 0);
        assertEquals(SIZE, sample.height());
        assertEquals(SIZE, sample.width());
        for (int i = 0; i < SIZE * SIZE; i++) {
            assertEquals(i, sample.labels()[i]);
            assertEquals(i / 255f, sample.values()[i]);
        }
    }

    @Test
    void labelsStayWithTheirPixels() {
        Augmentation all =
                Augmentation.builder()
                        .optHorizontalFlip(true)
                        .optVerticalFlip(true)
                        .optRandomCrop(true)
                        .build();
        SampleRenderer renderer = renderer(all, new ImageSize(5, 12));
        for (int epoch = 0; epoch < 20; epoch++) {
            WholeSample sample = renderer.render(SAMPLE, 1, epoch);
            int[] labels = sample.labels();
            float[] values = sample.values();
            assertEquals(5 * 12, labels.length);
            for (int i = 0; i < labels.length; i++) {
                assertEquals(labels[i] == 255 ? 0 : labels[i] / 255f, values[i], "epoch " + epoch);
            }
        }
    }

    @Test
    void aSampleDependsOnPositionAndEpochAlone() {
        Augmentation crop = Augmentation.builder().optRandomCrop(true).build();
        SampleRenderer renderer = renderer(crop, new ImageSize(1, 1));
        int[] first = new int[50];
        int[] second = new int[50];
        for (int i = 0; i < 50; i++) {
            first[i] = renderer.render(SAMPLE, i % 7, i).labels()[0];
        }
        for (int i = 49; i >= 0; i--) {
            second[i] = renderer.render(SAMPLE, i % 7, i).labels()[0];
        }
        assertArrayEquals(first, second);
    }
}
