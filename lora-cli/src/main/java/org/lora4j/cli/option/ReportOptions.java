/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.List;
import java.util.function.Supplier;
import org.lora4j.cli.terminal.Console;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a command reports, also what is wrong with its options. */
public final class ReportOptions {
    @Option(
            names = "--json",
            description =
                    "Print one JSON object as the last line of standard output; all else goes to"
                            + " standard error.")
    private boolean json;

    @Option(names = "--verbose", description = "After an error, show where in the program.")
    @SuppressWarnings("unused") // read before parsing, so that it also holds for parsing itself
    private boolean verbose;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    /** Returns where the command writes. */
    public Console console() {
        return new Console(command.commandLine(), json);
    }

    /**
     * Reads options.
     *
     * @throws ParameterException for an IllegalArgumentException, with its message
     */
    public <T> T read(Supplier<T> options) {
        try {
            return options.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }

    /** Checks options, as {@link #read} does. */
    public void check(Runnable options) {
        read(
                () -> {
                    options.run();
                    return true;
                });
    }

    /**
     * Refuses options that would have no effect.
     *
     * @param why what the message says after the option's name
     * @throws ParameterException if one of them is given
     */
    public void refuse(List<String> options, String why) {
        for (String option : options) {
            if (command.commandLine().getParseResult().hasMatchedOption(option)) {
                throw wrongUse(option + why);
            }
        }
    }

    /** Returns an exception that ends the command as wrongly used. */
    public ParameterException wrongUse(String what) {
        return new ParameterException(command.commandLine(), what);
    }
}
