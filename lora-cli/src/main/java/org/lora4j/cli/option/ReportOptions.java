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

/** How a command reports its results, and what is wrong with its options. */
public final class ReportOptions {
    @Option(
            names = "--json",
            description =
                    "Print one JSON object as the last line of standard output, and everything else"
                            + " to standard error.")
    private boolean json;

    @Option(names = "--verbose", description = "Show where in the program errors occur.")
    @SuppressWarnings("unused") // read before parsing, so that it also holds for parsing itself
    private boolean verbose;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

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

    /** Refuses options that would have no effect, with a message that begins with their name. */
    public void refuse(List<String> options, String why) {
        for (String option : options) {
            refuse(command.commandLine().getParseResult().hasMatchedOption(option), option + why);
        }
    }

    /** Reports which of some options were given although they have no effect. */
    public void noteUnused(List<String> options, String why) {
        List<String> given =
                options.stream()
                        .filter(command.commandLine().getParseResult()::hasMatchedOption)
                        .toList();
        if (!given.isEmpty()) {
            console().note("not used: %s; %s", String.join(", ", given), why);
        }
    }

    /** Ends the command as wrongly used if a condition holds. */
    public void refuse(boolean isWrong, String message) {
        if (isWrong) {
            throw new ParameterException(command.commandLine(), message);
        }
    }
}
