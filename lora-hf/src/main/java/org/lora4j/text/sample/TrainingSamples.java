/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.util.List;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.SkippedLines;

/**
 * The samples of a data file, before they are tokenized.
 *
 * @param source what errors call them, such as the file's name
 * @param samples the samples in order, at least one
 * @param skipped the lines that could not be read and were left out
 * @param onBadLine what becomes of samples that cannot be tokenized, such as conversations that the
 *     model's chat template refuses
 */
public record TrainingSamples(
        String source, List<TrainingSample> samples, SkippedLines skipped, OnBadLine onBadLine) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there are no samples
     */
    public TrainingSamples {
        samples = List.copyOf(samples);
        if (samples.isEmpty()) {
            throw new IllegalArgumentException(source + " has no samples; expected one at least");
        }
    }

    /**
     * Samples that are not from a file; one that cannot be tokenized is refused.
     *
     * @param source what errors call them
     * @param samples the samples in order
     * @throws IllegalArgumentException if there are none
     */
    public static TrainingSamples of(String source, List<? extends TrainingSample> samples) {
        return new TrainingSamples(source, List.copyOf(samples), SkippedLines.NONE, OnBadLine.FAIL);
    }
}
