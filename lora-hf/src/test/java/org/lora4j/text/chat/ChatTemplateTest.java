/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.jinja.TemplateException;

class ChatTemplateTest {
    private static final Conversation HELLO = Conversation.of(Message.user("Hello"));
    private static final ChatOptions CONTINUED = new ChatOptions(false, true, null, Map.of());

    @TempDir Path folder;

    private void config(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
    }

    private String render(Conversation conversation, ChatOptions options) throws IOException {
        return ChatTemplate.load(folder).render(conversation, options).text();
    }

    @Test
    void readsTheTemplateAndTheTokensOfTheConfiguration() throws IOException {
        config(
                """
                {"chat_template": "{{ bos_token ~ messages[0].content ~ eos_token ~ image_token ~ audio }}",
                 "bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false},
                 "image_token": "<img>", "extra_special_tokens": {"audio": "<wav>"},
                 "model_max_length": 1000000000000000019884624838656, "add_bos_token": true}
                """);
        assertEquals("<s>Hello</s><img><wav>", render(HELLO, ChatOptions.TRANSCRIPT));
    }

    @Test
    void specialTokensMapCountsOnlyForOldConfigurations() throws IOException {
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"bos_token\": \"[B]\"}");
        config("{\"chat_template\": \"{{ bos_token }}\", \"bos_token\": \"<s>\"}");
        assertEquals("[B]", render(HELLO, ChatOptions.TRANSCRIPT));
        config(
                "{\"chat_template\": \"{{ bos_token }}\", \"bos_token\": \"<s>\","
                        + " \"added_tokens_decoder\": {}}");
        assertEquals("<s>", render(HELLO, ChatOptions.TRANSCRIPT));
    }

    @Test
    void filesComeBeforeTheConfiguration() throws IOException {
        config("{\"chat_template\": \"config\"}");
        Files.writeString(folder.resolve("chat_template.jinja"), "file\n");
        assertEquals("file", render(HELLO, ChatOptions.TRANSCRIPT));
        Path more = Files.createDirectory(folder.resolve("additional_chat_templates"));
        Files.writeString(more.resolve("tool_use.jinja"), "tools");
        Conversation tools =
                new Conversation(HELLO.messages(), List.of(Map.of("type", "function")), null);
        assertEquals("tools", render(tools, ChatOptions.TRANSCRIPT));
        assertEquals("file", render(HELLO, ChatOptions.TRANSCRIPT));
    }

    @Test
    void severalTemplatesAreChosenByName() throws IOException {
        config(
                """
                {"chat_template": [{"name": "default", "template": "d"},
                                   {"name": "rag", "template": "r"}]}
                """);
        assertEquals("d", render(HELLO, ChatOptions.PROMPT));
        assertEquals("r", render(HELLO, new ChatOptions(false, false, "rag", Map.of())));
        IllegalArgumentException unknown =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> render(HELLO, new ChatOptions(false, false, "x", Map.of())));
        assertTrue(String.valueOf(unknown.getMessage()).contains("default, rag"));
    }

    @Test
    void saysWhatIsMissingOrBroken() throws IOException {
        IOException none = assertThrows(IOException.class, () -> ChatTemplate.load(folder));
        assertTrue(String.valueOf(none.getMessage()).contains("no chat template"));
        Files.writeString(folder.resolve("chat_template.jinja"), "a\n{% if %}");
        IOException broken = assertThrows(IOException.class, () -> ChatTemplate.load(folder));
        assertTrue(
                String.valueOf(broken.getMessage())
                        .contains("chat_template.jinja: template, line 2"),
                broken.getMessage());
        Files.delete(folder.resolve("chat_template.jinja"));
        for (String json :
                List.of("[", "[]", "{\"chat_template\": 1}", "{\"chat_template\": [1]}")) {
            config(json);
            assertThrows(IOException.class, () -> ChatTemplate.load(folder), json);
        }
    }

    @Test
    void textOfMessagesIsData() {
        ChatTemplate template =
                ChatTemplate.of("{{ messages[0].content }}|{{ messages | tojson }}", Map.of());
        String hostile = "{{ 7*7 }}{% set x = 1 %}{# c #}{{ raise_exception('x') }}";
        String text =
                template.render(Conversation.of(Message.user(hostile)), ChatOptions.TRANSCRIPT)
                        .text();
        assertTrue(text.startsWith(hostile + "|"));
    }

    @Test
    void refusalsOfTheTemplateAreTold() {
        ChatTemplate template =
                ChatTemplate.of(
                        "{% for m in messages %}\n"
                            + "{% if m.role not in ['user'] %}\n"
                            + "{{ raise_exception('unknown role ' ~ m.role) }}{% endif %}{% endfor"
                            + " %}",
                        Map.of());
        Conversation parrot = Conversation.of(Message.user("a"), Message.of("parrot", "b"));
        TemplateException refused =
                assertThrows(
                        TemplateException.class,
                        () -> template.render(parrot, ChatOptions.TRANSCRIPT));
        assertTrue(refused.raisedByTemplate());
        assertEquals("template, line 3: unknown role parrot", refused.getMessage());
    }

    @Test
    void nullFieldsAreLeftOutAndReasoningHasAllItsNames() {
        ChatTemplate template = ChatTemplate.of("{{ messages[0] | tojson }}", Map.of());
        Map<String, @Nullable Object> fields = new HashMap<>();
        fields.put("role", "assistant");
        fields.put("tool_calls", null);
        fields.put("reasoning", "r");
        assertEquals(
                "{\"thinking\": \"r\", \"role\": \"assistant\", \"reasoning\": \"r\","
                        + " \"reasoning_content\": \"r\"}",
                template.render(
                                Conversation.of(new Message(new java.util.TreeMap<>(fields))),
                                ChatOptions.TRANSCRIPT)
                        .text()
                        .replace(
                                "\"reasoning\": \"r\", \"role\": \"assistant\"",
                                "\"role\": \"assistant\", \"reasoning\": \"r\""));
    }

    @Test
    void continuesTheFinalMessage() {
        ChatTemplate keeps =
                ChatTemplate.of(
                        "{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>{% endfor %}",
                        Map.of());
        Conversation open = Conversation.of(Message.user("a"), Message.assistant("I think "));
        assertEquals("<user>a<end><assistant>I think ", keeps.render(open, CONTINUED).text());
        ChatTemplate trims =
                ChatTemplate.of(
                        "{% for m in messages %}{{ m.content | trim }}<end>{% endfor %}", Map.of());
        assertEquals("a<end>I think", trims.render(open, CONTINUED).text());
        ChatTemplate drops = ChatTemplate.of("{{ messages[0].content }}", Map.of());
        assertThrows(IllegalArgumentException.class, () -> drops.render(open, CONTINUED));
        assertThrows(
                IllegalArgumentException.class, () -> new ChatOptions(true, true, null, Map.of()));
    }

    @Test
    void refusesNothingToRender() {
        ChatTemplate template = ChatTemplate.of("x", Map.of());
        Conversation none = Conversation.of(List.of());
        assertThrows(
                IllegalArgumentException.class,
                () -> template.render(none, ChatOptions.TRANSCRIPT));
        assertThrows(IllegalArgumentException.class, () -> new Message(Map.of("content", "x")));
    }

    @Test
    void threadsShareATemplate() throws Exception {
        ChatTemplate template =
                ChatTemplate.of(
                        "{% set ns = namespace(n=0) %}{% macro m(x) %}<{{ x }}>{% endmacro %}"
                                + "{% for m0 in messages %}{% set ns.n = ns.n + 1 %}"
                                + "{{ m(m0.content) }}{{ ns.n }}{% endfor %}",
                        Map.of());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Boolean>> results = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                String text = "message " + i;
                Conversation two = Conversation.of(Message.user(text), Message.user("b"));
                results.add(
                        threads.submit(
                                () ->
                                        template.render(two, ChatOptions.PROMPT)
                                                .text()
                                                .equals("<" + text + ">1<b>2")));
            }
            for (Future<Boolean> result : results) {
                assertTrue(result.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void refusesWhatIsNoTemplateFile() throws IOException {
        Path file = folder.resolve("chat_template.jinja");
        Files.write(file, new byte[] {(byte) 0xc3, (byte) 0x28});
        IOException refused = assertThrows(IOException.class, () -> ChatTemplate.load(folder));
        assertTrue(String.valueOf(refused.getMessage()).contains("chat_template.jinja: not text"));
        Files.write(file, new byte[(4 << 20) + 1]);
        IOException large = assertThrows(IOException.class, () -> ChatTemplate.load(folder));
        assertTrue(String.valueOf(large.getMessage()).contains("bytes"));
    }

    @Test
    void refusesMessagesThatAreTooDeep() {
        Object deep = "x";
        for (int i = 0; i < 100_000; i++) {
            deep = List.of(deep);
        }
        Map<String, Object> fields = Map.of("role", "user", "content", deep);
        assertThrows(IllegalArgumentException.class, () -> new Message(fields));
    }
}
