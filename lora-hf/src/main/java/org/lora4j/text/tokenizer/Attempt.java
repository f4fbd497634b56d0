/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer;

import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What came of tokenizing a text: its tokens, or why it cannot be tokenized. Many texts are
 * tokenized on all cores, and their failures are then met in the order of the texts.
 *
 * @param <T> the kind of tokens
 */
public final class Attempt<T> {
    private final Supplier<T> outcome;

    private Attempt(Supplier<T> outcome) {
        this.outcome = outcome;
    }

    /**
     * Tokenizes texts on all cores.
     *
     * @param texts how many
     * @param tokenize gives the tokens of a text by its position; called from several threads
     * @return what came of each, in order
     */
    public static <T> List<Attempt<T>> all(int texts, IntFunction<T> tokenize) {
        return IntStream.range(0, texts)
                .parallel()
                .mapToObj(text -> new Attempt<>(outcome(text, tokenize)))
                .toList();
    }

    private static <T> Supplier<T> outcome(int text, IntFunction<T> tokenize) {
        try {
            T tokens = tokenize.apply(text);
            return () -> tokens;
        } catch (RuntimeException e) {
            return () -> {
                throw e;
            };
        }
    }

    /** Returns the tokens, or throws what tokenizing the text threw. */
    public T get() {
        return outcome.get();
    }
}
