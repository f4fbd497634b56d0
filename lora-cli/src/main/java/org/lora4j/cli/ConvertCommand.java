/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.option.OutputOption;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Bias;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Lora;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.loralib.ConversionRequest;
import org.lora4j.loralib.ConversionResult;
import org.lora4j.loralib.LayerType;
import org.lora4j.loralib.LoralibConverter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Converts a checkpoint of loralib, or an adapter that began with PiSSA, into plain LoRA. */
@Command(
        name = "convert",
        customSynopsis = {
            "lora4j convert CKPT --alpha N --output DIR [OPTIONS]",
            "       lora4j convert ADAPTER --model DIR --output DIR"
        },
        description =
                "Converts a checkpoint of loralib (torch.save or safetensors, with the names"
                    + " MODULE.lora_A and MODULE.lora_B) into an adapter as PEFT saves it. Nothing"
                    + " in the file is executed, and what it does not tell is asked for, never"
                    + " guessed. Or converts an adapter's directory that began with PiSSA or OLoRA"
                    + " into plain LoRA of twice the rank on the base as it is, which vLLM and"
                    + " others can serve; PEFT does it when it saves.",
        footer =
                """

                Example:
                  lora4j convert gpt2_e2e.pt --alpha 32 --enable-lora true,false,true \\
                      --fan-in-fan-out --model gpt2 --output adapter\
                """)
final class ConvertCommand implements Action {
    private static final List<String> OF_LORALIB =
            List.of(
                    "--alpha",
                    "--enable-lora",
                    "--fan-in-fan-out",
                    "--layer-type",
                    "--modules-to-save",
                    "--bias",
                    "--task-type");

    @Parameters(paramLabel = "CKPT|ADAPTER", description = "The checkpoint, or the adapter.")
    private Path checkpoint;

    @Option(
            names = "--alpha",
            paramLabel = "N",
            description =
                    "The lora_alpha that loralib's layers were made with, which no file holds:"
                            + " required for a checkpoint.")
    private @Nullable Double alpha;

    @Option(
            names = "--enable-lora",
            showDefaultValue = Visibility.NEVER,
            paramLabel = "[NAME=]t,f,t",
            description =
                    "MergedLinear's enable_lora, for all such modules or for those whose path ends"
                            + " in NAME; may be repeated.")
    private List<String> enableLora = new ArrayList<>();

    @Option(names = "--fan-in-fan-out", description = "Weights are (in, out) as in GPT-2's Conv1D.")
    private boolean fanInFanOut;

    @Option(
            names = "--layer-type",
            showDefaultValue = Visibility.NEVER,
            paramLabel = "NAME=TYPE",
            description =
                    "The type of the modules whose path ends in NAME, if their shapes do not tell"
                            + " it: linear, embedding, merged-linear or conv; may be repeated.")
    private List<String> layerTypes = new ArrayList<>();

    @Option(names = "--model", paramLabel = "DIR", description = "The base model to check against.")
    private @Nullable Path model;

    @Option(
            names = "--base-model-name",
            paramLabel = "NAME",
            description = "The base's name in adapter_config.json; --model's path unless given.")
    private @Nullable String baseModelName;

    @Option(
            names = "--modules-to-save",
            split = ",",
            paramLabel = "NAMES|none",
            description =
                    "Modules trained whole, such as classifier; only asked of a whole model's file"
                            + " without --model.")
    private @Nullable List<String> modulesToSave;

    @Option(
            names = "--bias",
            paramLabel = "none|all|lora-only",
            description = "Which biases were trained; taken from the file unless given.")
    private @Nullable Bias bias;

    @Option(names = "--task-type", paramLabel = "TYPE", description = "PEFT's task, e.g. SEQ_CLS.")
    private @Nullable String taskType;

