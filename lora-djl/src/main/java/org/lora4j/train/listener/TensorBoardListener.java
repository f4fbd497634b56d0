/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.listener;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.torch.engine.ProcessMemory;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;
import org.lora4j.train.tensorboard.EventFile;

/**
 * Writes a training into an event file that TensorBoard shows while it grows: {@code train/loss},
 * {@code train/learning_rate}, {@code train/gradient_norm}, {@code speed/examples_per_second},
 * {@code speed/tokens_per_second} and {@code memory/resident_mb} for each step, {@code
 * validation/loss} and the other metrics for each validation, and the configuration as text.
 *
 * <p>A directory is one run for TensorBoard, and each listener has a file of its own in it. When a
 * training that is resumed writes into the directory that it wrote into before, TensorBoard drops
 * the values of the steps that are taken again, and so it does when a training goes back. The file
 * is closed when the training ends, or by {@link #close}, whichever is first.
 */
public final class TensorBoardListener implements TrainingListener, AutoCloseable {
    private final EventFile file;

    private TensorBoardListener(EventFile file) {
        this.file = file;
    }

    /**
     * Creates an event file.
     *
     * @param directory the run's directory, created where there is none
     * @throws IOException if the file cannot be written
     */
    public static TensorBoardListener open(Path directory) throws IOException {
        return new TensorBoardListener(EventFile.create(directory));
    }

    @Override
    public void onStart(TrainingStart start) {
        StringBuilder table = new StringBuilder("| setting | value |\n|---|---|\n");
        row(table, "total_steps", start.totalSteps());
        row(table, "trainable_parameters", start.trainableParameters());
        start.config().values().forEach((name, value) -> row(table, name, value));
        file.text(0, "configuration", table.toString());
    }

    private static void row(StringBuilder table, String name, Object value) {
        table.append("| ").append(name).append(" | ").append(value).append(" |\n");
    }

    @Override
    public void onResume(Resumed resumed) {
        file.restart(resumed.step() + 1L);
    }

    @Override
    public void onStep(StepInfo step) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("train/loss", step.loss());
        values.put("train/learning_rate", step.learningRate());
        values.put("train/gradient_norm", step.gradientNorm());
        values.put("speed/examples_per_second", step.examplesPerSecond());
        if (step.tokens() > 0) {
            values.put("speed/tokens_per_second", step.tokensPerSecond());
        }
        ProcessMemory.residentMegabytes().ifPresent(mb -> values.put("memory/resident_mb", mb));
        file.scalars(step.step(), values);
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        EvaluationMetrics metrics = validation.metrics();
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("validation/" + Metric.LOSS, metrics.loss());
        metrics.values().forEach((name, value) -> values.put("validation/" + name, value));
        file.scalars(validation.step(), values);
    }

    @Override
    public void onEnd(LoraTrainingResult result) {
        close();
    }

    @Override
    public void onFailure(Throwable failure) {
        close();
    }

    /** Closes the file; once more does nothing. */
    @Override
    public void close() {
        file.close();
    }
}
