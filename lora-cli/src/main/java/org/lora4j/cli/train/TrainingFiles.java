/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Json;
import org.lora4j.files.AtomicFiles;
import org.lora4j.train.CsvListener;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.ValidationInfo;

/**
 * The files of a training: loss.csv and loss.png, which are saved beside its result, and the log,
 * if it was asked for, which is written step by step.
 */
public final class TrainingFiles implements TrainingListener, AutoCloseable {
    private static final String TABLE = "loss.csv";

    private final Path temporary;
    private final CsvListener table;
    private final @Nullable Writer log;
    private @Nullable IOException logFailure;

    private TrainingFiles(Path temporary, CsvListener table, @Nullable Writer log) {
        this.temporary = temporary;
        this.table = table;
        this.log = log;
    }

    public static TrainingFiles open(Path output, @Nullable Path log) throws IOException {
        Writer writer = log == null ? null : Files.newBufferedWriter(log);
        Path temporary = AtomicFiles.temporary(output.resolve(TABLE));
        try {
            return new TrainingFiles(temporary, CsvListener.open(temporary), writer);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            if (writer != null) {
                writer.close();
            }
            throw e;
        }
    }

    @Override
    public void onStep(StepInfo step) {
        table.onStep(step);
        JsonObject line = new JsonObject();
        line.addProperty("step", step.step());
        line.addProperty("epoch", step.epoch());
        line.add("loss", Json.number(step.loss()));
        line.add("learning_rate", Json.number(step.learningRate()));
        line.add("gradient_norm", Json.number(step.gradientNorm()));
        line.add("examples_per_second", Json.number(step.examplesPerSecond()));
        write(line);
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        table.onValidation(validation);
        JsonObject line = new JsonObject();
        line.addProperty("step", validation.step());
        line.addProperty("epoch", validation.epoch());
        line.add("validation", Json.metrics(validation.metrics()));
        line.addProperty("best", validation.best());
        write(line);
    }

    private void write(JsonObject line) {
        if (log == null || logFailure != null) {
            return;
        }
        try {
            log.write(line + "\n");
            log.flush();
        } catch (IOException e) {
            logFailure = e; // said at the end: a training is worth more than its log
        }
    }

    /**
     * Saves the loss curve beside the result; a chart that cannot be drawn is reported and left
     * out.
     */
    public void saveTo(Path place, LoraTrainingResult result, Console console) throws IOException {
        table.close();
        Files.move(temporary, place.resolve(TABLE), StandardCopyOption.REPLACE_EXISTING);
        LossChart.save(place, result, console);
    }

    /** Fails if the log could not be written. */
    public void requireLog() throws IOException {
        if (logFailure != null) {
            throw new IOException(
                    "--log cannot be written: " + ErrorText.of(logFailure), logFailure);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            table.close();
        } finally {
            Files.deleteIfExists(temporary);
            if (log != null) {
                closeLog(log);
            }
        }
    }

    private void closeLog(Writer open) throws IOException {
        try {
            open.close();
        } catch (IOException e) {
            if (logFailure == null) {
                throw e;
            }
        }
    }
}
