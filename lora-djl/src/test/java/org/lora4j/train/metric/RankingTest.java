/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Measures of ranked things; the figures are scikit-learn 1.9.1's. */
@Tag("once-per-jdk")
final class RankingTest {
    private static final double[] SCORES = {0.1, 0.9, 0.4, 0.35, 0.8};

    @Test
    void measuresAreThoseOfScikitLearn() {
        Ranking graded = Ranking.of(SCORES, new double[] {3, 0, 2, 0, 1});
        assertThat(graded.ndcg(10)).isCloseTo(0.5862180879, within(1e-9));
        assertThat(graded.ndcg(3)).isCloseTo(0.3424985032, within(1e-9));
        assertThat(graded.reciprocalRank(10)).isEqualTo(0.5);
        assertThat(graded.reciprocalRank(1)).isZero();
        assertThat(graded.averagePrecision())
                .isCloseTo((1 / 2.0 + 2 / 3.0 + 3 / 5.0) / 3, within(1e-12));
    }

    @Test
    void nothingRelevantIsZero() {
        Ranking none = Ranking.of(SCORES, new double[5]);
        assertThat(none.hasRelevant()).isFalse();
        assertThat(none.ndcg(10) + none.reciprocalRank(10) + none.averagePrecision()).isZero();
    }
}
