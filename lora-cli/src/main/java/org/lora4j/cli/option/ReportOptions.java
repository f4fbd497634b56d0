/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import org.lora4j.cli.terminal.Console;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command reports. */
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
}
