package io.github.lovaszdjl.dataset;

import ai.djl.util.Progress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A published data set that is known by its name; see {@link SegmentationDatasets}.
 *
 * <p>Once it is {@linkplain #isPresent() present}, {@link #root()} is a folder for {@link
 * FolderSegmentationDataset}.
 *
 * <p><b>Where.</b> Downloaded sets live in DJL's cache folder ({@code DJL_CACHE_DIR}, else {@code
 * ~/.djl.ai}), at the place that DJL's repositories give a data set: {@code
 * cache/repo/dataset/cv/semantic_segmentation/io/github/lovaszdjl/NAME/1.0}.
 *
 * <p><b>Mirrors.</b> The system property {@code lovasz.url.NAME} replaces the address of an
 * archive, {@code lovasz.url.oxford-pet.images} and {@code lovasz.url.oxford-pet.annotations} where
 * there are two. Size and checksum, where they are known, hold for mirrors as well.
 */
public final class NamedDataset {

    private final Card card;
    private final DatasetSource source;

    /**
     * What is known of a set without having it.
     *
     * @param imageSize the size of its images, in words
     * @param layout where its files are, and what its label files hold
     */
    record Card(
            String name,
            String title,
            List<String> classNames,
            Map<String, Integer> splits,
            String imageSize,
            OptionalInt ignoreLabel,
            String licence,
            FolderLayout layout) {

        /** A set of the standard layout. */
        Card(
                String name,
                String title,
                List<String> classNames,
                Map<String, Integer> splits,
                String imageSize,
                OptionalInt ignoreLabel,
                String licence) {
            this(
                    name,
                    title,
                    classNames,
                    splits,
                    imageSize,
                    ignoreLabel,
                    licence,
                    FolderLayout.standard());
        }

        Card {
            classNames = List.copyOf(classNames);
            splits = Collections.unmodifiableMap(new LinkedHashMap<>(splits));
        }
    }

    NamedDataset(Card card, DatasetSource source) {
        this.card = card;
        this.source = source;
    }

    /** Returns the splits with their counts; without test where there is none, 0. */
    static Map<String, Integer> splits(int train, int val, int test) {
        Map<String, Integer> splits = new LinkedHashMap<>();
        splits.put("train", train);
        splits.put("val", val);
        if (test > 0) {
            splits.put("test", test);
        }
        return splits;
    }

    /**
     * Returns the name.
     *
     * @return the name, such as "camvid"
     */
    public String getName() {
        return card.name();
    }

    /**
     * Says what the images show.
     *
     * @return a few words
     */
    public String getTitle() {
        return card.title();
    }

    /**
     * Returns the names of the classes; a name's place is its id.
     *
     * @return the names
     */
    public List<String> getClassNames() {
        return card.classNames();
    }

    /**
     * Returns the splits and how many images the source has for each. Of some sets a few damaged
     * ones may be left out, see the file left-out.txt in the folder.
     *
     * @return the counts by split, in the order train, val, test
     */
    public Map<String, Integer> getSplits() {
        return card.splits();
    }

    /**
     * Says how large the images are.
     *
     * @return the size, such as "480x360"
     */
    public String getImageSize() {
        return card.imageSize();
    }

    /**
     * Returns the id of pixels to ignore.
     *
     * @return the id, or empty if every pixel has a class
     */
    public OptionalInt getIgnoreLabel() {
        return card.ignoreLabel();
    }

    /**
     * Says what the licence allows.
     *
     * @return the licence, in words
     */
    public String getLicence() {
        return card.licence();
    }

    /**
     * Returns where the archives come from, mirrors taken into account.
     *
     * @return the addresses; none for a set that is not downloaded
     * @throws IllegalArgumentException if a system property names no http or https address
     */
    public List<URI> getSources() {
        return source.addresses();
    }

    /**
     * Returns the folder of the set, whether or not it was fetched yet.
     *
     * @return the folder, for {@link FolderSegmentationDataset.Builder#setRoot}
     */
    public Path root() {
        return source.root(card);
    }

    /**
     * Tells whether the set comes with the project and is not downloaded.
     *
     * @return whether there is nothing to fetch
     */
    public boolean isEmbedded() {
        return source.isEmbedded();
    }

    /**
     * Tells whether the set is here: fetched, or a part of the project, or a folder of the user's.
     *
     * @return whether {@link #root()} holds it
     */
    public boolean isPresent() {
        return source.isPresent(card);
    }

    /**
     * Downloads, unpacks and checks the set, unless that was done. A download that breaks off is
     * resumed by the next call; whatever else goes wrong leaves nothing behind. Several processes
     * may call it at once: one works, the others wait for it.
     *
     * @param progress told of bytes and then of files, or null
     * @return the folder of the set
     * @throws MalformedDatasetException if what was unpacked is not the set
     * @throws IOException if its folder holds something else, a part of the set for one, which
     *     stays as it is; or if the set cannot be had: no network, DJL's offline mode, a wrong
     *     checksum, too little room, a hostile archive
     * @throws IllegalArgumentException if a system property names no http or https address
     */
    public Path fetch(Progress progress) throws IOException {
        if (!isPresent()) {
            source.fetch(card, progress);
        }
        return root();
    }

    Card card() {
        return card;
    }

    /** Returns the name. */
    @Override
    public String toString() {
        return card.name();
    }
}
