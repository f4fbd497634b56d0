/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.safetensors.JsonFile;

/**
 * What the files beside tokenizer.json say, read by ourselves: DJL's reader fails on object tokens
 * and on a model_max_length of 1e30, which transformers writes for "none".
 *
 * @param maxLength the longest input in tokens, empty where the files set no bound
 * @param padId the id of the padding token, empty where there is none
 * @param endId the id of the token that ends a text, empty where there is none
 * @param truncateLeft whether tokens are cut off at the start
 */
record TokenizerSettings(
        OptionalInt maxLength, OptionalInt padId, OptionalInt endId, boolean truncateLeft) {
    static TokenizerSettings read(Path directory) throws IOException {
        JsonObject config = JsonFile.readObjectIfThere(directory.resolve("tokenizer_config.json"));
        JsonObject map = JsonFile.readObjectIfThere(directory.resolve("special_tokens_map.json"));
        String pad = token("pad_token", config, map);
        String end = token("eos_token", config, map);
        NamedTokenIds ids =
                NamedTokenIds.read(
                        directory.resolve("tokenizer.json"),
                        Stream.of(pad, end).filter(Objects::nonNull).collect(Collectors.toSet()));
        OptionalInt padId = ids.of(pad);
        OptionalInt endId = ids.of(end);
        return new TokenizerSettings(
                maxLength(config.get("model_max_length")),
                padId.isPresent() ? padId : ids.padding(),
                endId.isPresent() ? endId : endOfModel(directory),
                "left".equals(token(config.get("truncation_side"))));
    }

    private static @Nullable String token(String name, JsonObject config, JsonObject map) {
        String token = token(config.get(name));
        return token == null ? token(map.get(name)) : token;
    }

    /** The model's own end token, the first of several, for directories without settings. */
    private static OptionalInt endOfModel(Path directory) throws IOException {
        JsonElement id =
                JsonFile.readObjectIfThere(directory.resolve("config.json")).get("eos_token_id");
        if (id != null && id.isJsonArray() && !id.getAsJsonArray().isEmpty()) {
            id = id.getAsJsonArray().get(0);
        }
        boolean number = id != null && id.isJsonPrimitive() && id.getAsJsonPrimitive().isNumber();
        double value = number ? id.getAsDouble() : -1;
        return value >= 0 && value <= Integer.MAX_VALUE
                ? OptionalInt.of((int) value)
                : OptionalInt.empty();
    }

    private static OptionalInt maxLength(@Nullable JsonElement value) {
        if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isNumber()) {
            return OptionalInt.empty();
        }
        double length = value.getAsDouble();
        return length >= 1 && length < Integer.MAX_VALUE
                ? OptionalInt.of((int) length)
                : OptionalInt.empty();
    }

    /** A token is written as a string or as an object with its content. */
    private static @Nullable String token(@Nullable JsonElement value) {
        JsonElement content =
                value != null && value.isJsonObject()
                        ? value.getAsJsonObject().get("content")
                        : value;
        return content != null
                        && content.isJsonPrimitive()
                        && content.getAsJsonPrimitive().isString()
                ? content.getAsString()
                : null;
    }
}
