/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.core.LoraConfig;
import org.lora4j.train.LoraTrainingConfig;

@Tag("once-per-jdk")
class SweepSettingTest {
    private static final LoraConfig LORA = LoraConfig.builder().setRank(8).setAlpha(3).build();
    private static final LoraTrainingConfig TRAINING =
            LoraTrainingConfig.builder().optSteps(1).build();

    @Test
    void aGridHasEachCombinationUnderANameOfItsOwn() {
        List<SweepSetting> grid =
                SweepSetting.grid(
                        LORA, TRAINING, List.of(4, 16), List.of(8.0, 0.5), List.of(1e-4, 2.5e-3));
        assertThat(grid)
                .extracting(SweepSetting::name)
                .containsExactly(
                        "r4-a8-lr1e-4",
                        "r4-a8-lr2.5e-3",
                        "r4-a0.5-lr1e-4",
                        "r4-a0.5-lr2.5e-3",
                        "r16-a8-lr1e-4",
                        "r16-a8-lr2.5e-3",
                        "r16-a0.5-lr1e-4",
                        "r16-a0.5-lr2.5e-3");
        SweepSetting last = grid.get(7);
        assertThat(last.lora().rank()).isEqualTo(16);
        assertThat(last.lora().alpha()).isEqualTo(0.5);
        assertThat(last.training().learningRate()).hasValue(2.5e-3);
    }

    @Test
    void withoutAlphasTheCommonOneIsTaken() {
        List<SweepSetting> grid =
                SweepSetting.grid(LORA, TRAINING, List.of(4), null, List.of(0.01));
        assertThat(grid).extracting(SweepSetting::name).containsExactly("r4-lr0.01");
        assertThat(grid.get(0).lora().alpha()).isEqualTo(3);
    }

    @Test
    void aValueThatIsGivenTwiceIsRefused() {
        assertThatThrownBy(
                        () ->
                                SweepSetting.grid(
                                        LORA, TRAINING, List.of(4), null, List.of(1e-3, 0.001)))
                .hasMessageContaining("--learning-rates has 0.001 twice");
    }

    @Test
    void numbersAreWrittenAsUsual() {
        assertThat(List.of(16.0, 0.01, 5e-4, 1e-5, 1.25e-3, 1e38, 250000.0, 0.0))
                .extracting(SweepSetting::number)
                .containsExactly("16", "0.01", "5e-4", "1e-5", "1.25e-3", "1e38", "250000", "0");
    }
}
