package io.github.lovaszdjl.app.command;

import ai.djl.MalformedModelException;
import ai.djl.engine.EngineException;
import io.github.lovaszdjl.app.importer.ImportFormat;
import io.github.lovaszdjl.app.importer.Overlap;
import io.github.lovaszdjl.app.options.ConfigFile;
import io.github.lovaszdjl.app.options.Recipe;
import io.github.lovaszdjl.app.options.RunData;
import io.github.lovaszdjl.app.options.SamplingName;
import io.github.lovaszdjl.app.options.Weights;
import io.github.lovaszdjl.app.run.Interrupt;
import io.github.lovaszdjl.internal.Names;
import io.github.lovaszdjl.internal.OutOfMemory;
import io.github.lovaszdjl.training.EvaluationException;
import io.github.lovaszdjl.training.TrainingPlan.OptimizerName;
import io.github.lovaszdjl.training.TrainingPlan.ScheduleName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The training app; a command a subcommand. */
@Command(
        name = "lovasz",
        description = "Trains, evaluates and compares semantic segmentation models.",
        subcommands = {
            TrainCommand.class,
            EvaluateCommand.class,
            PredictCommand.class,
            CompareCommand.class,
            LrFindCommand.class,
            TuneCommand.class,
            EnginesCommand.class,
            DatasetsCommand.class,
            NetworksCommand.class,
            CommandLine.HelpCommand.class,
            AutoComplete.GenerateCompletion.class
        },
        sortOptions = false,
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        scope = ScopeType.INHERIT,
        versionProvider = Lovasz.Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed; the error is on one line",
            "2:wrong arguments",
            "130:stopped by Ctrl-C; train, compare and tune can go on"
        })
public final class Lovasz implements Runnable {

    /** The exit code of a training that was stopped by Ctrl-C, as shells have it. */
    static final int STOPPED = 130;

    /** How engines say that an array does not fit. */
    private static final Pattern MEMORY =
            Pattern.compile("out of memory|allocate|bad_alloc", Pattern.CASE_INSENSITIVE);

    /** How picocli begins what it says of a value that it cannot read. */
    private static final Pattern INVALID =
            Pattern.compile(
                    "Invalid value for option '(--[a-z-]+)'(?: at index \\d+)?(?: \\(.*?\\))?:"
                            + " (.*)",
                    Pattern.DOTALL);

    /** And what it says of numbers and flags. */
    private static final Pattern TYPE = Pattern.compile("'(.*)' is not an? (\\w+)", Pattern.DOTALL);

