/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BatchPlanTest {
    private final List<Integer> planned = new ArrayList<>();

    private int[][] plan(int epoch, int size) {
        planned.add(epoch);
        return new int[][] {new int[size], {epoch}};
    }

    @Test
    void anEpochIsPlannedOnceHoweverOftenItIsAskedFor() {
        BatchPlan plan = BatchPlan.remembered(epoch -> plan(epoch, 3));
        for (int epoch = 0; epoch < 3; epoch++) { // as a trainer counts its steps
            assertThat(plan.batches(epoch)).isEqualTo(2);
        }
        for (int epoch = 0; epoch < 3; epoch++) {
            assertThat(plan.epoch(epoch)[1]).containsExactly(epoch);
            assertThat(plan.batches(epoch)).isEqualTo(2);
        }
        assertThat(planned).containsExactly(0, 1, 2);
    }

    @Test
    void ofLargePlansOnlyTheLatestIsHeld() {
        BatchPlan plan = BatchPlan.remembered(epoch -> plan(epoch, 3 << 20));
        plan.batches(0);
        plan.batches(1);
        plan.epoch(1);
        plan.batches(0);
        assertThat(planned).containsExactly(0, 1);
        assertThat(plan.epoch(0)[1]).containsExactly(0);
        assertThat(planned).containsExactly(0, 1, 0);
    }
}
