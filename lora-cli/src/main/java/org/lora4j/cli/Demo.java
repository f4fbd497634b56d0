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
import java.nio.file.Path;
import java.util.List;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Lora;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.EvaluationRun;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Prediction;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.TrainableParameters;
import org.lora4j.text.TextColumns;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextFileReader;
import org.lora4j.train.EvaluationMetrics;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.WarmUp;

/** The demonstration: sentences before, a training, the same sentences after. */
final class Demo {
    private static final int SHOWN = 6;
    private static final int WARM_UP = 20;
    private static final int WIDTH = 58;

    private final DemoMaterial material;
    private final Path adapter;
    private final Console console;

    Demo(DemoMaterial material, Path adapter, Console console) {
        this.material = material;
        this.adapter = adapter;
        this.console = console;
    }

    void run(Device device, double seconds, long seed) throws IOException {
        console.say("lora4j demo: " + material.what());
        console.say("");
        TextColumns columns = TextColumns.of(material.textColumn(), "label");
        List<TextExample> train = TextFileReader.readAll(material.train(), columns);
        List<TextExample> rows = TextFileReader.readAll(material.validation(), columns);
        LoadOptions options = LoadOptions.defaults().withDevice(device).withSeed(seed);
        Task task = Task.sequenceClassification("negative", "positive");
        BatchOptions batches = BatchOptions.defaults().withSeed(seed);
        try (LoraModel model = LoraModel.load(material.model(), task, options)) {
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(8)
                            .setAlpha(16)
                            .optDropout(0.1)
                            .optTargetModules(material.targets())
                            .optSeed(seed)
                            .build();
            console.say(model.addAdapter(Lora.DEFAULT_ADAPTER, config).table());
            TrainableParameters parameters = model.trainableParameters();
            console.say(parameters.toString());
            TextDataset validation =
                    TextDataset.forEvaluation(
                            model, rows, material.validation().toString(), batches);
            EvaluationRun before = new Evaluator(model).run(validation);
            console.say(
                    Words.format(
                            "%nbefore training, %,d sentences that it will not train on: %s",
                            rows.size(), Words.of(metrics(before))));
            LoraTrainingResult result =
                    train(
                            model,
                            TextDataset.forTraining(
                                    model, train, material.train().toString(), batches),
                            seconds,
                            seed);
            EvaluationRun after = new Evaluator(model).run(validation);
            model.saveAdapter(Lora.DEFAULT_ADAPTER, adapter);
            show(model, rows, before, after);
            conclude(result, parameters, before, after);
        }
    }

    private LoraTrainingResult train(LoraModel model, TextDataset data, double seconds, long seed) {
        LoraTrainer.Builder<TextBatch> builder =
                LoraTrainer.builder(model)
                        .setDataset(data)
                        .optSteps(material.steps())
                        .optConfig(
                                c ->
                                        c.optSeed(seed)
                                                .optSchedule(
                                                        LearningRateSchedule.constant(
                                                                WarmUp.ofSteps(WARM_UP))));
        try (ProgressListener progress = ProgressListener.create(console)) {
            Deadline deadline = new Deadline(seconds);
            builder.addListener(progress).addListener(deadline);
            LoraTrainer<TextBatch> trainer = builder.build();
            deadline.atEnd(trainer::cancel);
            return trainer.fit();
        }
    }

    private static EvaluationMetrics metrics(EvaluationRun run) {
        return run.metrics().orElseThrow();
    }

    private void show(
            LoraModel model, List<TextExample> rows, EvaluationRun before, EvaluationRun after) {
        Table table = new Table("sentence", "is", "before", "after");
        for (int i = 0; i < Math.min(SHOWN, rows.size()); i++) {
            TextExample row = rows.get(i);
            int label = model.labelSet().find(String.valueOf(row.label())).orElseThrow();
            table.row(
                    shortened(row.text()),
                    model.labels().get(label),
                    judged(before.predictions().get(i)),
                    judged(after.predictions().get(i)));
        }
        console.say("");
        console.say(table.toString());
    }

    private static String shortened(String text) {
        String line = text.strip();
        return line.length() <= WIDTH ? line : line.substring(0, WIDTH - 3).strip() + "...";
    }

    /** The label and its probability. */
    private static String judged(Prediction prediction) {
        double largest = prediction.logits().stream().mapToDouble(v -> v).max().orElseThrow();
        double sum = prediction.logits().stream().mapToDouble(v -> Math.exp(v - largest)).sum();
        return Words.format("%s %.0f %%", prediction.label(), 100 / sum);
    }

    private void conclude(
            LoraTrainingResult result,
            TrainableParameters parameters,
            EvaluationRun before,
            EvaluationRun after)
            throws IOException {
        long bytes = Files.size(adapter.resolve(PeftAdapter.WEIGHTS_FILE));
        console.say(
                Words.format(
                        "%,d steps in %s, %.0f examples/s",
                        result.steps(),
                        Words.duration(result.trainSeconds()),
                        result.examplesPerSecond()));
        console.say("before: " + Words.of(metrics(before)));
        console.say("after:  " + Words.of(metrics(after)));
        console.say(
                Words.format(
                        "the adapter: %s in %s, beside a base of %s",
                        Words.bytes(bytes), adapter, Words.bytes(Weights.bytes(material.model()))));
        console.say("");
        console.say("Next:");
        console.say("  ./lora4j inspect " + adapter);
        console.say(
                Words.format(
                        "  ./lora4j evaluate --model %s --adapter %s \\%n"
                                + "      --data %s --text-column %s --label-column label",
                        material.model(), adapter, material.validation(), material.textColumn()));
        console.say("  ./lora4j train --help");
        JsonObject json = new JsonObject();
        json.addProperty("model", material.model().toString());
        json.addProperty("steps", result.steps());
        json.add("train_seconds", Json.number(result.trainSeconds()));
        json.add("examples_per_second", Json.number(result.examplesPerSecond()));
        json.add("before", Json.metrics(metrics(before)));
        json.add("after", Json.metrics(metrics(after)));
        json.addProperty("trainable_parameters", parameters.trainable());
        json.addProperty("all_parameters", parameters.all());
        json.addProperty("adapter", adapter.toString());
        json.addProperty("adapter_bytes", bytes);
        console.result(json);
    }

    /** Ends a training when its time is over. */
    private static final class Deadline implements TrainingListener {
        private final double seconds;
        private final long start = System.nanoTime();
        private Runnable end = () -> {};

        Deadline(double seconds) {
            this.seconds = seconds;
        }

        void atEnd(Runnable action) {
            end = action;
        }

        @Override
        public void onStep(StepInfo step) {
            if ((System.nanoTime() - start) / 1e9 >= seconds) {
                end.run();
            }
        }
    }
}
