/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.listener;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;
import org.lora4j.files.AppendedFile;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.metric.Metric;

/**
 * Writes a training into a CSV file, one line for each step and each validation.
 *
 * <p>A file that exists is replaced when the listener is opened. Each line is handed to the system
 * whole and at once, so that a reader or a killed process never leaves half a line. A line of a
 * validation has empty columns for the step's figures, and the other way round. The file is closed
 * when the training ends, or by {@link #close}, whichever is first.
 *
 * <p>All columns of two runs with the same inputs are equal except {@code examples_per_second},
 * {@code step_seconds} and {@code memory_mb}, which depend on the machine.
 */
public final class CsvListener implements TrainingListener, AutoCloseable {
    private static final String HEADER =
            "step,epoch,loss,learning_rate,gradient_norm,examples_per_second,"
                    + "validation_loss,validation_accuracy,validation_f1_macro,validation_mse,"
                    + "validation_pearson,validation_spearman,tokens,step_seconds,memory_mb\n";

    private final AppendedFile file;

    private CsvListener(AppendedFile file) {
        this.file = file;
    }

    /**
     * Creates the file with its header.
     *
     * @param path the file; its directory must exist
     * @throws IOException if the file cannot be written
     */
    public static CsvListener open(Path path) throws IOException {
        AppendedFile file = AppendedFile.create(path);
        try {
            file.write(HEADER);
        } catch (UncheckedIOException e) {
            file.close();
            throw new IOException(e.getMessage(), e.getCause());
        }
        return new CsvListener(file);
    }

    /**
     * Continues the file of a training that is resumed; the lines of steps that will be taken again
     * are cut off.
     *
     * @param path the file
     * @param length the bytes to keep: what {@link #length} gave when the training's state was
     *     saved
     * @throws IOException if the file is missing or shorter, or cannot be written
     */
    public static CsvListener resume(Path path, long length) throws IOException {
        return new CsvListener(AppendedFile.resume(path, length));
    }

    /** Returns the bytes written so far, after which {@link #resume} can continue the file. */
    public long length() {
        return file.length();
    }

    @Override
    public void onStep(StepInfo step) {
        OptionalDouble memory = ProcessMemory.residentMegabytes();
        file.write(
                String.format(
                        Locale.ROOT,
                        "%d,%d,%s,%s,%s,%.3f,,,,,,,%d,%.6f,%s\n",
                        step.step(),
                        step.epoch(),
                        step.loss(),
                        step.learningRate(),
                        step.gradientNorm(),
                        step.examplesPerSecond(),
                        step.tokens(),
                        step.seconds(),
                        memory.isPresent() ? Math.round(memory.getAsDouble()) : ""));
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        StringBuilder line = new StringBuilder();
        line.append(validation.step()).append(',').append(validation.epoch()).append(",,,,");
        for (Metric metric : Metric.known()) {
            OptionalDouble value = validation.metrics().value(metric);
            line.append(',').append(value.isPresent() ? value.getAsDouble() : "");
        }
        file.write(line.append(",,,\n").toString());
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
