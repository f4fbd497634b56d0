/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;

/** LangChain4j's messages as those that chat templates know. */
final class ChatMessages {
    private ChatMessages() {}

    static Conversation conversation(List<ChatMessage> messages) {
        return Conversation.of(messages.stream().map(ChatMessages::message).toList());
    }

    private static Message message(ChatMessage message) {
        if (message instanceof SystemMessage system) {
            return Message.system(system.text());
        }
        if (message instanceof UserMessage user) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("role", "user");
            fields.put(
                    "content",
                    user.contents().stream()
                            .map(ChatMessages::text)
                            .collect(Collectors.joining("\n")));
            if (user.name() != null) {
                fields.put("name", user.name());
            }
            return new Message(fields);
        }
        if (message instanceof AiMessage answer
                && answer.text() != null
                && !answer.hasToolExecutionRequests()) {
            return Message.assistant(answer.text());
        }
        throw new UnsupportedFeatureException(
                "a message is %s; expected messages of system, user and assistant, without tools"
                        .formatted(message));
    }

    private static String text(Content content) {
        if (content instanceof TextContent text) {
            return text.text();
        }
        throw new UnsupportedFeatureException(
                "a user's message has content of the type %s; expected TEXT"
                        .formatted(content.type()));
    }
}
