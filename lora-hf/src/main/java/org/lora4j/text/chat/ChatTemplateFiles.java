/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.InputFile;
import org.lora4j.json.JsonFile;
import org.lora4j.text.tokenizer.rules.TokenizerConfig;

/**
 * The templates and special tokens of a Hugging Face directory, found where transformers finds
 * them: chat_template.jinja and additional_chat_templates/ come before tokenizer_config.json, and
 * special_tokens_map.json counts only where the latter lists no added tokens.
 *
 * @param templates the sources by name; a single one is named "default"
 * @param origins the file of each template
 * @param specialTokens special tokens by the name under which templates see them, such as bos_token
 */
record ChatTemplateFiles(
        Map<String, String> templates,
        Map<String, Path> origins,
        Map<String, String> specialTokens) {
    private static final int MAX_BYTES = 4 << 20;

    static ChatTemplateFiles read(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new IOException(
                    directory + ": no such directory; expected a Hugging Face model directory");
        }
        Path configFile = directory.resolve("tokenizer_config.json");
        JsonObject config = JsonFile.readObjectIfThere(configFile);
        Map<String, String> templates = new TreeMap<>();
        Map<String, Path> origins = new TreeMap<>();
        readFiles(directory, templates, origins);
        if (templates.isEmpty()) {
            readConfig(configFile, config.get("chat_template"), templates);
            templates.keySet().forEach(name -> origins.put(name, configFile));
        }
        return new ChatTemplateFiles(templates, origins, specialTokens(directory, config));
    }

    private static void readFiles(
            Path directory, Map<String, String> templates, Map<String, Path> origins)
            throws IOException {
        Path single = directory.resolve("chat_template.jinja");
        if (Files.isRegularFile(single)) {
            origins.put("default", single);
        }
        Path more = directory.resolve("additional_chat_templates");
        if (Files.isDirectory(more)) {
            try (Stream<Path> files = Files.list(more)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    String name = String.valueOf(file.getFileName());
                    if (name.endsWith(".jinja")) {
                        origins.put(name.substring(0, name.length() - ".jinja".length()), file);
                    }
                }
            }
        }
        for (Map.Entry<String, Path> origin : origins.entrySet()) {
            templates.put(origin.getKey(), InputFile.readText(origin.getValue(), MAX_BYTES));
        }
    }

    /** A template in tokenizer_config.json: a text, or a list of named ones. */
    private static void readConfig(
            Path file, @Nullable JsonElement written, Map<String, String> templates)
            throws IOException {
        if (written == null || written.isJsonNull()) {
            return;
        }
        String single = text(written);
        if (single != null) {
            templates.put("default", single);
            return;
        }
        if (written instanceof JsonArray list) {
            for (JsonElement element : list) {
                String name = element instanceof JsonObject named ? text(named.get("name")) : null;
                String source =
                        element instanceof JsonObject named ? text(named.get("template")) : null;
                if (name == null || source == null) {
                    throw broken(file);
                }
                templates.put(name, source);
            }
            return;
        }
        throw broken(file);
    }

    private static IOException broken(Path file) {
        return new IOException(
                "%s: \"chat_template\" is neither a text nor a list of objects with a \"name\" and a \"template\""
                        .formatted(file));
    }

    private static Map<String, String> specialTokens(Path directory, JsonObject config)
            throws IOException {
        JsonObject all = config;
        if (!config.has("added_tokens_decoder")) {
            all = config.deepCopy();
            for (Map.Entry<String, JsonElement> token :
                    JsonFile.readObjectIfThere(directory.resolve("special_tokens_map.json"))
                            .entrySet()) {
                all.add(token.getKey(), token.getValue());
            }
        }
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String name : TokenizerConfig.NAMES) {
            put(tokens, name, all.get(name));
        }
        for (Map.Entry<String, JsonElement> member : all.entrySet()) {
            boolean switches = member.getKey().startsWith("add_");
            if (member.getKey().endsWith("_token") && !switches) {
                put(tokens, member.getKey(), member.getValue());
            }
        }
        if (all.get("extra_special_tokens") instanceof JsonObject extra) {
            extra.entrySet().forEach(token -> put(tokens, token.getKey(), token.getValue()));
        }
        return tokens;
    }

    /** A token is written as a text or as an object with its content. */
    private static void put(
            Map<String, String> tokens, String name, @Nullable JsonElement written) {
        String content = text(written instanceof JsonObject token ? token.get("content") : written);
        if (content != null) {
            tokens.put(name, content);
        }
    }

    private static @Nullable String text(@Nullable JsonElement value) {
        return value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()
                ? value.getAsString()
                : null;
    }
}
