package io.github.lovaszdjl.app.importer;

/** The formats of annotations that are read. */
public enum ImportFormat {
    /** COCO's instances, one file of JSON. */
    COCO("coco", new CocoReader()),

    /** LabelMe, a folder with a file of JSON for each image. */
    LABELME("labelme", new LabelMeReader()),

    /** Label Studio's exports JSON and JSON-MIN, one file. */
    LABEL_STUDIO("label-studio", new LabelStudioReader()),

    /** "CVAT for images 1.1", one file of XML. */
    CVAT("cvat", new CvatReader()),

    /** A folder of the form of PASCAL VOC. */
    VOC("voc", new VocReader());

    private final String option;
    private final AnnotationFormat format;

    ImportFormat(String option, AnnotationFormat format) {
        this.option = option;
        this.format = format;
    }

    AnnotationFormat format() {
        return format;
    }

    /** Returns the name that options have. */
    @Override
    public String toString() {
        return option;
    }
}
