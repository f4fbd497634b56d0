/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;
import org.lora4j.train.metric.Metric;

/**
 * Writes a training into a CSV file, one line for each step and each validation.
 *
 * <p>A file that exists is replaced when the listener is opened. Each line is handed to the system
 * whole and at once, so that a reader or a killed process never leaves half a line. A line of a
 * validation has empty columns for the step's figures, and the other way round. The file is closed
 * when the training ends, or by {@link #close}, whichever is first.
 */
public final class CsvListener implements TrainingListener, AutoCloseable {
    private static final String HEADER =
            "step,epoch,loss,learning_rate,gradient_norm,examples_per_second,"
                    + "validation_loss,validation_accuracy,validation_f1_macro,validation_mse,"
                    + "validation_pearson,validation_spearman\n";

    private final Path path;
    private final OutputStream file;

    private CsvListener(Path path, OutputStream file) {
        this.path = path;
        this.file = file;
    }

    /**
     * Creates the file with its header.
     *
     * @param path the file; its directory must exist
     * @throws IOException if the file cannot be written
     */
    public static CsvListener open(Path path) throws IOException {
        // A stream, since a channel closes when the training's thread is interrupted.
        OutputStream file = Files.newOutputStream(path);
        CsvListener listener = new CsvListener(path, file);
        try {
            listener.write(HEADER);
        } catch (UncheckedIOException e) {
            file.close();
            throw new IOException(e.getMessage(), e.getCause());
        }
        return listener;
    }

    @Override
    public void onStep(StepInfo step) {
        write(
                String.format(
                        Locale.ROOT,
                        "%d,%d,%s,%s,%s,%.3f,,,,,,\n",
                        step.step(),
                        step.epoch(),
                        step.loss(),
                        step.learningRate(),
                        step.gradientNorm(),
                        step.examplesPerSecond()));
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        StringBuilder line = new StringBuilder();
        line.append(validation.step()).append(',').append(validation.epoch()).append(",,,,");
        for (Metric metric : Metric.known()) {
            OptionalDouble value = validation.metrics().value(metric);
            line.append(',').append(value.isPresent() ? value.getAsDouble() : "");
        }
        write(line.append('\n').toString());
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
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + path, e);
        }
    }

    private void write(String line) {
        try {
            file.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": cannot be written: " + e.getMessage(), e);
        }
    }
}
