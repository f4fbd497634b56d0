/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a conversation is rendered: the arguments of transformers' {@code apply_chat_template}.
 *
 * @param generationPrompt whether the opening of the assistant's next message follows
 * @param continueFinalMessage whether the text ends in the last message's content, so that it can
 *     be continued, without what ends a message
 * @param template the name of the template, for models with several, or null for the default
 * @param variables more variables for the template, such as enable_thinking; they replace special
 *     tokens of the same name
 */
public record ChatOptions(
        boolean generationPrompt,
        boolean continueFinalMessage,
        @Nullable String template,
        Map<String, ? extends @Nullable Object> variables) {
    /** A finished conversation, as in training data. */
    public static final ChatOptions TRANSCRIPT = new ChatOptions(false, false, null, Map.of());

    /** A conversation that the assistant is to go on with. */
    public static final ChatOptions PROMPT = new ChatOptions(true, false, null, Map.of());

    /**
     * Copies the variables.
     *
     * @throws IllegalArgumentException if both a prompt and a continuation are asked for
     */
    public ChatOptions {
        if (generationPrompt && continueFinalMessage) {
            throw new IllegalArgumentException(
                    "a generation prompt and the continuation of the final message exclude each"
                            + " other: the one opens a new message, the other leaves the last one"
                            + " open");
        }
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    /**
     * The same options with other variables.
     *
     * @param variables more variables for the template
     * @return new options
     */
    public ChatOptions withVariables(Map<String, ? extends @Nullable Object> variables) {
        return new ChatOptions(generationPrompt, continueFinalMessage, template, variables);
    }

    /** The same options with or without the generation prompt. */
    ChatOptions withPrompt(boolean prompt) {
        return new ChatOptions(prompt, continueFinalMessage, template, variables);
    }
}
