/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class JoinedSamplesTest {
    private static SampleTokens sample(int[] ids, boolean... learnt) {
        return new SampleTokens(ids, learnt, false);
    }

    @Example
    void labelsAreShiftedAndStayInTheirSegment() {
        PackedTokens packed =
                PackedTokens.join(
                        List.of(
                                sample(new int[] {8}, true),
                                sample(new int[] {5, 6, 7}, true, false, true),
                                sample(new int[] {9, 10}, false, true)),
                        new int[] {1, 0, 2});
        assertThat(packed.ids()).containsExactly(5, 6, 7, 8, 9, 10);
        assertThat(packed.labels()).containsExactly(-100, 7, -100, -100, 10, -100);
        assertThat(packed.lengths()).containsExactly(3, 1, 2);
        assertThat(packed.indices()).containsExactly(1, 0, 2);
        assertThat(packed.labelled()).isEqualTo(2);
    }

    @Property(tries = 200)
    void everyTokenStandsOnceAndNoLabelCrossesSegments(
            @ForAll @Size(min = 1, max = 30) List<@Size(min = 1, max = 12) List<Boolean>> marks,
            @ForAll @IntRange(max = 1_000_000) int firstId) {
        List<SampleTokens> samples = new ArrayList<>();
        int[] indices = new int[marks.size()];
        int next = firstId; // all ids differ, so a label tells where it is from
        for (int s = 0; s < marks.size(); s++) {
            int[] ids = new int[marks.get(s).size()];
            boolean[] learnt = new boolean[ids.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = next++;
                learnt[i] = marks.get(s).get(i);
            }
            samples.add(new SampleTokens(ids, learnt, false));
            indices[s] = s;
        }
        PackedTokens packed = PackedTokens.join(samples, indices);
        int at = 0;
        int terms = 0;
        for (SampleTokens sample : samples) {
            terms += sample.lossTerms();
            for (int i = 0; i < sample.length(); i++, at++) {
                assertThat(packed.ids()[at]).isEqualTo(firstId + at);
                assertThat(packed.positions()[at]).isEqualTo(i);
                boolean learnt = i + 1 < sample.length() && sample.learnt()[i + 1];
                assertThat(packed.labels()[at])
                        .isEqualTo(learnt ? firstId + at + 1L : PackedTokens.IGNORED);
            }
        }
        assertThat(packed.tokens()).isEqualTo(at);
        assertThat(packed.labelled()).isEqualTo(terms);
    }
}
