/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.engine.ProcessMemory;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.ValidationInfo;

/**
 * Writes an {@link HtmlReport} when a training has ended, however it ended. It keeps about 100
 * bytes for each step until then.
 */
public final class ReportListener implements TrainingListener {
    private final Path file;
    private final Map<String, Map<String, ?>> facts = new LinkedHashMap<>();
    private final List<TrainingCurve.Step> steps = new ArrayList<>();
    private final List<TrainingCurve.Validation> validations = new ArrayList<>();
    private @Nullable TrainingStart start;

    /**
     * Creates a listener.
     *
     * @param file the page, such as report.html; its directory must exist when the training ends
     */
    public ReportListener(Path file) {
        this.file = file;
    }

    /** Adds a table of what the training is run with; see {@link HtmlReport#addFacts}. */
    public ReportListener addFacts(String heading, Map<String, ?> values) {
        facts.put(heading, new LinkedHashMap<>(values));
        return this;
    }

    /**
     * Sets what the training did before it was resumed; steps that are taken again are dropped.
     *
     * @param before such as {@link TrainingCurve#read} reads of loss.csv
     */
    public ReportListener optBefore(TrainingCurve before) {
        steps.addAll(before.steps());
        validations.addAll(before.validations());
        return this;
    }

    @Override
    public void onStart(TrainingStart value) {
        start = value;
    }

    @Override
    public void onResume(Resumed resumed) {
        dropFrom(resumed.step() + 1);
    }

    @Override
    public void onStep(StepInfo step) {
        dropFrom(step.step());
        steps.add(
                new TrainingCurve.Step(
                        step.step(),
                        step.epoch(),
                        step.loss(),
                        step.learningRate(),
                        step.gradientNorm(),
                        step.examplesPerSecond(),
                        step.tokens(),
                        step.seconds(),
                        ProcessMemory.residentMegabytes().orElse(Double.NaN)));
    }

    private void dropFrom(int step) {
        while (!steps.isEmpty() && steps.get(steps.size() - 1).step() >= step) {
            steps.remove(steps.size() - 1);
        }
        while (!validations.isEmpty() && validations.get(validations.size() - 1).step() >= step) {
            validations.remove(validations.size() - 1);
        }
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        validations.removeIf(before -> before.step() == validation.step());
        validations.add(TrainingCurve.Validation.of(validation));
    }

    @Override
    public void onEnd(LoraTrainingResult result) {
        write(report().optResult(result));
    }

    @Override
    public void onFailure(Throwable failure) {
        write(report().optFailure(failure));
    }

    private HtmlReport report() {
        HtmlReport report = HtmlReport.of(new TrainingCurve(steps, validations));
        if (start != null) {
            report.optStart(start);
        }
        facts.forEach(report::addFacts);
        return report;
    }

    private void write(HtmlReport report) {
        try {
            report.write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }
}
