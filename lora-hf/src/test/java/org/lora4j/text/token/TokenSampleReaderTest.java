/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.text.lines.TextFileException;

/** Files of labelled words and spans. */
@Tag("once-per-jdk")
final class TokenSampleReaderTest {
    @TempDir Path folder;

    private List<TokenSample> read(String name, String text) throws IOException {
        return TokenSampleReader.readAll(Files.writeString(folder.resolve(name), text));
    }

    @Test
    void columnsAreWordsAndTags() throws IOException {
        String text =
                "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\n# NN B-NP O\n";
        assertThat(read("eng.train", text))
                .containsExactly(
                        new TokenSample.Words(3, List.of("EU", "rejects"), List.of("B-ORG", "O")),
                        new TokenSample.Words(7, List.of("#"), List.of("O")));
        assertThat(read("tabs.conll", "New York\tB-LOC\n"))
                .containsExactly(new TokenSample.Words(1, List.of("New York"), List.of("B-LOC")));
    }

    @Test
    void placesAreCodePoints() throws IOException {
        String line =
                "{\"text\": \"\uD83D\uDE00 Ada in Rom\", \"spans\": [[9, 12, \"LOC\"], {\"start\":"
                        + " 2, \"end\": 5, \"label\": \"PER\"}]}\n";
        TokenSample.Spans sample = (TokenSample.Spans) read("a.jsonl", line).get(0);
        assertThat(sample.spans())
                .containsExactly(new LabelledSpan(3, 6, "PER"), new LabelledSpan(10, 13, "LOC"));
        assertThat(sample.text().substring(3, 6)).isEqualTo("Ada");
    }

    @Test
    void labelsAreThoseOfTheScheme() throws IOException {
        List<TokenSample> spans =
                read(
                        "a.jsonl",
                        "{\"text\":\"Ada Rom\",\"entities\":[[0,3,\"PER\"],[4,7,\"LOC\"]]}");
        assertThat(TokenLabels.of(spans, TagScheme.BIO))
                .containsExactly("O", "B-LOC", "I-LOC", "B-PER", "I-PER");
        List<TokenSample> words =
                read("b.jsonl", "{\"tokens\":[\"Ada\",\"!\"],\"ner_tags\":[\"U-PER\",\"O\"]}");
        assertThat(TokenLabels.of(words, TagScheme.BIO))
                .containsExactly("O", "B-PER", "I-PER", "L-PER", "U-PER");
        List<TokenSample> parts = read("c.jsonl", "{\"tokens\":[\"a\",\"b\"],\"tags\":[10, 9]}");
        assertThat(TokenLabels.of(parts, TagScheme.BIO)).containsExactly("9", "10");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"text\":\"ab\",\"spans\":[[0,3,\"X\"]]}|from 0 to 2",
                "{\"text\":\"abc\",\"spans\":[[0,2,\"X\"],[1,3,\"Y\"]]}|overlaps",
                "{\"text\":\"abc\",\"spans\":[[1,1,\"X\"]]}|at least one character",
                "{\"text\":\"abc\",\"spans\":[[0,1]]}|start, end and label",
                "{\"text\":\" \",\"spans\":[]}|blank",
                "{\"text\":\"Ada went\",\"spans\":[[3,4,\"X\"]]}|blanks alone",
                "{\"tokens\":[\"a\"],\"tags\":[\"B-\"]}|the tag 'B-' has no kind",
                "{\"tokens\":[\"a\",\"b\"],\"tags\":[\"O\"]}|2 words and 1 tags",
                "{\"tokens\":[\"a\",\" \"],\"tags\":[\"O\",\"O\"]}|a word is blank",
                "{\"tokens\":[],\"tags\":[]}|no words",
                "{\"words\":[]}|no member 'tokens' or 'text'; expected"
            })
    void brokenLinesAreNamed(String line, String what) {
        assertThatThrownBy(
                        () -> read("bad.jsonl", "{\"tokens\":[\"a\"],\"tags\":[\"O\"]}\n" + line))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 2")
                .hasMessageContaining(what);
    }

    @Test
    void aWordWithoutATagIsNamed() {
        assertThatThrownBy(() -> read("bad.conll", "EU B-ORG\nrejects\n"))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 2: expected a word and its tag");
        assertThatThrownBy(() -> read("bad.conll", "EU NNP B-ORG\nNew York NNP B-LOC\n"))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 2: 4 columns; expected 3");
        assertThatThrownBy(() -> read("bad.conll", "EU NNP B-ORG\nrejects VBZ I-\n"))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 2: the tag 'I-' has no kind");
    }
}
