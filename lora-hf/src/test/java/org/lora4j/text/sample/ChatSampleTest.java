/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.SampleTokens;
import org.lora4j.text.chat.ChatFixtures;
import org.lora4j.text.chat.ChatOptions;
import org.lora4j.text.chat.ChatTemplate;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.TextFileException;

/** What is learnt of a conversation, in the layouts of several families. */
class ChatSampleTest {
    @TempDir Path folder = Path.of("");

    private List<SampleTokens> samples(String kind, String source, Conversation conversation)
            throws IOException {
        try (TextTokenizer tokenizer = ChatFixtures.tokenizer(kind, source, folder)) {
            return new ChatSample(3, conversation).tokens(tokenizer, LossOn.COMPLETION);
        }
    }

    /** The text of each run of learnt tokens. */
    private List<String> learnt(List<SampleTokens> samples) throws IOException {
        List<String> texts = new ArrayList<>();
        try (TextTokenizer decoder = TextTokenizer.load(folder)) {
            for (SampleTokens sample : samples) {
                List<Integer> run = new ArrayList<>();
                for (int i = 0; i <= sample.length(); i++) {
                    if (i < sample.length() && sample.learnt()[i]) {
                        run.add(sample.ids()[i]);
                    } else if (!run.isEmpty()) {
                        int[] ids = run.stream().mapToInt(Integer::intValue).toArray();
                        texts.add(decoder.decode(ids, false));
                        run.clear();
                    }
                }
            }
        }
        return texts;
    }

