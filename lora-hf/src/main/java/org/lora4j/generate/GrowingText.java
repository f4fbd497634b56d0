/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.generate.cache.TokenSequence;

/** One text of a batch: its tokens, the text that they make, and why it ended. */
final class GrowingText {
    private final int index;
    private final TokenSequence tokens;
    private final StopRules rules;
    private final @Nullable TextAssembler assembler;
    private final int maxNewTokens;
    private final Consumer<String> onText;
    private final List<Float> logProbabilities = new ArrayList<>();
    private @Nullable FinishReason finish;
    private long prefillNanos;
    private long decodeNanos;

    /**
     * Begins with a prompt.
     *
     * @param index which text of the call it is
     * @param prompt its tokens
     * @param rules what ends it
     * @param assembler what makes text of the tokens that follow, or null for none
     * @param maxNewTokens how many may follow
     * @param onText is given each piece of the text
     */
    GrowingText(
            int index,
            int[] prompt,
            StopRules rules,
            @Nullable TextAssembler assembler,
            int maxNewTokens,
            Consumer<String> onText) {
        this.index = index;
        this.tokens = new TokenSequence(prompt);
        this.rules = rules;
        this.assembler = assembler;
        this.maxNewTokens = maxNewTokens;
        this.onText = onText;
    }

    int index() {
        return index;
    }

    TokenSequence tokens() {
        return tokens;
    }

    /**
     * Adds the next token.
     *
     * @param longest how many tokens the model can read in a row
     */
    void add(int id, int longest) {
        tokens.add(id);
        if (rules.stops(id) || rules.ends(id)) {
            end(rules.stops(id) ? FinishReason.STOP_STRING : FinishReason.END_TOKEN);
            return;
        }
        if (assembler != null) {
            handOut(assembler.add(id));
        }
        if (assembler != null && assembler.stopped()) {
            end(FinishReason.STOP_STRING);
        } else if (tokens.generated() == maxNewTokens) {
            end(FinishReason.MAX_NEW_TOKENS);
        } else if (tokens.count() > longest) {
            end(FinishReason.POSITIONS);
        }
    }

    /** Keeps how probable the token is that is added next. */
    void told(float logProbability) {
        logProbabilities.add(logProbability);
    }

    void timed(boolean first, long nanos) {
        if (first) {
            prefillNanos += nanos;
        } else {
            decodeNanos += nanos;
        }
    }

    void end(FinishReason reason) {
        finish = reason;
        if (assembler != null) {
            handOut(assembler.finish());
        }
    }

    boolean hasEnded() {
        return finish != null;
    }

    private void handOut(String piece) {
        if (!piece.isEmpty()) {
            onText.accept(piece);
        }
    }

    Generation result() {
        return new Generation(
                assembler == null ? "" : assembler.text(),
                tokens.promptIds(),
                tokens.generatedIds(),
                logProbabilities,
                Objects.requireNonNull(finish, "not ended"),
                Duration.ofNanos(prefillNanos),
                Duration.ofNanos(decodeNanos));
    }
}
