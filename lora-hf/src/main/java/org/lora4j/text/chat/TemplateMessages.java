/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Messages as templates see them, prepared as transformers does: fields that are null are left out,
 * and reasoning is found under each of its names.
 */
final class TemplateMessages {
    private static final List<String> REASONING =
            List.of("reasoning_content", "thinking", "reasoning");

    private TemplateMessages() {}

    static List<Map<String, @Nullable Object>> of(List<Message> messages) {
        List<Map<String, @Nullable Object>> prepared = new ArrayList<>(messages.size());
        for (Message message : messages) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>(message.fields());
            fields.values().removeIf(Objects::isNull);
            prepared.add(withReasoning(fields));
        }
        return prepared;
    }

    private static Map<String, @Nullable Object> withReasoning(
            Map<String, @Nullable Object> fields) {
        Object reasoning = null;
        for (String name : REASONING) {
            if (reasoning == null) {
                reasoning = fields.get(name);
            }
        }
        if (reasoning == null) {
            return fields;
        }
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        named.put("thinking", reasoning);
        named.putAll(fields);
        named.put("reasoning_content", reasoning);
        return named;
    }
}
