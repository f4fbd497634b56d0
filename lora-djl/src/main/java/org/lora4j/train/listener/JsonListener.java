/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.listener;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.lora4j.files.AppendedFile;
import org.lora4j.torch.engine.ProcessMemory;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;

/**
 * Writes a training into a file of JSON lines, as it happens: one object for the start, for each
 * step, for each validation, and for the end.
 *
 * <p>A step has {@code step}, {@code epoch}, {@code loss}, {@code learning_rate}, {@code
 * gradient_norm}, {@code examples_per_second} (the mean so far), {@code examples}, {@code tokens},
 * {@code seconds} (of this step) and {@code memory_mb} (resident, on Linux). A validation has
 * {@code step}, {@code epoch}, {@code validation} with its metrics, and {@code best}. The first
 * line has {@code start} with the configuration, the last {@code end}, with {@code stop_reason},
 * {@code saved_step} or {@code error}. Numbers that are not finite are null.
 *
 * <p>{@link #open} replaces a file that exists; {@link #reopen} is for trainings with checkpoints:
 * it keeps the lines up to the checkpoint that the training goes on from. Each line is handed to
 * the system whole and at once, so that a reader or a killed process never leaves half a line. The
 * file is closed when the training ends, or by {@link #close}, whichever is first.
 */
public final class JsonListener implements TrainingListener, AutoCloseable {
    private final AppendedFile file;

    private JsonListener(AppendedFile file) {
        this.file = file;
    }

    /**
     * Creates the file.
     *
     * @param path the file; its directory must exist
     * @throws IOException if the file cannot be written
     */
    public static JsonListener open(Path path) throws IOException {
        return new JsonListener(AppendedFile.create(path));
    }

    /**
     * Opens a file that an earlier process may have begun, or creates it. Its lines are kept as far
     * as the training goes on from a checkpoint, without a second start, and replaced where it
     * begins anew.
     *
     * @param path the file; its directory must exist
     * @throws IOException if the file cannot be written
     */
    public static JsonListener reopen(Path path) throws IOException {
        return new JsonListener(AppendedFile.reopen(path));
    }

    /** Returns the length of the file. */
    @Override
    public String mark() {
        return String.valueOf(file.length());
    }

    @Override
    public void onResume(Resumed resumed) {
        file.truncateLines(resumed.mark().isEmpty() ? -1 : Long.parseLong(resumed.mark()));
    }

    @Override
    public void onStart(TrainingStart start) {
        if (start.resumedSteps() > 0) {
            return;
        }
        file.truncate(0);
        JsonObject line = new JsonObject();
        line.addProperty("total_steps", start.totalSteps());
        line.addProperty("trainable_parameters", start.trainableParameters());
        start.config().values().forEach((name, value) -> line.add(name, json(value)));
        write("start", line);
    }

    private static JsonElement json(Object value) {
        if (value instanceof Number number) {
            double asDouble = number.doubleValue();
            return Double.isFinite(asDouble) ? new JsonPrimitive(number) : JsonNull.INSTANCE;
        }
        return value instanceof Boolean flag
                ? new JsonPrimitive(flag)
                : new JsonPrimitive(value.toString());
    }

    @Override
    public void onStep(StepInfo step) {
        JsonObject line = new JsonObject();
        line.addProperty("step", step.step());
        line.addProperty("epoch", step.epoch());
        line.add("loss", json(step.loss()));
        line.add("learning_rate", json(step.learningRate()));
        line.add("gradient_norm", json(step.gradientNorm()));
        line.add("examples_per_second", json(step.examplesPerSecond()));
        line.addProperty("examples", step.examples());
        line.addProperty("tokens", step.tokens());
        line.add("seconds", json(Math.round(step.seconds() * 1e6) / 1e6));
        OptionalDouble memory = ProcessMemory.residentMegabytes();
        memory.ifPresent(megabytes -> line.addProperty("memory_mb", Math.round(megabytes)));
        write(line);
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        JsonObject line = new JsonObject();
        line.addProperty("step", validation.step());
        line.addProperty("epoch", validation.epoch());
        line.add("validation", metrics(validation.metrics()));
        line.addProperty("best", validation.best());
        write(line);
    }

    private static JsonObject metrics(EvaluationMetrics metrics) {
        JsonObject json = new JsonObject();
        for (Map.Entry<String, Double> value : metrics.values().entrySet()) {
            json.add(value.getKey(), json(value.getValue()));
        }
        if (json.isEmpty()) { // a language model's
            json.add("perplexity", json(metrics.perplexity()));
        }
        json.add(Metric.LOSS.name(), json(metrics.loss()));
        return json;
    }

    @Override
    public void onEnd(LoraTrainingResult result) {
        JsonObject line = new JsonObject();
        line.addProperty("stop_reason", result.stopReason().name().toLowerCase(Locale.ROOT));
        line.addProperty("steps", result.steps());
        line.addProperty("saved_step", result.restoredStep());
        line.add("train_seconds", json(result.trainSeconds()));
        line.add("examples_per_second", json(result.examplesPerSecond()));
        line.add("tokens_per_second", json(result.tokensPerSecond()));
        write("end", line);
        close();
    }

    @Override
    public void onFailure(Throwable failure) {
        JsonObject line = new JsonObject();
        line.addProperty("error", failure.toString());
        write("end", line);
        close();
    }

    private void write(String name, JsonObject value) {
        JsonObject line = new JsonObject();
        line.add(name, value);
        write(line);
    }

    private void write(JsonObject line) {
        file.write(line + "\n");
    }

    /** Closes the file; once more does nothing. */
    @Override
    public void close() {
        file.close();
    }
}
