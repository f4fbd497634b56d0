/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lora4j.core.LoraConfig;

/** The code that the pages about configuration show. */
final class ConfigSnippetsTest {
    @Test
    void aConfigSaysWhatIsAdapted() {
        // snippet: config
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(8)
                        .setAlpha(16)
                        .optDropout(0.1)
                        .optTargetModules("query", "value")
                        .optModulesToSave("classifier")
                        .build();
        // end
        assertThat(config.scalingFor("bert.encoder.layer.0.attention.self.query")).isEqualTo(2.0);
        assertThat(config.modulesToSave()).containsExactly("classifier");
    }
}
