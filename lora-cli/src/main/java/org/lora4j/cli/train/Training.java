/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.data.SampleReport;
import org.lora4j.cli.data.TrainingData;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Interruption;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.files.DirectoryLock;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingDivergedException;

/** Runs a plan: what can fail early fails before the model is loaded. */
public final class Training {
    private final TrainingPlan plan;
    private final Console console;

    public Training(TrainingPlan plan, Console console) {
        this.plan = plan;
        this.console = console;
    }

    public void run() throws IOException {
        try (OutputDirectory output = OutputDirectory.prepare(plan.output());
                DirectoryLock lock = DirectoryLock.acquire(output.path())) {
            TrainingData<?> data = plan.data().read(console);
            Path directory = plan.model().resolve(new DownloadLine(console));
            output.requireOther(directory, "model");
            if (!plan.resumes()) {
                output.requireFree(plan.overwrite(), console);
            }
            try (TokenExtension tokens = TokenExtension.of(directory, plan.addedTokens(), console);
                    LoraModel model = load(directory, data, tokens)) {
                tokens.resize(model, console);
                run(model, directory, data, tokens);
            }
        }
    }

    private LoraModel load(Path directory, TrainingData<?> data, TokenExtension tokens)
            throws IOException {
        LoadOptions options =
                tokens.on(
                        LoadOptions.defaults()
                                .withDtype(plan.dtype())
                                .withSeed(plan.training().seed())
                                .withNewHead(plan.newHead())
                                .withNameOrPath(plan.model().name()));
        Path adapter = plan.adapter();
        if (adapter != null) {
            return LoraModel.load(directory, adapter, options.withDevice(plan.engine().start()));
        }
        Task task = data.task(ModelConfig.read(directory));
        return LoraModel.load(directory, task, options.withDevice(plan.engine().start()));
    }

    private <B extends TrainingBatch> void run(
            LoraModel model, Path directory, TrainingData<B> data, TokenExtension tokens)
            throws IOException {
        StartLines lines = new StartLines(console);
        LoraConfig adapter = choose(model, tokens, lines);
        model.block().dropouts().set(plan.baseDropout());
        BatchSource<B> texts = data.training(model, console);
        LoraTrainer.Builder<B> builder =
                LoraTrainer.builder(model).setDataset(texts).optConfig(plan.training());
        BatchSource<B> validation = data.validation(model);
        if (validation != null) {
            builder.optValidation(validation);
        }
        TrainableParameters parameters = model.trainableParameters();
        console.say(parameters.toString());
        Checkpoints checkpoints = new Checkpoints(plan, console);
        checkpoints.configure(builder);
        try (TrainingFiles files =
                        TrainingFiles.open(
                                plan.output(),
                                plan.checkpointDirectory(),
                                plan.log(),
                                plan.tensorBoard());
                ProgressListener progress = ProgressListener.create(console)) {
            Map<String, Object> base = TrainingFacts.base(plan, model, directory);
            TrainingManifest manifest = TrainingManifest.begin(plan, directory, base, adapter);
            files.addFacts("Base", base);
            files.addFacts("Data", TrainingFacts.data(plan));
            if (adapter != null) {
                files.addFacts("Adapter", TrainingFacts.adapter(adapter));
            }
            builder.addListener(manifest);
            builder.addListener(lines);
            builder.addListener(files);
            builder.addListener(progress);
            LoraTrainer<B> trainer = builder.build();
            try (Interruption interruption = checkpoints.stopping(trainer)) {
                LoraTrainingResult result;
                try {
                    result = trainer.fit();
                } catch (RuntimeException | Error e) {
                    progress.close();
                    trainer.result()
                            .ifPresent(done -> keep(model, tokens, files, manifest, done, e));
                    throw e;
                }
                progress.close();
                SampleReport.tellRead(texts, console);
                if (validation != null) {
                    SampleReport.tellRead(validation, console);
                }
                if (checkpoints.hold(result, parameters)) {
                    return;
                }
                save(model, directory, tokens, files, manifest, result, parameters);
            }
        }
    }

    /** Decides what trains; returns the configuration of the adapter, if one is trained. */
    private @Nullable LoraConfig choose(LoraModel model, TokenExtension tokens, StartLines lines)
            throws IOException {
        if (plan.full()) {
            model.trainAll();
            console.say("every weight trains");
            return null;
        }
        Path before = plan.adapter();
        if (before != null) {
            model.trainAdapter(Lora.DEFAULT_ADAPTER);
            console.say("going on from " + before);
            return PeftConfigFile.read(before.resolve(PeftConfigFile.FILE_NAME)).lora();
        }
        LoraConfig config = tokens.on(plan.lora(), model);
        Injection injection = model.addAdapter(Lora.DEFAULT_ADAPTER, config);
        console.say(injection.table());
        lines.note(plan.lora(), injection.config());
        return injection.config();
    }

    private void save(
            LoraModel model,
            Path directory,
            TokenExtension tokens,
            TrainingFiles files,
            TrainingManifest manifest,
            LoraTrainingResult result,
            TrainableParameters parameters)
            throws IOException {
        Path place =
                Checkpoints.isStopped(result)
                        ? plan.output().resolve("stopped-at-step-" + result.steps())
                        : plan.output();
        save(model, tokens, place);
        files.saveTo(place, result, console);
        manifest.write(place, result, console);
        OptionalLong peak = Memory.peakMegabytes();
        TrainingReport report = new TrainingReport(result, parameters, peak, place, plan.full());
        console.say(report.text(directory));
        console.result(report.json());
        files.requireLogs();
    }

    private void save(LoraModel model, TokenExtension tokens, Path place) throws IOException {
        if (plan.full()) {
            model.save(place);
        } else {
            model.saveAdapter(Lora.DEFAULT_ADAPTER, place);
        }
        tokens.saveTo(place);
    }

    /** Saves what a training had learnt before an exception ended it; the caller rethrows that. */
    private void keep(
            LoraModel model,
            TokenExtension tokens,
            TrainingFiles files,
            TrainingManifest manifest,
            LoraTrainingResult result,
            Throwable failure) {
        String what = result.stopReason() == StopReason.DIVERGED ? "diverged" : "failed";
        int step =
                failure instanceof TrainingDivergedException diverged
                        ? diverged.step()
                        : result.steps() + 1;
        Path place = plan.output().resolve(what + "-at-step-" + step);
        try {
            if (result.restoredStep() > 0) {
                save(model, tokens, place);
                console.note(
                        "kept: the %s after step %d%s, in %s",
                        plan.full() ? "model" : "adapter",
                        result.restoredStep(),
                        result.finalValidation().isPresent() ? ", as it was validated" : "",
                        place);
            } else {
                console.note("nothing was learnt before, so nothing is kept but the curve");
            }
            if (result.steps() > 0) {
                Files.createDirectories(place);
                files.saveTo(place, result, console);
            }
            if (result.restoredStep() > 0) {
                manifest.write(place, result, console);
            }
        } catch (IOException | RuntimeException | Error e) {
            failure.addSuppressed(e);
            console.note(place + ": cannot be saved: " + ErrorText.of(e));
        }
    }
}
