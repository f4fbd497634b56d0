/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.text.ChatGoldens;

/** Constructs of the language, against jinja2 as transformers sets it up. */
@Tag("once-per-jdk")
class SnippetGoldenTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 6, 9, 5, 7);

    private final JsonObject golden = ChatGoldens.read("snippets.json.gz");
    private final Map<String, @Nullable Object> variables =
            ChatGoldens.map(golden.getAsJsonObject("variables"));

    private List<JsonObject> snippets(String outcome) {
        List<JsonObject> found = new ArrayList<>();
        for (JsonElement snippet : golden.getAsJsonArray("snippets")) {
            if (snippet.getAsJsonObject().has(outcome)) {
                found.add(snippet.getAsJsonObject());
            }
        }
        return found;
    }

    @Test
    void rendersWhatJinjaRenders() {
        List<JsonObject> snippets = snippets("text");
        assertTrue(snippets.size() > 80);
        for (JsonObject snippet : snippets) {
            String template = snippet.get("template").getAsString();
            assertEquals(
                    snippet.get("text").getAsString(),
                    Template.parse(template).render(variables, NOW).text(),
                    template);
        }
    }

    @Test
    void refusesWhatJinjaRefuses() {
        List<JsonObject> snippets = snippets("error");
        assertTrue(snippets.size() > 70);
        for (JsonObject snippet : snippets) {
            String template = snippet.get("template").getAsString();
            TemplateException refused =
                    assertThrows(
                            TemplateException.class,
                            () -> Template.parse(template).render(variables, NOW),
                            template);
            assertEquals(1, refused.line(), template);
            String theirs = snippet.get("error").getAsString();
            String kind = theirs.substring(0, theirs.indexOf(':'));
            // Names with underscores are simply not there; jinja tells them from missing ones.
            boolean hidden = theirs.contains("attribute '__");
            String message = String.valueOf(refused.getMessage());
            assertTrue(
                    kind.startsWith("Template")
                            || message.contains(hidden ? "UndefinedError" : kind)
                            || refused.raisedByTemplate(),
                    template + ": " + message + ", jinja says " + theirs);
        }
    }
}
