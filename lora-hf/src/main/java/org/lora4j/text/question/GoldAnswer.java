/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

/**
 * A true answer.
 *
 * @param text the answer, a part of the context
 * @param start its first character, in UTF-16 units as {@link String#charAt} counts them
 */
public record GoldAnswer(String text, int start) {
    /** Returns the character after its last one. */
    public int end() {
        return start + text.length();
    }
}
