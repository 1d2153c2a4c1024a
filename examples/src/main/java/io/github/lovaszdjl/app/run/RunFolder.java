package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The folder that a run writes: what was asked, what came of it. */
public record RunFolder(Path path) {

    private static final String LOCK = ".lock";

    /** The description of a saved model. */
    private static final String DESCRIPTION = "serving.properties";

    private static final String PREDICTIONS = "predictions.png";

    private static final List<String> RESULTS =
            List.of(
                    RunResult.NAME,
                    Reports.NAME,
                    "table.md",
                    "results.csv",
                    "significance.csv",
                    ImageCountsFile.NAME,
                    "confusion.csv",
                    "confusion.png",
                    "curves.png",
                    PREDICTIONS);

    /**
     * Chooses the folder of a new run and checks it; nothing is written.
     *
     * @param out the folder, or null for one named after the time
     * @throws IOException if it holds files or lies in a data set
     */
    public static Path check(Path out) throws IOException {
        Path folder = out;
        if (folder == null) {
            DateTimeFormatter format =
                    DateTimeFormatter.ofPattern("yyyy-MM-dd_HH-mm-ss", Locale.ROOT);
            folder = Path.of("runs", LocalDateTime.now().format(format));
        }
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException("--out: expected a folder, got the file " + folder);
        }
        DataFolders.checkOutside(folder);
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                // A run that was killed before it wrote its options left no more than these.
                // A lock alone is that of a process that was killed, or begins just now.
                if (files.anyMatch(
                        file -> !WholeFile.isLeftover(file, ".") && !file.endsWith(LOCK))) {
                    throw new IOException(
                            "--out: expected an empty folder, got "
                                    + folder
                                    + "; --resume goes on with a run");
                }
            }
        }
        return folder;
    }

    /**
     * Makes the folder of a new run.
     *
     * @param out the folder, or null for one named after the time
     * @throws IOException as {@link #check}, and if it cannot be made or written to
     */
    public static RunFolder create(Path out) throws IOException {
        Path folder = check(out);
        try {
            Files.createDirectories(folder);
            // Found out now, not after the first epoch.
            Files.delete(Files.createFile(folder.resolve(".writable." + UUID.randomUUID())));
        } catch (IOException e) {
            throw new IOException(
                    "--out: the folder " + folder + " cannot be made: " + WholeFile.reason(e), e);
        }
        return new RunFolder(folder);
    }

    /** Deletes what a process left that was killed while it wrote. */
    public void deleteLeftovers() throws IOException {
        WholeFile.deleteLeftovers(path, ".");
        deleteOtherParameters();
    }

    /**
     * Deletes what a process left that was killed in this folder, with its lock. Where there is no
     * folder, nothing is done.
     *
     * @throws IOException if another process works on it
     */
    public void tidy() throws IOException {
        if (Files.exists(path)) {
            try (Lock lock = lock()) {
                lock.check();
                deleteLeftovers();
            }
        }
    }

    /**
     * Deletes what a run or comparison came to, to open it again. The result of a run goes first:
     * without it the others are written anew.
     */
    public void deleteResults() throws IOException {
        for (String name : RESULTS) {
            Files.deleteIfExists(file(name));
        }
    }

    /**
     * Deletes parameters in the folder of the best model that are not its own: those of a model
     * that was not whole yet, or no longer the best one.
     */
    private void deleteOtherParameters() throws IOException {
        Path description = bestModel().resolve(DESCRIPTION);
        if (!Files.exists(description)) {
            return;
        }
        Properties properties = properties(description);
        String name = properties.getProperty("option.modelName", "");
        String like = Pattern.quote(name) + "-\\d{4}[.](params|pt)";
        String epoch = Pattern.quote(properties.getProperty("option.epoch", ""));
        String own = Pattern.quote(name) + "([.]pt|-0*" + epoch + "[.]params)";
        List<Path> files;
        try (Stream<Path> all = Files.list(bestModel())) {
            files = all.toList();
        }
        // Without its own a description tells nothing: all may be wanted.
        if (name.isEmpty() || files.stream().noneMatch(file -> isNamed(file, own))) {
            return;
        }
        for (Path file : files) {
            if (isNamed(file, like) && !isNamed(file, own)) {
                Files.delete(file);
            }
        }
    }

    private static boolean isNamed(Path file, String pattern) {
        return file.getFileName().toString().matches(pattern);
    }

    /** Keeps other processes out of a run folder; of a process that dies nothing remains. */
    public static final class Lock implements AutoCloseable {

        private final Path file;
        private final FileChannel channel;
        private final boolean held;

        private Lock(Path file) throws IOException {
            this.file = file;
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            held = lock(channel);
        }

        private static boolean lock(FileChannel channel) throws IOException {
            try {
                return channel.tryLock() != null;
            } catch (OverlappingFileLockException e) {
                return false; // this very process has it
            }
        }

        /**
         * Checks that the folder is ours.
         *
         * @throws IOException if another process works on it
         */
        public void check() throws IOException {
            if (!held) {
                throw new IOException(
                        file.getParent() + ": expected to be alone, another process works on it");
            }
        }

        @Override
        public void close() throws IOException {
            if (held) {
                Files.deleteIfExists(file);
            }
            channel.close();
        }
    }

    /** Locks the folder. */
    public Lock lock() throws IOException {
        return new Lock(file(LOCK));
    }

    public Path file(String name) {
        return path.resolve(name);
    }

    public Path checkpoint() {
        return file("checkpoint.zip");
    }

    public Path predictions() {
        return file(PREDICTIONS);
    }

    /** Tells whether there is a run to go on with. */
    public boolean isBegun() {
        return Files.exists(file(ConfigFile.NAME));
    }

    /** Returns the folder of the model with the highest mean IoU on the validation set. */
    Path bestModel() {
        return file("best");
    }

    /**
     * Returns the folder of a model: this one, or that of the best model of a run.
     *
     * @param option the option that names it
     * @throws IOException if it is neither; says what it is
     */
    public static Path model(String option, Path folder) throws IOException {
        RunFolder run = new RunFolder(folder);
        if (holdsModel(run.bestModel())) {
            return run.bestModel();
        }
        if (holdsModel(folder)) {
            return folder;
        }
        String got;
        if (!Files.exists(folder)) {
            got = "which does not exist";
        } else if (!Files.isDirectory(folder)) {
            got = "which is a file";
        } else if (Files.exists(run.checkpoint())) {
            got = "a run whose best model, the folder best, is gone";
        } else if (!run.isBegun()) {
            got = "which holds none";
        } else {
            List<String> runs = runsWithModel(folder);
            got =
                    runs.isEmpty()
                            ? "a run that has no model yet: no epoch of it was finished"
                            : "which holds several runs; take one of them, such as "
                                    + folder.resolve(runs.get(0));
        }
        throw new IOException(
                option
                        + ": expected the folder of a saved model, or of a run, got "
                        + folder
                        + ", "
                        + got);
    }

    /**
     * Returns the check sum of the weights of a model, as it was saved with it.
     *
     * @param option the option that names it
     * @param folder its folder, or that of a run
     * @return the check sum, or empty for a model that was saved without
     * @throws IOException as {@link #model}
     */
    public static Optional<String> checkSum(String option, Path folder) throws IOException {
        Properties properties = properties(model(option, folder).resolve(DESCRIPTION));
        return Optional.ofNullable(properties.getProperty("segmentation.checkSum"));
    }

    private static Properties properties(Path file) throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            properties.load(in);
        }
        return properties;
    }

    private static boolean holdsModel(Path folder) {
        return Files.exists(folder.resolve(DESCRIPTION));
    }

    private static List<String> runsWithModel(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(each -> holdsModel(new RunFolder(each).bestModel()))
                    .map(each -> each.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** Returns the command that goes on with the run of this folder. */
    public String resumeCommand(String command) {
        return "lovasz " + command + " --resume " + quoted(path.toString());
    }

    /** Returns an argument of a command as a shell takes it. */
    public static String quoted(String argument) {
        boolean plain = argument.matches("[\\p{L}\\p{N}_./+@=,:-]+");
        return plain ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }

    public void writeText(String name, String text) throws IOException {
        WholeFile.write(file(name), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Adds a line to the log, with the time. */
    public void log(String line) throws IOException {
        try {
            Files.writeString(
                    file("log.txt"),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + line + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IOException(
                    file("log.txt") + ": cannot be written: " + WholeFile.reason(e), e);
        }
    }
}
