/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.file.OutputFile;
import org.lora4j.cli.file.Weights;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.OutputOption;
import org.lora4j.cli.option.PrecisionOption;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.hub.SmallFiles;
import org.lora4j.hf.merge.MergedTensors;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.script.ScriptModels;
import org.lora4j.torch.TensorDtype;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Adds an adapter to its base and saves a plain model. */
@Command(
        name = "merge",
        description =
                "Adds an adapter's update to its base and saves a plain Hugging Face model: weights"
                    + " with the head, config, and the files of the tokenizer, the chat templates"
                    + " and generation. These are the base's, or the adapter's if it has its own."
                    + " Of a TorchScript file (.pt, .pth) the result is a plain TorchScript file.",
        footer = {
            "",
            "Example:",
            "  lora4j merge --model DIR --adapter adapter --output merged",
            "  lora4j merge --model model.pt --adapter adapter --output merged.pt"
        })
final class MergeCommand implements Action {
    private static final TensorDtype[] SAVED = {TensorDtype.F32, TensorDtype.BF16, TensorDtype.F16};

    @Mixin private ModelOption model;

    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "DIR",
            description = "The adapter, as PEFT saves it.")
    private Path adapter;

    @Mixin private OutputOption output;

    @Option(
            names = "--dtype",
            paramLabel = "f32|bf16|f16",
            description =
                    "Precision of the saved weights. Default: the checkpoint's own. The update is"
                            + " added in f32 and rounded once.")
    private @Nullable TensorDtype precision;

    @Option(
            names = "--stream",
            description =
                    "Read, merge and write one module after another, so that a language model of"
                            + " any size needs little memory.")
    private boolean stream;

    @Mixin private EngineOptions engine;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        report.check(engine::check);
        if (precision != null) {
            TensorDtype asked = precision;
            report.check(() -> PrecisionOption.require(asked, SAVED));
        }
        Console console = report.console();
        if (model.isScript()) {
            mergeScript(console);
            return;
        }
        try (OutputDirectory place = output.prepare()) {
            place.requireOther(adapter, "adapter");
            Path directory = model.resolve(new DownloadLine(console));
            place.requireOther(directory, "model");
            place.requireFree(output.overwrite(), console);
            merge(directory, place, console);
        }
    }

    private void mergeScript(Console console) throws IOException {
        report.refuse(
                List.of("--dtype", "--stream"),
                " is not for a TorchScript file, which is as exported");
        Path file = output.path();
        report.refuse(
                !ModelOption.isScript(file.toString()),
                "--output is %s; a TorchScript file is merged into a file: expected FILE.pt"
                        .formatted(file));
        Path script = model.script();
        OutputFile.prepare(file, script, "model");
        ScriptModels.merge(script, adapter, file, engine.start());
        String size = Words.bytes(Files.size(file));
        console.say("merged %s into %s: %s", adapter, model.name(), size);
        console.say("model: " + file);
        JsonObject json = new JsonObject();
        json.addProperty("model", file.toString());
        json.addProperty("bytes", Files.size(file));
        console.result(json);
    }

    private void merge(Path directory, OutputDirectory place, Console console) throws IOException {
        if (ModelConfig.read(directory).has("quantization_config")) {
            throw new IOException(
                    ("%s: its weights are quantised, and merged ones would be rounded to as few"
                                    + " bits; expected the base in full precision. Merge the"
                                    + " adapter into the model that the quantised one was made of")
                            .formatted(directory));
        }
        TensorDtype own = Checkpoint.dtypeOf(directory);
        TensorDtype dtype = precision == null ? own : precision;
        TensorDtype merged = dtype == own ? own : TensorDtype.F32; // so it is rounded once
        if (stream) {
            report.refuse(!engine.start().equals(Device.cpu()), "--stream merges on the CPU");
            try (MergedTensors tensors = MergedTensors.open(directory, adapter, merged)) {
                tensors.save(place.path(), dtype);
                long parameters = tensors.shapes().values().stream().mapToLong(Shape::size).sum();
                tell(tensors.files(), parameters, List.of(), dtype, place, console);
            }
            return;
        }
        LoadOptions options =
                LoadOptions.defaults()
                        .withDtype(merged)
                        .withNameOrPath(model.name())
                        .withDevice(engine.start());
        try (LoraModel adapted = LoraModel.load(directory, adapter, options);
                LoraModel plain = adapted.mergeAndUnload()) {
            plain.save(place.path(), dtype);
            long parameters = plain.trainableParameters().all();
            tell(plain.modelFiles(), parameters, plain.labels(), dtype, place, console);
        }
    }

    /** Prints what was written. */
    private void tell(
            Map<String, Path> modelFiles,
            long parameters,
            List<String> labels,
            TensorDtype dtype,
            OutputDirectory place,
            Console console)
            throws IOException {
        String size = Words.bytes(Weights.bytes(place.path()));
        console.say(
                "merged %s into %s: %,d parameters, %s", adapter, model.name(), parameters, size);
        JsonObject json = new JsonObject();
        json.add("files", files(modelFiles, console));
        console.say("model: " + place.path());
        json.addProperty("model", place.path().toString());
        json.addProperty("parameters", parameters);
        json.addProperty("dtype", dtype.name());
        json.add("labels", Json.array(labels));
        console.result(json);
    }

    /** Reports the small files that are the adapter's own, and returns all by their origin. */
    private JsonObject files(Map<String, Path> files, Console console) {
        List<String> ofBase = new ArrayList<>();
        List<String> own = new ArrayList<>();
        files.forEach((name, file) -> (file.startsWith(adapter) ? own : ofBase).add(name));
        for (boolean template : new boolean[] {false, true}) {
            List<String> names = own.stream().filter(name -> isTemplate(name) == template).toList();
            if (!names.isEmpty()) {
                String what = template ? "chat template" : "tokenizer";
                console.say("%s: the adapter's own (%s)", what, String.join(", ", names));
            }
        }
        JsonObject json = new JsonObject();
        json.add("base", Json.array(ofBase));
        json.add("adapter", Json.array(own));
        return json;
    }

    private static boolean isTemplate(String name) {
        return SmallFiles.kind(name) == SmallFiles.Kind.CHAT_TEMPLATE;
    }
}
