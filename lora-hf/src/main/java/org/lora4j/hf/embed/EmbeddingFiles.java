/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.InputFile;
import org.lora4j.json.JsonFile;
import org.lora4j.json.PythonJson;

/**
 * The files of a sentence-transformers folder beside the model: modules.json, 1_Pooling,
 * 2_Normalize, sentence_bert_config.json and config_sentence_transformers.json. Versions 2 to 6 of
 * that library are read; what is written all of them read.
 */
public final class EmbeddingFiles {
    /** The file by which a folder is known to be one of sentence-transformers. */
    public static final String MODULES = "modules.json";

    private static final String SETTINGS = "config_sentence_transformers.json";
    private static final String LENGTH = "max_seq_length";
    private static final String LOWER = "do_lower_case";
    private static final String DIMENSIONS = "truncate_dim";
    private static final List<String> TRANSFORMER_SETTINGS =
            List.of(
                    "sentence_bert_config.json",
                    "sentence_roberta_config.json",
                    "sentence_distilbert_config.json",
                    "sentence_camembert_config.json",
                    "sentence_albert_config.json",
                    "sentence_xlm-roberta_config.json",
                    "sentence_xlnet_config.json");
    private static final long MOST_BYTES = 1 << 20;
    private static final int MOST_MODULES = 20;

    private EmbeddingFiles() {}

    /** Returns whether a folder has the modules of a sentence-transformers model. */
    public static boolean areIn(Path directory) {
        return Files.exists(directory.resolve(MODULES));
    }

    /**
     * Reads what a folder says. One without modules.json has mean pooling, as sentence-transformers
     * takes such a model.
     *
     * @param directory a model's folder
     * @throws IOException if a file is broken, or a module is not supported
     */
    public static EmbeddingForm read(Path directory) throws IOException {
        List<Pooling> poolings = List.of(Pooling.MEAN);
        boolean includePrompt = true;
        boolean normalize = false;
        if (areIn(directory)) {
            Path file = directory.resolve(MODULES);
            poolings = List.of();
            List<JsonObject> modules = modules(file);
            for (int i = 0; i < modules.size(); i++) {
                String type = text(file, modules.get(i), "type");
                String kind = type.substring(type.lastIndexOf('.') + 1);
                String path = text(file, modules.get(i), "path");
                boolean known = type.startsWith("sentence_transformers.");
                if (i == 0 && known && kind.equals("Transformer")) {
                    requireHere(file, path);
                } else if (i == 1 && known && kind.equals("Pooling")) {
                    JsonObject pooling = JsonFile.readObject(below(file, path, "config.json"));
                    poolings = poolings(below(file, path, "config.json"), pooling);
                    includePrompt = flag(pooling, "include_prompt", true);
                } else if (i > 1 && known && kind.equals("Normalize")) {
                    normalize = true;
                } else {
                    throw new IOException(
                            ("%s: module %d is %s, which is not supported; expected a Transformer,"
                                            + " then a Pooling, then perhaps a Normalize")
                                    .formatted(file, i, type));
                }
            }
            if (poolings.isEmpty()) {
                throw new IOException(
                        file + ": has no Pooling; expected one after the Transformer");
            }
        }
        JsonObject transformer = transformer(directory);
        JsonObject settings = JsonFile.readObjectIfThere(directory.resolve(SETTINGS));
        Map<String, String> prompts = prompts(directory.resolve(SETTINGS), settings);
        JsonElement byDefault = settings.get("default_prompt_name");
        try {
            return new EmbeddingForm(
                    poolings,
                    includePrompt,
                    normalize,
                    count(directory, transformer, LENGTH),
                    flag(transformer, LOWER, false),
                    prompts,
                    byDefault == null || byDefault.isJsonNull() ? null : byDefault.getAsString(),
                    count(directory.resolve(SETTINGS), settings, DIMENSIONS));
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            throw new IOException(directory.resolve(SETTINGS) + ": " + e.getMessage(), e);
        }
    }

    private static List<JsonObject> modules(Path file) throws IOException {
        List<JsonObject> modules = new ArrayList<>();
        try {
            JsonElement root = JsonParser.parseString(InputFile.readText(file, MOST_BYTES));
            for (JsonElement module : root.getAsJsonArray()) {
                modules.add(module.getAsJsonObject());
            }
        } catch (JsonParseException | IllegalStateException | StackOverflowError e) {
            throw new IOException(file + ": expected a JSON list of modules", e);
        }
        if (modules.isEmpty() || modules.size() > MOST_MODULES) {
            throw new IOException(
                    "%s: has %d modules; expected a Transformer and a Pooling at least"
                            .formatted(file, modules.size()));
        }
        return modules;
    }

    private static void requireHere(Path file, String path) throws IOException {
        if (!path.isEmpty()) {
            throw new IOException(
                    ("%s: the Transformer is in the folder %s below, as in models of 2019 to 2021;"
                                    + " load it in sentence-transformers and save it again")
                            .formatted(file, path));
        }
    }

    private static Path below(Path file, String path, String name) throws IOException {
        if (!path.matches("[\\w-]+")) {
            throw new IOException(
                    "%s: the path \"%s\" is no folder's name; expected one such as 1_Pooling"
                            .formatted(file, path));
        }
        return file.resolveSibling(path).resolve(name);
    }

