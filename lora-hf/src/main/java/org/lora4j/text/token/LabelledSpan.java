/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

/**
 * A part of a text that has a label.
 *
 * @param start its first character, in UTF-16 units as {@link String#charAt} counts them
 * @param end the character after its last one
 * @param label its label, such as {@code PER}
 */
public record LabelledSpan(int start, int end, String label) {
    /**
     * Checks that it is not empty.
     *
     * @throws IllegalArgumentException if it is, or its label is blank
     */
    public LabelledSpan {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException(
                    "a span from %d to %d; expected at least one character".formatted(start, end));
        }
        if (label.isBlank()) {
            throw new IllegalArgumentException("the span at %d has no label".formatted(start));
        }
    }
}
