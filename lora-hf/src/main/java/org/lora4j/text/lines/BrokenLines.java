/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Collects the broken lines of a data file in memory that does not grow with their number: how many
 * there are, the first of them, and the exception of the very first.
 */
public final class BrokenLines {
    private final List<Integer> first = new ArrayList<>();
    private long count;
    private String reason = "";
    private @Nullable Exception cause;

    /**
     * Takes a line.
     *
     * @param line its number, counted from 1
     * @param what what is wrong with it, without the file and the line
     * @param thrown the exception that says so
     */
    public void add(int line, String what, Exception thrown) {
        if (count++ == 0) {
            reason = what;
            cause = thrown;
        }
        if (first.size() < SkippedLines.SHOWN) {
            first.add(line);
        }
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** The number of the first line. */
    public int line() {
        return first.get(0);
    }

    /** The exception of the first line. */
    @Nullable
    public Exception cause() {
        return cause;
    }

    public SkippedLines lines() {
        return isEmpty() ? SkippedLines.NONE : new SkippedLines(count, first, reason);
    }

    /**
     * Refuses a file for its broken lines.
     *
     * @param noneIsLeft whether it has no other lines
     */
    public TextFileException refusal(Path file, boolean noneIsLeft) {
        return new TextFileException(file, line(), refusal(noneIsLeft), cause);
    }

    /**
     * What is wrong with the first line, and which others are broken.
     *
     * @param noneIsLeft whether the file has no other lines
     */
    public String refusal(boolean noneIsLeft) {
        String others =
                first.stream().skip(1).map(String::valueOf).collect(Collectors.joining(", "));
        String more =
                "; %s more broken, lines %s%s"
                        .formatted(count - 1, others, first.size() < count ? " and so on" : "");
        return reason
                + (count > 1 ? more : "")
                + (noneIsLeft
                        ? "; without %s no line is left".formatted(count > 1 ? "them" : "it")
                        : "");
    }
}
