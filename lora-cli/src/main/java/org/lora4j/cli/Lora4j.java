/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program's top-level command. */
@Command(
        name = "lora4j",
        scope = CommandLine.ScopeType.INHERIT, // each command has these attributes
        mixinStandardHelpOptions = true,
        sortOptions = false,
        showDefaultValues = true,
        versionProvider = Lora4j.Version.class,
        description = "Fine-tunes Hugging Face models with LoRA, in Java.",
        subcommands = {
            TrainCommand.class,
            SweepCommand.class,
            EvaluateCommand.class,
            PredictCommand.class,
            EmbedCommand.class,
            GenerateCommand.class,
            MergeCommand.class,
            ExportCommand.class,
            InspectCommand.class,
            EstimateCommand.class,
            RenderCommand.class,
            ConvertCommand.class,
            DemoCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "lora4j COMMAND --help shows a command's options and their defaults.",
            "Exit codes: 0 done, 1 failed, 2 wrong use, 130 and 143 stopped by Ctrl-C and SIGTERM,"
                    + " which a",
            "second one does at once. Errors are one line on standard error;",
            "--verbose adds where in the program."
        })
final class Lora4j implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "no command; expected one of "
                        + String.join(", ", spec.commandLine().getSubcommands().keySet()));
    }

    /** Reads the version from the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Lora4j.class.getPackage().getImplementationVersion();
            String own = version == null ? "(development)" : version;
            return new String[] {
                "lora4j " + own + ", Java " + System.getProperty("java.version"),
                "picocli " + CommandLine.VERSION
            };
        }
    }
}
