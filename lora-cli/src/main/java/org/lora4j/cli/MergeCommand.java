/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.file.MergedFiles;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.file.Weights;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.safetensors.TensorDtype;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Adds an adapter to its base and saves a plain model. */
@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        versionProvider = Lora4j.Version.class,
        sortOptions = false,
        showDefaultValues = true,
        description =
                "Adds an adapter's update to its base and saves a plain Hugging Face model: weights"
                    + " with the head, config, and the files of the tokenizer, the chat templates"
                    + " and generation. These are the base's, or the adapter's where it brings its"
                    + " own.",
        footer = {"", "Example:", "  lora4j merge --model DIR --adapter adapter --output merged"})
final class MergeCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private ModelOption model = new ModelOption();

    @Option(
            names = "--adapter",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            required = true,
            paramLabel = "DIR",
            description = "The adapter, as PEFT saves it.")
    private Path adapter = Path.of("");

    @Option(
            names = "--output",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            required = true,
            paramLabel = "DIR",
            description = "Where the model is saved.")
    private Path output = Path.of("");

    /** Precisions by the names of the command line. */
    enum Precision {
        f32(TensorDtype.F32),
        bf16(TensorDtype.BF16),
        f16(TensorDtype.F16);

        private final TensorDtype dtype;

        Precision(TensorDtype dtype) {
            this.dtype = dtype;
        }
    }

    @Option(
            names = "--dtype",
            paramLabel = "f32|bf16|f16",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            description =
                    "Precision of the weights that are saved; the checkpoint's own by default. The"
                            + " update is added in f32 and rounded once.")
    private @Nullable Precision precision;

    @Mixin private EngineOptions engine = new EngineOptions();

    @Mixin private ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws Exception {
        try {
            engine.check();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Console console = report.console();
        try (OutputDirectory place = OutputDirectory.prepare(output)) {
            if (Files.isDirectory(adapter) && Files.isSameFile(adapter, output)) {
                throw new IOException(
                        output + ": --output is the adapter itself; name another directory");
            }
            merge(model.resolve(new DownloadLine(console)), place, console);
        }
        return CommandLines.DONE;
    }

    private void merge(Path directory, OutputDirectory place, Console console) throws IOException {
        if (Files.isSameFile(directory, output)) {
            throw new IOException(
                    output + ": --output is the model itself; name another directory");
        }
        place.tell(console);
        TensorDtype own = Checkpoint.dtypeOf(directory);
        TensorDtype dtype = precision == null ? own : precision.dtype;
        LoadOptions options =
                LoadOptions.defaults()
                        .withDtype(dtype == own ? own : TensorDtype.F32) // so it is rounded once
                        .withNameOrPath(model.name())
                        .withDevice(engine.start());
        try (LoraModel adapted = LoraModel.load(directory, adapter, options);
                LoraModel merged = adapted.mergeAndUnload()) {
            merged.save(output, dtype);
            long parameters = merged.trainableParameters().all();
            console.say(
                    Words.format(
                            "merged %s into %s: %,d parameters, %s",
                            adapter, model.name(), parameters, Words.bytes(Weights.bytes(output))));
            MergedFiles files = MergedFiles.of(merged.modelFiles(), adapter);
            files.lines().forEach(console::say);
            console.say("model: " + output);
            JsonObject json = new JsonObject();
            json.add("files", files.json());
            json.addProperty("model", output.toString());
            json.addProperty("parameters", parameters);
            json.addProperty("dtype", dtype.name());
            JsonArray labels = new JsonArray();
            merged.labels().forEach(labels::add);
            json.add("labels", labels);
            console.result(json);
        }
    }
}
