package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.internal.Names;
import java.util.List;
import java.util.Optional;

/** The classes that a split has no valid pixel of, in words. */
public final class MissingClasses {

    private MissingClasses() {}

    /**
     * Says that a split looks like black and white masks that are read wrongly.
     *
     * @param data the split, prepared
     * @param name its name
     */
    public static Optional<String> masks(SegmentationDataset data, String name) {
        return data.looksLikeMasks()
                ? Optional.of(
                        name
                                + ": all labels are 0 or the ignore label 255, as in black and"
                                + " white masks; read them with --label-map 0=0,255=1, and ignore"
                                + " nothing")
                : Optional.empty();
    }

    /**
     * Says which classes are missing, or {@link #masks}.
     *
     * @param data the split, prepared
     * @param name its name
     */
    public static Optional<String> of(SegmentationDataset data, String name) {
        Optional<String> masks = masks(data, name);
        List<String> missing = data.getMissingClasses();
        return masks.isPresent() || missing.isEmpty()
                ? masks
                : Optional.of(name + ": no valid pixel of " + Names.some(missing));
    }
}
