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
 * The pairs of a data file, before they are tokenized.
 *
 * @param source what errors call them, such as the file's name
 * @param pairs the pairs in order, at least one
 * @param skipped the lines that could not be read and were left out
 * @param onBadLine what becomes of pairs that cannot be tokenized
 */
public record PreferencePairs(
        String source, List<PreferencePair> pairs, SkippedLines skipped, OnBadLine onBadLine) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there are no pairs
     */
    public PreferencePairs {
        pairs = List.copyOf(pairs);
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException(source + " has no pairs; expected one at least");
        }
    }

    /**
     * Pairs that are not from a file; one that cannot be tokenized is refused.
     *
     * @param source what errors call them
     * @param pairs the pairs in order
     * @throws IllegalArgumentException if there are none
     */
    public static PreferencePairs of(String source, List<PreferencePair> pairs) {
        return new PreferencePairs(source, pairs, SkippedLines.NONE, OnBadLine.FAIL);
    }
}