    private static List<Pooling> poolings(Path file, JsonObject config) throws IOException {
        List<Pooling> found = new ArrayList<>();
        JsonElement modes = config.get("pooling_mode");
        if (modes != null) {
            JsonArray list = new JsonArray();
            if (modes instanceof JsonArray several) {
                list = several;
            } else {
                list.add(modes);
            }
            for (JsonElement mode : list) {
                String key = mode.isJsonPrimitive() ? mode.getAsString() : mode.toString();
                found.add(
                        Pooling.of(key)
                                .orElseThrow(
                                        () ->
                                                new IOException(
                                                        "%s: pooling_mode \"%s\" is not supported"
                                                                .formatted(file, key))));
            }
            return found;
        }
        for (Pooling pooling : Pooling.values()) {
            if (flag(config, pooling.flag(), false)) {
                found.add(pooling);
            }
        }
        return found.isEmpty() ? List.of(Pooling.MEAN) : found;
    }

    private static JsonObject transformer(Path directory) throws IOException {
        for (String name : TRANSFORMER_SETTINGS) {
            Path file = directory.resolve(name);
            if (Files.exists(file)) {
                JsonObject settings = JsonFile.readObject(file);
                JsonElement output = settings.get("module_output_name");
                if (output != null && !output.getAsString().equals("token_embeddings")) {
                    throw new IOException(
                            "%s: module_output_name %s is not supported; expected token_embeddings"
                                    .formatted(file, output));
                }
                return settings;
            }
        }
        return new JsonObject();
    }

    /** A number of at least 1, or 0 where a file has none. */
    private static int count(Path place, JsonObject json, String key) throws IOException {
        JsonElement value = json.get(key);
        if (value == null || value.isJsonNull()) {
            return 0;
        }
        if (value instanceof JsonPrimitive number && number.isNumber()) {
            try {
                int count = new BigDecimal(number.getAsString()).intValueExact();
                if (count > 0) {
                    return count;
                }
            } catch (ArithmeticException | NumberFormatException e) {
                // refused below
            }
        }
        throw new IOException(
                "%s: %s is %s; expected a whole number of at least 1".formatted(place, key, value));
    }

    private static Map<String, String> prompts(Path file, JsonObject settings) throws IOException {
        Map<String, String> prompts = new LinkedHashMap<>();
        if (settings.get("prompts") instanceof JsonObject named) {
            for (Map.Entry<String, JsonElement> prompt : named.entrySet()) {
                if (!(prompt.getValue() instanceof JsonPrimitive text && text.isString())) {
                    throw new IOException(
                            "%s: the prompt %s is %s; expected a text"
                                    .formatted(file, prompt.getKey(), prompt.getValue()));
                }
                prompts.put(prompt.getKey(), prompt.getValue().getAsString());
            }
        }
        return prompts;
    }

    private static String text(Path file, JsonObject json, String key) throws IOException {
        @Nullable JsonElement value = json.get(key);
        if (value == null || !value.isJsonPrimitive()) {
            throw new IOException("%s: a module has no %s".formatted(file, key));
        }
        return value.getAsString();
    }

    private static boolean flag(JsonObject json, String key, boolean otherwise) {
        JsonElement value = json.get(key);
        return (value != null && value.isJsonPrimitive()) ? value.getAsBoolean() : otherwise;
    }

    /**
     * Returns the files that say what a form is.
     *
     * @param form the form
     * @param hiddenSize the size of the vectors that are pooled
     * @return the text of each file, by its path below the folder
     */
    public static Map<String, String> of(EmbeddingForm form, int hiddenSize) {
        Map<String, String> files = new LinkedHashMap<>();
        JsonArray modules = new JsonArray();
        modules.add(module(0, "", "Transformer"));
        modules.add(module(1, "1_Pooling", "Pooling"));
        if (form.normalize()) {
            modules.add(module(2, "2_Normalize", "Normalize"));
        }
        files.put(MODULES, PythonJson.write(modules) + "\n");
        JsonObject pooling = new JsonObject();
        pooling.addProperty("word_embedding_dimension", hiddenSize);
        for (Pooling each : Pooling.values()) {
            pooling.addProperty(each.flag(), form.poolings().contains(each));
        }
        pooling.addProperty("include_prompt", form.includePrompt());
        files.put("1_Pooling/config.json", PythonJson.write(pooling) + "\n");
        JsonObject transformer = new JsonObject();
        if (form.maxLength() > 0) {
            transformer.addProperty(LENGTH, form.maxLength());
        }
        transformer.addProperty(LOWER, form.lowerCase());
        files.put(TRANSFORMER_SETTINGS.get(0), PythonJson.write(transformer) + "\n");
        JsonObject settings = new JsonObject();
        JsonObject prompts = new JsonObject();
        form.prompts().forEach(prompts::addProperty);
        settings.add("prompts", prompts);
        settings.addProperty("default_prompt_name", form.defaultPrompt());
        settings.addProperty("similarity_fn_name", "cosine");
        if (form.dimensions() > 0) {
            settings.addProperty(DIMENSIONS, form.dimensions());
        }
        files.put(SETTINGS, PythonJson.write(settings) + "\n");
        return files;
    }

    private static JsonObject module(int index, String path, String kind) {
        JsonObject module = new JsonObject();
        module.addProperty("idx", index);
        module.addProperty("name", Integer.toString(index));
        module.addProperty("path", path);
        module.addProperty("type", "sentence_transformers.models." + kind);
        return module;
    }
}
