package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.ImageSamples;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What a {@link FolderDataset} is built of, whoever names its folder.
 *
 * @param <T> the builder itself
 */
abstract class FolderBuilder<T extends FolderBuilder<T>>
        extends AugmentedDataset.AugmentedBuilder<T> {

    Path root;
    String split;
    FolderLayout layout = FolderLayout.standard();

    /** The layout with what the folder itself says, once that is read. */
    private ResolvedLayout resolved;

    /** Gives what was found elsewhere, or null to look. */
    CheckedFolder.Opener found;

    FolderBuilder() {}

    FolderBuilder(FolderDataset dataset, ResolvedLayout resolved) {
        super(dataset);
        root = dataset.getRoot();
        split = dataset.getSplit();
        layout = resolved.layout();
        this.resolved = resolved;
        found = dataset.found;
    }

    /** Reads what the folder itself says; called once for each data set that is built. */
    final T resolve() {
        Objects.requireNonNull(root, "The root must be set");
        resolved = ResolvedLayout.of(root, layout).with(root, givenNormalization());
        return self();
    }

    final ResolvedLayout resolved() {
        return resolved;
    }

    @Override
    final OptionalInt ignoreLabel() {
        OptionalInt given = super.ignoreLabel();
        return given.isPresent() ? given : resolved.layout().ignoreLabel();
    }

    @Override
    final Normalization normalization() {
        FolderLayout folder = resolved.layout();
        return givenNormalization()
                .or(folder::normalization)
                .orElseGet(
                        () ->
                                folder.channels().orElse(ImageSamples.RGB) == ImageSamples.RGB
                                        ? Normalization.imageNet()
                                        : Normalization.none(folder.channels().getAsInt()));
    }
}
