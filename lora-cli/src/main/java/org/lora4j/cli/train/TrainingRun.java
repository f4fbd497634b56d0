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
import org.lora4j.cli.data.SampleReport;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Interruption;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingDivergedException;

/**
 * A training whose model and data are loaded. It runs, is watched and saved, and what it had learnt
 * is kept if it fails.
 */
final class TrainingRun {
    private final TrainingPlan plan;
    private final Trained trained;
    private final Console console;

    /** Saves what was learnt. */
    interface Saver {
        void saveTo(Path place) throws IOException;
    }

    /**
     * What trains.
     *
     * @param base the directory or file of the base
     * @param facts what reports say of the base
     * @param adapter the adapter's configuration; null where every weight trains
     * @param parameters how much trains
     * @param lines says how the training begins
     * @param saver saves it
     */
    record Trained(
            Path base,
            Map<String, Object> facts,
            @Nullable AdapterConfig adapter,
            TrainableParameters parameters,
            StartLines lines,
            Saver saver) {}

    TrainingRun(TrainingPlan plan, Trained trained, Console console) {
        this.plan = plan;
        this.trained = trained;
        this.console = console;
    }

    <B extends TrainingBatch> void run(
            LoraTrainer.Builder<B> builder,
            BatchSource<B> texts,
            @Nullable BatchSource<B> validation)
            throws IOException {
        builder.optConfig(plan.training());
        if (validation != null) {
            builder.optValidation(validation);
        }
        console.say(trained.parameters.toString());
        Checkpoints checkpoints = new Checkpoints(plan, console);
        checkpoints.configure(builder);
        try (TrainingFiles files =
                        TrainingFiles.open(
                                plan.output(),
                                plan.checkpointDirectory(),
                                plan.log(),
                                plan.tensorBoard());
                ProgressListener progress = ProgressListener.create(console)) {
            TrainingManifest manifest =
                    TrainingManifest.begin(
                            new TrainingManifest.Inputs(
                                    trained.base, plan.dataFile(), plan.validationFile()));
            manifest.describe(trained.facts, trained.adapter);
            files.addFacts("Base", trained.facts);
            files.addFacts("Data", TrainingFacts.data(plan));
            if (trained.adapter != null) {
                files.addFacts("Adapter", TrainingFacts.adapter(trained.adapter));
            }
            builder.addListener(manifest);
            builder.addListener(trained.lines);
            builder.addListener(files);
            builder.addListener(progress);
            LoraTrainer<B> trainer = builder.build();
            try (Interruption interruption = checkpoints.stopping(trainer)) {
                LoraTrainingResult result;
                try {
                    result = trainer.fit();
                } catch (RuntimeException | Error e) {
                    progress.close();
                    trainer.result().ifPresent(done -> keep(files, manifest, done, e));
                    throw e;
                }
                progress.close();
                SampleReport.tellRead(texts, checkpoints.isResumed(), console);
                if (validation != null) {
                    SampleReport.tellRead(validation, console);
                }
                if (checkpoints.hold(result, trained.parameters)) {
                    return;
                }
                save(files, manifest, result);
            }
        }
    }

    private void save(TrainingFiles files, TrainingManifest manifest, LoraTrainingResult result)
            throws IOException {
        if (Checkpoints.isStopped(result) && result.steps() == 0) {
            console.note("stopped before the first step, so nothing is kept");
            return;
        }
        Path place =
                Checkpoints.isStopped(result)
                        ? plan.output().resolve("stopped-at-step-" + result.steps())
                        : plan.output();
        saveOrRescue(place);
        files.saveTo(place, result, console);
        manifest.write(place, result, console);
        OptionalLong peak = Memory.peakMegabytes();
        TrainingReport report =
                new TrainingReport(result, trained.parameters, peak, place, plan.full());
        console.say(report.text(trained.base));
        console.result(report.json());
        files.requireSaved();
    }

    private void saveOrRescue(Path place) throws IOException {
        try {
            trained.saver.saveTo(place);
        } catch (IOException | RuntimeException | Error e) {
            rescue(place, e);
            throw e;
        }
    }

    /** Saves elsewhere what cannot be saved where it was asked for, as on a full disk. */
    private void rescue(Path place, Throwable failure) {
        try {
            Path other = Files.createTempDirectory("lora4j-rescued-");
            trained.saver.saveTo(other);
            console.note(
                    "%s: cannot be saved: %s; kept: the %s, in %s",
                    place, ErrorText.of(failure), plan.full() ? "model" : "adapter", other);
        } catch (IOException | RuntimeException | Error e) {
            failure.addSuppressed(e);
            console.note("nor in a temporary directory: " + ErrorText.of(e));
        }
    }

    /** Saves what a training had learnt before an exception ended it; the caller rethrows that. */
    private void keep(
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
                saveOrRescue(place);
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
