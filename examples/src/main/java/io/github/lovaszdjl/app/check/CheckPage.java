package io.github.lovaszdjl.app.check;

import io.github.lovaszdjl.app.page.Pages;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The page that shows checks of engines, {@code check.ftlh}. */
public final class CheckPage {

    private CheckPage() {}

    /**
     * What the template shows.
     *
     * @param checks the checks
     */
    public record View(List<Check> checks) {}

    /**
     * A check.
     *
     * @param name the engine and device, short
     * @param title the same with versions
     * @param problems what is wrong
     * @param otherBits which losses gave other bits, which is no error; empty if none did
     * @param notes what is not wrong, but to be known
     * @param losses the errors of the losses, in cells under a heading
     * @param timings the times of the losses, in cells under a heading
     * @param network what a network takes, a line each
     * @param facts versions of software and names of machines
     */
    public record Check(
            String name,
            String title,
            List<String> problems,
            String otherBits,
            List<String> notes,
            List<List<String>> losses,
            List<List<String>> timings,
            List<String> network,
            Map<String, String> facts) {}

    /** Returns the page. */
    public static String of(List<EngineCheck> checks) throws IOException {
        return Pages.fill("check.ftlh", new View(checks.stream().map(CheckPage::shown).toList()));
    }

    private static Check shown(EngineCheck check) {
        return new Check(
                check.engine() + ", " + check.device(),
                CheckTables.title(check),
                check.problems(),
                CheckTables.otherBits(check),
                check.notes(),
                CheckTables.losses(check),
                CheckTables.timings(check),
                CheckTables.training(check),
                check.facts());
    }
}
