package io.github.lovaszdjl.dataset;

import io.github.lovaszdjl.internal.Names;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the folder of a data set is to be read, where that is not as {@link
 * FolderSegmentationDataset} does by default.
 *
 * <pre>{@code
 * FolderLayout masks = FolderLayout.builder().optLabelMap("0=0,255=1").build();
 * }</pre>
 *
 * <p>Every option has a name and can be written as text, as the app's flags are.
 *
 * <p>Instances are immutable.
 */
public final class FolderLayout {

    private static final String LABEL_MAP = "label-map";

    private static final List<String> NAMES = List.of(LABEL_MAP);

    private static final FolderLayout STANDARD = new FolderLayout(Map.of());

    private final Map<String, String> options = new LinkedHashMap<>();
    private final Optional<LabelMapping> labelMap;

    private FolderLayout(Map<String, String> given) {
        labelMap = Optional.ofNullable(given.get(LABEL_MAP)).map(LabelMapping::parse);
        labelMap.ifPresent(map -> options.put(LABEL_MAP, map.toString()));
    }

    /**
     * Returns the layout that {@link FolderSegmentationDataset} describes.
     *
     * @return the layout without an option
     */
    public static FolderLayout standard() {
        return STANDARD;
    }

    /**
     * Makes a layout of options that are written as text.
     *
     * @param options the options by name, such as {@code label-map}
     * @return the layout
     * @throws IllegalArgumentException if a name or a value is wrong; the message begins with the
     *     name
     */
    public static FolderLayout of(Map<String, String> options) {
        for (String name : options.keySet()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException(Names.unknown("option", name, NAMES));
            }
        }
        return new FolderLayout(options);
    }

    /**
     * Returns a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The ids of the values or colours of label files, if they are not the ids. */
    Optional<LabelMapping> labelMap() {
        return labelMap;
    }

    /**
     * Returns the options that are set, as text.
     *
     * @return the values by name
     */
    public Map<String, String> options() {
        return Map.copyOf(options);
    }

    /** Returns the options that are set. */
    @Override
    public String toString() {
        return options.toString();
    }

    /** Builds a {@link FolderLayout}. */
    public static final class Builder {

        private final Map<String, String> options = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets which class id stands for which value or colour of label files.
         *
         * @param labelMap rules as {@link LabelMapping#parse} reads them, such as {@code
         *     "0=0,255=1"}; by default values are ids, and colours are those of the classes
         * @return this builder
         * @throws IllegalArgumentException if it is no label map
         */
        public Builder optLabelMap(String labelMap) {
            options.put(LABEL_MAP, LabelMapping.parse(labelMap).toString());
            return this;
        }

        /**
         * Builds the layout.
         *
         * @return the layout
         */
        public FolderLayout build() {
            return new FolderLayout(options);
        }
    }
}
