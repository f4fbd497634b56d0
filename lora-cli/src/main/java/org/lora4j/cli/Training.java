/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.lora4j.djl.Lora;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.ModelConfig;
import org.lora4j.hf.Task;
import org.lora4j.hf.TrainableParameters;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingBatch;

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
            TrainingData<?> data = plan.data().read(console);
            Path directory = plan.model().resolve(new DownloadLine(console));
            if (Files.isSameFile(directory, output.path())) {
                throw new IOException(
                        output.path() + ": --output is the model itself; name another directory");
            }
            try (LoraModel model = load(directory, data)) {
                run(model, directory, data);
            }
        }
    }

    private LoraModel load(Path directory, TrainingData<?> data) throws IOException {
        LoadOptions options =
                LoadOptions.defaults()
                        .withDtype(plan.dtype())
                        .withSeed(plan.training().seed())
                        .withNameOrPath(plan.model().name());
        Path adapter = plan.adapter();
        if (adapter != null) {
            return LoraModel.load(directory, adapter, options.withDevice(plan.engine().start()));
        }
        Task task = data.task(ModelConfig.read(directory));
        return LoraModel.load(directory, task, options.withDevice(plan.engine().start()));
    }

    private <B extends TrainingBatch> void run(
            LoraModel model, Path directory, TrainingData<B> data) throws IOException {
        choose(model);
        model.block().dropouts().set(plan.baseDropout());
        LoraTrainer.Builder<B> builder =
                LoraTrainer.builder(model)
                        .setDataset(data.training(model, console))
                        .optConfig(plan.training());
        BatchSource<B> validation = data.validation(model, console);
        if (validation != null) {
            builder.optValidation(validation);
        }
        TrainableParameters parameters = model.trainableParameters();
        console.say(parameters.toString());
        try (TrainingFiles files = TrainingFiles.open(plan.output(), plan.log());
                ProgressListener progress = ProgressListener.create(console)) {
            builder.addListener(files);
            builder.addListener(progress);
            LoraTrainer<B> trainer = builder.build();
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
