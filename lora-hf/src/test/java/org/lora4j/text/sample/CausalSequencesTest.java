/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.text.batch.SampleTokens;
import org.lora4j.text.batch.SampleTokensTest;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.SkippedLines;

final class CausalSequencesTest {
    private static TextTokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = TextTokenizer.load(SampleTokensTest.golden("metaspace"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static CausalSequences of(int maxLength, TrainingSample... samples) {
        return CausalSequences.of(
                TrainingSamples.of("data", List.of(samples)),
                tokenizer,
                maxLength,
                LossOn.COMPLETION);
    }

    @Test
    void whatIsTooLongLosesItsEndAndWhatHasNothingToLearnIsLeftOut() {
        TrainingSample fits = new PromptCompletion(1, "Review :", " yes");
        TrainingSample full = new PromptCompletion(4, "the film is charming and often :", " no");
        TrainingSample cut = new PromptCompletion(6, "yes", " the film is charming and often no");
        CausalSequences sequences = of(6, fits, full, cut);
        assertThat(sequences.truncated()).containsExactly(4, 6);
        assertThat(sequences.leftOut()).containsExactly(4);
        assertThat(sequences.size()).isEqualTo(2);
        int end = tokenizer.endId().orElseThrow();
        PackedTokens first = sequences.batch(new int[] {0});
        assertThat(first.ids()[first.tokens() - 1]).isEqualTo(end);
        int[] whole = cut.tokens(tokenizer, LossOn.COMPLETION).get(0).ids();
        assertThat(sequences.batch(new int[] {1}).ids())
                .containsExactly(Arrays.stream(whole).limit(6).asLongStream().toArray());
        assertThat(sequences.lengths()[1]).isEqualTo(6);
        assertThat(sequences.ends(new int[] {0})).containsExactly(end);
        assertThat(sequences.ends(new int[] {1})).as("its end was cut off").isEmpty();
        assertThat(sequences.greatestId())
                .isEqualTo(
                        (int)
                                Arrays.stream(sequences.batch(new int[] {0, 1}).ids())
                                        .max()
                                        .orElseThrow());
    }

    @Test
    void aSampleThatCannotBeTokenizedIsRefusedByItsLineOrSkipped() {
        TrainingSample good = new PromptCompletion(3, "Review :", " yes");
        TrainingSample bad = new Unreadable(7);
        assertThatThrownBy(() -> of(6, good, bad, good, new Unreadable(9)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("data, line 7: not readable; 1 more broken, lines 9");
        assertThatThrownBy(() -> of(6, good, new Unreadable(0)))
                .hasMessage("data, line 2: not readable");
        CausalSequences sequences = skipping(bad, good, new Unreadable(9));
        assertThat(sequences.size()).isEqualTo(1);
        assertThat(sequences.refused())
                .isEqualTo(new SkippedLines(2, List.of(7, 9), "not readable"));
        assertThatThrownBy(() -> skipping(bad))
                .hasMessage("data, line 7: not readable; without it no line is left");
        assertThat(of(6, good).refused()).isEqualTo(SkippedLines.NONE);
    }

    private static CausalSequences skipping(TrainingSample... samples) {
        return CausalSequences.of(
                new TrainingSamples("data", List.of(samples), SkippedLines.NONE, OnBadLine.SKIP),
                tokenizer,
                6,
                LossOn.COMPLETION);
    }

    /** A sample that no tokenizer can read. */
    private record Unreadable(int line) implements TrainingSample {
        @Override
        public List<SampleTokens> tokens(TextTokenizer any, LossOn lossOn) {
            throw new IllegalArgumentException("not readable");
        }
    }

    @Test
    void nothingToLearnAtAllIsRefused() {
        assertThatThrownBy(() -> of(3, new PromptCompletion(1, "the film is bleak", " no")))
                .hasMessage(
                        "data: none of the 1 samples has a token to be learnt (1 are longer than 3"
                                + " tokens and were cut there); expected completions that fit, a"
                                + " greater max length, or the loss on all tokens");
        assertThatThrownBy(() -> of(1, new PlainText(1, "a")))
                .hasMessageContaining("expected at least 2");
    }

    @Test
    void textsThatAreAllEmptyAreRefusedAsOnlyTheirEndCouldBeLearnt() {
        PromptCompletion empty = new PromptCompletion(1, "the film", "");
        assertThatThrownBy(() -> of(9, empty, new PromptCompletion(2, "bleak", "")))
                .hasMessageStartingWith("data: there is nothing to learn but where a text ends")
                .hasMessageContaining("completions of all samples are empty");
        assertThatThrownBy(() -> of(9, new PlainText(1, ""))).hasMessageContaining("empty");
        assertThat(of(9, empty, new PromptCompletion(2, "bleak", " no")).size()).isEqualTo(2);
    }
}
