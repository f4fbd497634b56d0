/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Constructs of the language, against jinja2 as transformers sets it up. */
@Tag("once-per-jdk")
class SnippetGoldenTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 6, 9, 5, 7);

    /** A template, and what jinja2 makes of it: a text or an error. */
    private record Snippet(String template, @Nullable String text, @Nullable String error) {}

    private record Golden(Map<String, @Nullable Object> variables, List<Snippet> snippets) {}

    private final Golden golden = golden();

    private static Golden golden() {
        Gson gson =
                new GsonBuilder()
                        .setObjectToNumberStrategy(
                                reader -> {
                                    String number = reader.nextString();
                                    return number.matches("-?\\d+")
                                            ? (Number) new BigInteger(number)
                                            : (Number) Double.valueOf(number);
                                })
                        .create();
        Path file = Path.of("src/test/resources/golden/snippets.json.gz");
        try (Reader reader =
                new InputStreamReader(
                        new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8)) {
            return gson.fromJson(reader, Golden.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void rendersWhatJinjaRenders() {
        List<Snippet> snippets =
                golden.snippets().stream().filter(snippet -> snippet.text() != null).toList();
        assertTrue(snippets.size() > 80);
        for (Snippet snippet : snippets) {
            String template = snippet.template();
            assertEquals(
                    snippet.text(),
                    Template.parse(template).render(golden.variables(), NOW).text(),
                    template);
        }
    }

    @Test
    void refusesWhatJinjaRefuses() {
        List<Snippet> snippets =
                golden.snippets().stream().filter(snippet -> snippet.error() != null).toList();
        assertTrue(snippets.size() > 70);
        for (Snippet snippet : snippets) {
            String template = snippet.template();
            TemplateException refused =
                    assertThrows(
                            TemplateException.class,
                            () -> Template.parse(template).render(golden.variables(), NOW),
                            template);
            assertEquals(1, refused.line(), template);
            String theirs = snippet.error();
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
