/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a model made of a prompt.
 *
 * @param text the continuation alone, without special tokens, up to a stop string; empty where the
 *     model has no tokenizer
 * @param promptIds the tokens that the model was given
 * @param generatedIds the tokens that it gave, the one that ended the text included
 * @param logProbabilities the logarithm of the probability of each generated token, given those
 *     before it, as the model's own logits have it before temperature and other rules; empty unless
 *     asked for by {@link TextGenerator#withLogProbabilities}
 * @param finish why the text ended
 * @param prefill the time to the first token, which the prompt's tokens cost; in a batch that of
 *     all its prompts
 * @param decode the time from the first token to the last; in a batch that of all its texts
 *     together, until this one ended
 */
public record Generation(
        String text,
        List<Integer> promptIds,
        List<Integer> generatedIds,
        List<Float> logProbabilities,
        FinishReason finish,
        Duration prefill,
        Duration decode) {
    /** Copies the lists. */
    public Generation {
        promptIds = List.copyOf(promptIds);
        generatedIds = List.copyOf(generatedIds);
        logProbabilities = List.copyOf(logProbabilities);
    }

    /**
     * Returns the probability of all generated tokens together, the one that ended the text
     * included: exp Σ log p. Empty where it was not asked for.
     */
    public OptionalDouble probability() {
        return logProbabilities.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(Math.exp(logProbabilities.stream().mapToDouble(p -> p).sum()));
    }

    /** Returns the tokens after the first per second; 0 where there are none. */
    public double decodeTokensPerSecond() {
        int tokens = generatedIds.size() - 1;
        return tokens < 1 ? 0 : tokens / Math.max(seconds(decode), 1e-9);
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
