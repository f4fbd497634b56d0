/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.data;

import org.lora4j.text.token.TokenSample;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the labelled spans of data that begin or end inside a word, and warns of them once. */
final class SpansInsideWords {
    private static final Logger logger = LoggerFactory.getLogger(SpansInsideWords.class);

    private long spans;
    private long inside;
    private long line;

    /**
     * Adds a text.
     *
     * @param found how many of its spans are not whole words
     */
    void add(TokenSample.Spans sample, int found) {
        spans += sample.spans().size();
        if (inside == 0 && found > 0) {
            line = sample.line();
        }
        inside += found;
    }

    void warn(String source) {
        if (inside > 0) {
            logger.warn(
                    "{}, line {}: a span begins or ends inside a word of the tokenizer, as {} of {}"
                            + " do; the whole word is labelled, and the spans that are found end"
                            + " where words do",
                    source,
                    line,
                    inside,
                    spans);
        }
    }
}
