/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;

final class LengthGroupsTest {
    private static PaddedBatch batch(int... lengths) {
        List<TokenizedExample> examples = new ArrayList<>();
        for (int row = 0; row < lengths.length; row++) {
            int[] ids = new int[lengths[row]];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = 100 * row + i + 1;
            }
            examples.add(new TokenizedExample(row + 50, ids, new int[ids.length], 0));
        }
        return PaddedBatch.of(examples, 0);
    }

    @Test
    void rowsOfLikeLengthsStandTogetherAndEachIsFoundAgain() {
        LengthGroups groups = LengthGroups.of(batch(3, 10, 4, 9, 6, 3), true);
        assertThat(groups.groups())
                .containsExactly(new int[] {1, 3}, new int[] {4}, new int[] {2, 0, 5});
        assertThat(groups.places()).containsExactly(4, 0, 3, 1, 2, 5);
    }

    @Test
    void aGroupIsPaddedToItsOwnLongest() {
        PaddedBatch group = batch(3, 10, 4).rows(new int[] {2, 0});
        assertThat(group.columns()).isEqualTo(4);
        assertThat(group.indices()).containsExactly(52, 50);
        assertThat(group.ids()).containsExactly(201, 202, 203, 204, 1, 2, 3, 0);
        assertThat(group.attentionMask()).containsExactly(1, 1, 1, 1, 1, 1, 1, 0);
    }

    @Test
    void withoutAMaskNothingIsDivided() {
        LengthGroups groups = LengthGroups.of(batch(3, 10, 4), false);
        assertThat(groups.groups()).containsExactly(new int[] {0, 1, 2});
        assertThat(groups.places()).containsExactly(0, 1, 2);
    }
}
