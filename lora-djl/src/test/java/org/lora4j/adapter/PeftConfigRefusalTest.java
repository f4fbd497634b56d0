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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PeftConfigRefusalTest {
    private static final Path HERE = Path.of("adapter_config.json");

    private static PeftConfigFile parse(String json) throws IOException {
        return PeftConfigFile.parse(json, HERE);
    }

    @Test
    void anAlphaThatFloat32CannotHoldIsRefusedByItsName() {
        assertThatThrownBy(
                        () ->
                                parse(
                                        """
                                        {"peft_type": "LORA", "target_modules": ["a"],
                                         "lora_alpha": 1e39, "alpha_pattern": {"a": 1e300}}
                                        """))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("lora_alpha: expected a number that is finite in float32")
                .hasMessageContainingAll("found 1e39", "alpha_pattern.a: expected", "found 1e300");
    }

    @Test
    void everyUnsupportedFeatureIsNamedInOneException() {
        assertThatThrownBy(
                        () ->
                                parse(
                                        """
                                        {"peft_type": "LORA",
                                         "layer_replication": [[0, 1]],
                                         "init_lora_weights": "corda"}
                                        """))
                .isInstanceOfSatisfying(
                        UnsupportedAdapterException.class,
                        e -> {
                            assertThat(e.features()).hasSize(2);
                            assertThat(e.getMessage())
                                    .contains("adapter_config.json", "layer_replication", "corda");
                        });
    }

    @Test
    void numbersOfAnySizeAreReadAsPythonTakesThem() throws IOException {
        assertThatThrownBy(
                        () -> parse("{\"peft_type\":\"LORA\",\"layer_replication\":1e99999999999}"))
                .isInstanceOf(UnsupportedAdapterException.class)
                .hasMessageContaining("layer_replication");
        assertThat(parse("{\"peft_type\":\"LORA\",\"x\":1e99999999999}").toJson())
                .contains("\"x\": 1e99999999999");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ADALORA", "LOHA", "lora", "ia3", ""})
    void otherMethodsAreRefusedByName(String type) {
        assertThatThrownBy(() -> parse("{\"peft_type\":\"" + type + "\"}"))
                .isInstanceOf(UnsupportedAdapterException.class)
                .hasMessageContaining("peft_type \"" + type + "\"");
    }

    @Test
    void tokensThatMakeNoSenseAreRefusedByTheirKey() {
        assertThatThrownBy(
                        () ->
                                parse(
                                        """
                                        {"peft_type": "LORA", "trainable_token_indices": [1, "a"]}
                                        """))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContainingAll("trainable_token_indices", "integers", "\"a\"");
        assertThatThrownBy(
                        () ->
                                parse(
                                        """
                                        {"peft_type": "LORA",
                                         "trainable_token_indices": {"lm_head": [3, 3]}}
                                        """))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContainingAll("lm_head", "each id once");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pissa_niter_0", "pissa_niter_x", "corda", "loftq", "new"})
    void initialisationsThatChangeTheBaseAreRefused(String init) {
        assertThatThrownBy(
                        () ->
                                parse(
                                        "{\"peft_type\":\"LORA\",\"init_lora_weights\":\""
                                                + init
                                                + "\"}"))
                .isInstanceOf(UnsupportedAdapterException.class)
                .hasMessageContaining("\"" + init + "\"");
    }

    @Test
    void everyWrongTypeIsNamedInOneException() {
        assertThatThrownBy(
                        () ->
                                parse(
                                        """
                                        {"peft_type": "LORA", "r": "8", "lora_alpha": true,
                                         "lora_dropout": null, "target_modules": [1],
                                         "rank_pattern": {"a": 1.5}, "bias": "some",
                                         "task_type": "CHAT", "modules_to_save": "head",
                                         "use_rslora": "yes", "layers_to_transform": ["a"]}
                                        """))
                .isInstanceOfSatisfying(
                        InvalidAdapterException.class,
                        e -> {
                            assertThat(e.problems()).hasSize(10);
                            assertThat(e.getMessage())
                                    .contains(
                                            "adapter_config.json",
                                            "r: expected an integer, found \"8\"",
                                            "lora_alpha",
                                            "lora_dropout",
                                            "target_modules",
                                            "rank_pattern.a",
                                            "bias",
                                            "CHAT",
                                            "modules_to_save",
                                            "use_rslora",
                                            "layers_to_transform");
                        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{",
                "{}{}",
                "{\"r\":}",
                "{a:1}",
                "\"LORA\"",
                "{\"r\":NaN}",
                "{\"r\":1}//"
            })
    void textThatIsNotAJsonObjectIsRefused(String json) {
        assertThatThrownBy(() -> parse(json)).isInstanceOf(InvalidAdapterException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"r\": 0",
                "\"r\": -1",
                "\"r\": 99999999999",
                "\"lora_alpha\": -1",
                "\"lora_alpha\": 1e999",
                "\"lora_dropout\": 1.0",
                "\"target_modules\": []",
                "\"rank_pattern\": {\"a\": 0}",
                "\"target_modules\": \"(\"",
                "\"layers_pattern\": \"h\"",
                "\"target_modules\": \"a.*\", \"layers_to_transform\": [1]"
            })
    void valuesOutOfRangeAreRefusedWithTheFile(String entry) {
        assertThatThrownBy(() -> parse("{\"peft_type\":\"LORA\"," + entry + "}"))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("adapter_config.json");
    }

    @Test
    void depthIsRefusedWithoutARecursion() {
        String deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
        assertThatThrownBy(() -> parse("{\"peft_type\":\"LORA\",\"x\":" + deep + "}"))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("deep");
    }
}
