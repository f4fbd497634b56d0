/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import ai.djl.Device;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.file.OutputFile;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.cli.terminal.Words;
import org.lora4j.export.GgufAdapterExport;
import org.lora4j.export.GgufExport;
import org.lora4j.export.OnnxExport;
import org.lora4j.export.OnnxMerge;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.merge.MergedTensors;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.torch.TensorDtype;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a model, with an adapter merged into it, for other programs. */
@Command(
        name = "export",
        description =
                "Writes a model for programs other than PyTorch's, an adapter merged into it: an"
                    + " encoder as ONNX, for ONNX Runtime and what is built on it, or a language"
                    + " model as GGUF, for llama.cpp and Ollama.",
        footer = {
            "",
            "Examples:",
            "  lora4j export --model DIR --adapter adapter --output model.onnx",
            "  lora4j export --model DIR --adapter adapter --onnx base.onnx --output merged.onnx",
            "  lora4j export --model DIR --adapter adapter --type q8_0 --output model.gguf",
            "  lora4j export --model DIR --adapter adapter --adapter-only --output adapter.gguf"
        })
final class ExportCommand implements Action {
    @Mixin private ModelOption model;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "The adapter that is merged, as PEFT saves it. Without, the model alone.")
    private @Nullable Path adapter;

    @Option(
            names = "--adapter-only",
            description =
                    "Write the adapter alone, as a GGUF file that llama.cpp loads beside that of"
                            + " the base (--lora).")
    private boolean adapterOnly;

    @Option(
            names = "--onnx",
            paramLabel = "FILE",
            description =
                    "An ONNX file of the base, as optimum or PyTorch exported it: merged weights"
                            + " take the place of its own, and its graph stays. Default: a graph is"
                            + " written anew.")
    private @Nullable Path onnx;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FILE",
            description = "The file to write; its name ends in .onnx or .gguf.")
    private Path output;

    @Option(
            names = "--type",
            paramLabel = "f32|f16|q8_0",
            description =
                    "How the matrices of a GGUF file are stored. Default: f16, and f32 of an"
                            + " adapter alone, which cannot be q8_0. An ONNX file is f32.")
    private @Nullable GgufType type;

    @Option(
            names = "--stream",
            description =
                    "Read, merge and write one module after another, so that a language model of"
                            + " any size needs little memory. For a GGUF file.")
    private boolean stream;

    @Option(names = "--overwrite", description = "Replace a file that is there already.")
    private boolean overwrite;

    @Mixin private EngineOptions engine;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        report.check(engine::check);
        boolean gguf = output.toString().endsWith(".gguf");
        report.refuse(
                !gguf && !output.toString().endsWith(".onnx"),
                "--output is %s; expected a name that ends in .onnx or .gguf".formatted(output));
        report.refuse(
                onnx != null && adapter == null,
                "--onnx is given without --adapter, so there is nothing to write into it");
        report.refuse(gguf && onnx != null, "--onnx is for an --output that ends in .onnx");
        report.refuse(!gguf && type != null, "--type is for an --output that ends in .gguf");
        report.refuse(stream && !gguf, "--stream is for an --output that ends in .gguf");
        report.refuse(
                stream && adapterOnly, "--stream is for a model, and --adapter-only reads none");
        report.refuse(adapterOnly && !gguf, "--adapter-only is for an --output that ends in .gguf");
        report.refuse(adapterOnly && adapter == null, "--adapter-only is given without --adapter");
        report.refuse(
                adapterOnly && type == GgufType.Q8_0,
                "--type is q8_0, which an adapter alone cannot be; expected f32 or f16");
        Console console = report.console();
        if (onnx != null && !Files.exists(onnx)) {
            throw new NoSuchFileException(onnx.toString(), null, "no such ONNX file");
        }
        if (Files.exists(output) && !overwrite) {
            throw new IOException(
                    output + ": is there already; --overwrite replaces it, or name another file");
        }
        Path directory = model.resolve(new DownloadLine(console));
        OutputFile.prepare(output, onnx == null ? directory : onnx, "file that is read");
        LoadOptions options =
                LoadOptions.defaults().withNameOrPath(model.name()).withDevice(engine.start());
        if (adapterOnly && adapter != null) {
            GgufAdapterExport.write(directory, adapter, output, type == null ? GgufType.F32 : type);
            tell(console, "adapter", 0);
            return;
        }
        if (stream) {
            report.refuse(!options.device().equals(Device.cpu()), "--stream merges on the CPU");
            try (MergedTensors tensors = MergedTensors.open(directory, adapter, TensorDtype.F32)) {
                GgufExport.write(tensors, output, type == null ? GgufType.F16 : type);
            }
            tell(console, "model", 0);
            return;
        }
        int replaced = 0;
        try (LoraModel loaded = load(directory, options)) {
            if (adapter == null) {
                write(loaded, gguf);
            } else {
                OnnxMerge places = onnx == null ? null : OnnxMerge.find(loaded, onnx);
                try (LoraModel merged = loaded.mergeAndUnload()) {
                    if (places == null) {
                        write(merged, gguf);
                    } else {
                        replaced = places.write(merged, output);
                    }
                }
            }
        }
        tell(console, "model", replaced);
    }

    /** Prints what was written. */
    private void tell(Console console, String what, int replaced) throws IOException {
        JsonObject json = new JsonObject();
        if (onnx != null) {
            console.say("%,d weights of %s have merged ones in their place", replaced, onnx);
            json.addProperty("replaced", replaced);
        }
        console.say("%s: %s (%s)", what, output, Words.bytes(Files.size(output)));
        json.addProperty(what, output.toString());
        json.addProperty("bytes", Files.size(output));
        console.result(json);
    }

    private void write(LoraModel merged, boolean gguf) throws IOException {
        if (gguf) {
            GgufExport.write(merged, output, type == null ? GgufType.F16 : type);
        } else {
            OnnxExport.write(merged, output);
        }
    }

    private LoraModel load(Path directory, LoadOptions options) throws IOException {
        return adapter == null
                ? LoraModel.load(directory, task(directory), options)
                : LoraModel.load(directory, adapter, options);
    }

    /** An encoder without a head, or with sentence-transformers' files, is one for embeddings. */
    private static Task task(Path directory) throws IOException {
        ModelConfig config = ModelConfig.read(directory);
        boolean bare =
                Files.exists(directory.resolve("modules.json"))
                        || !config.architecture().contains("For");
        boolean encoder = ModelFamilies.of(config) instanceof EncoderFamily;
        return encoder && bare ? Task.embedding() : Task.of(config);
    }
}
