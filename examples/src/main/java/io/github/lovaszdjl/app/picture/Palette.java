package io.github.lovaszdjl.app.picture;

import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Colours for classes: the natural one where the name tells it, for all others colours that differ
 * from each other and from the grey of ignored pixels.
 */
public final class Palette {

    /** The colour of ignored pixels. */
    public static final Color IGNORED = new Color(0x8C8C8C);

    private static final Color WATER = new Color(0x1F4E9E);
    private static final Color ICE = new Color(0xF2F6FA);
    // Against nature: lakes are specks, to be seen on green, blue and white.
    private static final Color LAKE = new Color(0xFF1FA5);
    private static final Color BACKGROUND = new Color(0x1A1A1A);

    private static final Map<String, Color> NATURAL =
            Map.ofEntries(
                    Map.entry("ocean", WATER),
                    Map.entry("sea", WATER),
                    Map.entry("water", WATER),
                    Map.entry("land", new Color(0x4C9A3F)),
                    Map.entry("ice", ICE),
                    Map.entry("snow", ICE),
                    Map.entry("lake", LAKE),
                    Map.entry("background", BACKGROUND),
                    Map.entry("other", BACKGROUND));

    /** For classes without a natural colour, in this order. */
    private static final int[] DISTINCT = {
        0xE6194B, 0x3CB44B, 0xFFE119, 0x4363D8, 0xF58231, 0x911EB4, 0x46F0F0, 0xF032E6,
        0xBCF60C, 0xFABEBE, 0x008080, 0xE6BEFF, 0x9A6324, 0xFFFAC8, 0x800000, 0xAAFFC3,
        0x808000, 0xFFD8B1, 0x000075, 0x1A1A1A, 0xFFFFFF
    };

    /** Colours of less than this distance, of 0 to 441 in RGB, are taken for one at a glance. */
    private static final double MIN_DISTANCE = 40;

    /** The golden angle as a share of the circle: hues of its multiples never meet. */
    private static final float GOLDEN = 0.381966f;

    private Palette() {}

    /**
     * Chooses colours.
     *
     * @param classNames the names of the classes
     * @return a colour for each class, no two the same
     */
    public static List<Color> of(List<String> classNames) {
        Color[] colors = new Color[classNames.size()];
        List<Color> used = new ArrayList<>(List.of(IGNORED));
        for (int c = 0; c < colors.length; c++) {
            Color natural = NATURAL.get(classNames.get(c).toLowerCase(Locale.ROOT));
            if (natural != null && !used.contains(natural)) {
                colors[c] = natural;
                used.add(natural);
            }
        }
        int next = 0;
        for (int c = 0; c < colors.length; c++) {
            while (colors[c] == null) {
                Color candidate = candidate(next);
                // The invented hues are many; among them only sameness is refused.
                double distance = next < DISTINCT.length ? MIN_DISTANCE : 1;
                if (used.stream().allMatch(u -> distance(u, candidate) >= distance)) {
                    colors[c] = candidate;
                    used.add(candidate);
                }
                next++;
            }
        }
        return List.of(colors);
    }

    private static Color candidate(int index) {
        if (index < DISTINCT.length) {
            return new Color(DISTINCT[index]);
        }
        int turn = index - DISTINCT.length;
        return Color.getHSBColor(turn * GOLDEN, 0.45f + turn % 3 * 0.25f, 0.95f - turn % 4 * 0.15f);
    }

    private static double distance(Color a, Color b) {
        int red = a.getRed() - b.getRed();
        int green = a.getGreen() - b.getGreen();
        int blue = a.getBlue() - b.getBlue();
        return Math.sqrt(red * red + green * green + blue * blue);
    }
}
