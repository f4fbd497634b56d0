/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.lora4j.cli.estimate.TaskOptions;
import org.lora4j.cli.estimate.WorkOptions;
import org.lora4j.cli.file.Weights;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.MethodOptions;
import org.lora4j.cli.option.PrecisionOption;
import org.lora4j.cli.option.QuantizationOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.cli.train.RecomputationOptions;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.hf.estimate.MachineSpeed;
import org.lora4j.hf.estimate.TrainingEstimate;
import org.lora4j.hf.model.ModelConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what a training will need before its model is loaded. */
@Command(
        name = "estimate",
        customSynopsis = "lora4j estimate --model DIR (--data FILE | --steps N) [OPTIONS]",
        description =
                "Estimates the parameters, the memory by part and the time of a training from the"
                        + " model's config.json, the lengths of the texts and the options of train."
                        + " Of weights only the names are read.",
        footer = {
            "",
            "Memory and time are those of a processor, without loading and validations. Time is by"
                    + " this",
            "machine's speed, which is measured on as many --threads as the training will have.",
            "",
            "Example:",
            "  lora4j estimate --task causal-lm --model DIR --steps 1000 --batch-size 4"
                    + " --max-length 512"
        })
final class EstimateCommand implements Action {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "The model's directory; config.json is enough without --data.")
    private Path model;

    @Mixin private TaskOptions task;

    @Mixin private WorkOptions work;

    @Option(
            names = "--validates",
            description = "Whether there are validation data: the best adapter is then kept too.")
    private boolean validates;

    @Mixin private MethodOptions method;

    @Mixin private PrecisionOption precision;

    @Mixin private QuantizationOptions quantization;

    @Mixin private RecomputationOptions recomputation = new RecomputationOptions();

    @Mixin private EngineOptions engine;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        method.checkAdapter(report);
        report.check(
                () -> {
                    task.check();
                    engine.check();
                    precision.dtype();
                    quantization.check();
                    method.config(0);
                    recomputation.choice();
                });
        TaskKind kind = task.kind(TaskKind.SEQ_CLS);
        AdapterConfig adapter = method.config(0);
        int virtual = adapter instanceof SoftPromptConfig prompt ? prompt.virtualTokens() : 0;
        WorkOptions.Work asked = work.read(model, kind, virtual);
        engine.start();
        MachineSpeed speed = MachineSpeed.measure();
        TrainingEstimate.Builder estimate =
                TrainingEstimate.builder()
                        .setModel(ModelConfig.read(model))
                        .setAdapter(adapter)
                        .setWorkload(asked.batches())
                        .optDtype(precision.dtype())
                        .optQuantization(quantization.quantization(adapter.modulesToSave()))
                        .optTask(task.task(kind))
                        .optValidates(validates)
                        .optRecomputation(recomputation.choice())
                        .optSpeed(speed);
        Set<String> tensors = Weights.names(model);
        if (!tensors.isEmpty()) {
            estimate.optTensors(tensors);
        }
        tell(estimate.build(), asked, speed);
    }

    private void tell(TrainingEstimate estimate, WorkOptions.Work asked, MachineSpeed speed)
            throws IOException {
        Table table = new Table("memory", "at the peak");
        JsonObject parts = new JsonObject();
        for (TrainingEstimate.Part part : estimate.memory()) {
            table.row(part.name(), Words.bytes(part.bytes()));
            parts.addProperty(part.name().replace(' ', '_'), part.bytes());
        }
        table.row("together", Words.bytes(estimate.peakBytes()));
        Console console = report.console();
        console.say(estimate.parameters().toString());
        console.say("");
        console.say(table.toString());
        console.say(
                "%,d steps of %,.0f tokens in %s, at %.0f GFLOP/s",
                asked.steps(),
                asked.batches().tokens() * asked.batches().batches() / asked.steps(),
                Words.duration(estimate.seconds()),
                speed.gigaflops());
        JsonObject json = new JsonObject();
        json.addProperty("trainable_parameters", estimate.parameters().trainable());
        json.addProperty("all_parameters", estimate.parameters().all());
        json.addProperty("peak_bytes", estimate.peakBytes());
        json.add("memory", parts);
        json.addProperty("steps", asked.steps());
        json.add("train_seconds", Json.number(estimate.seconds()));
        json.add("gigaflops", Json.number(speed.gigaflops()));
        console.result(json);
    }
}
