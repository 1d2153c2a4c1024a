package io.github.lovaszdjl.translator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.lovaszdjl.internal.Bilinear;
import io.github.lovaszdjl.model.Decision;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Predicts an image in several views, flipped, turned or at other scales, and averages what they
 * come to.
 *
 * <pre>{@code
 * TiledPredictor predictor =
 *         TiledPredictor.builder()
 *                 .setModel(model)
 *                 .setDescription(description)
 *                 .optTestTimeAugmentation(TestTimeAugmentation.of("flip,0.75,1.25"))
 *                 .build();
 * }</pre>
 *
 * <p>A view is the image at one of the scales, in one of the orientations that the flips and turns
 * make together: 2 of one flip, 4 of both flips or of the turns, 8 of the turns and a flip. {@code
 * flip,0.75,1.25} has 6 views: as it is and mirrored, each at three scales. The network sees one
 * view after the other, so the time is multiplied by their number and the memory is not, but for
 * that of the largest scale.
 *
 * <p>The image is scaled by bilinear interpolation, without antialiasing, and so are the logits of
 * a scaled view on their way back. What is averaged, with equal weights, are the probabilities of
 * the classes, by softmax; of a network of one score a pixel those of the foreground, by sigmoid,
 * compared with a half (see {@link Decision#votes}). An image that is predicted by tiles is
 * augmented tile by tile, and where tiles overlap these averages are blended.
 *
 * <p>A network that is equivariant to the views comes to what it comes to without; others have
 * their errors averaged. Whether that is worth its time is to be measured.
 *
 * @param horizontalFlip whether there are views with left and right exchanged
 * @param verticalFlip whether there are views with top and bottom exchanged
 * @param turns whether there are views turned by 90, 180 and 270 degrees
 * @param scales the sizes of views beside that of the image, as factors of its height and width,
 *     above 0 and at most 4, each once and none of them 1
 * @serial exclude
 */
public record TestTimeAugmentation(
        boolean horizontalFlip, boolean verticalFlip, boolean turns, List<Double> scales)
        implements Serializable {

    private static final double MAX_SCALE = 4;

    private static final String NONE = "none";
    private static final String FLIP = "flip";
    private static final String VERTICAL_FLIP = "vflip";
    private static final String TURNS = "turns";

    /**
     * Checks the values.
     *
     * @param horizontalFlip whether there are views with left and right exchanged
     * @param verticalFlip whether there are views with top and bottom exchanged
     * @param turns whether there are views turned by 90, 180 and 270 degrees
     * @param scales the sizes of views beside that of the image, above 0 and at most 4, each once
     *     and none of them 1
     * @throws IllegalArgumentException if a scale is none of these
     */
    public TestTimeAugmentation {
        scales = List.copyOf(scales);
        for (double scale : scales) {
            if (!(scale > 0 && scale <= MAX_SCALE) || scale == 1) {
                throw new IllegalArgumentException(
                        "scales: expected factors above 0, at most 4 and other than 1, got "
                                + scale);
            }
        }
        if (new HashSet<>(scales).size() < scales.size()) {
            throw new IllegalArgumentException("scales: expected each once, got " + scales);
        }
    }

    /**
     * Returns the augmentation of no view but the image itself.
     *
     * @return none
     */
    public static TestTimeAugmentation none() {
        return new TestTimeAugmentation(false, false, false, List.of());
    }

    /**
     * Reads an augmentation.
     *
     * @param text {@code none}, or some of {@code flip}, {@code vflip}, {@code turns} and scales,
     *     joined by commas, in any order
     * @return the augmentation
     * @throws IllegalArgumentException if it is none of these
     */
    public static TestTimeAugmentation of(String text) {
        if (text.equals(NONE)) {
            return none();
        }
        Set<String> names = new HashSet<>();
        List<Double> scales = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (Set.of(FLIP, VERTICAL_FLIP, TURNS).contains(part)) {
                if (!names.add(part)) {
                    throw new IllegalArgumentException(
                            "testTimeAugmentation: expected each part once, got " + text);
                }
            } else if (part.matches("[0-9]*\\.?[0-9]+")) {
                scales.add(Double.valueOf(part));
            } else {
                throw new IllegalArgumentException(
                        "testTimeAugmentation: expected none, or some of flip, vflip, turns and"
                                + " scales such as 0.75, joined by commas, got "
                                + text);
            }
        }
        return new TestTimeAugmentation(
                names.contains(FLIP), names.contains(VERTICAL_FLIP), names.contains(TURNS), scales);
    }

    /**
     * Tells whether there is but one view, the image itself.
     *
     * @return true where predictions are those without augmentation, to the bit
     */
    public boolean isNone() {
        return views() == 1;
    }

    /**
     * Counts the views.
     *
     * @return how often the network predicts an image
     */
    public int views() {
        return orientations().size() * (1 + scales.size());
    }

    /**
     * Predicts images in all views.
     *
     * @param network gives the logits of a view, (N, channels, h, w), of images (N, input channels,
     *     h, w)
     * @param images the images, (N, input channels, H, W); stay open
     * @param decision how logits become labels
     * @return a new array, (N, channels, H, W), with the manager that the network gives: what the
     *     decision takes for logits, namely the mean of the {@linkplain Decision#votes votes}, or
     *     the logits themselves where there is but one view
     * @throws IllegalArgumentException if the logits are of another size than the view
     */
    public NDArray scores(UnaryOperator<NDArray> network, NDArray images, Decision decision) {
        if (isNone()) {
            return network.apply(images);
        }
        NDArray sum = votes(network, images, decision, 0);
        for (int view = 1; view < views(); view++) {
            try (NDArray votes = votes(network, images, decision, view)) {
                sum.addi(votes);
            }
        }
        return sum.divi(views());
    }

    /** Predicts a view; the first is the image itself. */
    private NDArray votes(
            UnaryOperator<NDArray> network, NDArray images, Decision decision, int view) {
        List<Orientation> orientations = orientations();
        Orientation orientation = orientations.get(view % orientations.size());
        int size = view / orientations.size();
        double scale = size == 0 ? 1 : scales.get(size - 1);
        try (NDArray turned = orientation.apply(images)) {
            long height = turned.size(2);
            long width = turned.size(3);
            long scaledHeight = Math.max(1, Math.round(scale * height));
            long scaledWidth = Math.max(1, Math.round(scale * width));
            try (NDArray scaled = Bilinear.resize(turned, scaledHeight, scaledWidth);
                    NDArray logits = network.apply(scaled)) {
                Shape shape = logits.getShape();
                if (shape.dimension() != 4
                        || shape.get(2) != scaledHeight
                        || shape.get(3) != scaledWidth) {
                    throw new IllegalArgumentException(
                            "model: expected logits of every pixel of "
                                    + scaled.getShape()
                                    + ", got "
                                    + shape);
                }
                try (NDArray sized = Bilinear.resize(logits, height, width);
                        NDArray votes = decision.votes(sized)) {
                    return orientation.undo(votes);
                }
            }
        }
    }

    /**
     * Returns the text that {@link #of} reads.
     *
     * @return its parts in the order flips, turns, scales
     */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        if (horizontalFlip) {
            parts.add(FLIP);
        }
        if (verticalFlip) {
            parts.add(VERTICAL_FLIP);
        }
        if (turns) {
            parts.add(TURNS);
        }
        scales.forEach(scale -> parts.add(scale.toString()));
        return parts.isEmpty() ? NONE : String.join(",", parts);
    }

    /** Returns the orientations, first that of the image itself. */
    private List<Orientation> orientations() {
        List<Orientation> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Orientation orientation = new Orientation((i & 4) != 0, (i & 2) != 0, (i & 1) != 0);
            if (turns
                    ? orientation.isRotation() || horizontalFlip || verticalFlip
                    : !orientation.transposed
                            && (horizontalFlip || !orientation.mirrored)
                            && (verticalFlip || !orientation.upsideDown)) {
                all.add(orientation);
            }
        }
        return all;
    }

    /**
     * One of the eight orientations of an image, whose steps are done in this order.
     *
     * @param transposed whether rows become columns
     * @param upsideDown whether top and bottom are exchanged then
     * @param mirrored whether left and right are exchanged then
     */
    private record Orientation(boolean transposed, boolean upsideDown, boolean mirrored) {

        /** Tells whether this is a rotation: an even number of reflections. */
        boolean isRotation() {
            return transposed ^ upsideDown ^ mirrored ^ true;
        }

        /** Turns (N, C, H, W) into a new array. */
        NDArray apply(NDArray array) {
            try (NDArray first = transpose(array)) {
                return flip(first);
            }
        }

        /** Turns it back, into a new array. */
        NDArray undo(NDArray array) {
            try (NDArray first = flip(array)) {
                return transpose(first);
            }
        }

        private NDArray transpose(NDArray array) {
            return transposed ? array.transpose(0, 1, 3, 2) : array.reshape(array.getShape());
        }

        private NDArray flip(NDArray array) {
            if (upsideDown) {
                return mirrored ? array.flip(2, 3) : array.flip(2);
            }
            return mirrored ? array.flip(3) : array.reshape(array.getShape());
        }
    }
}
