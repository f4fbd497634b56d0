/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.CausalData;
import org.lora4j.cli.data.ClassifierData;
import org.lora4j.cli.data.DataOptions;
import org.lora4j.cli.data.SampleOptions;
import org.lora4j.cli.data.SampleReport;
import org.lora4j.cli.data.TrainingData;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.LoraOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.OutputOption;
import org.lora4j.cli.option.PrecisionOption;
import org.lora4j.cli.option.QuantizationOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.option.Switch;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.cli.sweep.SweepReport;
import org.lora4j.cli.sweep.SweepRun;
import org.lora4j.cli.sweep.SweepSetting;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.cli.train.TrainingOptions;
import org.lora4j.files.DirectoryLock;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.train.BatchSource;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.metric.Metric;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains an adapter for each of several ranks and rates, all in one pass over the data. */
@Command(
        name = "sweep",
        customSynopsis = {
            "lora4j sweep --model DIR|ID --data FILE --ranks R,R --learning-rates RATE,RATE",
            "             --output DIR [--alphas ALPHA,ALPHA] [OPTIONS]"
        },
        description =
                "Trains an adapter for each combination of a rank, an alpha and a learning rate,"
                        + " all at once: a step runs the batch of every adapter through the base"
                        + " together.",
        footer =
                """

                Each adapter is saved in OUTPUT/rR-lrRATE, or OUTPUT/rR-aALPHA-lrRATE with --alphas.
                The table names the best, by the --best-metric of --validation, or else by the loss of
                the last epoch.
                Ctrl-C or SIGTERM ends the training after the step it is at, a second one at once;
                the adapters as they are then are saved in OUTPUT/stopped-at-step-N. One that
                diverges keeps the last sound adapter in OUTPUT/diverged-at-step-N, and the others
                go on. There are no checkpoints to resume from.

                Example:
                  lora4j sweep --model DIR --data train.tsv --validation dev.tsv \\
                      --text-column text --label-column label --output sweep \\
                      --ranks 4,16 --learning-rates 1e-4,5e-4,2e-3 --epochs 1\
                """)
final class SweepCommand implements Action {
    @Mixin private ModelOption model;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "seq-cls, regression or causal-lm, as in lora4j train.")
    private TaskKind task = TaskKind.SEQ_CLS;

    @Mixin private DataOptions data;

    @Mixin private SampleOptions samples;

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "Validation data, by which the settings are compared.")
    private @Nullable Path validation;

    @Mixin private OutputOption output;

    @Option(
            names = "--ranks",
            required = true,
            split = ",",
            paramLabel = "R",
            description = "The ranks.")
    private List<Integer> ranks;

    @Option(
            names = "--learning-rates",
            required = true,
            split = ",",
            paramLabel = "RATE",
            description = "The learning rates.")
    private List<Double> rates;

    @Option(
            names = "--alphas",
            split = ",",
            paramLabel = "ALPHA",
            description = "The alphas; --alpha for all unless given.")
    private @Nullable List<Double> alphas;

    @Mixin private LoraOptions lora;

    @Mixin private TrainingOptions training;

    @Option(
            names = "--base-dropout",
            paramLabel = "on|off",
            description = "Whether the base model's own dropout is applied, as its config says.")
    private Switch baseDropout = Switch.on;

    @Mixin private PrecisionOption precision;

    @Mixin private QuantizationOptions quantization;

    @Mixin private EngineOptions engine;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        boolean causal = task == TaskKind.CAUSAL_LM;
        String forOthers = " is not for --task " + task + "; it is for ";
        report.refuse(
                task == TaskKind.TOKEN_CLS || task == TaskKind.QA,
                "--task "
                        + task
                        + " is not for this command; expected seq-cls, regression or"
                        + " causal-lm");
        report.refuse(
                task == TaskKind.DPO,
                "preferences are trained one adapter at a time; expected lora4j train --task dpo");
        report.refuse(
                task == TaskKind.EMBEDDING,
                "embeddings are trained one adapter at a time; expected lora4j train --task"
                        + " embedding");
        report.refuse(List.of("--rank"), ": the ranks of a sweep are --ranks");
        report.refuse(List.of("--learning-rate"), ": the rates of a sweep are --learning-rates");
        report.refuse(
                List.of("--evaluate-every", "--patience", "--keep"),
                ": the adapters of a sweep are validated once, at the end");
        if (causal) {
            report.refuse(DataOptions.COLUMNS, forOthers + "tasks of labels and numbers");
        } else {
            report.refuse(SampleOptions.NAMES, forOthers + "causal-lm");
        }
        report.refuse(model.isScript(), "a TorchScript file is trained by lora4j train");
        if (alphas != null) {
            report.refuse(List.of("--alpha"), ": the alphas are given by --alphas");
        }
        Metric metric = report.read(() -> training.config(false)).bestMetric();
        List<SweepSetting> settings = report.read(this::settings);
        TrainingData.Reading reading = report.read(() -> data(causal));
        report.check(engine::check);
        report.check(quantization::check);
        Console console = report.console();
        try (OutputDirectory directory = output.prepare();
                DirectoryLock lock = DirectoryLock.acquire(output.path())) {
            TrainingData<?> texts = reading.read(console);
            Path base = model.resolve(new DownloadLine(console));
            directory.requireOther(base, "model");
            requireFree(settings);
            LoadOptions options =
                    LoadOptions.defaults()
                            .withDtype(precision.dtype())
                            .withQuantization(
                                    quantization.quantization(
                                            settings.get(0).lora().modulesToSave()))
                            .withSeed(training.seed())
                            .withNameOrPath(model.name())
                            .withDevice(engine.start());
            try (LoraModel loaded =
                    LoraModel.load(base, texts.task(ModelConfig.read(base)), options)) {
                run(loaded, texts, settings, metric, console);
            }
        }
    }

    private void requireFree(List<SweepSetting> settings) throws IOException {
        for (SweepSetting setting : settings) {
            Path place = output.path().resolve(setting.name());
            if (Files.exists(place) && !output.overwrite()) {
                throw new IOException(
                        place
                                + ": is there already; --overwrite replaces it, or name another"
                                + " directory");
            }
        }
    }

    private List<SweepSetting> settings() {
        return SweepSetting.grid(
                lora.config(training.seed()), training.config(false), ranks, alphas, rates);
    }

    private TrainingData.Reading data(boolean causal) {
        BatchOptions batches = data.batches(causal, !causal, true, training.seed());
        if (causal) {
            return CausalData.reading(data, samples, samples.causal(batches), validation);
        }
        data.columns();
        report.refuse(!data.hasLabels(), "--label-column is missing; training needs labels");
        return ClassifierData.reading(data, batches, validation, task, false, null);
    }

    private <B extends TrainingBatch> void run(
            LoraModel loaded,
            TrainingData<B> data,
            List<SweepSetting> settings,
            Metric metric,
            Console console)
            throws IOException {
        loaded.block().dropouts().set(baseDropout == Switch.on);
        BatchSource<B> texts = data.training(loaded, console);
        BatchSource<B> checked = data.validation(loaded);
        SweepRun.Trained trained =
                new SweepRun(loaded, settings, output.path(), console).run(texts, checked);
        SampleReport.tellRead(texts, console);
        if (checked != null) {
            SampleReport.tellRead(checked, console);
        }
        new SweepReport(settings, trained, validation != null, metric).tell(console);
    }
}
