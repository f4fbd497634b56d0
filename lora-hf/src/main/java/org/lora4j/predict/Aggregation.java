/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

/** What an entity is put together from, as in transformers' pipeline for token classification. */
public enum Aggregation {
    /** Tokens, each with its own label: {@code aggregation_strategy="simple"}. */
    SIMPLE,

    /**
     * Words, each with the label of its first token, which is the one that learns: {@code
     * aggregation_strategy="first"}. Words are the tokenizer's; where its tokens do not say that
     * they go on with a word, as those of BERT do, transformers guesses words from spaces.
     */
    FIRST
}
