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
import org.lora4j.torch.engine.ProcessMemory;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.metric.Metric;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a training into a CSV file, one line for each step and each validation.
 *
 * <p>{@link #open} replaces a file that exists; {@link #reopen} is for trainings with checkpoints:
 * it keeps the lines up to the checkpoint that the training goes on from. Each line is handed to
 * the system whole and at once, so that a reader or a killed process never leaves half a line. A
 * line of a validation has empty columns for the step's figures, and the other way round. The file
 * is closed when the training ends, or by {@link #close}, whichever is first.
 *
 * <p>All columns of two runs with the same inputs are equal except {@code examples_per_second},
 * {@code step_seconds} and {@code memory_mb}, which depend on the machine.
 */
public final class CsvListener implements TrainingListener, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(CsvListener.class);

    private static final String HEADER =
            "step,epoch,loss,learning_rate,gradient_norm,examples_per_second,"
                    + "validation_loss,validation_accuracy,validation_f1_macro,validation_mse,"
                    + "validation_pearson,validation_spearman,tokens,step_seconds,memory_mb\n";

    private final AppendedFile file;
    private final boolean reopened;
    private boolean failed;

    private CsvListener(AppendedFile file, boolean reopened) {
        this.file = file;
        this.reopened = reopened;
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
            IOException failure = new IOException(e.getMessage(), e.getCause());
            try {
                file.close();
            } catch (UncheckedIOException again) {
                failure.addSuppressed(again);
            }
            throw failure;
        }
        return new CsvListener(file, false);
    }

    /**
     * Opens a file that an earlier process may have begun, or creates it. Its lines are kept as far
     * as the training goes on from a checkpoint, and replaced where it begins anew.
     *
     * @param path the file; its directory must exist
     * @throws IOException if the file cannot be written
     */
    public static CsvListener reopen(Path path) throws IOException {
        return new CsvListener(AppendedFile.reopen(path), true);
    }

    @Override
    public void onStart(TrainingStart start) {
        if (reopened && start.resumedSteps() == 0) {
            file.truncate(0);
            write(HEADER);
        }
    }

    /** Returns the length of the file. */
    @Override
    public String mark() {
        return String.valueOf(file.length());
    }

    @Override
    public void onResume(Resumed resumed) {
        if (!file.truncateLines(resumed.mark().isEmpty() ? -1 : Long.parseLong(resumed.mark()))) {
            LOGGER.warn(
                    "{} lacks lines of the steps up to {}, after which the training goes on",
                    file.path(),
                    resumed.step());
            if (file.length() == 0) {
                write(HEADER);
            }
        }
    }

    /** A line that cannot be written, as on a full disk, comes with a later one. */
    private void write(String line) {
        try {
            file.write(line);
        } catch (UncheckedIOException e) {
            if (!failed) {
                LOGGER.warn("{}", e.getMessage());
            }
            failed = true;
        }
    }

    @Override
    public void onStep(StepInfo step) {
        OptionalDouble memory = ProcessMemory.residentMegabytes();
        write(
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
        write(line.append(",,,\n").toString());
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
