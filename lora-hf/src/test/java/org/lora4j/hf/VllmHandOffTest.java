/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;

/** Adapters of decoders, as vLLM would find them. */
final class VllmHandOffTest {
    @TempDir Path folder;

    private List<String> violations(String model, LoraConfig config) throws IOException {
        Path adapter = folder.resolve("adapter");
        try (LoraModel loaded = DecoderGolden.load(folder, model)) {
            loaded.addAdapter("default", config);
            loaded.saveAdapter("default", adapter);
        }
        return VllmRules.violations(adapter, 16);
    }

    private static LoraConfigBuilder config(int rank, String... targets) {
        return LoraConfig.builder().setRank(rank).setAlpha(32).optTargetModules(targets);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "llama; all-linear",
                "llama-tied; all-linear",
                "llama; q_proj,v_proj",
                "llama-tied; regex:.*mlp\\.(gate|up|down)_proj"
            })
    void whatIsTrainedHereCanBeServed(String model, String targets) throws IOException {
        assertThat(violations(model, config(16, targets.split(",")).build())).isEmpty();
    }

    @Test
    void whatItRefusesIsNoticed() throws IOException {
        assertThat(violations("llama", config(17, "q_proj").build()))
                .singleElement()
                .asString()
                .contains("17");
        assertThat(violations("llama", config(4, "q_proj").optModulesToSave("lm_head").build()))
                .anyMatch(said -> said.contains("modules_to_save"))
                .anyMatch(said -> said.contains("lm_head"));
        assertThat(violations("llama", config(4, "embed_tokens").build()))
                .anyMatch(said -> said.contains("lora_embedding_A"));
        assertThat(
                        violations(
                                "llama",
                                config(4, "q_proj", "v_proj")
                                        .optRankPattern(Map.of("v_proj", 2))
                                        .build()))
                .anyMatch(said -> said.contains("rank_pattern"))
                .anyMatch(said -> said.contains("not of rank 4"));
    }
}
