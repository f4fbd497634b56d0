/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.text.lines.TextFileException;

/** Questions are read from SQuAD's files and from lines, and what is broken is named. */
@Tag("once-per-jdk")
final class QuestionReaderTest {
    @TempDir Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void squadsFilesAreRead() throws IOException {
        Path file =
                file(
                        "dev.json",
                        """
                        {"version": "v2.0", "data": [{"title": "t", "paragraphs": [
                          {"context": "\uD83D\uDE00 Ada went to Rome.", "qas": [
                            {"id": "a", "question": "Who?", "is_impossible": false,
                             "answers": [{"text": "Ada", "answer_start": 2},
                                         {"text": "Ada went", "answer_start": 2}]},
                            {"id": 7, "question": "When?", "is_impossible": true, "answers": [],
                             "plausible_answers": [{"text": "Rome", "answer_start": 14}]}]},
                          {"context": "Empty.", "qas": []}]}], "more": {"is": [1, 2]}}
                        """);
        List<QuestionSample> samples = QuestionReader.readAll(file);
        assertThat(samples).hasSize(2);
        QuestionSample first = samples.get(0);
        assertThat(first.id()).isEqualTo("a");
        assertThat(first.answers())
                .containsExactly(new GoldAnswer("Ada", 3), new GoldAnswer("Ada went", 3));
        assertThat(first.isUnanswerable()).isFalse();
        assertThat(samples.get(1).isUnanswerable()).isTrue();
        assertThat(samples.get(1).id()).isEqualTo("7");
        assertThat(samples.get(1).place()).isEqualTo("data[0].paragraphs[0].qas[1]");
    }

    @Test
    void linesAreReadInEachForm() throws IOException {
        String question = "{\"question\":\"Who?\",\"context\":\"Ada saw Ada and Bob.\"";
        Path file =
                file(
                        "train.jsonl",
                        String.join(
                                "\n",
                                question
                                        + ",\"answers\":{\"text\":[\"Ada\"],\"answer_start\":[8]}}",
                                question + ",\"answers\":[\"Bob\"]}",
                                question + ",\"answer\":\"Ada\",\"answer_start\":0}",
                                question + ",\"answers\":[]}",
                                question + "}",
                                ""));
        List<QuestionSample> samples = QuestionReader.readAll(file);
        assertThat(samples.get(0).answers()).containsExactly(new GoldAnswer("Ada", 8));
        assertThat(samples.get(1).answers()).containsExactly(new GoldAnswer("Bob", 16));
        assertThat(samples.get(2).answers()).containsExactly(new GoldAnswer("Ada", 0));
        assertThat(samples.get(3).isUnanswerable()).isTrue();
        assertThat(samples.get(4).isLabelled()).isFalse();
        assertThat(samples.get(4).isUnanswerable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'answers':['Ada']|the answer 'Ada' occurs several times",
                "'answers':['Eve']|the answer 'Eve' does not occur",
                "'answer':'Ada','answer_start':1|not at answer_start 1 of the context, where 'da '"
                        + " stands",
                "'answer':'Ada','answer_start':1.5|answer_start is 1.5; expected a whole number",
                "'answer':'Ada','answer_start':99|from 0 to 20",
                "'answers':[3]|an answer is a number",
                "'answers':{'text':['Ada'],'answer_start':[]}|1 texts of answers and 0 of"
                        + " answer_start",
                "'answers':[{'answer_start':3}]|no member 'text'",
                "'answers':['Bob'],'is_impossible':true|is_impossible is true, and there are"
                        + " answers",
                "'is_impossible':'no'|'is_impossible' is a string",
                "'answer':' ','answer_start':3|an answer is blank"
            })
    void brokenLinesAreNamed(String members, String message) throws IOException {
        String line = "{'question':'Who?','context':'Ada saw Ada and Bob.'," + members + "}\n";
        Path file = file("train.jsonl", "\n" + line.replace('\'', '"'));
        assertThatThrownBy(() -> QuestionReader.readAll(file))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("train.jsonl, line 2: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'data':[{'paragraphs':[{'qas':[]}]}]}|data[0].paragraphs[0]: no member 'context'",
                "{'data':[{'paragraphs':[{'context':'a','qas':[{'question':'q','answers':['b']}]}]}]}|data[0].paragraphs[0].qas[0]:"
                    + " the answer 'b' does not occur",
                "{'data':[{'paragraphs':{}}]}|'paragraphs' is an object; expected a list",
                "{'data':[4]}|data[0]: a number; expected an object",
                "{'data':[]}|the file has no questions",
                "{'data':[{'paragraphs':[{'context':'a'|not SQuAD's JSON",
                "question,context|not SQuAD's JSON",
                "{'data':[]}{}|text after the JSON document"
            })
    void brokenFilesAreNamed(String text, String message) throws IOException {
        Path file = file("train.json", text.replace('\'', '"'));
        assertThatThrownBy(() -> QuestionReader.readAll(file))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("train.json: ")
                .hasMessageContaining(message.replace('"', '\''));
    }

    @Test
    void otherEncodingsAreRefused() throws IOException {
        Path file = folder.resolve("train.json");
        Files.write(file, "{\"data\":[\"ü\"]}".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> QuestionReader.readAll(file))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("not UTF-8");
    }
}
