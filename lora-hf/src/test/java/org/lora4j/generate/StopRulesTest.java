/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.text.TextTokenizer;

final class StopRulesTest {
    private static final Path TOKENIZER = Path.of("src/test/resources/golden/stream/bytes");

    @TempDir Path folder = Path.of("");

    private Set<Integer> ends(String generation, String model, Integer... stopTokens)
            throws IOException {
        if (!generation.isEmpty()) {
            Files.writeString(folder.resolve("generation_config.json"), generation);
        }
        Files.writeString(folder.resolve("config.json"), model);
        Files.copy(TOKENIZER.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
            GenerationConfig config =
                    GenerationConfig.builder()
                            .optStopTokens(Set.of(stopTokens))
                            .optStopStrings("x")
                            .build();
            StopRules rules = StopRules.of(folder, ModelConfig.read(folder), tokenizer, config);
            assertThat(rules.stopStrings()).containsExactly("x");
            return rules.endTokens();
        }
    }

    private void withTokenizerConfig(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
    }

    @Test
    void theEndsOfAllFilesCount() throws IOException {
        withTokenizerConfig("{\"eos_token\": \"<|im_end|>\"}"); // id 2
        assertThat(ends("{\"eos_token_id\": [7, 8]}", "{\"eos_token_id\": 5}", 30))
                .containsExactlyInAnyOrder(7, 8, 5, 2, 30);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "{\"eos_token_id\": null}", "{\"eos_token_id\": []}"})
    void theModelsConfigurationCountsWithoutTheOther(String generation) throws IOException {
        withTokenizerConfig("{\"eos_token\": \"<|im_end|>\"}");
        assertThat(ends(generation, "{\"eos_token_id\": [5, 6]}"))
                .containsExactlyInAnyOrder(5, 6, 2);
    }

    @Test
    void theTokenizersEndTokenCountsAlone() throws IOException {
        withTokenizerConfig("{\"eos_token\": \"<|im_end|>\"}"); // id 2
        assertThat(ends("{}", "{}")).containsExactly(2);
    }

    @Test
    void aModelWithoutEndTokensHasNone() throws IOException {
        assertThat(ends("{}", "{}")).isEmpty();
    }

    @Test
    void aStopStringThatIsASpecialTokenStopsAtTheToken() throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(TOKENIZER)) {
            assertThat(StopRules.special(List.of("x", "<|im_end|>", "<|im_end"), tokenizer))
                    .containsExactly(2);
            assertThat(tokenizer.tokenId("<|im_end|>")).hasValue(2);
            assertThat(tokenizer.tokenId("no such token")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"eos_token_id\": \"</s>\"}",
                "{\"eos_token_id\": -1}",
                "{\"eos_token_id\": 1.5}",
                "{\"eos_token_id\": [1, [2]]}",
                "{\"eos_token_id\": 1e300}",
                "{\"eos_token_id\": {}}",
                "[]",
                "{\"eos_token_id\": ",
                "[[[["
            })
    void aBrokenFileIsNamed(String generation) {
        assertThatThrownBy(() -> ends(generation, "{}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("generation_config.json");
    }

    @Test
    void anEndlessListIsRefused() {
        String list = "{\"eos_token_id\": [" + "1,".repeat(20_000) + "1]}";
        assertThatThrownBy(() -> ends(list, "{}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("expected a token's id");
        String nested = "[".repeat(900_000);
        assertThatThrownBy(() -> ends(nested, "{}")).isInstanceOf(IOException.class);
    }
}
