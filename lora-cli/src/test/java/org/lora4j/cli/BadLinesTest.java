/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.testkit.TinyLlama;

/** Lines that cannot be used: conversations that a template refuses or that have no answer. */
class BadLinesTest {
    private static final String GOOD =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"},"
                    + " {\"role\": \"assistant\", \"content\": \"ho\"}]}\n";
    private static final String UNANSWERED =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}\n";
    private static final String REFUSED =
            "{\"messages\": [{\"role\": \"parrot\", \"content\": \"hi\"},"
                    + " {\"role\": \"assistant\", \"content\": \"ho\"}]}\n";

    @TempDir private static Path folder = Path.of("");

    private static Path model = Path.of("");

    @BeforeAll
    static void writeModel() throws IOException {
        model = TinyLlama.write(folder.resolve("model"), 5);
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{% for m in messages %}{% if m.role == 'parrot' %}{{ raise_exception('no parrots')"
                        + " }}{% endif %}{{ m.role }}: {{ m.content }}</s>{% endfor %}{% if"
                        + " add_generation_prompt %}assistant: {% endif %}");
    }

    private static Cli.Run evaluate(String lines, Object... more) throws IOException {
        Path data = Files.writeString(folder.resolve("chats.jsonl"), lines);
        Object[] all = new Object[7 + more.length];
        Object[] first = {"evaluate", "--model", model, "--data", data, "--threads", "1"};
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return Cli.run(all);
    }

    @ParameterizedTest
    @ValueSource(strings = {UNANSWERED, REFUSED})
    void aConversationThatCannotBeUsedIsNamedByFileAndLine(String bad) throws IOException {
        String refusal = evaluate(GOOD + bad + GOOD + bad).refusal(1);
        assertThat(refusal).contains("chats.jsonl, line 2: ", "1 more broken, lines 4");
        assertThat(refusal)
                .contains(bad.equals(REFUSED) ? "no parrots" : "no message has the role");
    }

    @ParameterizedTest
    @ValueSource(strings = {UNANSWERED, REFUSED})
    void aConversationThatCannotBeUsedIsSkippedWhenAsked(String bad) throws IOException {
        Cli.Run run = evaluate(GOOD + bad + GOOD, "--on-bad-line", "skip");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("1 of 3 texts", "cannot be tokenized and were skipped (line 2: ");
        assertThat(run.out()).contains("2 examples");
        assertThat(evaluate(bad + bad, "--on-bad-line", "skip").refusal(1))
                .contains("chats.jsonl, line 1: ", "no line is left");
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void emptyCompletionsAloneAreRefusedBeforeTheTraining(String stream) throws IOException {
        Path data =
                Files.writeString(
                        folder.resolve("empty.jsonl"),
                        "{\"prompt\": \"a\", \"completion\": \"\"}\n".repeat(3));
        Path output = folder.resolve("of-empty-" + stream);
        Cli.Run run =
                Cli.run(
                        "train",
                        "--task",
                        "causal-lm",
                        "--model",
                        model,
                        "--data",
                        data,
                        "--stream",
                        stream,
                        "--steps",
                        "1",
                        "--threads",
                        "1",
                        "--output",
                        output);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("empty.jsonl: there is nothing to learn", "are empty");
        assertThat(output.resolve("adapter_config.json")).doesNotExist();
    }
}
