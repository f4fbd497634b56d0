/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Interruption;
import org.lora4j.hf.LoraModel;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.joint.JointTrainer;

/** Trains the adapters of a sweep and saves what they have learnt, however the training ends. */
public final class SweepRun {
    private final LoraModel model;
    private final List<SweepSetting> settings;
    private final Path output;
    private final Console console;
    private final Map<String, Integer> steps = new LinkedHashMap<>();

    /**
     * What was trained, and where it was saved.
     *
     * @param results by the adapters' names
     * @param places where each was saved; none for one that learnt nothing
     */
    public record Trained(Map<String, LoraTrainingResult> results, Map<String, Path> places) {}

    /** Takes a model, to which the adapters are added. */
    public SweepRun(LoraModel model, List<SweepSetting> settings, Path output, Console console) {
        this.model = model;
        this.settings = settings;
        this.output = output;
        this.console = console;
    }

    /**
     * Trains all adapters, until they have had their steps or the process is told to end.
     *
     * @throws IOException if an adapter cannot be saved; the others are
     */
    public <B extends TrainingBatch> Trained run(
            BatchSource<B> texts, @Nullable BatchSource<B> validation) throws IOException {
        JointTrainer.Builder<B> builder = JointTrainer.builder(model, texts.batchType());
        for (SweepSetting setting : settings) {
            model.addAdapter(setting.name(), setting.lora());
            builder.add(
                    setting.name(), new JointTrainer.Job<>(texts, validation, setting.training()));
        }
        SweepProgress progress = new SweepProgress(settings.size(), console);
        builder.optListener(
                (name, step) -> {
                    steps.put(name, step.number());
                    progress.tell(name, step);
                });
        console.say("%d adapters are trained at once", settings.size());
        JointTrainer<B> trainer = builder.build();
        try (Interruption interruption = stopping(trainer)) {
            return save(trainer.fit());
        } catch (RuntimeException | Error e) {
            keep(e);
            throw e;
        }
    }

    private Interruption stopping(JointTrainer<?> trainer) {
        return Interruption.of(
                () -> {
                    trainer.cancel();
                    console.note("stopping after this step; a second signal ends at once");
                });
    }

    private Trained save(Map<String, LoraTrainingResult> results) throws IOException {
        Map<String, Path> places = new LinkedHashMap<>();
        IOException failed = null;
        for (SweepSetting setting : settings) {
            LoraTrainingResult result = Objects.requireNonNull(results.get(setting.name()));
            if (result.restoredStep() == 0) {
                continue; // as it was drawn
            }
            Path place = place(result).resolve(setting.name());
            try {
                model.saveAdapter(setting.name(), place);
                places.put(setting.name(), place);
            } catch (IOException e) {
                console.note(place + ": cannot be saved: " + ErrorText.of(e));
                if (failed == null) {
                    failed = e;
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
        return new Trained(results, places);
    }

    private Path place(LoraTrainingResult result) {
        return switch (result.stopReason()) {
            case CANCELLED, INTERRUPTED -> output.resolve("stopped-at-step-" + result.steps());
            case DIVERGED -> output.resolve("diverged-at-step-" + (result.steps() + 1));
            default -> output;
        };
    }

    /** Saves what was learnt before an exception ended it. */
    private void keep(Throwable failure) {
        int last = steps.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        if (last == 0) {
            console.note("nothing was learnt before, so nothing is kept");
            return;
        }
        Path folder = output.resolve("failed-at-step-" + (last + 1));
        try {
            Files.createDirectories(folder);
            for (String name : steps.keySet()) {
                model.saveAdapter(name, folder.resolve(name));
            }
            console.note("kept: the adapters after step %,d, in %s", last, folder);
        } catch (IOException | RuntimeException | Error e) {
            failure.addSuppressed(e);
            console.note(folder + ": cannot be saved: " + ErrorText.of(e));
        }
    }
}
