/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.option.Choices;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.core.NearNames;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Runs commands, and turns every failure into one line and an exit code. */
final class CommandLines {
    static final int FAILED = 1;
    static final int WRONG_USE = 2;

    private CommandLines() {}

    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        boolean verbose = Arrays.asList(arguments).contains("--verbose");
        try {
            CommandLine command = commandLine(out, err, verbose);
            return command.execute(Synonyms.translate(command, arguments));
        } catch (Throwable failure) { // an Error: out of memory, a missing native library
            return failed(err, failure, verbose);
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static CommandLine commandLine(PrintWriter out, PrintWriter err, boolean verbose) {
        CommandLine command = new CommandLine(new Lora4j());
        Choices.register(command);
        return command.setOut(out)
                .setErr(err)
                .setUsageHelpWidth(100)
                .setUsageHelpLongOptionsMaxWidth(38)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setOverwrittenOptionsAllowed(false)
                .setExpandAtFiles(false) // a prompt may begin with @
                .setParameterExceptionHandler((failure, given) -> wrongUse(err, failure, given))
                .setExecutionExceptionHandler(
                        (failure, failed, parsed) -> failed(err, failure, verbose));
    }

    private static int failed(PrintWriter err, Throwable failure, boolean verbose) {
        err.println("lora4j: " + ErrorText.of(failure));
        if (verbose) {
            failure.printStackTrace(err);
        }
        err.flush();
        return FAILED;
    }

    private static int wrongUse(PrintWriter err, ParameterException failure, String[] given) {
        CommandLine command = failure.getCommandLine();
        String message = ErrorText.oneLine(String.valueOf(failure.getMessage()));
        String unknown = null;
        if (failure instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            unknown = unmatched.getUnmatched().get(0).replaceFirst("=.*", "");
        } else if (failure instanceof MissingParameterException) {
            // a misspelt option is why another is missing, so it is named first
            unknown = unknownOption(command, given);
            message = unknown == null ? message : "Unknown option: '" + unknown + "'";
        }
        String near = unknown == null ? "" : nearNames(command, unknown);
        String name = command.getCommandSpec().qualifiedName();
        err.println("lora4j: " + message + near + " (see ./" + name + " --help)");
        err.flush();
        return WRONG_USE;
    }

    private static @Nullable String unknownOption(CommandLine command, String[] given) {
        Set<String> known = command.getCommandSpec().optionsMap().keySet();
        return Arrays.stream(given)
                .map(argument -> argument.replaceFirst("=.*", ""))
                .filter(name -> name.startsWith("--") && !known.contains(name))
                .findFirst()
                .orElse(null);
    }

    private static String nearNames(CommandLine command, String wanted) {
        Set<String> known =
                wanted.startsWith("-")
                        ? command.getCommandSpec().optionsMap().keySet()
                        : command.getSubcommands().keySet();
        List<String> near = NearNames.closest(wanted, new TreeSet<>(known), 2);
        return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
    }
}