    @Spec private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "print the stack trace of an error")
    private boolean verbose;

    /** The command line, to tell its values from those of a file. */
    private List<String> arguments = List.of();

    private Optional<ConfigFile.Values> file = Optional.empty();

    private Lovasz() {}

    /**
     * Runs a command and ends the process.
     *
     * @param args the command and its arguments, see {@code --help}
     */
    public static void main(String... args) {
        Interrupt.listen();
        // It writes what the error that follows says again.
        System.setProperty(
                "org.slf4j.simpleLogger.log.ai.djl.training.dataset.DataIterable", "off");
        int code = CommandLine.ExitCode.SOFTWARE;
        try {
            code = run(args);
        } catch (Error e) {
            // Such as too little memory. Nobody else would print it, nor end the process.
            System.err.println("error: " + e);
            e.printStackTrace();
        } finally {
            Interrupt.exit(code);
        }
    }

    /** Runs a command and returns the exit code. */
    static int run(String... args) {
        CommandLine lovasz = commandLine();
        Lovasz app = lovasz.getCommand();
        app.arguments = List.of(args);
        try {
            app.file = ConfigFile.applyTo(lovasz, args);
            if (app.file.isEmpty()) {
                app.file = RunData.applyTo(lovasz, args);
            }
            Recipe.applyTo(lovasz, args);
        } catch (IOException e) {
            lovasz.getErr().printf("error: %s%n", oneLine(e));
            if (Arrays.asList(args).contains("--verbose")) {
                e.printStackTrace(lovasz.getErr());
            }
            return CommandLine.ExitCode.USAGE;
        }
        try {
            return lovasz.execute(args);
        } catch (OutOfMemoryError e) {
            String message = Objects.toString(e.getMessage(), "");
            OutOfMemoryError told =
                    message.startsWith("out of memory")
                            ? e
                            : OutOfMemory.in(e, args[0], "smaller images or tiles", "");
            lovasz.getErr().printf("error: %s%n", told.getMessage());
            if (Arrays.asList(args).contains("--verbose")) {
                e.printStackTrace(lovasz.getErr());
            }
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** Returns the command with all its subcommands. */
    public static CommandLine commandLine() {
        Lovasz lovasz = new Lovasz();
        return new CommandLine(lovasz)
                .registerConverter(OptimizerName.class, choice(OptimizerName.values()))
                .registerConverter(ScheduleName.class, choice(ScheduleName.values()))
                .registerConverter(SamplingName.class, choice(SamplingName.values()))
                .registerConverter(Weights.class, choice(Weights.values()))
                .registerConverter(ImportFormat.class, choice(ImportFormat.values()))
                .registerConverter(Overlap.class, choice(Overlap.values()))
                .registerConverter(
                        ImportCommand.Images.class, choice(ImportCommand.Images.values()))
                .registerConverter(TuneCommand.Method.class, choice(TuneCommand.Method.values()))
                .registerConverter(Path.class, Lovasz::path)
                // Options are looked up before picocli would expand them.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, arguments) -> lovasz.wrongArguments(e))
                .setExecutionExceptionHandler((e, command, result) -> lovasz.failed(e, command));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "expected a command");
    }

    private int wrongArguments(ParameterException e) {
        CommandLine command = e.getCommandLine();
        command.getErr()
                .printf(
                        "error: %s%s (see %s --help)%n",
                        located(oneLine(asOption(e))),
                        nearest(e),
                        command.getCommandSpec().qualifiedName());
        if (verbose) {
            e.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.USAGE;
    }

    private String located(String message) {
        return file.map(values -> values.located(message, arguments)).orElse(message);
    }

    /** Begins a message with the option it is about, as those of this app do. */
    static String asOption(ParameterException e) {
        String message = e.getMessage();
        Matcher invalid = INVALID.matcher(message);
        if (!invalid.matches()) {
            return message;
        }
        String reason = invalid.group(2);
        Matcher type = TYPE.matcher(reason);
        if (type.matches()) {
            // Java's names of types mean nothing to who trains.
            String expected =
                    switch (type.group(2)) {
                        case "boolean", "Boolean" -> "true or false";
                        case "int", "Integer", "long" -> "a whole number";
                        default -> "a number";
                    };
            reason = "expected " + expected + ", got \"" + Names.shortened(type.group(1)) + '"';
        }
        return invalid.group(1) + ": " + reason;
    }

    /** Reads one of some values by its name. */
    private static <T> ITypeConverter<T> choice(T[] values) {
        Map<String, T> byName = new LinkedHashMap<>();
        for (T value : values) {
            byName.put(value.toString(), value);
        }
        return text -> {
            T value = byName.get(text.toLowerCase(Locale.ROOT));
            if (value == null) {
                throw new TypeConversionException(Names.unknown(text, byName.keySet()));
            }
            return value;
        };
    }

    /** Reads a path; an empty one would be the working folder. */
    private static Path path(String text) {
        if (text.isBlank()) {
            throw new TypeConversionException("expected a file or folder, got an empty name");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("expected a file or folder, got " + text);
        }
    }

    /** Returns what may have been meant by a command or option that is not known. */
    private static String nearest(ParameterException e) {
        if (!(e instanceof UnmatchedArgumentException unmatched)) {
            return "";
        }
        CommandSpec command = e.getCommandLine().getCommandSpec();
        Set<String> known = new TreeSet<>(command.subcommands().keySet());
        command.options().forEach(option -> known.add(option.longestName()));
        return Names.suggestion(unmatched.getUnmatched().get(0).replaceFirst("=.*", ""), known);
    }

    private int failed(Exception e, CommandLine command) {
        command.getErr().printf("error: %s%n", located(oneLine(e, command.getCommandName())));
        if (verbose) {
            e.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /**
     * Says what an engine failed of and, where that is memory, what needs less. Native errors go on
     * with a stack of addresses; the first line says what happened.
     */
    private static String ofEngine(EngineException e, String command) {
        String message = Objects.toString(e.getMessage(), e.toString());
        String first = message.strip().lines().findFirst().orElse("");
        if (!MEMORY.matcher(first).find()) {
            return "the engine failed: " + first;
        }
        boolean tiles = e instanceof EvaluationException || command.equals("predict");
        return first
                + "; less memory is needed with a smaller "
                + (tiles ? "--tile" : "--batch-size, --crop or --base-width");
    }

    static String oneLine(Exception thrown) {
        return oneLine(thrown, "");
    }

    /** Returns what an exception of a command says. */
    static String oneLine(Exception thrown, String command) {
        Exception e = thrown instanceof UncheckedIOException hidden ? hidden.getCause() : thrown;
        String message = e.getMessage();
        if (e instanceof FileSystemException fault) {
            // The message of these is often no more than the name of the file.
            String reason = fault.getReason();
            if (e instanceof NoSuchFileException && reason == null) {
                reason = "expected a file or folder, there is none";
            } else if (e instanceof AccessDeniedException && reason == null) {
                reason = "access denied";
            } else if (e instanceof NotDirectoryException) {
                reason = "expected a folder, got a file";
            } else if (e instanceof FileAlreadyExistsException && reason == null) {
                reason = "exists already";
            }
            message = fault.getFile() + (reason == null ? "" : ": " + reason);
        }
        if (e instanceof EngineException fault) {
            return ofEngine(fault, command);
        }
        boolean ours =
                e instanceof IOException
                        || e instanceof MalformedModelException
                        || e instanceof IllegalArgumentException
                        || e instanceof ArithmeticException;
        String text = ours && message != null ? message : e.toString();
        return oneLine(text);
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*[\r\n]+\\s*", "; ");
    }

    /** The version that was built. */
    static final class Version implements CommandLine.IVersionProvider {

        @Override
        public String[] getVersion() {
            return new String[] {"lovasz-djl " + ConfigFile.VERSION};
        }
    }
}
