/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;

/** The settings of BD-LoRA, VeLoRA, MonteCLoRA and Arrow in PEFT's files. */
@Tag("once-per-jdk")
final class VariantFieldsTest {
    private static final Path FILE = Path.of("adapter_config.json");

    private static PeftConfigFile parse(String key, String value) throws IOException {
        return PeftConfigFile.parse(
                "{\"peft_type\": \"LORA\", \"r\": 4, \"%s\": %s}".formatted(key, value), FILE);
    }

    private static LoraVariant variant(String key, String value) throws IOException {
        return parse(key, value).lora().variant();
    }

    @Test
    void whatAFileLeavesOutIsPeftsDefault() throws IOException {
        assertThat(variant("use_bdlora", "{}"))
                .isEqualTo(new LoraVariant.BlockDiagonal(List.of(), List.of(), 1, true));
        assertThat(variant("velora_config", "{}"))
                .isEqualTo(
                        new LoraVariant.Velora(64, 1, LoraVariant.Velora.Direction.BATCH_AVERAGE));
        assertThat(variant("monteclora_config", "{}"))
                .isEqualTo(new LoraVariant.Monteclora(8, false, 0.1, 1e-4, 1e-5, 150));
        assertThat(variant("use_bdlora", "null")).isEqualTo(LoraVariant.plain());
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        LoraVariant diagonal =
                new LoraVariant.BlockDiagonal(List.of("o_proj"), List.of(), 2, false);
        LoraVariant velora =
                new LoraVariant.Velora(7, 0.5, LoraVariant.Velora.Direction.BATCH_AVERAGE_ONCE);
        LoraVariant monte = new LoraVariant.Monteclora(3, true, 0.2, 1e-3, 1e-4, 9);
        LoraVariant arrow =
                new LoraVariant.Arrow(List.of("task_0", "task_1"), List.of("gks_0"), 2, 0.5, 7L);
        LoraVariant unseeded = new LoraVariant.Arrow(List.of("task_0"), List.of(), 1, 1, null);
        for (LoraVariant each : List.of(diagonal, velora, monte, arrow, unseeded)) {
            LoraConfig config = LoraConfig.builder().optVariant(each).build();
            String text = PeftConfigFile.of(config).toJson();
            assertThat(PeftConfigFile.parse(text, FILE).lora().variant()).isEqualTo(each);
            assertThat(PeftConfigFile.parse(text, FILE).toJson()).isEqualTo(text);
        }
        assertThat(PeftConfigFile.of(LoraConfig.builder().optVariant(diagonal).build()).toJson())
                .contains("\"target_modules_bd_b\": null")
                .contains("\"velora_config\": null");
    }

    @Test
    void whatPeftDoesNotAcceptIsAnErrorByName() {
        assertThatThrownBy(() -> parse("velora_config", "{\"init_type\": \"mean\"}"))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("velora_config.init_type")
                .hasMessageContaining("batch_average_once");
        assertThatThrownBy(() -> parse("velora_config", "{\"num_groups\": 0}"))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("at least one group");
        assertThatThrownBy(() -> parse("arrow_config", "{\"task_adapter_names\": [\"a\"]}"))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("top_k must be at least 1 and at most 1");
        assertThatThrownBy(() -> parse("use_bdlora", "7"))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("use_bdlora");
        assertThatThrownBy(
                        () ->
                                PeftConfigFile.parse(
                                        "{\"peft_type\": \"LORA\", \"use_bdlora\": {},"
                                                + " \"velora_config\": {}}",
                                        FILE))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("BD-LoRA")
                .hasMessageContaining("VeLoRA");
    }
}
