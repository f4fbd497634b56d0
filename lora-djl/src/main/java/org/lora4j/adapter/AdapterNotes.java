/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
 * @param seed the seed of the training, or null
 */
public record AdapterNotes(
        List<String> labels,
        List<Integer> endTokens,
        @Nullable String libraryVersion,
        @Nullable String baseModelSha256,
        @Nullable Long seed) {
    /** The file's name in an adapter's directory. */
    public static final String FILE_NAME = "lora4j.json";

    /**
     * Copies the lists.
     *
     * @param labels the names of a classifier's classes, by index; empty where there are none
     * @param endTokens the ids of the tokens with which a language model learnt to end texts
     * @param libraryVersion the lora4j that wrote the adapter, or null where it is not known
     * @param baseModelSha256 the digest of the base model's weights in hexadecimal, or null
     * @param seed the seed of the training, or null
     */
    public AdapterNotes {
        labels = List.copyOf(labels);
        endTokens = List.copyOf(endTokens);
    }

    /**
     * Notes of this library's version.
     *
     * @param labels the names of a classifier's classes, by index
     * @param seed the seed of the training, or null
     * @return the notes
     */
    public static AdapterNotes of(List<String> labels, @Nullable Long seed) {
        return new AdapterNotes(
                labels,
                List.of(),
                AdapterNotes.class.getPackage().getImplementationVersion(),
                null,
                seed);
    }

    /**
     * The same notes with other end tokens.
     *
     * @param ids the ids of the tokens with which a language model learnt to end texts
     * @return the notes
     */
    public AdapterNotes withEndTokens(List<Integer> ids) {
        return new AdapterNotes(labels, ids, libraryVersion, baseModelSha256, seed);
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
        fields.throwIfAny(file);
        return new AdapterNotes(labels, ends, version, sha256, seed);
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
        return PythonJson.write(json) + "\n";
    }
}
