/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.Rendering;
import org.lora4j.jinja.TemplateException;

/**
 * A rendered conversation and which parts of it the assistant wrote.
 *
 * @param text the text
 * @param spans the assistant's parts, in chars
 * @param exactStart whether a part begins exactly where the prompt ends at inference; if not, white
 *     space before it may belong to its first token
 */
record AssistantText(String text, List<Rendering.Span> spans, boolean exactStart) {
    private static final String PROBE = "\uE0A1\uE0B2\uE0A1";

    AssistantText {
        spans = List.copyOf(spans);
    }

    /**
     * Finds the assistant's parts: by the template's own marks; else for each answer by the text
     * before it and through it, which must be prefixes; else by a probe before and after its
     * content.
     *
     * @return one text with all answers; or one for each answer, which ends with it, where the
     *     template renders an answer in another way once more follows
     */
    static List<AssistantText> find(ChatTemplate template, Conversation conversation) {
        Rendering whole = template.render(conversation, ChatOptions.TRANSCRIPT);
        if (whole.generationComplete() && !whole.generation().isEmpty()) {
            return List.of(new AssistantText(whole.text(), whole.generation(), false));
        }
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < conversation.messages().size(); i++) {
            if (conversation.messages().get(i).role().equals("assistant")) {
                answers.add(i);
            }
        }
        if (answers.isEmpty()) {
            throw new IllegalArgumentException(
                    "no message has the role assistant: there is nothing to learn");
        }
        AssistantText together = together(template, conversation, answers, whole.text());
        if (together != null) {
            return List.of(together);
        }
        List<AssistantText> apart = new ArrayList<>();
        for (int answer : answers) {
            apart.add(alone(template, conversation.first(answer + 1)));
        }
        return apart;
    }

    /** All answers in one text, or null where it does not hold them as they were generated. */
    private static @Nullable AssistantText together(
            ChatTemplate template, Conversation conversation, List<Integer> answers, String whole) {
        List<Rendering.Span> spans = new ArrayList<>();
        for (int answer : answers) {
            String before = prompt(template, conversation, answer);
            String through = rendered(template, conversation.first(answer + 1), false);
            if (before == null
                    || through == null
                    || !whole.startsWith(through)
                    || !through.startsWith(before)) {
                return null;
            }
            spans.add(new Rendering.Span(before.length(), through.length()));
        }
        return new AssistantText(whole, spans, true);
    }

    /** The last message of a conversation. */
    private static AssistantText alone(ChatTemplate template, Conversation conversation) {
        int answer = conversation.messages().size() - 1;
        String text = template.render(conversation, ChatOptions.TRANSCRIPT).text();
        String before = prompt(template, conversation, answer);
        if (before != null && text.startsWith(before)) {
            Rendering.Span span = new Rendering.Span(before.length(), text.length());
            return new AssistantText(text, List.of(span), true);
        }
        Rendering.Span probed = probed(template, conversation, text);
        if (probed == null) {
            throw new IllegalArgumentException(
                    "it cannot be told which part of the rendered conversation message %s is: the chat template neither marks what the assistant says ({%% generation %%}), nor begins with the prompt before it, nor prints its content as it is. Mark it in the template"
                            .formatted(answer + 1));
        }
        return new AssistantText(text, List.of(probed), false);
    }

    /** The prompt that an answer follows, or null where the template does not render it. */
    private static @Nullable String prompt(
            ChatTemplate template, Conversation conversation, int answer) {
        return answer == 0 ? null : rendered(template, conversation.first(answer), true);
    }

    private static @Nullable String rendered(
            ChatTemplate template, Conversation conversation, boolean prompt) {
        try {
            return template.render(conversation, ChatOptions.TRANSCRIPT.withPrompt(prompt)).text();
        } catch (TemplateException e) {
            return null; // it may refuse a part of what it renders whole
        }
    }

    /** Where the content of the last message lies, found by rendering it with a mark. */
    private static Rendering.@Nullable Span probed(
            ChatTemplate template, Conversation conversation, String text) {
        int last = conversation.messages().size() - 1;
        Message message = conversation.messages().get(last);
        if (!(message.fields().get("content") instanceof String content) || content.isBlank()) {
            return null;
        }
        Message marked = message.withContent(PROBE + content);
        String before = rendered(template, conversation.with(last, marked), false);
        marked = message.withContent(content + PROBE);
        String after = rendered(template, conversation.with(last, marked), false);
        if (before == null || after == null || !once(before) || !once(after)) {
            return null;
        }
        String head = before.substring(0, before.indexOf(PROBE));
        String tail = after.substring(after.indexOf(PROBE) + PROBE.length());
        int end = text.length() - tail.length();
        boolean found =
                text.startsWith(head)
                        && text.endsWith(tail)
                        && head.length() <= end
                        && text.substring(head.length(), end).strip().equals(content.strip());
        return found ? new Rendering.Span(head.length(), end) : null;
    }

    private static boolean once(String text) {
        int at = text.indexOf(PROBE);
        return at >= 0 && text.indexOf(PROBE, at + 1) < 0;
    }
}
