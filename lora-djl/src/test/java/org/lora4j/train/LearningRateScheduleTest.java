/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import org.junit.jupiter.api.Test;

final class LearningRateScheduleTest {
    @Test
    void factorsEqualTransformers() {
        JsonArray cases = Golden.read("schedules.json", JsonArray.class);
        assertThat(cases).hasSizeGreaterThan(50);
        for (JsonElement element : cases) {
            JsonObject golden = element.getAsJsonObject();
            int total = golden.get("total").getAsInt();
            WarmUp warmUp = WarmUp.ofRatio(golden.get("warm_up").getAsDouble());
            assertThat(warmUp.steps(total)).isEqualTo(golden.get("warm_up_steps").getAsInt());
            LearningRateSchedule schedule =
                    switch (golden.get("kind").getAsString()) {
                        case "linear" -> LearningRateSchedule.linear(warmUp);
                        case "cosine" -> LearningRateSchedule.cosine(warmUp);
                        default -> LearningRateSchedule.constant(warmUp);
                    };
            long[] at = Golden.longs(golden.get("at"));
            double[] factors = Golden.doubles(golden.get("factors"));
            for (int i = 0; i < at.length; i++) {
                assertThat(schedule.rate((int) at[i], total, 1))
                        .as("%s step %d", golden, at[i])
                        .isEqualTo(factors[i], within(1e-15));
            }
        }
    }

    @Test
    void theFirstStepOfAWarmUpHasRateZero() {
        assertThat(LearningRateSchedule.linear(WarmUp.ofSteps(3)).rate(0, 10, 0.3)).isZero();
        assertThat(LearningRateSchedule.constant(WarmUp.none()).rate(0, 10, 0.3)).isEqualTo(0.3);
        assertThat(LearningRateSchedule.linear(WarmUp.none()).rate(0, 10, 0.3)).isEqualTo(0.3);
    }

    @Test
    void warmUpsOutOfRangeAreRefused() {
        for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> WarmUp.ofRatio(share))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(share));
        }
        assertThatThrownBy(() -> WarmUp.ofSteps(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
