/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.lines.TextFileException;

@Tag("once-per-jdk")
final class SampleReaderTest {
    @TempDir Path folder = Path.of("");

    private Path file(String... lines) throws IOException {
        return Files.writeString(folder.resolve("data.jsonl"), String.join("\n", lines));
    }

    private static TrainingSamples read(Path file) throws IOException {
        return SampleReader.read(file, SampleFormat.AUTO, OnBadLine.FAIL);
    }

    private void refused(String message, String... lines) throws IOException {
        Path file = file(lines);
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(TextFileException.class)
                .hasMessage(file + message);
    }

    @Test
    void theFirstLineTellsTheFormat() throws IOException {
        assertThat(
                        read(file(
                                        "",
                                        "{\"prompt\": \"a: \", \"completion\": \"b\"}",
                                        "{\"completion\": \"日本\", \"id\": 7, \"prompt\":"
                                                + " \"😀\\n\"}"))
                                .samples())
                .containsExactly(
                        new PromptCompletion(2, "a: ", "b"), new PromptCompletion(3, "😀\n", "日本"));
        assertThat(read(file("{\"text\": \"whole\", \"label\": 1}")).samples())
                .containsExactly(new PlainText(1, "whole"));
    }

    @Test
    void instructionsAreSetIntoAlpacasPrompt() throws IOException {
        TrainingSamples read =
                read(
                        file(
                                "{\"instruction\": \"Add {x}.\", \"input\": \"1, 2\", \"output\":"
                                        + " \"3\", \"text\": \"unused\"}",
                                "{\"instruction\": \"Greet.\", \"input\": \"\", \"output\":"
                                        + " \"Hi\"}",
                                "{\"instruction\": \"Greet.\", \"input\": null, \"output\":"
                                        + " \"Hi\"}",
                                "{\"instruction\": \"Greet.\", \"output\": \"Hi\"}"));
        assertThat(read.samples().get(0))
                .isEqualTo(
                        new PromptCompletion(
                                1,
                                """
                                Below is an instruction that describes a task, paired with an input \
                                that provides further context. Write a response that appropriately \
                                completes the request.

                                ### Instruction:
                                Add {x}.

                                ### Input:
                                1, 2

                                ### Response:\
                                """,
                                "3"));
        for (int line = 2; line <= 4; line++) {
            assertThat(read.samples().get(line - 1))
                    .isEqualTo(
                            new PromptCompletion(
                                    line,
                                    """
                                    Below is an instruction that describes a task. Write a \
                                    response that appropriately completes the request.

                                    ### Instruction:
                                    Greet.

                                    ### Response:\
                                    """,
                                    "Hi"));
        }
    }

    @Test
    void aNamedFormatHoldsWhateverElseThereIs() throws IOException {
        Path file = file("{\"prompt\": \"a\", \"completion\": \"b\", \"text\": \"c\"}");
        assertThat(SampleReader.read(file, SampleFormat.TEXT, OnBadLine.FAIL).samples())
                .containsExactly(new PlainText(1, "c"));
    }

    @Test
    void brokenLinesAreRefusedAllWithTheirNumbers() throws IOException {
        refused(
                ", line 2: 'text' is a number; expected a string; 3 more broken, lines 4, 5, 6",
                "{\"text\": \"a\"}",
                "{\"text\": 1}",
                "",
                "{\"text\": \"b\"",
                "[]",
                "{\"txt\": \"b\"}",
                "{\"text\": \"c\"}");
    }

    @Test
    void brokenLinesAreSkippedWhenAsked() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("{\"text\": \"a\"}\n{\"text\": \"".getBytes(StandardCharsets.UTF_8));
        bytes.write(0xFF);
        bytes.writeBytes("\"}\nnonsense\n{\"text\": \"d\"}".getBytes(StandardCharsets.UTF_8));
        Path file = Files.write(folder.resolve("data.jsonl"), bytes.toByteArray());
        TrainingSamples read = SampleReader.read(file, SampleFormat.AUTO, OnBadLine.SKIP);
        assertThat(read.samples()).containsExactly(new PlainText(1, "a"), new PlainText(4, "d"));
        assertThat(read.skipped().count()).isEqualTo(2);
        assertThat(read.skipped().first()).containsExactly(2, 3);
        assertThat(read.skipped().reason()).contains("the bytes are not UTF-8");
        assertThatThrownBy(() -> read(file))
                .hasMessageContaining("line 2: the bytes are not UTF-8")
                .hasMessageEndingWith("1 more broken, lines 3");
    }

    @Test
    void ofManyBrokenLinesOnlyTheFirstAreKept() throws IOException {
        Path file = file("{\"text\": \"a\"}", "x\n".repeat(30_000));
        TrainingSamples read = SampleReader.read(file, SampleFormat.AUTO, OnBadLine.SKIP);
        assertThat(read.skipped().count()).isEqualTo(30_000);
        assertThat(read.skipped().first()).hasSize(SkippedLines.SHOWN).startsWith(2, 3, 4);
        assertThatThrownBy(() -> read(file))
                .hasMessageContaining("29999 more broken, lines 3, 4, ")
                .hasMessageEndingWith(", 21 and so on");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"text\": \"a\"} {}|not a JSON object (malformed JSON at column 16); expected one"
                        + " a line",
                "{\"text\": \"a|not a JSON object (Unterminated string at column 12); expected one"
                        + " a line",
                "\"text\"|expected a JSON object, found a string",
                "[{\"text\": \"a\"},|found an array; expected one JSON object a line, as jq -c"
                        + " '.[]' FILE writes it",
                "{\"text\": null}|'text' is null; expected a string",
                "{\"text\": [\"a\"]}|'text' is an array; expected a string",
                "{\"prompt\": \"a\"}|no known format: expected the members messages, or prompt and"
                        + " completion, or instruction and output, or text; found: prompt",
                "{}|no known format: expected the members messages, or prompt and completion,"
                        + " or instruction and output, or text; found: none",
            })
    void whatIsWrongIsSaid(String line, String message) throws IOException {
        refused(", line 1: " + message, line);
    }

    @Test
    void aMissingMemberIsNamedWithTheNearest() throws IOException {
        refused(
                ", line 2: no column 'completion'; found: prompt, completions; did you mean"
                        + " 'completions'? (format prompt-completion)",
                "{\"prompt\": \"a\", \"completion\": \"b\"}",
                "{\"prompt\": \"a\", \"completions\": \"b\"}");
    }

    @Test
    void nothingToLearnFromIsRefused() throws IOException {
        refused(": the file has no lines; expected one JSON object a line", "", " ");
        Path broken = file("x", "y");
        assertThatThrownBy(() -> SampleReader.read(broken, SampleFormat.AUTO, OnBadLine.SKIP))
                .hasMessageContaining("line 1: not a JSON object")
                .hasMessageEndingWith("1 more broken, lines 2; without them no line is left");
        Path none = folder.resolve("none.jsonl");
        assertThatThrownBy(() -> read(none)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> read(folder)).hasMessageContaining("is a directory");
        assertThatThrownBy(() -> TrainingSamples.of("memory", List.of()))
                .hasMessage("memory has no samples; expected one at least");
    }

    @Test
    void deepNestingIsALineErrorNotACrash() throws IOException {
        String deep = "[".repeat(100_000);
        Path file = file("{\"text\": \"a\"}", "{\"text\": " + deep);
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 2: not a JSON object");
    }
}
