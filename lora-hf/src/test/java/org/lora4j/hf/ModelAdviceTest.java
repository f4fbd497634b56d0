/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.base.ModelAdvice;
import org.lora4j.train.TrainingAdvice;

final class ModelAdviceTest {
    @TempDir Path folder;

    @Test
    void theRateFollowsTheWidthUpToALimit() {
        // 5e-4 (2000 / 4096)^0.781, worked out apart
        assertThat(ModelAdvice.rate(4096)).isEqualTo(2.856e-4, within(1e-7));
        assertThat(ModelAdvice.rate(2000)).isEqualTo(5e-4, within(1e-12));
        assertThat(ModelAdvice.rate(32)).isEqualTo(2e-3);
    }

    @Test
    void fullTrainingTakesATenth() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.trainAll();
            TrainingAdvice advice = advice(model);
            assertThat(advice.learningRate()).isEqualTo(2e-4, within(1e-12));
            assertThat(advice.reason()).contains("width " + width(model), "a tenth");
            assertThat(advice.largeBatch()).isZero();
        }
    }

    @Test
    void adaptersOfAttentionAloneAreWarnedOf() throws IOException {
        assertThat(warnings("q_proj", "v_proj")).contains("only attention is adapted");
        assertThat(warnings("q_proj", "up_proj")).isEmpty();
        assertThat(warnings("all-linear")).isEmpty();
    }

    private String warnings(String... targets) throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.addAdapter("default", LoraConfig.builder().optTargetModules(targets).build());
            TrainingAdvice advice = advice(model);
            assertThat(advice.learningRate()).isEqualTo(2e-3);
            assertThat(advice.largeBatch()).isEqualTo(128);
            assertThat(advice.largeTokens()).isEqualTo(32_768);
            return String.join(" ", advice.warnings());
        }
    }

    private static TrainingAdvice advice(LoraModel model) {
        return model.trainingTask(CausalBatch.class).advice();
    }

    private static int width(LoraModel model) {
        return model.config().hiddenSize().orElseThrow();
    }
}
