/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.text.AlignedTokens;

/** Spans of characters and the words of a tokenizer that counts a space to the word after it. */
final class WordTagsTest {
    private static final String TEXT = "Ada saw Rome.";

    /** [CLS] "A" "da" " saw" " Rome" "." [SEP], of three words. */
    private static final AlignedTokens TOKENS =
            new AlignedTokens(
                    new int[] {2, 5, 6, 7, 8, 9, 3},
                    new int[7],
                    new int[] {-1, 0, 0, 0, 0, 0, -1},
                    new int[] {0, 0, 1, 3, 7, 12, 0},
                    new int[] {0, 1, 3, 7, 12, 13, 0},
                    new int[] {-1, 0, 0, 1, 2, 2, -1});

    private static TokenSample.Spans sample(int start, int end) {
        return new TokenSample.Spans(1, TEXT, List.of(new LabelledSpan(start, end, "X")));
    }

    @Test
    void aWordHasTheLabelOfASpanThatTouchesIt() {
        WordTags tags = WordTags.of(sample(8, 12), TOKENS, TagScheme.BIO);
        assertThat(tags.tokens()).containsExactly(1, 3, 4);
        assertThat(tags.tags()).containsExactly("O", "O", "B-X");
        assertThat(WordTags.of(sample(0, 7), TOKENS, TagScheme.BIO).tags())
                .containsExactly("B-X", "I-X", "O");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 3, 0",
        "0, 7, 0",
        "4, 7, 0",
        "3, 7, 0",
        "8, 13, 0",
        "8, 12, 1",
        "1, 3, 1",
        "0, 2, 1",
        "9, 11, 1"
    })
    void spansInsideWordsAreCounted(int start, int end, int expected) {
        assertThat(WordTags.spansInsideWords(sample(start, end), TOKENS)).isEqualTo(expected);
    }
}
