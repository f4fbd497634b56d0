/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class TruncationTest {
    /** Python's slow tokenizers: drop one token at a time from the longer text. */
    @Property
    void keepsAsManyAsDroppingOneTokenAtATimeFromTheLongerText(
            @ForAll @IntRange(max = 40) int first,
            @ForAll @IntRange(max = 40) int second,
            @ForAll @IntRange(min = 1, max = 60) int budget) {
        int a = first;
        int b = second;
        while (a + b > budget) {
            if (a > b) {
                a--;
            } else {
                b--;
            }
        }
        Truncation stay = Truncation.longestFirst(first, second, budget);
        assertThat(stay.first() + stay.second()).isEqualTo(a + b);
        assertThat(stay.first()).isBetween(0, first);
        assertThat(stay.second()).isBetween(0, second);
        // Only the odd token may go to the other text.
        assertThat(Math.abs(stay.first() - a)).isLessThanOrEqualTo(1);
    }
}
