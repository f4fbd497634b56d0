/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Words;
import org.lora4j.train.StepInfo;
import org.lora4j.train.ValidationInfo;

/** Shows progress in a line every ten seconds, where nothing can be redrawn. */
final class ProgressLines implements ProgressListener {
    private static final long NANOS_BETWEEN = 10_000_000_000L;

    private final Console console;
    private long last = System.nanoTime();

    ProgressLines(Console console) {
        this.console = console;
    }

    @Override
    public void onStep(StepInfo step) {
        long now = System.nanoTime();
        if (now - last < NANOS_BETWEEN) {
            return;
        }
        last = now;
        console.note(
                "step %,d/%,d, epoch %d: loss %.4f, rate %.3g, %.0f examples/s, %s left",
                step.step(),
                step.totalSteps(),
                step.epoch(),
                step.loss(),
                step.learningRate(),
                step.examplesPerSecond(),
                Words.duration(step.secondsLeft()));
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        console.note(line(validation));
    }

    static String line(ValidationInfo validation) {
        return Words.format(
                "validation after step %,d (epoch %d): %s%s",
                validation.step(),
                validation.epoch(),
                Words.of(validation.metrics()),
                validation.best() ? ", the best so far" : "");
    }

    @Override
    public void close() {
        // nothing is open
    }
}
