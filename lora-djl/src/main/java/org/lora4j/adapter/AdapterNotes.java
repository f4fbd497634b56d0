/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.json.PythonJson;

/**
 * What PEFT's files have no place for, in a third file that PEFT ignores: lora4j.json.
 *
 * @param labels the names of a classifier's classes, by index; empty where there are none
 * @param endTokens the ids of the tokens with which a language model learnt to end texts, such as
 *     the one with which its chat template ends a message; empty where none is known
 * @param libraryVersion the lora4j that wrote the adapter, or null where it is not known
 * @param baseModelSha256 the digest of the base model's weights in hexadecimal, or null
 * @param seed the seed that the adapter was drawn from, or null
 * @param weightForms the form of A and B where they change a weight and PEFT has no layer for it,
 *     by the path: "matrix", "table" or "kernel"
 * @param problem what a classifier's outputs are for where neither PEFT's files nor the number of
 *     labels tells: "labels" for any number of labels, "relevance" for a reranker; else null
 */
public record AdapterNotes(
        List<String> labels,
        List<Integer> endTokens,
        @Nullable String libraryVersion,
        @Nullable String baseModelSha256,
        @Nullable Long seed,
        Map<String, String> weightForms,
        @Nullable String problem) {
    /** The file's name in an adapter's directory. */
    public static final String FILE_NAME = "lora4j.json";

    /**
     * Copies the collections.
     *
     * @param labels the names of a classifier's classes, by index; empty where there are none
     * @param endTokens the ids of the tokens with which a language model learnt to end texts
     * @param libraryVersion the lora4j that wrote the adapter, or null where it is not known
     * @param baseModelSha256 the digest of the base model's weights in hexadecimal, or null
     * @param seed the seed that the adapter was drawn from, or null
     * @param weightForms the form of A and B where they change a weight and PEFT has no layer for
     *     it, by the path
     * @param problem what a classifier's outputs are for, or null
     */
    public AdapterNotes {
        labels = List.copyOf(labels);
        endTokens = List.copyOf(endTokens);
        weightForms = Collections.unmodifiableMap(new LinkedHashMap<>(weightForms));
    }

    /**
     * Notes of this library's version.
     *
     * @param labels the names of a classifier's classes, by index
     * @param seed the seed that the adapter was drawn from, or null
     * @return the notes
     */
    public static AdapterNotes of(List<String> labels, @Nullable Long seed) {
        return new AdapterNotes(
                labels,
                List.of(),
                AdapterNotes.class.getPackage().getImplementationVersion(),
                null,
                seed,
                Map.of(),
                null);
    }

    /**
     * The same notes of a classifier's outputs.
     *
     * @param value what they are for: "labels", "relevance", or null
     * @return the notes
     */
    public AdapterNotes withProblem(@Nullable String value) {
        return new AdapterNotes(
                labels, endTokens, libraryVersion, baseModelSha256, seed, weightForms, value);
    }

    /**
     * The same notes with other end tokens.
     *
     * @param ids the ids of the tokens with which a language model learnt to end texts
     * @return the notes
     */
    public AdapterNotes withEndTokens(List<Integer> ids) {
        return new AdapterNotes(
                labels, ids, libraryVersion, baseModelSha256, seed, weightForms, problem);
    }

    /**
     * The same notes with other forms.
     *
     * @param forms the form of A and B where they change a weight and PEFT has no layer for it, by
     *     the path
     * @return the notes
     */
    public AdapterNotes withWeightForms(Map<String, String> forms) {
        return new AdapterNotes(
                labels, endTokens, libraryVersion, baseModelSha256, seed, forms, problem);
    }

    /**
     * Reads a file; keys of later versions are passed over.
     *
     * @param file the file
     * @return the notes
     * @throws InvalidAdapterException if a key has another type
     * @throws IOException if it cannot be read
     */
    public static AdapterNotes read(Path file) throws IOException {
        JsonFields fields = new JsonFields(JsonText.parseObject(JsonText.load(file), file));
        List<String> labels = fields.textList("labels");
        List<Integer> ends = fields.integerOrIntegers("end_token_ids");
        if (ends.stream().anyMatch(id -> id < 0)) {
            fields.problem("end_token_ids", "ids of at least 0", fields.get("end_token_ids"));
        }
        String version = fields.text("library_version");
        String sha256 = fields.text("base_model_sha256");
        Long seed = fields.longOrNull("seed");
        Map<String, String> forms = fields.textMap("weight_forms");
        String problem = fields.text("problem");
        fields.throwIfAny(file);
        return new AdapterNotes(labels, ends, version, sha256, seed, forms, problem);
    }

    /**
     * Returns the file's text, the same for the same notes.
     *
     * @return JSON with sorted keys and a line feed at its end
     */
    public String toJson() {
        JsonObject json = new JsonObject();
        json.add("labels", PythonJson.array(labels));
        if (!endTokens.isEmpty()) {
            json.add("end_token_ids", PythonJson.array(endTokens));
        }
        json.addProperty("library_version", libraryVersion);
        json.addProperty("base_model_sha256", baseModelSha256);
        json.addProperty("seed", seed);
        if (!weightForms.isEmpty()) {
            JsonObject forms = new JsonObject();
            weightForms.forEach(forms::addProperty);
            json.add("weight_forms", forms);
        }
        if (problem != null) {
            json.addProperty("problem", problem);
        }
        return PythonJson.write(json) + "\n";
    }
}
