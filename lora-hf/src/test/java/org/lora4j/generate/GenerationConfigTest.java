/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

final class GenerationConfigTest {
    private static void refused(GenerationConfigBuilder builder, String... words) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words)
                .hasMessageContaining("expected");
    }

    private static GenerationConfigBuilder with() {
        return GenerationConfig.builder();
    }

    @Test
    void theDefaultSetsNothing() {
        GenerationConfig config = GenerationConfig.defaults();
        assertThat(config.temperature()).isNull();
        assertThat(config.maxNewTokens()).isNull();
        assertThat(config.topK()).isNull();
        assertThat(config.topP()).isNull();
        assertThat(config.repetitionPenalty()).isNull();
        assertThat(config.stopStrings()).isEmpty();
        assertThat(config.stopTokens()).isEmpty();
        assertThat(config.seed()).isZero();
    }

    @Test
    void aBuilderFromAConfigurationKeepsAllOfIt() {
        GenerationConfig config =
                with().optMaxNewTokens(7)
                        .optTemperature(0.5)
                        .optTopK(4)
                        .optTopP(0.9)
                        .optRepetitionPenalty(1.2)
                        .optStopStrings("a", "bc")
                        .optStopTokens(Set.of(3, 9))
                        .optSeed(-5)
                        .build();
        assertThat(config.toBuilder().build()).isEqualTo(config);
        assertThat(config.toBuilder().optSeed(1).build()).isNotEqualTo(config);
    }

    @Test
    void valuesOutOfRangeAreNamed() {
        refused(with().optMaxNewTokens(0), "maxNewTokens is 0", "at least 1");
        refused(with().optTemperature(-0.1), "temperature is -0.1");
        refused(with().optTemperature(Double.NaN), "temperature is NaN");
        refused(with().optTemperature(Double.POSITIVE_INFINITY), "temperature is Infinity");
        refused(with().optTopK(-1), "topK is -1");
        refused(with().optTopP(0), "topP is 0.0");
        refused(with().optTopP(1.01), "topP is 1.01");
        refused(with().optTopP(Double.NaN), "topP is NaN");
        refused(with().optRepetitionPenalty(0), "repetitionPenalty is 0.0");
        refused(with().optRepetitionPenalty(Double.NaN), "repetitionPenalty is NaN");
        refused(with().optStopStrings("a", ""), "stopStrings", "empty");
        refused(with().optStopStrings("a\uD83D"), "stopStrings", "surrogate");
        refused(with().optStopTokens(Set.of(-1)), "stopTokens is -1");
        assertThat(with().optStopStrings("\uD83D\uDE00").build().stopStrings()).hasSize(1);
    }
}
