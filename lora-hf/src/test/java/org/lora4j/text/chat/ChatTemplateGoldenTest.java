/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lora4j.jinja.Rendering;
import org.lora4j.jinja.TemplateException;

/** Whole templates and conversations, hostile ones among them, against transformers. */
class ChatTemplateGoldenTest {
    private final JsonObject golden = ChatFixtures.GOLDEN;

    private ChatTemplate template(String name) {
        Map<String, String> tokens = new LinkedHashMap<>();
        golden.getAsJsonObject("special_tokens")
                .entrySet()
                .forEach(token -> tokens.put(token.getKey(), token.getValue().getAsString()));
        return ChatTemplate.of(ChatFixtures.source(name), tokens).withClock(ChatFixtures.CLOCK);
    }

    @Test
    void rendersAndRefusesAsTransformers() {
        int rendered = 0;
        int refused = 0;
        for (String name : golden.getAsJsonObject("templates").keySet()) {
            ChatTemplate template = template(name);
            JsonObject expected = golden.getAsJsonObject("renderings").getAsJsonObject(name);
            for (String label : expected.keySet()) {
                JsonObject wanted = expected.getAsJsonObject(label);
                Conversation conversation = ChatFixtures.conversation(label);
                ChatOptions options = ChatFixtures.options(label);
                String where = name + ", " + label;
                if (wanted.has("text")) {
                    Rendering made = template.render(conversation, options);
                    assertEquals(wanted.get("text").getAsString(), made.text(), where);
                    assertEquals(spans(wanted), codePoints(made), where);
                    rendered++;
                } else {
                    TemplateException thrown =
                            assertThrows(
                                    TemplateException.class,
                                    () -> template.render(conversation, options),
                                    where);
                    String theirs = wanted.get("error").getAsString();
                    boolean raised = theirs.startsWith("TemplateError: ");
                    assertEquals(raised, thrown.raisedByTemplate(), where);
                    String said = theirs.substring(theirs.indexOf(": ") + 2);
                    assertTrue(
                            !raised || String.valueOf(thrown.getMessage()).endsWith(said), where);
                    refused++;
                }
            }
        }
        assertEquals(390, rendered + refused);
        assertEquals(27, refused);
    }

    private static List<List<Integer>> spans(JsonObject wanted) {
        List<List<Integer>> spans = new ArrayList<>();
        if (wanted.get("spans") instanceof JsonArray array) {
            for (JsonElement span : array) {
                JsonArray both = span.getAsJsonArray();
                spans.add(List.of(both.get(0).getAsInt(), both.get(1).getAsInt()));
            }
        }
        return spans;
    }

    private static List<List<Integer>> codePoints(Rendering rendering) {
        List<List<Integer>> spans = new ArrayList<>();
        for (Rendering.Span span : rendering.generation()) {
            spans.add(
                    List.of(
                            rendering.text().codePointCount(0, span.start()),
                            rendering.text().codePointCount(0, span.end())));
        }
        return spans;
    }
}
