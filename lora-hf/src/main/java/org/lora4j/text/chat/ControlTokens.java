/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.UnicodeText;

/**
 * Finds special tokens in what people wrote and marks them, so that they can be told from those
 * that the chat template writes. The marks are two characters of a private plane, those of
 * transformers' {@code sanitize_control_tokens}; where they stand in a text already they are
 * dropped.
 */
final class ControlTokens {
    static final int START = 0xF0000;
    static final int END = 0xF0001;

    private static final String START_MARK = Character.toString(START);
    private static final String END_MARK = Character.toString(END);

    private final Node root = new Node();

    /** A node of a tree of prefixes. */
    private static final class Node {
        private final Map<Character, Node> next = new HashMap<>();
        private boolean ends;
    }

    ControlTokens(Collection<String> tokens) {
        for (String token : tokens) {
            Node node = root;
            for (int i = 0; i < token.length(); i++) {
                node = node.next.computeIfAbsent(token.charAt(i), c -> new Node());
            }
            node.ends = true;
        }
    }

    /** The conversation with each special token in its texts between marks. */
    Conversation mark(Conversation conversation) {
        List<Message> messages = new ArrayList<>();
        for (Message message : conversation.messages()) {
            messages.add(new Message(fields(message.fields())));
        }
        return new Conversation(
                messages, maps(conversation.tools()), maps(conversation.documents()));
    }

    /** The variables with each special token in their texts between marks. */
    ChatOptions mark(ChatOptions options) {
        return options.withVariables(fields(options.variables()));
    }

    private @Nullable List<Map<String, @Nullable Object>> maps(
            @Nullable List<Map<String, @Nullable Object>> maps) {
        return maps == null ? null : maps.stream().map(this::fields).toList();
    }

    private Map<String, @Nullable Object> fields(Map<String, ? extends @Nullable Object> fields) {
        Map<String, @Nullable Object> marked = new LinkedHashMap<>();
        fields.forEach((name, value) -> marked.put(name, value(value)));
        return marked;
    }

    private @Nullable Object value(@Nullable Object value) {
        if (value instanceof String text) {
            return mark(text);
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> marked = new LinkedHashMap<>();
            map.forEach((key, inner) -> marked.put(key, value(inner)));
            return marked;
        }
        if (value instanceof Collection<?> items) {
            List<@Nullable Object> marked = new ArrayList<>(items.size());
            items.forEach(item -> marked.add(value(item)));
            return marked;
        }
        return value;
    }

    String mark(String text) {
        String clean = UnicodeText.wellFormed(text);
        if (clean.indexOf(START) >= 0 || clean.indexOf(END) >= 0) {
            clean = clean.replace(START_MARK, "").replace(END_MARK, "");
        }
        StringBuilder marked = null;
        int copied = 0;
        int at = 0;
        while (at < clean.length()) {
            int end = longest(clean, at);
            if (end == at) {
                at++;
                continue;
            }
            marked = marked == null ? new StringBuilder() : marked;
            marked.append(clean, copied, at).append(START_MARK).append(clean, at, end);
            marked.append(END_MARK);
            copied = end;
            at = end;
        }
        return marked == null ? clean : marked.append(clean, copied, clean.length()).toString();
    }

    /** Where the longest token that starts at a position ends, or that position. */
    private int longest(String text, int from) {
        int end = from;
        Node node = root;
        for (int at = from; at < text.length(); at++) {
            node = node.next.get(text.charAt(at));
            if (node == null) {
                break;
            }
            if (node.ends) {
                end = at + 1;
            }
        }
        return end;
    }

    /**
     * A part of a marked text.
     *
     * @param text the part, without marks
     * @param control whether it is a special token that somebody wrote
     * @param start its first code point in the marked text
     */
    record Piece(String text, boolean control, int start) {}

    /**
     * Takes a marked text apart. A mark that has lost its partner, in a template that cuts texts,
     * only separates.
     */
    List<Piece> pieces(String marked) {
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        int start = 0;
        int position = 0;
        boolean opened = false;
        for (int at = 0; at < marked.length(); position++) {
            int c = marked.codePointAt(at);
            int next = at + Character.charCount(c);
            if (c == START || c == END) {
                String text = marked.substring(from, at);
                boolean control = opened && c == END && longest(text, 0) == text.length();
                if (!text.isEmpty()) {
                    pieces.add(new Piece(text, control, start));
                }
                opened = c == START;
                from = next;
                start = position + 1;
            }
            at = next;
        }
        if (from < marked.length() || pieces.isEmpty()) {
            pieces.add(new Piece(marked.substring(from), false, start));
        }
        return pieces;
    }
}
