/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.estimate.TaskOptions;
import org.lora4j.cli.inspect.InspectedAdapter;
import org.lora4j.cli.inspect.InspectedModel;
import org.lora4j.cli.inspect.InspectedScript;
import org.lora4j.cli.inspect.Inspection;
import org.lora4j.cli.inspect.VerifiedFiles;
import org.lora4j.cli.option.MethodOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.model.ModelConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Describes the contents of a directory without loading them. */
@Command(
        name = "inspect",
        customSynopsis = "lora4j inspect DIR|FILE.pt [OPTIONS]",
        description =
                "Describes a directory from its headers alone: an adapter, a model, or a model's"
                        + " config without weights. Also counts what an adapter would train. Of a"
                        + " TorchScript file, lists the modules and which weights can be adapted.",
        footer = {
            "",
            "Examples:",
            "  lora4j inspect DIR --rank 8 --target-modules q_proj,v_proj",
            "  lora4j inspect adapter --verify"
        })
final class InspectCommand implements Action {
    private static final String VERIFY = "--verify";

    @Parameters(
            paramLabel = "DIR",
            description =
                    "An adapter's or model's directory, a config.json, or a TorchScript file.")
    private Path place;

    @Option(
            names = VERIFY,
            description =
                    "Compare the files of an adapter, its base and its data with the hashes that"
                            + " its training wrote into provenance.json; fail if one is changed or"
                            + " missing, or if the adapter has one that is not there. The base and"
                            + " the data may be elsewhere.")
    private boolean verify;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "With --verify, where the base is now.")
    private @Nullable Path model;

    @Mixin private TaskOptions task;

    @Mixin private MethodOptions method;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        report.refuse(model != null && !verify, "--model needs " + VERIFY);
        if (verify) {
            verify(directory());
            return;
        }
        method.checkAdapter(report);
        report.check(task::check);
        Inspection found = inspect(report.read(() -> method.config(0)));
        Console console = report.console();
        console.say(found.text());
        console.result(found.json());
    }

    private void verify(Path directory) throws IOException {
        VerifiedFiles files = VerifiedFiles.read(directory, model);
        Inspection found = files.inspection();
        Console console = report.console();
        console.say(found.text());
        console.result(found.json());
        files.require();
    }

    private Inspection inspect(AdapterConfig wanted) throws IOException {
        if (isScript()) {
            return InspectedScript.read(place);
        }
        Path directory = directory();
        if (Files.isRegularFile(directory.resolve(PeftConfigFile.FILE_NAME))) {
            return InspectedAdapter.read(directory);
        }
        if (Files.isRegularFile(directory.resolve(ModelConfig.FILE))) {
            return InspectedModel.read(directory, wanted, task);
        }
        throw new IOException(
                "%s: holds neither %s nor %s; expected an adapter's or a model's directory"
                        .formatted(directory, PeftConfigFile.FILE_NAME, ModelConfig.FILE));
    }

    private boolean isScript() {
        return Files.isRegularFile(place) && ModelOption.isScript(place.toString());
    }

    private Path directory() throws IOException {
        if (Files.isDirectory(place)) {
            return place;
        }
        boolean config =
                place.endsWith(ModelConfig.FILE) || place.endsWith(PeftConfigFile.FILE_NAME);
        Path parent = place.toAbsolutePath().getParent();
        if (config && Files.isRegularFile(place) && parent != null) {
            return parent;
        }
        throw new IOException(
                ("%s: %s; expected an adapter's or a model's directory, a config.json, or a"
                                + " TorchScript file (.pt)")
                        .formatted(
                                place,
                                Files.exists(place) ? "is a file" : "no such file or directory"));
    }
}
