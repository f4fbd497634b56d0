/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/**
 * How much one rendering may do. Both bounds count work, not time, so that the same template and
 * input fail or pass everywhere.
 *
 * @param steps the most operations: expressions evaluated, items visited, one for every 16
 *     characters of a text that is searched or made, and for numbers and dates in proportion to
 *     their digits
 * @param characters the most characters produced, intermediate texts included
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
     * Bounds that no honest template meets: 20 million steps and 64 million characters, and room to
     * copy each character of the input 16 times.
     *
     * @param inputCharacters the length of all texts given to the template
     * @return the bounds
     */
    public static TemplateLimits forInput(long inputCharacters) {
        return new TemplateLimits(STEPS + 4 * inputCharacters, CHARACTERS + 16 * inputCharacters);
    }
}
