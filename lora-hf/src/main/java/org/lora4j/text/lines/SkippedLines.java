/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.util.List;

/**
 * Lines of a data file that were left out because they are broken. Of a large file only the first
 * {@value #SHOWN} are kept by their numbers. Immutable and safe for concurrent use.
 *
 * @param count how many there are
 * @param first the numbers of the first of them, counted from 1, in order; for samples that come
 *     from no file their positions, counted from 1
 * @param reason what is wrong with the first of them; empty where there is none
 */
public record SkippedLines(long count, List<Integer> first, String reason) {
    /** The most line numbers that are kept. */
    public static final int SHOWN = 20;

    /** No lines. */
    public static final SkippedLines NONE = new SkippedLines(0, List.of(), "");

    /** Copies the list. */
    public SkippedLines {
        first = List.copyOf(first);
    }

    /** Returns whether no line was left out. */
    public boolean isEmpty() {
        return count == 0;
    }
}
