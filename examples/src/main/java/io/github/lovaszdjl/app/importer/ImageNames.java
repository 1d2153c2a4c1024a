package io.github.lovaszdjl.app.importer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Gives files names under which they can lie in one folder. */
final class ImageNames {

    /** Some file systems take 255 bytes, some less. */
    private static final int MAX_BYTES = 180;

    private ImageNames() {}

    /**
     * Returns names, without extensions, all different, also where capital letters do not count.
     *
     * @param paths the folders and the file of each image; folders that all have in common are left
     *     out, others become a part of the name: {@code drive1/0001.png} is {@code drive1_0001}
     */
    static List<String> of(List<List<String>> paths) {
        int common = common(paths);
        Set<String> taken = new HashSet<>();
        Map<String, Integer> last = new HashMap<>();
        List<String> names = new ArrayList<>();
        for (List<String> path : paths) {
            String name = String.join("_", path.subList(common, path.size()));
            int dot = name.lastIndexOf('.');
            String safe = safe(dot > 0 ? name.substring(0, dot) : name);
            String free = safe;
            while (!taken.add(free.toLowerCase(Locale.ROOT))) {
                free = safe + "-" + last.merge(safe.toLowerCase(Locale.ROOT), 2, (n, two) -> n + 1);
            }
            names.add(free);
        }
        return names;
    }

    private static int common(List<List<String>> paths) {
        int common = paths.isEmpty() ? 0 : paths.get(0).size() - 1;
        for (List<String> path : paths) {
            List<String> first = paths.get(0);
            int same = 0;
            while (same < Math.min(common, path.size() - 1)
                    && path.get(same).equals(first.get(same))) {
                same++;
            }
            common = same;
        }
        return common;
    }

    /** Keeps letters, digits and a few signs that mean nothing to a shell. */
    private static String safe(String name) {
        String safe = name.replaceAll("[^\\p{L}\\p{M}\\p{N}._-]", "_").replaceFirst("^[.-]+", "_");
        while (safe.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            safe = safe.substring(0, safe.offsetByCodePoints(safe.length(), -1));
        }
        return safe.isEmpty() ? "_" : safe;
    }
}
