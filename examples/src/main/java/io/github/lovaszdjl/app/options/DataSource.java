package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.dataset.FolderLayout;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.dataset.Normalization;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * A data set and how it is read.
 *
 * @param root its folder
 * @param layout where its files are, and what label files store
 * @param ignoreLabel the id that is ignored, if there is one
 */
public record DataSource(Path root, FolderLayout layout, OptionalInt ignoreLabel) {

    /** Begins a data set of it. */
    public FolderSegmentationDataset.Builder builder() {
        FolderSegmentationDataset.Builder builder =
                FolderSegmentationDataset.builder().setRoot(root).optLayout(layout);
        ignoreLabel.ifPresent(builder::optIgnoreLabel);
        return builder;
    }

    /** Returns how many channels images have. */
    public int channels() {
        return layout.channels().orElse(Normalization.imageNet().channels());
    }

    /** Tells whether it has a split. */
    public boolean hasSplit(String split) {
        return layout.hasSplit(root, split);
    }

    /** Returns the split to test on: test, or val where there is none. */
    public String testSplit() {
        return hasSplit("test") ? "test" : "val";
    }
}
