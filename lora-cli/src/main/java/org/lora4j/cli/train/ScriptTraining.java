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
import org.lora4j.cli.data.ClassifierData;
import org.lora4j.cli.data.SampleReport;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.option.TokenizerOption;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Interruption;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.files.DirectoryLock;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.hf.script.ScriptClassifier;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingDivergedException;

/** Runs a plan whose model is a TorchScript file. */
public final class ScriptTraining {
    private final TrainingPlan plan;
    private final TokenizerOption tokenizer;
    private final Console console;

    public ScriptTraining(TrainingPlan plan, TokenizerOption tokenizer, Console console) {
        this.plan = plan;
        this.tokenizer = tokenizer;
        this.console = console;
    }

    public void run() throws IOException {
        Path script = plan.model().script();
        Path words = tokenizer.directory(plan.model());
        try (OutputDirectory output = OutputDirectory.prepare(plan.output());
                DirectoryLock lock = DirectoryLock.acquire(output.path())) {
            if (!(plan.data().read(console) instanceof ClassifierData data)) {
                throw new IllegalStateException("a script is trained on labelled texts alone");
            }
            if (!plan.resumes()) {
                output.requireFree(plan.overwrite(), console);
            }
            try (ScriptClassifier model = load(script, words, data)) {
                run(model, script, data);
            }
        }
    }

    private ScriptClassifier load(Path script, Path words, ClassifierData data) throws IOException {
        Path adapter = plan.adapter();
        if (adapter != null) {
            return ScriptClassifier.load(script, words, adapter, plan.engine().start());
        }
        Task task = data.task(ScriptClassifier.configuredLabels(words));
        return ScriptClassifier.load(script, words, task, plan.engine().start());
    }

    private void run(ScriptClassifier model, Path script, ClassifierData data) throws IOException {
        StartLines lines = new StartLines(console);
        LoraConfig adapter = choose(model, lines);
        BatchSource<TextBatch> texts = data.trainingOf(model, console);
        LoraTrainer.Builder<TextBatch> builder =
                LoraTrainer.builder(model).setDataset(texts).optConfig(plan.training());
        BatchSource<TextBatch> validation = data.validationOf(model);
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
            Map<String, Object> base = TrainingFacts.script(plan, model);
            TrainingManifest manifest = TrainingManifest.begin(plan, script, base, adapter);
            files.addFacts("Base", base);
            files.addFacts("Data", TrainingFacts.data(plan));
            files.addFacts("Adapter", TrainingFacts.adapter(adapter));
            builder.addListener(manifest);
            builder.addListener(lines);
            builder.addListener(files);
            builder.addListener(progress);
            LoraTrainer<TextBatch> trainer = builder.build();
            try (Interruption interruption = checkpoints.stopping(trainer)) {
                LoraTrainingResult result;
                try {
                    result = trainer.fit();
                } catch (RuntimeException | Error e) {
                    progress.close();
                    trainer.result().ifPresent(done -> keep(model, files, manifest, done, e));
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
                save(model, script, files, manifest, result, parameters);
            }
        }
    }

    /** Adds the adapter or lets a loaded one train; returns its configuration. */
    private LoraConfig choose(ScriptClassifier model, StartLines lines) {
        if (plan.adapter() != null) {
            console.say("going on from " + plan.adapter());
            return model.trainAdapter().config();
        }
        Injection injection = model.addAdapter(plan.lora());
        console.say(injection.table());
        lines.note(plan.lora(), injection.config());
        return injection.config();
    }

    private void save(
            ScriptClassifier model,
            Path script,
            TrainingFiles files,
            TrainingManifest manifest,
            LoraTrainingResult result,
            TrainableParameters parameters)
            throws IOException {
        Path place =
                Checkpoints.isStopped(result)
                        ? plan.output().resolve("stopped-at-step-" + result.steps())
                        : plan.output();
        model.saveAdapter(place);
        files.saveTo(place, result, console);
        manifest.write(place, result, console);
        OptionalLong peak = Memory.peakMegabytes();
        TrainingReport report = new TrainingReport(result, parameters, peak, place, false);
        console.say(report.text(script));
        console.result(report.json());
        files.requireLogs();
    }

    /** Saves what a training had learnt before an exception ended it; the caller rethrows that. */
    private void keep(
            ScriptClassifier model,
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
                model.saveAdapter(place);
                console.note(
                        "kept: the adapter after step %d, in %s", result.restoredStep(), place);
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
