/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.ModelConfig;
import org.lora4j.safetensors.JsonFile;
import org.lora4j.text.TextTokenizer;

/**
 * What ends a text besides its length.
 *
 * <p>A token ends it if it is one of: eos_token_id, a number or a list, of generation_config.json,
 * else of config.json, as in transformers, and where neither names one the tokenizer's end token;
 * the tokens of {@link GenerationConfig#stopTokens}.
 *
 * <p>A stop string ends it as soon as the text has one whole, wherever the borders of tokens are,
 * and the text is cut before it, as vLLM, llama.cpp and the services do. transformers keeps the
 * stop string: what comes after it in its last token is part of the text there.
 *
 * @param endTokens ids that end a text and are not part of it
 * @param stopStrings texts that end a text and are not part of it
 */
public record StopRules(Set<Integer> endTokens, List<String> stopStrings) {
    private static final String FILE = "generation_config.json";
    private static final String KEY = "eos_token_id";
    private static final int MOST_TOKENS = 10_000;

    /** Copies the collections. */
    public StopRules {
        endTokens = Set.copyOf(endTokens);
        stopStrings = List.copyOf(stopStrings);
    }

    /**
     * The rules of a model and a configuration.
     *
     * @param directory the model's directory; its generation_config.json may be absent
     * @param model its config.json
     * @param tokenizer its tokenizer
     * @param config stopStrings and stopTokens
     * @return the rules
     * @throws IOException if generation_config.json is broken, or an eos_token_id is neither an id
     *     nor a list of ids
     */
    public static StopRules of(
            Path directory, ModelConfig model, TextTokenizer tokenizer, GenerationConfig config)
            throws IOException {
        Set<Integer> ends = new TreeSet<>(config.stopTokens());
        Path file = directory.resolve(FILE);
        if (!addAll(ends, read(file).get(KEY), file)
                && !addAll(ends, model.json().get(KEY), directory.resolve(ModelConfig.FILE))) {
            tokenizer.endId().ifPresent(ends::add);
        }
        return new StopRules(ends, config.stopStrings());
    }

    /**
     * Whether a token ends a text.
     *
     * @param token an id
     * @return true if the text ends before it
     */
    public boolean ends(int token) {
        return endTokens.contains(token);
    }

    private static JsonObject read(Path file) throws IOException {
        return JsonFile.readObjectIfThere(file);
    }

    /** Adds an id or a list of ids; false where there is none. */
    private static boolean addAll(Collection<Integer> ids, @Nullable JsonElement value, Path file)
            throws IOException {
        if (value == null || value.isJsonNull()) {
            return false;
        }
        if (!value.isJsonArray()) {
            ids.add(id(value, value, file));
            return true;
        }
        if (value.getAsJsonArray().size() > MOST_TOKENS) {
            throw wrong(value, file);
        }
        for (JsonElement element : value.getAsJsonArray()) {
            ids.add(id(element, value, file));
        }
        return !value.getAsJsonArray().isEmpty();
    }

    private static int id(JsonElement element, JsonElement whole, Path file) throws IOException {
        if (element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber()) {
            double number = element.getAsDouble();
            if (number >= 0 && number <= Integer.MAX_VALUE && number == Math.rint(number)) {
                return (int) number;
            }
        }
        throw wrong(whole, file);
    }

    private static IOException wrong(JsonElement value, Path file) {
        String text = value.toString();
        return new IOException(
                file
                        + ": "
                        + KEY
                        + " is "
                        + (text.length() > 80 ? text.substring(0, 80) + "..." : text)
                        + "; expected a token's id, or a list of up to "
                        + MOST_TOKENS
                        + " ids");
    }
}
