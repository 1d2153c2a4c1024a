package io.github.lovaszdjl.app.importer;

import java.nio.file.Path;

/**
 * What to import.
 *
 * @param format the format of the annotations
 * @param annotations their file or folder
 * @param images the folder of the images, or null for that of the format
 * @param out the folder of the data set, new or with other splits
 * @param split the name of the split
 * @param list the list of images, where the format has lists
 * @param classes a file with the names of the classes in the order of their ids, or null
 * @param background whether class 0 is what no annotation covers; else that is ignored
 * @param overlap which of several instances has the pixels that they share, or null for what the
 *     format does
 * @param link whether images are linked to, not copied
 */
public record ImportRequest(
        ImportFormat format,
        Path annotations,
        Path images,
        Path out,
        String split,
        String list,
        Path classes,
        boolean background,
        Overlap overlap,
        boolean link) {}
