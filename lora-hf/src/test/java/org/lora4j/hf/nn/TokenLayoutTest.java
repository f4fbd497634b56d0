/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TokenLayoutTest {
    private static final float LOW = -Float.MAX_VALUE;

    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    /** Texts of 2, 5, 0 (of 6 positions), 4 tokens; the last has a hidden one. */
    private static TokenLayout mixed() {
        long[] mask = {
            1, 1, 0, 0, 0, 0,
            1, 1, 1, 1, 1, 0,
            0, 0, 0, 0, 0, 0,
            1, 0, 1, 1, 0, 0,
        };
        return new TokenLayout(mask, 4);
    }

    @Test
    void textsLieOneAfterAnotherTheLongestFirst() {
        TokenLayout layout = mixed();
        assertThat(layout.order()).containsExactly(2, 1, 3, 0);
        assertThat(layout.lengths()).containsExactly(6, 5, 4, 2);
        assertThat(layout.tokens()).isEqualTo(17);
        assertThat(layout.places(manager).toLongArray())
                .containsExactly(12, 13, 14, 15, 16, 17, 6, 7, 8, 9, 10, 18, 19, 20, 21, 0, 1);
    }

    @Test
    void likeLengthsArePaddedTogether() {
        NDList hidden = new NDList(numbered(17)).addAll(mixed().arrays(manager));
        TokenRows rows = new TokenRows(hidden);
        assertThat(rows.texts()).isEqualTo(4);
        assertThat(rows.isPadded()).isTrue();
        // [2, 6] and then, since 4 is less than 0.7 of 6, [1, 4] and [1, 2]
        assertThat(rows.padded().toLongArray())
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17);
        NDList masks = rows.masks();
        assertThat(masks).hasSize(3);
        assertThat(masks.get(0).getShape()).isEqualTo(new Shape(2, 1, 1, 6));
        assertThat(masks.get(0).toFloatArray())
                .containsExactly(LOW, LOW, LOW, LOW, LOW, LOW, 0, 0, 0, 0, 0, LOW);
        assertThat(masks.get(1).getShape()).isEqualTo(new Shape(1, 1, 1, 4));
        assertThat(masks.get(1).toFloatArray()).containsExactly(0, LOW, 0, 0);
        assertThat(masks.get(2).toFloatArray()).containsExactly(0, 0);
    }

    @Test
    void firstTokensAndTheOrderOfTheTextsAreFoundAgain() {
        TokenRows rows = new TokenRows(new NDList(numbered(17)).addAll(mixed().arrays(manager)));
        NDArray first = rows.firstTokens();
        assertThat(first.toFloatArray()).containsExactly(0, 6, 11, 15);
        assertThat(rows.inOrderOfTexts(first).toFloatArray()).containsExactly(15, 6, 0, 11);
        TokenRows firstOnly = new TokenRows(rows.with(first));
        assertThat(firstOnly.hidden()).isSameAs(first);
        assertThat(firstOnly.firstTokens()).isSameAs(first);
        assertThat(firstOnly.texts()).isEqualTo(4);
    }

    @Test
    void textsOfOneLengthNeedNoPadding() {
        TokenRows rows = new TokenRows(new NDList(numbered(6)).addAll(full().arrays(manager)));
        assertThat(rows.isPadded()).isFalse();
        assertThat(rows.firstTokens().toFloatArray()).containsExactly(0, 2, 4);
        assertThat(rows.inOrderOfTexts(rows.firstTokens()).toFloatArray()).containsExactly(0, 2, 4);
        assertThat(full().places(manager).toLongArray()).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void admittedTokensFollowOneAnother() {
        long[] mask = {
            0, 0, 1, 1,
            1, 0, 1, 1,
            0, 0, 0, 0,
        };
        TokenLayout layout = TokenLayout.ofAdmitted(mask, 3);
        assertThat(layout.order()).containsExactly(1, 0, 2);
        assertThat(layout.lengths()).containsExactly(3, 2, 1);
        assertThat(layout.places(manager).toLongArray()).containsExactly(4, 6, 7, 2, 3, 8);
        TokenRows rows = new TokenRows(new NDList(numbered(6)).addAll(layout.arrays(manager)));
        assertThat(rows.firstTokens().toFloatArray()).containsExactly(0, 3, 5);
        assertThat(rows.lastTokens().toFloatArray()).containsExactly(2, 4, 5);
        for (NDArray each : rows.masks()) {
            assertThat(each.getShape().get(3)).isLessThanOrEqualTo(3);
        }
    }

    @Test
    void meansLeaveHiddenTokensOut() {
        NDList hidden = new NDList(numbered(17)).addAll(mixed().arrays(manager));
        // rows 0 to 5 are hidden all, 6 to 10 are seen, of 11 to 14 the second is hidden
        assertThat(new TokenRows(hidden).means().toFloatArray())
                .containsExactly(new float[] {0, 8, (11 + 13 + 14) / 3f, 15.5f}, within(1e-5f));
        NDList alike = new NDList(numbered(6)).addAll(full().arrays(manager));
        assertThat(new TokenRows(alike).means().toFloatArray())
                .containsExactly(new float[] {0.5f, 2.5f, 4.5f}, within(1e-5f));
    }

    @Test
    void whatLayersShareIsToldFromMasks() {
        NDArray extra = numbered(4);
        for (TokenLayout layout : new TokenLayout[] {mixed(), full()}) {
            NDList all = new NDList(numbered(layout.tokens())).addAll(layout.arrays(manager));
            int masks = new TokenRows(all).isPadded() ? 3 : 0;
            all.add(extra);
            assertThat(new TokenRows(all).shared()).containsExactly(extra);
            assertThat(new TokenRows(all).isPadded()).isEqualTo(masks > 0);
            if (masks > 0) {
                assertThat(new TokenRows(all).masks()).hasSize(masks);
            }
        }
    }

    private static TokenLayout full() {
        return TokenLayout.full(3, 2);
    }

    @Test
    void masksThatAreNoRectangleAreRefused() {
        assertThatThrownBy(() -> new TokenLayout(new long[7], 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of 7 positions for 2 texts");
        assertThatThrownBy(() -> new TokenLayout(new long[0], 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private NDArray numbered(int rows) {
        return manager.arange((float) rows).reshape(rows, 1);
    }
}
