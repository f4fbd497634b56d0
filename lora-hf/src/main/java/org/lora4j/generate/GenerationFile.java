/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.generate.score.ScoreRule;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.json.JsonFile;

/**
 * The file in which a model says how its texts go on: generation_config.json, or config.json where
 * there is none, as in transformers. Each value is checked when it is read; the message of a wrong
 * one names the file, the key, the value and what was expected. Immutable.
 */
final class GenerationFile {
    static final String NAME = "generation_config.json";

    private static final int MOST_IDS = 10_000;

    private final ModelConfig values;
    private final JsonObject json;

    private GenerationFile(ModelConfig values) {
        this.values = values;
        json = values.json();
    }

    /**
     * Reads the file of a model.
     *
     * @param directory the model's directory
     * @param config its config.json
     * @throws IOException if generation_config.json cannot be read, or is no JSON object
     */
    static GenerationFile of(Path directory, ModelConfig config) throws IOException {
        Path own = directory.resolve(NAME);
        return Files.exists(own)
                ? new GenerationFile(ModelConfig.of(own, JsonFile.readObject(own)))
                : new GenerationFile(config);
    }

    /** The values of config.json, whatever other files there are. */
    static GenerationFile of(ModelConfig config) {
        return new GenerationFile(config);
    }

    /** A file without any key. */
    static GenerationFile none() {
        return new GenerationFile(ModelConfig.of(Path.of(NAME), new JsonObject()));
    }

    /** The file's path, for messages. */
    Path path() {
        return values.file();
    }

    /** The value of a key as it is in the file, or null. */
    @Nullable JsonElement get(String key) {
        JsonElement value = json.get(key);
        return value == null || value.isJsonNull() ? null : value;
    }

    /** A flag; false where it is absent. */
    boolean flag(String key) throws IOException {
        return values.flag(key, false);
    }

    /** A number in [least, most], or null. */
    @Nullable Double number(String key, double least, double most, String expected)
            throws IOException {
        JsonElement value = get(key);
        if (value == null) {
            return null;
        }
        double number = number(value);
        if (!(number >= least && number <= most)) {
            throw wrong(key, value, expected);
        }
        return number;
    }

    /** A whole number of at least some size, or null. */
    @Nullable Integer integer(String key, int least) throws IOException {
        String expected = "a whole number of at least " + least;
        Double number = number(key, least, Integer.MAX_VALUE, expected);
        if (number != null && number != Math.rint(number)) {
            throw new IOException(path() + ": " + key + " is " + number + "; expected " + expected);
        }
        return number == null ? null : number.intValue();
    }

    /** The id of a token or a list of ids; none where it is absent. */
    Set<Integer> ids(String key) throws IOException {
        Set<Integer> ids = new LinkedHashSet<>();
        for (JsonElement element : oneOrList(key, idsExpected())) {
            ids.add(id(key, element, Objects.requireNonNull(get(key))));
        }
        return Collections.unmodifiableSet(ids);
    }

    private static String idsExpected() {
        return "a token's id, or a list of up to " + MOST_IDS + " ids";
    }

    private int id(String key, JsonElement element, JsonElement whole) throws IOException {
        double number = number(element);
        if (number >= 0 && number <= Integer.MAX_VALUE && number == Math.rint(number)) {
            return (int) number;
        }
        throw wrong(key, whole, idsExpected());
    }

    /** Sequences of tokens, such as bad words. */
    List<List<Integer>> sequences(String key) throws IOException {
        List<List<Integer>> sequences = new ArrayList<>();
        for (JsonElement element : list(key, "a list of lists of token ids")) {
            sequences.add(sequence(key, element));
        }
        return sequences;
    }

    /** Sequences of tokens, each with a number. */
    List<ScoreRule.Biased> biases(String key) throws IOException {
        String expected = "a list of pairs: a list of token ids, and a number";
        List<ScoreRule.Biased> biases = new ArrayList<>();
        for (JsonElement element : list(key, expected)) {
            if (!(element instanceof JsonArray pair)
                    || pair.size() != 2
                    || Double.isNaN(number(pair.get(1)))) {
                throw wrong(key, element, expected);
            }
            biases.add(
                    new ScoreRule.Biased(sequence(key, pair.get(0)), (float) number(pair.get(1))));
        }
        return biases;
    }

    private List<Integer> sequence(String key, JsonElement element) throws IOException {
        List<Integer> ids = new ArrayList<>();
        if (element instanceof JsonArray array) {
            for (JsonElement id : array) {
                ids.add(id(key, id, element));
            }
        }
        if (ids.isEmpty()) {
            throw wrong(key, element, "lists of at least one token id");
        }
        return Collections.unmodifiableList(ids);
    }

    /** A text or a list of texts. */
    List<String> texts(String key) throws IOException {
        String expected = "a text or a list of texts, none of them empty";
        List<String> texts = new ArrayList<>();
        for (JsonElement element : oneOrList(key, expected)) {
            if (!(element instanceof JsonPrimitive text)
                    || !text.isString()
                    || text.getAsString().isEmpty()) {
                throw wrong(key, element, expected);
            }
            texts.add(text.getAsString());
        }
        return texts;
    }

    /** A list, or a value that stands for a list of itself; empty where it is absent. */
    private JsonArray oneOrList(String key, String expected) throws IOException {
        JsonArray one = new JsonArray();
        if (get(key) instanceof JsonPrimitive value) {
            one.add(value);
            return one;
        }
        return list(key, expected);
    }

    /** A list; empty where it is absent. */
    JsonArray list(String key, String expected) throws IOException {
        JsonElement value = get(key);
        if (value == null) {
            return new JsonArray();
        }
        if (value instanceof JsonArray array && array.size() <= MOST_IDS) {
            return array;
        }
        throw wrong(key, value, expected);
    }

    /** The number that a value is, or NaN. */
    private static double number(JsonElement value) {
        return value instanceof JsonPrimitive number && number.isNumber()
                ? number.getAsDouble()
                : Double.NaN;
    }

    /** A value that is not what it should be. */
    IOException wrong(String key, JsonElement value, String expected) {
        return values.wrong(key, value, expected);
    }
}
