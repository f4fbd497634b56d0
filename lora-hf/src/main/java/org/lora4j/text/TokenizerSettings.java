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
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.lora4j.json.JsonFile;
import org.lora4j.text.tokenizer.TokenizerDefinition;

/**
 * What the files beside tokenizer.json say of lengths, padding and ends, read by ourselves: DJL's
 * reader fails on a model_max_length of 1e30, which transformers writes for "none".
 *
 * @param maxLength the longest input in tokens, empty where the files set no bound
 * @param padId the id of the padding token, empty where there is none
 * @param endId the id of the token that ends a text, empty where there is none
 * @param truncateLeft whether tokens are cut off at the start
 */
record TokenizerSettings(
        OptionalInt maxLength, OptionalInt padId, OptionalInt endId, boolean truncateLeft) {
    static TokenizerSettings read(Path directory, TokenizerDefinition tokenizer)
            throws IOException {
        JsonObject config = JsonFile.readObjectIfThere(directory.resolve("tokenizer_config.json"));
        OptionalInt padId = tokenizer.knownId(tokenizer.token("pad_token"));
        OptionalInt endId = tokenizer.knownId(tokenizer.token("eos_token"));
        return new TokenizerSettings(
                maxLength(config.get("model_max_length")),
                padId.isPresent() ? padId : tokenizer.paddingId(),
                endId.isPresent() ? endId : endOfModel(directory),
                tokenizer.truncatesLeft());
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
}
