/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.inspect.InspectedAdapter;
import org.lora4j.cli.inspect.InspectedModel;
import org.lora4j.cli.inspect.Inspection;
import org.lora4j.cli.option.LoraOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.model.ModelConfig;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a directory holds, without loading it. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        versionProvider = Lora4j.Version.class,
        sortOptions = false,
        showDefaultValues = true,
        customSynopsis = "lora4j inspect DIR [OPTIONS]",
        description =
                "Says what a directory holds, from its headers alone: an adapter, a model, or a"
                    + " model's config without weights; and counts what an adapter would train.",
        footer = {"", "Example:", "  lora4j inspect DIR --rank 8 --target-modules q_proj,v_proj"})
final class InspectCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "DIR",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            description = "An adapter's or model's directory, or a config.json.")
    private Path place = Path.of("");

    @Mixin private LoraOptions lora = new LoraOptions();

    @Mixin private ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws Exception {
        LoraConfig wanted;
        try {
            wanted = lora.config(0);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Inspection found = inspect(wanted);
        Console console = report.console();
        console.say(found.text());
        console.result(found.json());
        return CommandLines.DONE;
    }

    private Inspection inspect(LoraConfig wanted) throws IOException {
        Path directory = directory();
        if (Files.isRegularFile(directory.resolve(PeftConfigFile.FILE_NAME))) {
            return InspectedAdapter.read(directory);
        }
        if (Files.isRegularFile(directory.resolve(ModelConfig.FILE))) {
            return InspectedModel.read(directory, wanted);
        }
        throw new IOException(
                directory
                        + ": holds neither "
                        + PeftConfigFile.FILE_NAME
                        + " nor "
                        + ModelConfig.FILE
                        + "; expected an adapter's or a model's directory");
    }

    private Path directory() throws IOException {
        if (Files.isDirectory(place)) {
            return place;
        }
        Path name = place.getFileName();
        if (Files.isRegularFile(place)
                && name != null
                && (name.toString().equals(ModelConfig.FILE)
                        || name.toString().equals(PeftConfigFile.FILE_NAME))) {
            Path parent = place.toAbsolutePath().getParent();
            return parent == null ? place : parent;
        }
        throw new IOException(
                place
                        + (Files.exists(place) ? ": is a file" : ": no such directory")
                        + "; expected an adapter's or a model's directory, or a config.json");
    }
}
