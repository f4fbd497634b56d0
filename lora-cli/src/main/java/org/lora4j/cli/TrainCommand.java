/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import org.lora4j.safetensors.TensorDtype;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads the options of a training, checks them, and runs it. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        versionProvider = Lora4j.Version.class,
        sortOptions = false,
        showDefaultValues = true,
        customSynopsis = {
            "lora4j train --model DIR|ID --data FILE --text-column NAME --label-column NAME",
            "             --output DIR [OPTIONS]"
        },
        description = "Trains an adapter (or, with --method full, every weight) on texts.",
        footer = {
            "",
            "Labels are those of the model's config where they cover the data, else the data's,",
            "sorted. The adapter is saved as PEFT saves it, with loss.csv and loss.png beside it.",
            "Ctrl-C ends the training after the step it is at: the adapter as it is then is saved",
            "in OUTPUT/stopped-at-step-N, and what OUTPUT had before stays as it was.",
            "",
            "Example:",
            "  lora4j train --model DIR --data train.tsv --validation dev.tsv --text-column text"
                    + " \\",
            "      --label-column label --output adapter --target-modules query,value --epochs 1"
        })
final class TrainCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private ModelOption model = new ModelOption();

    /** What is trained for. */
    enum TaskName {
        seq_cls("seq-cls"),
        regression("regression");

        private final String text;

        TaskName(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    @Option(
            names = "--task",
            paramLabel = "TASK",
            defaultValue = "seq-cls",
            converter = TaskConverter.class,
            completionCandidates = TaskConverter.class,
            description =
                    "seq-cls gives each text a label, regression a number. A model whose config"
                            + " has one label is a regression.")
    private TaskName task = TaskName.seq_cls;

    @Mixin private DataOptions data = new DataOptions();

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "Validation data, with the same columns.")
    private @Nullable Path validation;

    @Option(
            names = "--output",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            required = true,
            paramLabel = "DIR",
            description = "Where the adapter, or with --method full the model, is saved.")
    private Path output = Path.of("");

    /** What trains. */
    enum Method {
        lora,
        full
    }

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            defaultValue = "lora",
            description = "lora trains an adapter, full every weight, for comparison.")
    private Method method = Method.lora;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "Go on from this adapter; its own configuration holds.")
    private @Nullable Path adapter;

    @Mixin private LoraOptions lora = new LoraOptions();

    @Option(
            names = "--base-dropout",
            paramLabel = "on|off",
            defaultValue = "on",
            description = "Whether the base model's own dropouts work, as its config says.")
    private Switch baseDropout = Switch.on;

    @Mixin private TrainingOptions training = new TrainingOptions();

    @Option(
            names = "--bucketing",
            paramLabel = "on|off",
            defaultValue = "on",
            description = "Whether texts of like lengths share a batch.")
    private Switch bucketing = Switch.on;

    @Option(
            names = "--shuffle",
            paramLabel = "on|off",
            defaultValue = "on",
            description = "Whether batches are drawn anew in each epoch; off is the file's order.")
    private Switch shuffle = Switch.on;

    @Mixin private PrecisionOption precision = new PrecisionOption();

    @Mixin private EngineOptions engine = new EngineOptions();

    @Option(
            names = "--log",
            paramLabel = "FILE",
            description = "Write each step and validation into this file as it happens, as JSON.")
    private @Nullable Path log;

    @Mixin private ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws Exception {
        TrainingPlan plan;
        try {
            plan = plan();
        } catch (IllegalArgumentException e) { // all of it can be told from the command line
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        new Training(plan, new Console(spec.commandLine(), report)).run();
        return CommandLines.DONE;
    }

    private TrainingPlan plan() {
        if (!data.hasLabels()) {
            throw new IllegalArgumentException("--label-column is missing; training needs labels");
        }
        if (method == Method.full && adapter != null) {
            throw new IllegalArgumentException(
                    "--adapter and --method full exclude each other; merge the adapter first");
        }
        if (method == Method.full && precision.dtype() != TensorDtype.F32) {
            throw new IllegalArgumentException(
                    "--method full trains the weights themselves, in which 16 bits lose small"
                            + " updates; expected --dtype f32");
        }
        engine.check();
        data.columns();
        return new TrainingPlan(
                model,
                task == TaskName.regression,
                data,
                validation,
                output,
                method == Method.full,
                adapter,
                lora.config(training.seed()),
                baseDropout == Switch.on,
                training.config(validation != null),
                data.batches(
                        bucketing == Switch.on && shuffle == Switch.on,
                        shuffle == Switch.on,
                        training.seed()),
                precision.dtype(),
                engine,
                log);
    }
}
