/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Added tokens have the ids, and are found in texts, as transformers 5.23 has them. */
final class AddedTokenFilesTest {
    @TempDir Path folder;

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(
                Objects.requireNonNull(AddedTokenFilesTest.class.getResource("/golden/" + name))
                        .toURI());
    }

    /** tokenizer.add_tokens(["<|tool|>", "<call>"]) and the ids of a text. */
    @ParameterizedTest
    @CsvSource({
        "bert,62,2 5 60 31 61 32 3",
        "chat/bytes,452,64 220 450 257 68 451 220 69 72 75 76",
        "samples/byte-level,402,65 221 400 274 401 358 314",
        "stream/bytes,424,67 223 422 327 423 223 72 75 78 79",
        "tokenizers/wordpiece,97,2 10 95 87 96 86 3"
    })
    void addedTokensAreTransformers(String name, int tokens, String ids) throws Exception {
        Path model = golden(name);
        AddedTokenFiles files = AddedTokenFiles.write(model, List.of("<|tool|>", "<call>"), folder);
        assertThat(files.tokens()).isEqualTo(tokens);
        assertThat(files.added()).containsExactly("<|tool|>", "<call>");
        try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
            int[] found = tokenizer.encode("a <|tool|>the<call> film", null, 100).ids();
            assertThat(found)
                    .containsExactly(
                            List.of(ids.split(" ", -1)).stream()
                                    .mapToInt(Integer::parseInt)
                                    .toArray());
        }
        assertThat(AddedTokenFiles.hasMore(folder, model)).isTrue();
        assertThat(AddedTokenFiles.hasMore(model, folder)).isFalse();
        assertThat(AddedTokenFiles.hasMore(model, model)).isFalse();
    }

    @Test
    void tokensThatAreThereStayAsTheyAre() throws Exception {
        Path model = golden("bert");
        AddedTokenFiles files = AddedTokenFiles.write(model, List.of("[SEP]", "film"), folder);
        assertThat(files.added()).isEmpty();
        assertThat(files.tokens()).isEqualTo(60);
        assertThat(AddedTokenFiles.hasMore(folder, model)).isFalse();
    }

    @Test
    void whatIsNoTokenOrTokenizerIsRefused() throws IOException, URISyntaxException {
        Path model = golden("bert");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AddedTokenFiles.write(model, List.of(" "), folder))
                .withMessageContaining("blank");
        Path broken = Files.createDirectory(folder.resolve("broken"));
        for (String text : List.of("{}", "[1]", "{\"model\": {\"vocab\": 3}}", "{\"model\"")) {
            Files.writeString(broken.resolve("tokenizer.json"), text);
            assertThatThrownBy(() -> AddedTokenFiles.write(broken, List.of("x"), folder))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("tokenizer.json");
        }
    }
}
