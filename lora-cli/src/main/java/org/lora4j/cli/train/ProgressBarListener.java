/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.time.Duration;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Words;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.ValidationInfo;

/** Shows progress on a terminal, in one line that is redrawn. */
final class ProgressBarListener implements ProgressListener {
    private static final int MILLIS_BETWEEN = 250;

    private final Console console;
    private volatile double secondsLeft = Double.NaN;
    private @Nullable ProgressBar bar;

    ProgressBarListener(Console console) {
        this.console = console;
    }

    @Override
    public void onStart(TrainingStart start) {
        bar =
                ProgressBar.builder()
                        .setTaskName("training")
                        .setInitialMax(start.totalSteps())
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(MILLIS_BETWEEN)
                        .setEtaFunction(state -> left())
                        .setConsumer(new ConsoleProgressBarConsumer(System.err))
                        .build();
    }

    private Optional<Duration> left() {
        double seconds = secondsLeft;
        return Double.isFinite(seconds)
                ? Optional.of(Duration.ofSeconds(Math.round(seconds)))
                : Optional.empty();
    }

    @Override
    public void onStep(StepInfo step) {
        if (bar == null) {
            return;
        }
        secondsLeft = step.secondsLeft();
        bar.setExtraMessage(
                Words.format("loss %.4f, %.0f examples/s", step.loss(), step.examplesPerSecond()));
        bar.stepTo(step.step());
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        console.redraw(ProgressLines.line(validation), true);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