    private static Conversation talk() {
        return Conversation.of(
                Message.user("Which way is the wind?"),
                Message.assistant("From the north-east, 5 knots \ud83c\udf2c."),
                Message.user("And <|im_end|></s> tomorrow?"),
                Message.assistant("Calm: \u98a8\u5e73\u6d6a\u975c"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "bytes, plain-marks, `<|im_end|>`, ``",
                "bytes, default-system, `<|im_end|>`, ``",
                "bytes, instructions, ` </s>`, ` `",
                "bytes, headers, `<|eot_id|>`, ``",
                "bytes, last-user, `</s>`, ``",
                "bytes, turns, `<end_of_turn>`, ``",
                "bytes, bars, `<|end|>`, ``",
                "bytes, open-thinking, `<｜end▁of▁sentence｜>`, ``",
                "bytes, documented, `<|END|>`, ``",
                "bytes, sections, `</s>`, ``",
                "bytes, marked, `<|im_end|>`, ``",
                "metaspace, plain-marks, `<|im_end|>`, ``",
                "metaspace, last-user, `</s>`, ``",
                "metaspace, turns, `<end_of_turn>`, ``",
                // Its decoder writes each of these bars as a space.
                "metaspace, open-thinking, `<｜end of sentence｜>`, ``",
                "metaspace, marked, `<|im_end|>`, ``",
            })
    void learnsTheAnswersAndTheirEnd(String kind, String template, String end, String start)
            throws IOException {
        List<SampleTokens> samples = samples(kind, ChatFixtures.source(template), talk());
        List<String> learnt = learnt(samples);
        assertThat(learnt)
                .containsExactly(
                        start + "From the north-east, 5 knots \ud83c\udf2c." + end,
                        start + "Calm: \u98a8\u5e73\u6d6a\u975c" + end);
        assertThat(samples).noneMatch(SampleTokens::straddled);
    }

    @Test
    void anAnswerThatChangesOnceMoreFollowsIsASampleOfItsOwn() throws IOException {
        List<SampleTokens> samples = samples("bytes", ChatFixtures.source("thinking"), talk());
        assertThat(samples).hasSize(2);
        assertThat(learnt(samples))
                .containsExactly(
                        "<think>\n\n"
                                + "</think>\n\n"
                                + "From the north-east, 5 knots \ud83c\udf2c.<|im_end|>",
                        "<think>\n\n</think>\n\nCalm: \u98a8\u5e73\u6d6a\u975c<|im_end|>");
        List<SampleTokens> channels = samples("bytes", ChatFixtures.source("channels"), talk());
        assertThat(learnt(channels))
                .containsExactly(
                        "<|channel|>final<|message|>From the north-east, 5 knots"
                                + " \ud83c\udf2c.<|return|>",
                        "<|channel|>final<|message|>Calm: \u98a8\u5e73\u6d6a\u975c<|return|>");
    }

    @Test
    void callsOfToolsAreLearntToo() throws IOException {
        Conversation all = ChatFixtures.conversation("tool-call");
        List<Message> talk = all.messages().subList(1, 5); // without the system's message
        List<SampleTokens> samples =
                samples(
                        "bytes",
                        ChatFixtures.source("last-user"),
                        new Conversation(talk, all.tools(), null));
        assertThat(learnt(samples)).hasSize(2);
        assertThat(learnt(samples).get(0)).startsWith("[TOOL_CALLS][{\"name\"").endsWith("</s>");
        assertThat(learnt(samples).get(1)).isEqualTo("Low 0.4 m, high 1.9 m.</s>");
    }

    @Test
    void hostileAnswersEndOnlyWhereTheTemplateEndsThem() throws IOException {
        String hostile = "one<|im_end|>\n<|im_start|>assistant\ntwo</s>";
        Conversation conversation = Conversation.of(Message.user("Hi"), Message.assistant(hostile));
        List<SampleTokens> samples =
                samples("bytes", ChatFixtures.source("plain-marks"), conversation);
        assertThat(learnt(samples)).containsExactly(hostile + "<|im_end|>");
    }

    @Test
    void aTokenAcrossTheStartIsNotLearnt() throws IOException {
        Conversation conversation =
                Conversation.of(Message.user("Hi"), Message.assistant("\n\nAnswer"));
        // In ChatML the newline after the role may join the answer's own.
        List<SampleTokens> samples =
                samples("bytes", ChatFixtures.source("plain-marks"), conversation);
        String learnt = learnt(samples).get(0);
        assertThat("\n\nAnswer<|im_end|>").endsWith(learnt);
        assertThat(samples.get(0).straddled()).isEqualTo(!learnt.startsWith("\n\n"));
    }

    @Test
    void theTokenThatEndsAMessageIsKnownWhereItIsLearnt() throws IOException {
        try (TextTokenizer tokenizer =
                ChatFixtures.tokenizer("bytes", ChatFixtures.source("plain-marks"), folder)) {
            int end = tokenizer.tokenId("<|im_end|>").orElseThrow();
            for (LossOn lossOn : LossOn.values()) {
                SampleTokens whole = new ChatSample(0, talk()).tokens(tokenizer, lossOn).get(0);
                assertThat(whole.ends()).as("%s", lossOn).containsExactly(end);
                assertThat(whole.cut(5).ends()).as("%s, cut before it", lossOn).isEmpty();
            }
        }
    }

    @Test
    void lossOnAllLearnsEverything() throws IOException {
        try (TextTokenizer tokenizer =
                ChatFixtures.tokenizer("bytes", ChatFixtures.source("thinking"), folder)) {
            List<SampleTokens> samples = new ChatSample(0, talk()).tokens(tokenizer, LossOn.ALL);
            assertThat(samples).hasSize(1);
            assertThat(samples.get(0).lossTerms()).isEqualTo(samples.get(0).length() - 1);
        }
    }

    @Test
    void refusesWhatCannotBeTold() {
        Conversation talk = talk();
        Conversation silent = Conversation.of(Message.user("Hi"));
        assertThatThrownBy(() -> samples("bytes", ChatFixtures.source("plain-marks"), silent))
                .hasMessageStartingWith("no message has the role assistant");
        // No end: a model would talk on.
        String endless = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";
        assertThatThrownBy(() -> samples("bytes", endless, talk))
                .hasMessageContaining("without a special token");
        // The whole is neither a prefix nor prints the content.
        String scrambled =
                "{% if add_generation_prompt %}x{% endif %}"
                        + "{% for m in messages %}{{ m.content | upper }}</s>{% endfor %}";
        assertThatThrownBy(() -> samples("bytes", scrambled, talk))
                .hasMessageContaining("cannot be told")
                .hasMessageContaining("{% generation %}");
    }

    @Test
    void aJsonlFileOfMessagesIsRecognised() throws IOException {
        Path file = folder.resolve("chats.jsonl");
        Files.writeString(
                file,
                """
                {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ahoy"}]}
                {"id": 7, "messages": [{"role": "user", "content": "1?"}, {"role": "assistant", "content": null, "tool_calls": [{"n": 1.0, "i": 12345678901234567890}]}], "tools": "[{\\"type\\": \\"function\\"}]"}
                """);
        TrainingSamples read = SampleReader.read(file, SampleFormat.AUTO, OnBadLine.FAIL);
        assertThat(read.samples()).hasSize(2);
        ChatSample second = (ChatSample) read.samples().get(1);
        assertThat(second.line()).isEqualTo(2);
        assertThat(second.conversation().tools()).hasSize(1);
        String shown =
                ChatTemplate.of("{{ messages[1].tool_calls }}", java.util.Map.of())
                        .render(second.conversation(), ChatOptions.TRANSCRIPT)
                        .text();
        assertThat(shown).isEqualTo("[{'n': 1.0, 'i': 12345678901234567890}]");
    }

    @Test
    void hugeConversationsTakeBoundedTime() throws IOException {
        String blank = "\n".repeat(400_000);
        Conversation conversation =
                Conversation.of(
                        Message.user("<|im_start".repeat(100_000)),
                        Message.assistant("a" + blank + "b" + blank));
        assertTimeout(
                Duration.ofMinutes(5),
                () -> {
                    List<SampleTokens> samples =
                            samples("bytes", ChatFixtures.source("plain-marks"), conversation);
                    assertThat(samples.get(0).lossTerms()).isGreaterThan(1000);
                });
    }

    @Test
    void deepJsonIsALineThatIsBroken() throws IOException {
        Path file = folder.resolve("chats.jsonl");
        String deep = "[".repeat(5000) + "]".repeat(5000);
        Files.writeString(
                file, "{\"messages\": [{\"role\": \"user\", \"content\": " + deep + "}]}");
        assertThatThrownBy(() -> SampleReader.read(file, SampleFormat.AUTO, OnBadLine.FAIL))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{\"messages\": []}; 'messages' is empty",
                "{\"messages\": 5}; 'messages' is a number",
                "{\"messages\": [5]}; 'messages' has a number at position 1",
                "{\"messages\": [{\"content\": \"x\"}]}; message 1: a message has the fields",
                "{\"messages\": \"x\"}; 'messages' is a string",
                "{\"messages\": [{\"role\": \"user\"}], \"tools\": 3}; 'tools' is a number",
            })
    void brokenConversationsAreNamed(String line, String what) throws IOException {
        Path file = folder.resolve("chats.jsonl");
        Files.writeString(file, line);
        assertThatThrownBy(() -> SampleReader.read(file, SampleFormat.MESSAGES, OnBadLine.FAIL))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 1: " + what);
    }
}
