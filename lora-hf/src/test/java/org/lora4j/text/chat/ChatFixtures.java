/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextTokenizer;

/** Templates, conversations and tokenizers of the chat goldens. */
public final class ChatFixtures {
    static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-06T09:05:07Z"), ZoneOffset.UTC);

    static final JsonObject GOLDEN = ChatGoldens.read("templates.json.gz");

    private static final Path FOLDER = Path.of("src/test/resources/golden/chat");

    private ChatFixtures() {}

    public static String source(String template) {
        return GOLDEN.getAsJsonObject("templates").get(template).getAsString();
    }

    /** Opens one of the small tokenizers as the tokenizer of a model with that template. */
    public static TextTokenizer tokenizer(String kind, String template, Path folder)
            throws IOException {
        Files.createDirectories(folder);
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.write(
                    folder.resolve(file), Files.readAllBytes(FOLDER.resolve(kind).resolve(file)));
        }
        Files.writeString(folder.resolve("chat_template.jinja"), template);
        return TextTokenizer.load(folder);
    }

    static JsonObject arguments(String label) {
        return GOLDEN.getAsJsonObject("cases").getAsJsonObject(label);
    }

    public static Conversation conversation(String label) {
        JsonObject json = arguments(label);
        List<Message> messages = new ArrayList<>();
        for (JsonElement message : json.getAsJsonArray("messages")) {
            messages.add(new Message(ChatGoldens.map(message.getAsJsonObject())));
        }
        return new Conversation(messages, maps(json.get("tools")), maps(json.get("documents")));
    }

    private static @Nullable List<Map<String, @Nullable Object>> maps(@Nullable JsonElement json) {
        if (json == null) {
            return null;
        }
        List<Map<String, @Nullable Object>> maps = new ArrayList<>();
        json.getAsJsonArray().forEach(item -> maps.add(ChatGoldens.map(item.getAsJsonObject())));
        return maps;
    }

    static ChatOptions options(String label) {
        JsonObject json = arguments(label);
        boolean prompt =
                json.has("add_generation_prompt")
                        && json.get("add_generation_prompt").getAsBoolean();
        ChatOptions options = prompt ? ChatOptions.PROMPT : ChatOptions.TRANSCRIPT;
        return json.has("variables")
                ? options.withVariables(ChatGoldens.map(json.getAsJsonObject("variables")))
                : options;
    }
}
