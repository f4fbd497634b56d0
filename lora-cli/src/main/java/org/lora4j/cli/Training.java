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
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.lora4j.djl.Lora;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.ModelConfig;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.TrainableParameters;
import org.lora4j.text.LabelSet;
import org.lora4j.text.RegressionTargets;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;

/** Runs a plan: what can fail early fails before the model is loaded. */
final class Training {
    private final TrainingPlan plan;
    private final Console console;

    Training(TrainingPlan plan, Console console) {
        this.plan = plan;
        this.console = console;
    }

    void run() throws IOException {
        try (OutputDirectory output = OutputDirectory.prepare(plan.output())) {
            Rows rows = plan.data().read();
            Rows validation =
                    plan.validation() == null ? null : plan.data().read(plan.validation());
            Path directory = plan.model().resolve(new DownloadLine(console));
            if (Files.isSameFile(directory, output.path())) {
                throw new IOException(
                        output.path() + ": --output is the model itself; name another directory");
            }
            try (LoraModel model = load(directory, rows, validation)) {
                run(model, directory, rows, validation);
            }
        }
    }

    private LoraModel load(Path directory, Rows rows, @Nullable Rows validation)
            throws IOException {
        LoadOptions options =
                LoadOptions.defaults()
                        .withDtype(plan.dtype())
                        .withSeed(plan.training().seed())
                        .withNameOrPath(plan.model().name());
        Path adapter = plan.adapter();
        if (adapter != null) {
            return LoraModel.load(directory, adapter, options.withDevice(plan.engine().start()));
        }
        Task task = task(ModelConfig.read(directory), rows, validation);
        return LoraModel.load(directory, task, options.withDevice(plan.engine().start()));
    }

    /** Decides on the labels; errors in the data show here, before the weights are read. */
    private Task task(ModelConfig config, Rows rows, @Nullable Rows validation) throws IOException {
        List<String> configured = config.labels();
        if (plan.regression() || (configured != null && configured.size() == 1)) {
            RegressionTargets.parse(rows.examples(), rows.source());
            if (validation != null) {
                RegressionTargets.parse(validation.examples(), validation.source());
            }
            return Task.regression();
        }
        LabelSet labels = LabelSet.forTraining(LabelSet.labelsOf(rows.examples()), configured);
        if (labels.size() == 1) {
            throw new IOException(
                    rows.source()
                            + ": every row has the label '"
                            + labels.names().get(0)
                            + "'; a classifier needs two at least (--task regression learns"
                            + " numbers)");
        }
        if (validation != null) {
            labels.indices(validation.examples(), validation.source());
        }
        return Task.sequenceClassification(labels.names().toArray(String[]::new));
    }

    private void run(LoraModel model, Path directory, Rows rows, @Nullable Rows validation)
            throws IOException {
        choose(model);
        model.block().dropouts().set(plan.baseDropout());
        TextDataset data =
                TextDataset.forTraining(model, rows.examples(), rows.source(), plan.batches());
        warnOfCuts(data, rows);
        LoraTrainer.Builder<TextBatch> builder =
                LoraTrainer.builder(model).setDataset(data).optConfig(plan.training());
        if (validation != null) {
            builder.optValidation(
                    TextDataset.forEvaluation(
                            model, validation.examples(), validation.source(), plan.batches()));
        }
        TrainableParameters parameters = model.trainableParameters();
        console.say(parameters.toString());
        try (TrainingFiles files = TrainingFiles.open(plan.output(), plan.log());
                ProgressListener progress = ProgressListener.create(console)) {
            builder.addListener(files);
            builder.addListener(progress);
            LoraTrainer<TextBatch> trainer = builder.build();
            try (Interruption interruption = Interruption.of(trainer::cancel)) {
                LoraTrainingResult result = trainer.fit();
                progress.close();
                save(model, directory, files, result, parameters);
            }
        }
    }

    private void choose(LoraModel model) {
        if (plan.full()) {
            model.trainAll();
            console.say("every weight trains");
        } else if (plan.adapter() != null) {
            model.trainAdapter(Lora.DEFAULT_ADAPTER);
            console.say("going on from " + plan.adapter());
        } else {
            console.say(model.addAdapter(Lora.DEFAULT_ADAPTER, plan.lora()).table());
        }
    }

    private void warnOfCuts(TextDataset data, Rows rows) {
        if (data.truncated() > 0) {
            console.say(
                    Words.format(
                            "%,d of %,d texts of %s are longer than %d tokens and were cut",
                            data.truncated(),
                            data.size(),
                            rows.source(),
                            plan.batches().maxLength()));
        }
    }

    private void save(
            LoraModel model,
            Path directory,
            TrainingFiles files,
            LoraTrainingResult result,
            TrainableParameters parameters)
            throws IOException {
        boolean stopped = result.stopReason() == StopReason.CANCELLED;
        Path place =
                stopped
                        ? plan.output().resolve("stopped-at-step-" + result.steps())
                        : plan.output();
        if (plan.full()) {
            model.save(place);
        } else {
            model.saveAdapter(Lora.DEFAULT_ADAPTER, place);
        }
        files.saveTo(place, result, console);
        OptionalLong peak = Memory.peakMegabytes();
        TrainingReport report = new TrainingReport(result, parameters, peak, place, plan.full());
        console.say(report.text(directory));
        console.result(report.json());
    }
}
