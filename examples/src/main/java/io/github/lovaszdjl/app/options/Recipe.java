package io.github.lovaszdjl.app.options;

import io.github.lovaszdjl.dataset.NamedDataset;
import io.github.lovaszdjl.training.TrainingPlan;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The recipe of a data set as the defaults of the options that make a plan. */
public final class Recipe {

    private Recipe() {}

    /**
     * Gives every command that trains the recipe of its data set, where neither the command line
     * nor a file of options says otherwise.
     *
     * @param app the app, with the values of files of options as default values
     * @param args the arguments, which may name a data set
     */
    public static void applyTo(CommandLine app, String... args) {
        for (CommandLine command : app.getSubcommands().values()) {
            OptionSpec data = command.getCommandSpec().findOption("--data");
            if (data != null && command.getCommandSpec().findOption("--epochs") != null) {
                command.setDefaultValueProvider(
                        provider(command.getDefaultValueProvider(), data, args));
            }
        }
    }

    private static IDefaultValueProvider provider(
            IDefaultValueProvider before, OptionSpec data, String... args) {
        return new IDefaultValueProvider() {

            private Map<String, String> recipe;

            @Override
            public String defaultValue(ArgSpec arg) throws Exception {
                String value = before == null ? null : before.defaultValue(arg);
                if (value != null || !(arg instanceof OptionSpec option)) {
                    return value;
                }
                if (recipe == null) {
                    String name = given(data.longestName(), args);
                    if (name == null && before != null) {
                        name = before.defaultValue(data);
                    }
                    recipe = of(name == null ? data.initialValue().toString() : name);
                }
                return recipe.get(option.longestName());
            }
        };
    }

    /** Returns the value that the command line gives an option, or null. */
    static String given(String option, String... args) {
        for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
            if (args[i].startsWith(option + "=")) {
                return args[i].substring(option.length() + 1);
            }
            if (args[i].equals(option) && i + 1 < args.length) {
                return args[i + 1];
            }
        }
        return null;
    }

    /** Returns the plan's options by name: the recipe's for a name, else the general ones. */
    private static Map<String, String> of(String data) {
        Optional<NamedDataset> set = DataOptions.named(data);
        return PlanOptions.values(
                set.map(TrainingPlan::recipe).orElseGet(TrainingPlan::builder).build());
    }

    /** Returns the options in which the recipe of a set is not as the general defaults. */
    public static Map<String, String> of(NamedDataset set) {
        Map<String, String> options =
                new LinkedHashMap<>(PlanOptions.values(TrainingPlan.recipe(set).build()));
        options.entrySet().removeAll(PlanOptions.values(TrainingPlan.builder().build()).entrySet());
        return options;
    }
}
