/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdapterNotesTest {
    @TempDir private Path dir = Path.of("");

    @Test
    void whatIsWrittenIsRead() throws IOException {
        AdapterNotes notes =
                new AdapterNotes(
                        List.of("b", "a", "b"),
                        List.of(3, 1),
                        "1.0",
                        "00ff",
                        Long.MIN_VALUE,
                        Map.of("net.depthwise", "kernel", "LSTM.l_0_i2h_WEIGHT", "matrix"),
                        "labels");
        assertThat(AdapterNotes.read(file(notes.toJson()))).isEqualTo(notes);
        AdapterNotes empty =
                new AdapterNotes(List.of(), List.of(), null, null, null, Map.of(), null);
        assertThat(AdapterNotes.read(file(empty.toJson()))).isEqualTo(empty);
        assertThat(AdapterNotes.read(file("{\"later\": [1]}"))).isEqualTo(empty);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"labels\": \"a\"}",
                "{\"labels\": [1]}",
                "{\"seed\": 1.5}",
                "{\"seed\": \"1\"}",
                "{\"seed\": 99999999999999999999}",
                "{\"library_version\": 1}",
                "[]",
                "",
                "{\"end_token_ids\": [-1]}",
                "{\"end_token_ids\": [1.5]}",
                "{\"weight_forms\": [1]}",
                "{\"weight_forms\": {\"a\": 1}}"
            })
    void whatIsNotNotesIsRefusedWithTheFile(String text) throws IOException {
        Path file = file(text);
        assertThatThrownBy(() -> AdapterNotes.read(file))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("lora4j.json");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(dir.resolve("lora4j.json"), text);
    }
}
