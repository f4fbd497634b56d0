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
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.Rendering;

/**
 * Cuts a rendering at the end of the final message's content, by a tag that the content carries
 * through the template, as transformers does.
 *
 * @param content the content, without the tag
 */
record FinalMessage(String content) {
    private static final String TAG = "CONTINUE_FINAL_MESSAGE_TAG ";

    /** Puts the tag into the last message. */
    static FinalMessage tag(List<Map<String, @Nullable Object>> messages, String source) {
        Map<String, @Nullable Object> last = messages.get(messages.size() - 1);
        Object content = last.get("content");
        if (content == null || !source.contains("content")) {
            throw new IllegalArgumentException(
                    "the final message has no content to continue, or the template prints none");
        }
        if (content instanceof String text) {
            last.put("content", text + TAG);
            return new FinalMessage(text);
        }
        if (content instanceof List<?> parts) {
            List<@Nullable Object> changed = new ArrayList<>(parts);
            for (int i = parts.size() - 1; i >= 0; i--) {
                if (parts.get(i) instanceof Map<?, ?> part
                        && part.get("text") instanceof String text) {
                    Map<Object, @Nullable Object> tagged = new LinkedHashMap<>(part);
                    tagged.put("text", text + TAG);
                    changed.set(i, tagged);
                    last.put("content", changed);
                    return new FinalMessage(text);
                }
            }
        }
        throw new IllegalArgumentException("the final message has no text to continue");
    }

    Rendering cut(Rendering rendering) {
        String text = rendering.text();
        int at = text.lastIndexOf(TAG.strip());
        if (at < 0 || !text.contains(content.strip())) {
            throw new IllegalArgumentException(
                    "the final message does not appear in the rendered conversation: the template"
                            + " leaves out or changes a part of it, so it cannot be continued");
        }
        // A template that trims contents has trimmed the tag's own space.
        String kept = text.substring(0, at);
        boolean trimmed = !text.startsWith(TAG, at);
        return new Rendering(trimmed ? kept.stripTrailing() : kept, List.of(), true);
    }
}
