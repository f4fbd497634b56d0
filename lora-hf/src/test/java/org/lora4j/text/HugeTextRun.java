/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.jinja.TemplateException;
import org.lora4j.text.chat.ChatFixtures;
import org.lora4j.text.chat.ChatOptions;
import org.lora4j.text.chat.ChatTemplate;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;

/**
 * Gives a tokenizer and a chat template texts of ten megabytes in a small heap, and prints how each
 * was refused: running out of memory within the native tokenizer would end the JVM.
 */
final class HugeTextRun {
    private static final int MEGABYTES = 10;

    private HugeTextRun() {}

    /**
     * Runs.
     *
     * @param args a folder to work in
     * @throws IOException if it cannot be written to
     */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        String english = "water is wet and ".repeat(MEGABYTES * 61_000);
        String chinese = "東京都の天気".repeat(MEGABYTES * 58_000);
        String marks = "a</s>".repeat(MEGABYTES * 210_000);
        String plain = ChatFixtures.source("plain-marks");
        try (TextTokenizer tokenizer =
                ChatFixtures.tokenizer("bytes", plain, folder.resolve("plain"))) {
            for (String text : new String[] {english, chinese, marks}) {
                refused("all", () -> encode(tokenizer, text));
                refused("most", () -> tokenizer.encodeOpen(text, 512));
                Conversation chat = Conversation.of(Message.user(text));
                refused("most", () -> tokenizer.chat().encode(chat, ChatOptions.PROMPT, 512));
            }
            refused("all", () -> tokenizer.encode(english, null, 512));
            refused("all", () -> tokenizer.encodeOpen(english));
            encode(tokenizer, "still there");
        }
        for (String source :
                new String[] {
                    "{% set n = namespace(x=messages[0].content) %}{% for i in range(9) %}"
                            + "{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
                    "{% for i in range(100000) %}{{ messages[0].content }}{% endfor %}",
                    "{{ messages[0].content | list | join('') }}",
                    "{% for i in range(10 ** 5) %}{% for j in range(10 ** 5) %}{% endfor %}{%"
                            + " endfor %}"
                }) {
            ChatTemplate template = ChatTemplate.of(source, java.util.Map.of());
            for (String text : new String[] {english, chinese}) {
                Conversation chat = Conversation.of(Message.user(text));
                try {
                    template.render(chat, ChatOptions.PROMPT);
                    System.out.println("rendered");
                } catch (TemplateException e) {
                    System.out.println("template: " + e.getMessage());
                }
            }
        }
        System.out.println("done");
    }

    private static void encode(TextTokenizer tokenizer, String text) {
        tokenizer.chat().encode(Conversation.of(Message.user(text)), ChatOptions.PROMPT);
    }

    private static void refused(String what, Runnable call) {
        try {
            call.run();
            System.out.println(what + ": encoded");
        } catch (IllegalArgumentException e) {
            System.out.println(what + ": " + e.getMessage());
        }
    }
}
