/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.lora4j.text.template.Rendering;
import org.lora4j.text.template.TemplateException;

/** Whole templates and conversations, hostile ones among them, against transformers. */
class ChatTemplateGoldenTest {
    static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-06T09:05:07Z"), ZoneOffset.UTC);

    private final JsonObject golden = ChatGoldens.read("templates.json.gz");

    private ChatTemplate template(String name) {
        Map<String, String> tokens = new LinkedHashMap<>();
        golden.getAsJsonObject("special_tokens")
                .entrySet()
                .forEach(token -> tokens.put(token.getKey(), token.getValue().getAsString()));
        String source = golden.getAsJsonObject("templates").get(name).getAsString();
        return ChatTemplate.of(source, tokens).withClock(CLOCK);
    }

    private static @Nullable List<Map<String, @Nullable Object>> maps(@Nullable JsonElement json) {
        if (json == null) {
            return null;
        }
        List<Map<String, @Nullable Object>> maps = new ArrayList<>();
        json.getAsJsonArray().forEach(item -> maps.add(ChatGoldens.map(item.getAsJsonObject())));
        return maps;
    }

    private static Conversation conversation(JsonObject json) {
        List<Message> messages = new ArrayList<>();
        for (JsonElement message : json.getAsJsonArray("messages")) {
            messages.add(new Message(ChatGoldens.map(message.getAsJsonObject())));
        }
        return new Conversation(messages, maps(json.get("tools")), maps(json.get("documents")));
    }

    private static ChatOptions options(JsonObject json) {
        boolean prompt =
                json.has("add_generation_prompt")
                        && json.get("add_generation_prompt").getAsBoolean();
        ChatOptions options = prompt ? ChatOptions.PROMPT : ChatOptions.TRANSCRIPT;
        return json.has("variables")
                ? options.withVariables(ChatGoldens.map(json.getAsJsonObject("variables")))
                : options;
    }

    @Test
    void rendersAndRefusesAsTransformers() {
        int rendered = 0;
        int refused = 0;
        JsonObject cases = golden.getAsJsonObject("cases");
        for (String name : golden.getAsJsonObject("templates").keySet()) {
            ChatTemplate template = template(name);
            JsonObject expected = golden.getAsJsonObject("renderings").getAsJsonObject(name);
            for (String label : expected.keySet()) {
                JsonObject wanted = expected.getAsJsonObject(label);
                JsonObject arguments = cases.getAsJsonObject(label);
                String where = name + ", " + label;
                if (wanted.has("text")) {
                    Rendering made = template.render(conversation(arguments), options(arguments));
                    assertEquals(wanted.get("text").getAsString(), made.text(), where);
                    assertEquals(spans(wanted), codePoints(made), where);
                    rendered++;
                } else {
                    TemplateException thrown =
                            assertThrows(
                                    TemplateException.class,
                                    () ->
                                            template.render(
                                                    conversation(arguments), options(arguments)),
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
        assertEquals(40, refused);
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
