/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation: a role, a content, and whatever else the model's chat template
 * reads, such as tool_calls or reasoning_content. Immutable.
 *
 * @param fields the message's fields in order; values are text, numbers, bools, null, and lists and
 *     maps of them
 */
public record Message(Map<String, ? extends @Nullable Object> fields) {
    private static final int MAX_DEPTH = 200;

    /**
     * A message of the given fields.
     *
     * @throws IllegalArgumentException if there is no role that is a text, or a value has more than
     *     200 lists and maps inside one another
     */
    public Message {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        fields.forEach((name, value) -> copy.put(name, copy(value, 1)));
        fields = Collections.unmodifiableMap(copy);
        if (!(fields.get("role") instanceof String)) {
            throw new IllegalArgumentException(
                    "a message has the fields %s; expected a \"role\" that is a text, and mostly a \"content\""
                            .formatted(fields.keySet()));
        }
    }

    private static @Nullable Object copy(@Nullable Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException(
                    "a message has more than " + MAX_DEPTH + " lists and maps inside one another");
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((key, inner) -> copy.put(key, copy(inner, depth + 1)));
            return Collections.unmodifiableMap(copy);
        }
        if (value instanceof Collection<?> items) {
            List<@Nullable Object> copy = new ArrayList<>(items.size());
            items.forEach(item -> copy.add(copy(item, depth + 1)));
            return Collections.unmodifiableList(copy);
        }
        return value;
    }

    /**
     * A message of a role and a text.
     *
     * @param role the role: system, user, assistant, tool, or another that the template knows
     * @param content the text
     * @return the message
     */
    public static Message of(String role, String content) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content);
        return new Message(fields);
    }

    /**
     * A message of the role system.
     *
     * @param content the text
     * @return the message
     */
    public static Message system(String content) {
        return of("system", content);
    }

    /**
     * A message of the role user.
     *
     * @param content the text
     * @return the message
     */
    public static Message user(String content) {
        return of("user", content);
    }

    /**
     * A message of the role assistant.
     *
     * @param content the text
     * @return the message
     */
    public static Message assistant(String content) {
        return of("assistant", content);
    }

    /**
     * Who speaks.
     *
     * @return the role
     */
    public String role() {
        return String.valueOf(fields.get("role"));
    }

    /** The same message with another content. */
    Message withContent(Object content) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>(fields);
        changed.put("content", content);
        return new Message(changed);
    }
}
