/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What makes an embedding of the hidden states of a text's tokens, and a text of what a caller
 * gives: the modules of a sentence-transformers model after its transformer.
 *
 * @param poolings how tokens become one vector; of several, the vectors stand side by side
 * @param includePrompt whether the tokens of a prompt are pooled as well
 * @param normalize whether embeddings have the length 1
 * @param maxLength the most tokens of a text, special ones included; 0 where nothing is said, which
 *     takes as many as the tokenizer and the model's positions admit
 * @param lowerCase whether texts are put into lower case first
 * @param prompts what stands before texts, by names such as "query" and "document"
 * @param defaultPrompt the name of the prompt of texts for which none is asked, or null
 * @param dimensions how many of the first numbers of a vector a caller gets, 0 for all:
 *     sentence-transformers' truncate_dim. They are not normalised again, and a training sees all
 */
public record EmbeddingForm(
        List<Pooling> poolings,
        boolean includePrompt,
        boolean normalize,
        int maxLength,
        boolean lowerCase,
        Map<String, String> prompts,
        @Nullable String defaultPrompt,
        int dimensions) {
    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if there is no pooling, the length or the number of
     *     dimensions is negative, or the default prompt is none of the prompts
     */
    public EmbeddingForm {
        poolings = List.copyOf(poolings);
        prompts = Collections.unmodifiableMap(new LinkedHashMap<>(prompts));
        if (poolings.isEmpty()) {
            throw new IllegalArgumentException("no pooling; expected one, such as MEAN");
        }
        if (maxLength < 0) {
            throw new IllegalArgumentException(
                    "max length " + maxLength + "; expected 0 for none, or at least 1");
        }
        if (dimensions < 0) {
            throw new IllegalArgumentException(
                    dimensions + " dimensions; expected 0 for all, or at least 1");
        }
        if (defaultPrompt != null && !prompts.containsKey(defaultPrompt)) {
            throw new IllegalArgumentException(
                    "the default prompt \"%s\" is none of the prompts %s"
                            .formatted(defaultPrompt, prompts.keySet()));
        }
    }

    /**
     * Returns a form without prompts, normalisation and bound.
     *
     * @param pooling how tokens become one vector
     */
    public static EmbeddingForm of(Pooling pooling) {
        return new EmbeddingForm(List.of(pooling), true, false, 0, false, Map.of(), null, 0);
    }

    /**
     * Returns this form with or without normalisation.
     *
     * @param value whether embeddings have the length 1
     */
    public EmbeddingForm withNormalize(boolean value) {
        return new EmbeddingForm(
                poolings,
                includePrompt,
                value,
                maxLength,
                lowerCase,
                prompts,
                defaultPrompt,
                dimensions);
    }

    /**
     * Returns this form with another bound.
     *
     * @param tokens the most tokens of a text, 0 for none
     */
    public EmbeddingForm withMaxLength(int tokens) {
        return new EmbeddingForm(
                poolings,
                includePrompt,
                normalize,
                tokens,
                lowerCase,
                prompts,
                defaultPrompt,
                dimensions);
    }

    /**
     * Returns this form with other prompts.
     *
     * @param others what stands before texts, by name
     * @param byDefault the name of the one that is used where none is asked for, or null
     */
    public EmbeddingForm withPrompts(Map<String, String> others, @Nullable String byDefault) {
        return new EmbeddingForm(
                poolings,
                includePrompt,
                normalize,
                maxLength,
                lowerCase,
                others,
                byDefault,
                dimensions);
    }

    /**
     * Returns this form with vectors of other sizes.
     *
     * @param size how many of the first numbers a caller gets, 0 for all
     */
    public EmbeddingForm withDimensions(int size) {
        return new EmbeddingForm(
                poolings,
                includePrompt,
                normalize,
                maxLength,
                lowerCase,
                prompts,
                defaultPrompt,
                size);
    }
}
