/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingFiles;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.script.ScriptClassifier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The model that a command runs: its base, an adapter if any, precision and device. */
public final class LoadedModelOptions {
    @Mixin private ModelOption model;

    @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter, as PEFT saves it.")
    private @Nullable Path adapter;

    @Mixin private PrecisionOption precision;

    @Mixin private QuantizationOptions quantization;

    @Mixin private EngineOptions engine;

    /** Checks what can be checked before the engine starts. */
    public void check() {
        precision.dtype();
        quantization.check();
        engine.check();
    }

    public String name() {
        return model.name();
    }

    /** Returns the base's directory, after a download if needed. */
    public Path resolve(Console console) throws IOException {
        return model.resolve(new DownloadLine(console));
    }

    public boolean isScript() {
        return model.isScript();
    }

    /** Loads a TorchScript file with its adapter, if there is one. */
    public ScriptClassifier loadScript(Path tokenizer) throws IOException {
        Path script = model.script();
        return adapter != null
                ? ScriptClassifier.load(script, tokenizer, adapter, engine.start())
                : ScriptClassifier.load(script, tokenizer, engine.start());
    }

    /** Returns the directory of the tokenizer of a TorchScript file. */
    public Path tokenizer(TokenizerOption option) throws IOException {
        return option.directory(model);
    }

    public boolean hasAdapter() {
        return adapter != null;
    }

    /** Returns the adapter's task or, without one, that of the model's config. */
    public Task task(Path directory) throws IOException {
        return adapter != null ? Task.of(directory, adapter) : Task.of(ModelConfig.read(directory));
    }

    /** Returns whether, without an adapter, the folder is sentence-transformers' with no head. */
    public boolean isEmbedder(Path directory) throws IOException {
        return adapter == null
                && EmbeddingFiles.areIn(directory)
                && ModelConfig.read(directory).architecture().endsWith("Model");
    }

    /** Loads the model for the adapter's task, or without an adapter for the given one. */
    public LoraModel load(Path directory, Task task) throws IOException {
        LoadOptions options =
                LoadOptions.defaults()
                        .withDtype(precision.dtype())
                        .withQuantization(quantization.quantization(trainedWhole()))
                        .withNameOrPath(model.name())
                        .withDevice(engine.start());
        return adapter != null
                ? LoraModel.load(directory, adapter, options)
                : LoraModel.load(directory, task, options);
    }

    /** Returns the modules of which the adapter has copies. */
    private List<String> trainedWhole() throws IOException {
        if (adapter == null || !quantization.isOn()) {
            return List.of();
        }
        return PeftConfigFile.read(adapter.resolve(PeftConfigFile.FILE_NAME))
                .method()
                .modulesToSave();
    }
}
