/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

/** What a model of texts learns and says of each text or pair of texts. */
public enum TextTarget {
    /** One label of several. */
    LABEL,

    /** Any number of labels, each by itself. */
    LABELS,

    /** A number. */
    NUMBER,

    /** How relevant a pair's second text is to the first, from 0 to 1: one logit. */
    RELEVANCE,

    /**
     * Where in a pair's second text the answer to the first begins and ends: two logits a token.
     */
    SPAN
}
