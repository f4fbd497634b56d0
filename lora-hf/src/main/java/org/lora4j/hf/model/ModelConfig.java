/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import com.google.errorprone.annotations.FormatMethod;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.nn.Activation;
import org.lora4j.json.JsonFile;
import org.lora4j.safetensors.MissingWeights;

/**
 * A model's config.json: typed reading with errors that name the key and the file.
 *
 * <p>Unknown keys are kept. Immutable as long as {@link #json} is not written to.
 */
public final class ModelConfig {
    /** The file's name. */
    public static final String FILE = "config.json";

    /** The usual name, and those of GPT-2, of DistilBERT, and of T5's and OPT's relatives. */
    private static final List<String> HIDDEN_SIZES =
            List.of("hidden_size", "n_embd", "dim", "d_model");

    private final Path source;
    private final String section;
    private final JsonObject json;

    private ModelConfig(Path source, String section, JsonObject json) {
        this.source = source;
        this.section = section;
        this.json = json;
    }

    /**
     * Reads a directory's config.json.
     *
     * @param directory a model directory
     * @throws IOException if the file is absent, too large or not a JSON object
     */
    public static ModelConfig read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (Files.isRegularFile(directory)) {
            throw new IOException(
                    "%s: is a file; expected a directory of a Hugging Face model with config.json, tokenizer.json and model.safetensors"
                            .formatted(directory));
        }
        if (!Files.exists(file)) {
            throw new IOException(
                    "%s: no such file; expected a directory of a Hugging Face model with config.json, tokenizer.json and model.safetensors%s"
                            .formatted(
                                    file,
                                    Files.isDirectory(directory)
                                            ? "; " + MissingWeights.describe(directory)
                                            : ""));
        }
        return new ModelConfig(file, "", JsonFile.readObject(file));
    }

    /**
     * Takes the settings of another file, such as generation_config.json.
     *
     * @param file the file, for messages
     * @param json what it holds; not written to
     */
    public static ModelConfig of(Path file, JsonObject json) {
        return new ModelConfig(file, "", json);
    }

    /** Returns the file, for messages. */
    public Path file() {
        return source;
    }

    /** Returns the directory that the file is in. */
    public Path directory() {
        return Objects.requireNonNull(source.toAbsolutePath().getParent(), FILE);
    }

    /** Returns a copy of the JSON. */
    public JsonObject json() {
        return json.deepCopy();
    }

    /** Returns whether a key has a value other than null. */
    public boolean has(String key) {
        JsonElement element = json.get(key);
        return element != null && !element.isJsonNull();
    }

    /**
     * Returns an object within the file, such as "rope_scaling", or null where it is absent.
     *
     * @param key its key
     */
    public @Nullable ModelConfig section(String key) throws IOException {
        if (!has(key)) {
            return null;
        }
        if (!(json.get(key) instanceof JsonObject object)) {
            throw wrong(key, "an object");
        }
        return new ModelConfig(source, section + key + ".", object);
    }

    /** Returns the width of the hidden states, by whatever name the family gives it. */
    public OptionalInt hiddenSize() {
        for (String key : HIDDEN_SIZES) {
            if (json.get(key) instanceof JsonPrimitive value && value.isNumber()) {
                return OptionalInt.of(value.getAsInt());
            }
        }
        return OptionalInt.empty();
    }

    /** Returns the family's name, such as "bert". */
    public String modelType() throws IOException {
        return string("model_type");
    }

    /**
     * Returns a required string.
     *
     * @param key its key
     */
    public String string(String key) throws IOException {
        JsonPrimitive value = primitive(key);
        if (value == null || !value.isString()) {
            throw wrong(key, "a string");
        }
        return value.getAsString();
    }

    /**
     * Returns a string or a default.
     *
     * @param key its key
     * @param otherwise what an absent or null value means
     */
    public String string(String key, String otherwise) throws IOException {
        return primitive(key) == null ? otherwise : string(key);
    }

    /**
     * Returns a flag or a default.
     *
     * @param key its key
     * @param otherwise what an absent or null value means
     */
    public boolean flag(String key, boolean otherwise) throws IOException {
        JsonPrimitive value = primitive(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw wrong(key, "true or false");
        }
        return value.getAsBoolean();
    }

    /** Returns the class that transformers builds, the first of "architectures", or "". */
    public String architecture() throws IOException {
        JsonElement element = json.get("architectures");
        if (element == null || element.isJsonNull()) {
            return "";
        }
        if (!(element instanceof JsonArray names)
                || names.isEmpty()
                || !(names.get(0) instanceof JsonPrimitive name)
                || !name.isString()) {
            throw wrong("architectures", "a list of names");
        }
        return name.getAsString();
    }

    /**
     * Returns a required integer of at least 1.
     *
     * @param key its key
     */
    public int positive(String key) throws IOException {
        double value = number(key);
        if (value != Math.rint(value) || value < 1 || value > Integer.MAX_VALUE) {
            throw wrong(key, "an integer of at least 1");
        }
        return (int) value;
    }

    /**
     * Returns an integer or a default.
     *
     * @param key its key
     * @param otherwise what an absent or null value means
     */
    public int integer(String key, int otherwise) throws IOException {
        if (primitive(key) == null) {
            return otherwise;
        }
        double value = number(key);
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw wrong(key, "an integer");
        }
        return (int) value;
    }

    /**
     * Returns a finite number or a default.
     *
     * @param key its key
     * @param otherwise what an absent or null value means
     */
    public double number(String key, double otherwise) throws IOException {
        return primitive(key) == null ? otherwise : number(key);
    }

    /**
     * Returns a required list of finite numbers.
     *
     * @param key its key
     */
    public double[] numbers(String key) throws IOException {
        if (!(json.get(key) instanceof JsonArray array)) {
            throw wrong(key, "a list of numbers");
        }
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(array.get(i) instanceof JsonPrimitive value)
                    || !value.isNumber()
                    || !Double.isFinite(value.getAsDouble())) {
                throw wrong(key, "a list of finite numbers");
            }
            numbers[i] = value.getAsDouble();
        }
        return numbers;
    }

    /**
     * Returns a probability in [0, 1) or a default.
     *
     * @param key its key
     * @param otherwise what an absent or null value means
     */
    public double probability(String key, double otherwise) throws IOException {
        double value = number(key, otherwise);
        if (!(value >= 0 && value < 1)) {
            throw wrong(key, "a probability in [0, 1)");
        }
        return value;
    }

    /**
     * Returns an ε of a normalisation, 0 or more, or a default.
     *
     * @param key its key
     * @param otherwise what an absent or null value means
     */
    public double epsilon(String key, double otherwise) throws IOException {
        double eps = number(key, otherwise);
        if (!(eps >= 0)) {
            throw invalid("%s is %s; expected 0 or more", key, eps);
        }
        return eps;
    }

    /**
     * Returns an activation or a default.
     *
     * @param key its key
     * @param otherwise the name that an absent or null value stands for
     */
    public Activation activation(String key, String otherwise) throws IOException {
        try {
            return Activation.of(string(key, otherwise));
        } catch (IllegalArgumentException e) {
            throw new IOException("config.json: %s: %s".formatted(key, e.getMessage()), e);
        }
    }

    /**
     * Refuses a number that is no multiple of another.
     *
     * @param key the number's key
     * @param value the number
     * @param unitKey the other's key
     * @param unit the other, above 0
     * @throws IOException if it is none
     */
    public static void requireMultiple(String key, int value, String unitKey, int unit)
            throws IOException {
        if (value % unit != 0) {
            throw invalid("%s %d is not a multiple of %s %d", key, value, unitKey, unit);
        }
    }

    /**
     * Returns the names of the labels in the order of their ids, or null where the file names none.
     *
     * <p>Names that say nothing, LABEL_0 and so on, count as names.
     */
    public @Nullable List<String> labels() throws IOException {
        JsonElement element = json.get("id2label");
        if (element == null || !element.isJsonObject()) {
            return null;
        }
        TreeMap<Integer, String> byId = new TreeMap<>();
        for (var entry : element.getAsJsonObject().entrySet()) {
            try {
                byId.put(Integer.valueOf(entry.getKey()), entry.getValue().getAsString());
            } catch (RuntimeException e) {
                throw wrong("id2label", "an object from ids to names");
            }
        }
        if (byId.isEmpty() || byId.firstKey() != 0 || byId.lastKey() != byId.size() - 1) {
            throw wrong("id2label", "ids from 0 without gaps");
        }
        return new ArrayList<>(byId.values());
    }

    /**
     * Returns a required finite number.
     *
     * @param key its key
     */
    public double number(String key) throws IOException {
        JsonPrimitive value = primitive(key);
        if (value == null || !value.isNumber()) {
            throw wrong(key, "a number");
        }
        double number = value.getAsDouble();
        if (!Double.isFinite(number)) {
            throw wrong(key, "a finite number");
        }
        return number;
    }

    private @Nullable JsonPrimitive primitive(String key) throws IOException {
        JsonElement element = json.get(key);
        if (element == null || element.isJsonNull()) {
            return null;
        }
        if (!element.isJsonPrimitive()) {
            throw wrong(key, "a single value");
        }
        return element.getAsJsonPrimitive();
    }

    /**
     * Says what is wrong with a value of config.json, for the caller to throw.
     *
     * @param problem a format, and its values
     */
    @FormatMethod
    public static IOException invalid(String problem, @Nullable Object... values) {
        return new IOException("config.json: " + problem.formatted(values));
    }

    private IOException wrong(String key, String expected) {
        return wrong(key, json.get(key), expected);
    }

    /**
     * Says that a value of the file is not what it should be, for the caller to throw.
     *
     * @param key its key
     * @param found the value, or null for none
     * @param expected what it should be
     */
    public IOException wrong(String key, @Nullable JsonElement found, String expected) {
        String text = found == null ? "nothing" : found.toString();
        return new IOException(
                "%s: %s%s is %s; expected %s"
                        .formatted(
                                source,
                                section,
                                key,
                                text.length() > 80 ? text.substring(0, 80) + "..." : text,
                                expected));
    }
}
