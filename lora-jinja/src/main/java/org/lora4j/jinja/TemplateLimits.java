/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/**
 * The limits of one rendering. They count work, not time, so that the same template and input pass
 * or fail on every machine.
 *
 * @param steps the most operations: one for each expression evaluated and each item visited, one
 *     for every 16 characters of a text that is searched or made, and for numbers and dates in
 *     proportion to their digits
 * @param characters the most characters produced, including those of intermediate texts
 */
public record TemplateLimits(long steps, long characters) {
    private static final long STEPS = 20_000_000;
    private static final long CHARACTERS = 64_000_000;

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if a bound is below 1
     */
    public TemplateLimits {
        if (steps < 1 || characters < 1) {
            throw new IllegalArgumentException(
                    "limits are %d steps and %d characters; expected at least 1 of each"
                            .formatted(steps, characters));
        }
    }

    /**
     * Returns limits far above what chat templates need: 20 million steps and 64 million
     * characters, plus 4 steps and 16 characters for each character of the input.
     *
     * @param inputCharacters the length of all texts given to the template
     * @return the limits
     */
    public static TemplateLimits forInput(long inputCharacters) {
        return new TemplateLimits(STEPS + 4 * inputCharacters, CHARACTERS + 16 * inputCharacters);
    }
}
