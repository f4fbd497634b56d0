/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of texts that are compared. */
@Tag("once-per-jdk")
final class EmbeddingTextsTest {
    @TempDir Path folder;

    private EmbeddingTexts read(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        return EmbeddingTexts.read(file);
    }

    @Test
    void knownColumnsHaveTheirOrderAndOthersThatOfTheFile() throws IOException {
        EmbeddingTexts known =
                read("a.jsonl", "{\"negative\": \"n\", \"positive\": \"p\", \"anchor\": \"a\"}\n");
        assertThat(known.examples().get(0).texts()).isEqualTo(List.of("a", "p", "n"));
        EmbeddingTexts own = read("b.jsonl", "{\"title\": \"t\", \"answer\": \"b\"}\n\n");
        assertThat(own.examples().get(0).texts()).isEqualTo(List.of("t", "b"));
        assertThat(own.isScored()).isFalse();
    }

    @Test
    void tablesAreReadWithTheirScores() throws IOException {
        EmbeddingTexts csv = read("a.csv", "sentence2,score,sentence1\n\"two, quoted\",0.25,one\n");
        assertThat(csv.examples())
                .containsExactly(new EmbeddingExample(List.of("one", "two, quoted"), 0.25f, 2));
        EmbeddingTexts tsv = read("a.tsv", "sentence1\tsentence2\tlabel\na \"b\tc\t1\n");
        assertThat(tsv.examples().get(0).texts()).isEqualTo(List.of("a \"b", "c"));
    }

    @Test
    void whatDoesNotFitIsRefusedWithItsLine() {
        String first = "{\"anchor\": \"a\", \"positive\": \"p\"}\n";
        assertThatThrownBy(() -> read("a.jsonl", first + "{\"anchor\": \"a\"}\n"))
                .hasMessageContaining("line 2")
                .hasMessageContaining("positive");
        assertThatThrownBy(
                        () ->
                                read(
                                        "a.jsonl",
                                        first
                                                + "{\"anchor\": \"a\", \"positive\": \"p\","
                                                + " \"id\": 3}\n"))
                .hasMessageContaining("'id'");
        assertThatThrownBy(() -> read("a.jsonl", "{\"anchor\": \"a\", \"positive\": 3}\n"))
                .hasMessageContaining("expected a string");
        assertThatThrownBy(() -> read("a.csv", "sentence1,sentence2,score\na,b,high\n"))
                .hasMessageContaining("'score' is high");
        assertThatThrownBy(() -> read("a.jsonl", "")).hasMessageContaining("no examples");
    }
}
