package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.internal.Names;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which scores there are beside the usual ones. */
public final class ScoreOptions {

    private static final String ALL = "all";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--scores",
            paramLabel = "NAME[,NAME]",
            description =
                    "more scores, see docs/metrics.md: classes (precision, recall, F1),"
                            + " fine-grained (mean IoU by image and by class, also of the worst"
                            + " images), boundary (boundary IoU), hausdorff (distance of outlines),"
                            + " calibration (expected calibration error), or all (none by default)")
    private String scores;

    /** For mixins of picocli. */
    public ScoreOptions() {}

    /** Returns the groups, checked. */
    public Set<ScoreGroup> groups() {
        Set<ScoreGroup> groups = EnumSet.noneOf(ScoreGroup.class);
        if (scores == null) {
            return groups;
        }
        for (String name : scores.split(",", -1)) {
            if (name.equals(ALL)) {
                Collections.addAll(groups, ScoreGroup.values());
            } else {
                groups.add(ScoreGroup.of(name).orElseThrow(this::unknown));
            }
        }
        return groups;
    }

    /**
     * Returns the groups for a cluster, whose workers send back the counts of images.
     *
     * @throws ParameterException if one needs more than these
     */
    public Set<ScoreGroup> groupsOfCounts() {
        Set<ScoreGroup> groups = groups();
        for (ScoreGroup group : groups) {
            if (group.needsPredictions()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--scores: expected classes or fine-grained with --master, whose workers"
                                + " count pixels, got "
                                + group);
            }
        }
        return groups;
    }

    private ParameterException unknown() {
        return new ParameterException(
                spec.commandLine(),
                "--scores: expected some of "
                        + Arrays.stream(ScoreGroup.values())
                                .map(ScoreGroup::toString)
                                .collect(Collectors.joining(", "))
                        + " or all, with commas between, got "
                        + Names.shortened(scores));
    }
}