    @Mixin private OutputOption output;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        if (Files.isDirectory(checkpoint)) {
            convertAdapter();
            return;
        }
        ConversionRequest request = report.read(this::request);
        Console console = report.console();
        try (OutputDirectory place = output.prepare()) {
            place.requireFree(output.overwrite(), console);
            ConversionResult result = LoralibConverter.convert(request);
            result.warnings().forEach(warning -> console.say("note: " + warning));
            console.say(
                    "converted %s: %,d modules, %,d parameters",
                    checkpoint, result.modules().size(), result.parameters());
            console.say("adapter: " + place.path());
            console.result(json(result));
        }
    }

    private void convertAdapter() throws Exception {
        report.refuse(OF_LORALIB, " is for a checkpoint of loralib, and this is a directory");
        report.refuse(
                model == null,
                "--model is required: the adapter began as a part of the base's weights");
        AdapterConfig method =
                PeftConfigFile.read(checkpoint.resolve(PeftConfigFile.FILE_NAME)).method();
        if (!(method instanceof LoraConfig)) {
            throw new IllegalArgumentException(
                    ("%s is an adapter of the method %s, and only LoRA's have a plain form to"
                                    + " convert to; %s")
                            .formatted(
                                    checkpoint,
                                    method.peftType(),
                                    method instanceof Ia3Config
                                            ? "\"lora4j merge\" makes a model of it and its base"
                                            : "PEFT reads it as it is"));
        }
        Path base = Objects.requireNonNull(model);
        Console console = report.console();
        try (OutputDirectory place = output.prepare()) {
            place.requireOther(checkpoint, "adapter");
            place.requireOther(base, "model");
            place.requireFree(output.overwrite(), console);
            LoadOptions options = LoadOptions.defaults();
            if (baseModelName != null) {
                options = options.withNameOrPath(baseModelName);
            }
            try (LoraModel adapted = LoraModel.load(base, checkpoint, options)) {
                adapted.saveAdapterAsLora(Lora.DEFAULT_ADAPTER, place.path());
            }
            console.say("converted %s into plain LoRA", checkpoint);
            console.say("adapter: " + place.path());
            JsonObject json = new JsonObject();
            json.addProperty("adapter", place.path().toString());
            console.result(json);
        }
    }

    private ConversionRequest request() {
        if (alpha == null) {
            throw new IllegalArgumentException(
                    "--alpha is required: no checkpoint of loralib holds it");
        }
        ConversionRequest.Builder builder =
                ConversionRequest.builder()
                        .setCheckpoint(checkpoint)
                        .setOutput(output.path())
                        .setAlpha(alpha)
                        .optFanInFanOut(fanInFanOut)
                        .optModel(model)
                        .optBaseModelName(baseModelName)
                        .optModulesToSave(
                                List.of("none").equals(modulesToSave) ? List.of() : modulesToSave)
                        .optBias(bias)
                        .optTaskType(taskType);
        for (String given : enableLora) {
            int sign = given.indexOf('=');
            builder.optEnableLora(
                    given.substring(0, Math.max(0, sign)), pattern(given.substring(sign + 1)));
        }
        for (String given : layerTypes) {
            int sign = given.lastIndexOf('=');
            if (sign < 1) {
                throw new IllegalArgumentException(
                        "--layer-type is '%s'; expected NAME=TYPE".formatted(given));
            }
            builder.optLayerType(
                    given.substring(0, sign), LayerType.parse(given.substring(sign + 1)));
        }
        return builder.build();
    }

    private static List<Boolean> pattern(String text) {
        List<Boolean> pattern = new ArrayList<>();
        for (String flag : text.toLowerCase(Locale.ROOT).split(",", -1)) {
            switch (flag.strip()) {
                case "t", "true" -> pattern.add(true);
                case "f", "false" -> pattern.add(false);
                default ->
                        throw new IllegalArgumentException(
                                ("--enable-lora is '%s'; expected true or false for each slice,"
                                                + " such as true,false,true")
                                        .formatted(text));
            }
        }
        return pattern;
    }

    private static JsonObject json(ConversionResult result) {
        JsonObject json = new JsonObject();
        json.addProperty("adapter", result.output().toString());
        JsonArray modules = new JsonArray();
        for (ConversionResult.Module module : result.modules()) {
            JsonObject one = new JsonObject();
            one.addProperty("path", module.path());
            one.addProperty("type", module.type().toString());
            one.addProperty("rank", module.rank());
            one.addProperty("alpha", module.alpha());
            modules.add(one);
        }
        json.add("modules", modules);
        json.add("modules_to_save", Json.array(result.modulesToSave()));
        json.addProperty("bias", Words.lower(result.bias()));
        json.addProperty("parameters", result.parameters());
        json.addProperty("dropped_tensors", result.dropped());
        json.add("warnings", Json.array(result.warnings()));
        return json;
    }
}
