/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.listener;

import java.util.Locale;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.ValidationInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs a training at level info: every so many steps, each validation, and the end. */
public final class LoggingListener implements TrainingListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(LoggingListener.class);

    private final int everySteps;

    /**
     * Creates a listener.
     *
     * @param everySteps steps between lines, 1 or more
     */
    public LoggingListener(int everySteps) {
        if (everySteps < 1) {
            throw new IllegalArgumentException(
                    "a line every " + everySteps + " steps; expected 1 or more");
        }
        this.everySteps = everySteps;
    }

    @Override
    public void onStart(TrainingStart start) {
        LOGGER.info(
                "training {} parameters for {} steps",
                start.trainableParameters(),
                start.totalSteps());
        start.settings().forEach(setting -> LOGGER.info("{}", setting));
    }

    @Override
    public void onStep(StepInfo step) {
        if (step.step() % everySteps == 0 && LOGGER.isInfoEnabled()) {
            LOGGER.info(
                    String.format(
                            Locale.ROOT,
                            "step %d/%d epoch %d loss %.4f rate %.3g norm %.3g %.1f examples/s,"
                                    + " %.0f s left",
                            step.step(),
                            step.totalSteps(),
                            step.epoch(),
                            step.loss(),
                            step.learningRate(),
                            step.gradientNorm(),
                            step.examplesPerSecond(),
                            step.secondsLeft()));
        }
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        LOGGER.info(
                "validation after step {}: {}{}",
                validation.step(),
                validation.metrics(),
                validation.best() ? ", the best so far" : "");
    }

    @Override
    public void onEnd(LoraTrainingResult result) {
        LOGGER.info(
                "{} after {} steps in {} s, {} examples/s",
                result.stopReason(),
                result.steps(),
                Math.round(result.trainSeconds()),
                Math.round(result.examplesPerSecond()));
    }

    @Override
    public void onFailure(Throwable failure) {
        LOGGER.info("the training failed: {}", failure.toString());
    }
}
