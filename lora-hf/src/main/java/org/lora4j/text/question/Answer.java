/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

/**
 * An answer to a question.
 *
 * @param text the part of the context, "" where there is no answer
 * @param start its first character, in UTF-16 units as {@link String#charAt} counts them; -1 where
 *     there is no answer
 * @param end the character after its last one; -1 where there is no answer
 * @param probability softmax of its score, the sum of two logits, among those of the answers that
 *     were kept
 */
public record Answer(String text, int start, int end, double probability) {
    /** Returns whether it says that the context has no answer. */
    public boolean isNone() {
        return start < 0;
    }
}
