package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Names;
import java.util.List;

/**
 * The data sets that are known by name.
 *
 * <pre>{@code
 * NamedDataset camvid = SegmentationDatasets.find("camvid");
 * FolderSegmentationDataset.builder()
 *         .setRoot(camvid.fetch(new ProgressBar()))
 *         .setSplit("train")
 *         .optIgnoreLabel(camvid.getIgnoreLabel().getAsInt())
 * }</pre>
 *
 * <p>A program that means one of them does not need this: {@link CamVid} and the others are
 * classes, as DJL's own data sets are.
 *
 * <p>The project's folder {@code datasets} has a page on each: classes, splits, licence, what to
 * cite.
 */
public final class SegmentationDatasets {

    private static final List<NamedDataset> ALL =
            List.of(
                    Earth.SET,
                    CamVid.SET,
                    OxfordPet.SET,
                    Voc2012.SET,
                    Bbbc038.SET,
                    KvasirSeg.SET,
                    Cityscapes.SET,
                    Ade20k.SET);

    private SegmentationDatasets() {}

    /**
     * Returns all sets.
     *
     * @return the sets, the embedded one first
     */
    public static List<NamedDataset> all() {
        return ALL;
    }

    /**
     * Finds a set.
     *
     * @param name its name
     * @return the set
     * @throws IllegalArgumentException if there is none; names those there are, and the nearest
     */
    public static NamedDataset find(String name) {
        List<String> names = ALL.stream().map(NamedDataset::getName).toList();
        int place = names.indexOf(name);
        if (place < 0) {
            throw new IllegalArgumentException(Names.unknown("data set", name, names));
        }
        return ALL.get(place);
    }
}
