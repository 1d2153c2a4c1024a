package io.github.lovaszdjl.dataset;

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
        resolved = ResolvedLayout.of(Objects.requireNonNull(root, "The root must be set"), layout);
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
}
