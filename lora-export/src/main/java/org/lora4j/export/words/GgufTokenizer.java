/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.words;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.export.gguf.GgufFile;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.json.JsonFile;
import org.lora4j.text.TextTokenizer;

/** Writes a tokenizer, with its chat templates, under llama.cpp's keys. Stateless. */
public final class GgufTokenizer {
    private static final Map<String, String> SPECIAL = new LinkedHashMap<>();

    static {
        SPECIAL.put("bos", "bos");
        SPECIAL.put("eos", "eos");
        SPECIAL.put("unk", "unknown");
        SPECIAL.put("sep", "seperator"); // llama.cpp's own spelling
        SPECIAL.put("pad", "padding");
    }

    private GgufTokenizer() {}

    /**
     * Adds a tokenizer.
     *
     * @param file the file
     * @param files the model's small files by name: tokenizer.json, tokenizer_config.json and
     *     chat_template.jinja
     * @param config config.json
     * @param size how many rows the model has for tokens
     * @param tokenizer the tokenizer as it is used
     * @throws IOException if llama.cpp has no tokenizer of its kind
     */
    public static void addTo(
            GgufFile file,
            Map<String, Path> files,
            ModelConfig config,
            int size,
            TextTokenizer tokenizer)
            throws IOException {
        Path source = files.get("tokenizer.json");
        if (source == null) {
            throw new IOException(
                    config.directory() + ": no tokenizer.json, which a GGUF file is to hold");
        }
        TokenizerJson json = TokenizerJson.read(source);
        JsonObject settings = settings(files.get("tokenizer_config.json"));
        List<VocabularyEntry> tokens = json.tokens(size, TokenizerJson.text(settings, "unk_token"));
        boolean pieces = json.isSentencePiece();
        file.put("tokenizer.ggml.model", pieces ? "llama" : "gpt2")
                .put("tokenizer.ggml.pre", pieces ? "default" : preTokenizer(json))
                .put("tokenizer.ggml.tokens", tokens.stream().map(VocabularyEntry::text).toList());
        if (pieces) {
            float[] scores = new float[size];
            for (int i = 0; i < size; i++) {
                scores[i] = tokens.get(i).score();
            }
            file.put("tokenizer.ggml.scores", scores)
                    .put("tokenizer.ggml.add_space_prefix", SpacePrefix.of(json));
        }
        file.put(
                "tokenizer.ggml.token_type",
                tokens.stream().mapToInt(token -> token.kind().code()).toArray());
        if (!pieces) {
            file.put("tokenizer.ggml.merges", json.merges());
        }
        Map<String, Integer> special = special(json, settings, config, size);
        special.forEach((key, id) -> file.put("tokenizer.ggml." + key + "_token_id", id));
        ends(file, source, special, tokenizer);
        templates(file, files, settings);
    }

    private static JsonObject settings(@Nullable Path file) throws IOException {
        return file == null ? new JsonObject() : JsonFile.readObject(file);
    }

    private static String preTokenizer(TokenizerJson json) throws IOException {
        String normalizer = PreTokenizers.type(json.part("normalizer"));
        if (!normalizer.isEmpty() && !normalizer.equals("NFC")) {
            throw new IOException(
                    "%s: its normalizer is %s, which llama.cpp does not apply; expected none, or"
                                    .formatted(json.file(), normalizer)
                            + " NFC");
        }
        JsonObject part = json.part("pre_tokenizer");
        return PreTokenizers.nameOf(part)
                .orElseThrow(
                        () ->
                                new IOException(
                                        ("%s: llama.cpp's way to part texts as its pre_tokenizer"
                                             + " does is not known here: %s; expected that of"
                                             + " GPT-2, Llama 3 or Qwen 2, without a space before"
                                             + " the text")
                                                .formatted(json.file(), part)));
    }

    private static Map<String, Integer> special(
            TokenizerJson json, JsonObject settings, ModelConfig config, int size)
            throws IOException {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : SPECIAL.entrySet()) {
            String content = TokenizerJson.text(settings, entry.getKey() + "_token");
            Integer found = null;
            for (JsonElement added : json.json().getAsJsonArray("added_tokens")) {
                JsonObject token = added.getAsJsonObject();
                if (found == null && token.get("content").getAsString().equals(content)) {
                    found = token.get("id").getAsInt();
                }
            }
            JsonElement other = config.json().get(entry.getKey() + "_token_id");
            if (found == null && other != null && other.isJsonPrimitive()) {
                found = other.getAsInt();
            }
            if (found != null && found >= 0 && found < size) {
                ids.put(entry.getValue(), found);
            }
        }
        return ids;
    }

    /** What the tokenizer puts around a text is asked of itself. */
    private static void ends(
            GgufFile file, Path source, Map<String, Integer> special, TextTokenizer tokenizer)
            throws IOException {
        int[] closed = tokenizer.encode("a", null, Integer.MAX_VALUE).ids();
        int around = tokenizer.specialTokens(false);
        Integer begin = special.get("bos");
        Integer end = special.get("eos");
        boolean begins = begin != null && closed.length > 0 && closed[0] == begin;
        boolean ends = end != null && closed.length > 1 && closed[closed.length - 1] == end;
        if (around != (begins ? 1 : 0) + (ends ? 1 : 0)) {
            throw new IOException(
                    ("%s: it puts %d tokens around a text, and llama.cpp only bos_token before"
                                    + " and eos_token behind it; found %s")
                            .formatted(source, around, Arrays.toString(closed)));
        }
        file.put("tokenizer.ggml.add_bos_token", begins).put("tokenizer.ggml.add_eos_token", ends);
    }

    private static void templates(GgufFile file, Map<String, Path> files, JsonObject settings)
            throws IOException {
        Map<String, String> templates = new LinkedHashMap<>();
        JsonElement inside = settings.get("chat_template");
        if (inside instanceof JsonArray several) {
            for (JsonElement each : several) {
                JsonObject named = each.getAsJsonObject();
                templates.put(named.get("name").getAsString(), named.get("template").getAsString());
            }
        } else if (inside != null && inside.isJsonPrimitive()) {
            templates.put("default", inside.getAsString());
        }
        Path jinja = files.get("chat_template.jinja");
        if (jinja != null) {
            templates.put("default", Files.readString(jinja));
        }
        for (Map.Entry<String, Path> entry : files.entrySet()) {
            String name = entry.getKey();
            if (name.startsWith("additional_chat_templates/") && name.endsWith(".jinja")) {
                String own = name.substring(name.indexOf('/') + 1, name.length() - 6);
                templates.put(own, Files.readString(entry.getValue()));
            }
        }
        List<String> others = new ArrayList<>();
        for (Map.Entry<String, String> template : templates.entrySet()) {
            String name = template.getKey();
            if (name.equals("default")) {
                file.put("tokenizer.chat_template", template.getValue());
            } else {
                others.add(name);
                file.put("tokenizer.chat_template." + name, template.getValue());
            }
        }
        if (!others.isEmpty()) {
            file.put("tokenizer.chat_templates", others);
        }
    }
}
