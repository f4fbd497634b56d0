/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages, and what else a chat template renders beside them.
 *
 * @param messages the messages in order
 * @param tools the functions that may be called, as JSON schemas, or null for none
 * @param documents texts to answer from, each with a title and a text, or null for none
 */
public record Conversation(
        List<Message> messages,
        @Nullable List<Map<String, @Nullable Object>> tools,
        @Nullable List<Map<String, @Nullable Object>> documents) {
    /** Copies the list of messages. */
    public Conversation {
        messages = List.copyOf(messages);
    }

    /**
     * Messages alone.
     *
     * @param messages in order
     * @return the conversation
     */
    public static Conversation of(Message... messages) {
        return new Conversation(List.of(messages), null, null);
    }

    /**
     * Messages alone.
     *
     * @param messages in order
     * @return the conversation
     */
    public static Conversation of(List<Message> messages) {
        return new Conversation(messages, null, null);
    }

    /**
     * The first messages of this conversation, with the same tools and documents.
     *
     * @param count how many
     * @return a conversation of that many messages
     */
    public Conversation first(int count) {
        return new Conversation(messages.subList(0, count), tools, documents);
    }

    /** The same conversation with another message at a position. */
    Conversation with(int index, Message message) {
        List<Message> changed = new ArrayList<>(messages);
        changed.set(index, message);
        return new Conversation(changed, tools, documents);
    }
}
