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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.CausalData;
import org.lora4j.cli.data.ClassifierData;
import org.lora4j.cli.data.DataOptions;
import org.lora4j.cli.data.SampleOptions;
import org.lora4j.cli.data.TrainingData;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.LoraOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.OutputOption;
import org.lora4j.cli.option.PrecisionOption;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.train.TrainingOptions;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.joint.JointTrainer;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains an adapter for each of several ranks and rates, all in one pass over the data. */
@Command(
        name = "sweep",
        customSynopsis = {
            "lora4j sweep --model DIR|ID --data FILE --ranks R,R --learning-rates RATE,RATE",
            "             --output DIR [OPTIONS]"
        },
        description =
                "Trains an adapter for each pair of a rank and a learning rate, all at once: a step"
                        + " runs the batch of every adapter through the base together.",
        footer =
                """

                Each adapter is saved in OUTPUT/rR-lrRATE. The table names the best, by the metric of
                --validation, or else by the loss of the last epoch.

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

    @Mixin private LoraOptions lora;

    @Mixin private TrainingOptions training;

    @Mixin private PrecisionOption precision;

    @Mixin private EngineOptions engine;

    @Mixin private ReportOptions report;

    /** An adapter of the sweep. */
    private record Setting(String name, int rank, double rate, LoraConfig lora) {}

    @Override
    public void run() throws Exception {
        boolean causal = task == TaskKind.CAUSAL_LM;
        String forOthers = " is not for --task " + task + "; it is for ";
        report.refuse(
                task == TaskKind.TOKEN_CLS,
                "--task token-cls is not for this command; expected seq-cls, regression or"
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
            report.refuse(DataOptions.COLUMNS, forOthers + "seq-cls and regression");
        } else {
            report.refuse(SampleOptions.NAMES, forOthers + "causal-lm");
        }
        report.refuse(model.isScript(), "a TorchScript file is trained by lora4j train");
        LoraTrainingConfig config = report.read(() -> training.config(false));
        List<Setting> settings = report.read(this::settings);
        TrainingData.Reading reading = report.read(() -> data(causal));
        report.check(engine::check);
        Console console = report.console();
        try (OutputDirectory directory = output.prepare()) {
            TrainingData<?> texts = reading.read(console);
            Path base = model.resolve(new DownloadLine(console));
            requireFree(settings);
            LoadOptions options =
                    LoadOptions.defaults()
                            .withDtype(precision.dtype())
                            .withSeed(training.seed())
                            .withNameOrPath(model.name())
                            .withDevice(engine.start());
            try (LoraModel loaded =
                    LoraModel.load(base, texts.task(ModelConfig.read(base)), options)) {
                run(loaded, texts, settings, config, console);
            }
        }
    }

    private void requireFree(List<Setting> settings) throws IOException {
        for (Setting setting : settings) {
            Path place = output.path().resolve(setting.name());
            if (Files.exists(place) && !output.overwrite()) {
                throw new IOException(
                        place
                                + ": is there already; --overwrite replaces it, or name another"
                                + " directory");
            }
        }
    }

    private List<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        LoraConfig common = lora.config(training.seed());
        for (int rank : ranks) {
            for (double rate : rates) {
                String name = "r" + rank + "-lr" + rate;
                if (settings.stream().anyMatch(each -> each.name().equals(name))) {
                    throw new IllegalArgumentException(
                            "rank " + rank + " with the rate " + rate + " is given twice");
                }
                settings.add(
                        new Setting(name, rank, rate, common.toBuilder().setRank(rank).build()));
            }
        }
        return settings;
    }

    private TrainingData.Reading data(boolean causal) {
        BatchOptions batches = data.batches(causal, !causal, true, training.seed());
        if (causal) {
            return CausalData.reading(data, samples, samples.causal(batches), validation);
        }
        data.columns();
        report.refuse(!data.hasLabels(), "--label-column is missing; training needs labels");
        boolean regression = task == TaskKind.REGRESSION;
        return ClassifierData.reading(data, batches, validation, regression, false);
    }

    private <B extends TrainingBatch> void run(
            LoraModel loaded,
            TrainingData<B> data,
            List<Setting> settings,
            LoraTrainingConfig config,
            Console console)
            throws IOException {
        BatchSource<B> texts = data.training(loaded, console);
        BatchSource<B> checked = data.validation(loaded);
        JointTrainer.Builder<B> builder = JointTrainer.builder(loaded, texts.batchType());
        for (Setting setting : settings) {
            loaded.addAdapter(setting.name(), setting.lora());
            LoraTrainingConfig own = config.toBuilder().optLearningRate(setting.rate()).build();
            builder.add(setting.name(), new JointTrainer.Job<>(texts, checked, own));
        }
        console.say("%d adapters are trained at once", settings.size());
        Map<String, LoraTrainingResult> results = builder.build().fit();
        for (Setting setting : settings) {
            loaded.saveAdapter(setting.name(), output.path().resolve(setting.name()));
        }
        tell(settings, results, config.bestMetric(), console);
    }

    private void tell(
            List<Setting> settings,
            Map<String, LoraTrainingResult> results,
            Metric metric,
            Console console) {
        boolean validated = validation != null;
        Metric judge = validated ? metric : Metric.LOSS;
        List<String> columns = new ArrayList<>(List.of("adapter", "rank", "rate", "train loss"));
        if (validated) {
            columns.add("loss");
        }
        if (judge != Metric.LOSS) {
            columns.add(judge.name());
        }
        Table table = new Table(columns.toArray(String[]::new));
        JsonArray all = new JsonArray();
        Map<String, Double> scores = new LinkedHashMap<>();
        for (Setting setting : settings) {
            LoraTrainingResult result = Objects.requireNonNull(results.get(setting.name()));
            List<Double> epochs = result.lossByEpoch();
            double trained = epochs.isEmpty() ? Double.NaN : epochs.get(epochs.size() - 1);
            Optional<EvaluationMetrics> metrics =
                    result.finalValidation().map(found -> found.metrics());
            OptionalDouble value =
                    metrics.map(found -> found.value(judge))
                            .orElse(
                                    validated
                                            ? OptionalDouble.empty()
                                            : OptionalDouble.of(trained));
            if (result.stopReason() == StopReason.COMPLETED) {
                value.ifPresent(score -> scores.put(setting.name(), score));
            }
            List<String> shown =
                    new ArrayList<>(
                            List.of(
                                    setting.name(),
                                    String.valueOf(setting.rank()),
                                    String.valueOf(setting.rate()),
                                    number(trained)));
            if (validated) {
                shown.add(metrics.map(found -> number(found.loss())).orElse("-"));
            }
            if (judge != Metric.LOSS) {
                shown.add(value.isPresent() ? number(value.getAsDouble()) : "-");
            }
            table.row(shown.toArray(String[]::new));
            JsonObject row = new JsonObject();
            row.addProperty("adapter", setting.name());
            row.addProperty("rank", setting.rank());
            row.addProperty("learning_rate", setting.rate());
            row.addProperty("steps", result.steps());
            row.addProperty("stop_reason", result.stopReason().name().toLowerCase(Locale.ROOT));
            row.add("train_loss", Json.number(trained));
            metrics.ifPresent(found -> row.add("validation", Json.metrics(found)));
            row.addProperty("saved", output.path().resolve(setting.name()).toString());
            all.add(row);
        }
        console.say(table.toString().stripTrailing());
        String best = best(scores, judge);
        String by = validated ? judge.name() : "training loss";
        if (best.isEmpty()) {
            console.say("none has a result to be compared");
        } else {
            console.say("best: %s, by its %s", best, by);
        }
        JsonObject json = new JsonObject();
        json.add("adapters", all);
        if (!best.isEmpty()) {
            json.addProperty("best", best);
        }
        json.addProperty("best_by", validated ? judge.name() : "train_loss");
        console.result(json);
    }

    /** The adapter with the best score, empty where there is none. */
    private static String best(Map<String, Double> scores, Metric judge) {
        String best = "";
        double value = Double.NaN;
        for (Map.Entry<String, Double> score : scores.entrySet()) {
            if (judge.isBetter(score.getValue(), value)) {
                best = score.getKey();
                value = score.getValue();
            }
        }
        return best;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
