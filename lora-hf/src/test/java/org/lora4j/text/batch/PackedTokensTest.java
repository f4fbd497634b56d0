/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.lora4j.hf.CausalBatch;

final class PackedTokensTest {
    private static PackedTokens packed(long[] ids, long[] labels, int... lengths) {
        return new PackedTokens(ids, labels, lengths, new int[lengths.length]);
    }

    @Test
    void positionsBeginAgainWithEachSegment() {
        long[] ids = {5, 6, 7, 8, 9};
        long[] labels = {6, 7, -100, 9, -100};
        PackedTokens tokens = new PackedTokens(ids, labels, new int[] {3, 2}, new int[] {4, 1});
        assertThat(tokens.positions()).containsExactly(0, 1, 2, 0, 1);
        assertThat(tokens.labelled()).isEqualTo(3);
        assertThat(tokens.segments()).isEqualTo(2);
        CausalBatch batch = new CausalBatch(tokens);
        assertThat(batch.count()).isEqualTo(3);
        assertThat(batch.tokens()).isEqualTo(5);
        assertThat(batch.examples()).containsExactly(4, 1);
    }

    @Test
    void anExampleOfSeveralSegmentsCountsOnce() {
        long[] labels = {2, -100, 4, -100};
        int[] lengths = {2, 2};
        long[] ids = {1, 2, 3, 4};
        CausalBatch batch =
                new CausalBatch(new PackedTokens(ids, labels, lengths, new int[] {7, 7}));
        assertThat(batch.size()).isEqualTo(1);
    }

    @Test
    void aLabelAcrossSegmentsIsRefused() {
        long[] ids = {5, 6, 7};
        long[] labels = {6, 7, -100};
        assertThatThrownBy(() -> packed(ids, labels, 2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "token 1 ends its segment and has the label 7; expected -100, since"
                                + " nothing follows it");
    }

    @Test
    void arraysThatDoNotFitAreRefused() {
        long[] ids = {1, 2};
        long[] labels = {2, -100};
        assertThatThrownBy(() -> packed(ids, labels, 3)).hasMessageContaining("of 3 tokens");
        assertThatThrownBy(() -> packed(ids, labels, 2, 0)).hasMessageContaining("1 at least");
        assertThatThrownBy(() -> packed(ids, labels)).hasMessageContaining("0 segments");
        assertThatThrownBy(() -> packed(new long[] {1, -2}, labels, 2))
                .hasMessageContaining("token id -2");
    }
}
