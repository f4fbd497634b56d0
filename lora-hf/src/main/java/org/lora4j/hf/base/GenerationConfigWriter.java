/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.files.AtomicFiles;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.json.JsonFile;
import org.lora4j.json.PythonJson;

/**
 * Writes the tokens with which a model has learnt to end texts into the generation_config.json of
 * the saved model, beside those that it has, so that the texts of every library end.
 */
final class GenerationConfigWriter {
    private static final String FILE = "generation_config.json";
    private static final String KEY = "eos_token_id";

    /** The keys of config.json that transformers reads if there is no generation_config.json. */
    private static final List<String> GENERATION_KEYS =
            List.of(
                    """
                    bos_token_id eos_token_id pad_token_id max_length max_new_tokens min_length
                    min_new_tokens do_sample temperature top_k top_p min_p typical_p epsilon_cutoff
                    eta_cutoff num_beams penalty_alpha repetition_penalty
                    encoder_repetition_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size
                    bad_words_ids sequence_bias forced_bos_token_id forced_eos_token_id
                    remove_invalid_values exponential_decay_length_penalty suppress_tokens
                    begin_suppress_tokens guidance_scale stop_strings\
                    """
                            .split("\\s"));

    private GenerationConfigWriter() {}

    /**
     * Writes the file, if there is anything to add.
     *
     * @param learnt the tokens
     * @param model what the saved model was loaded from
     * @param directory where to
     */
    static void write(Set<Integer> learnt, ModelConfig model, Path directory) throws IOException {
        JsonObject json = read(model);
        Set<JsonElement> ends = new LinkedHashSet<>();
        JsonElement own = json.get(KEY);
        if (own instanceof JsonArray several) {
            several.forEach(ends::add);
        } else if (own instanceof JsonPrimitive) {
            ends.add(own);
        }
        int before = ends.size();
        learnt.forEach(id -> ends.add(new JsonPrimitive(id)));
        if (ends.size() == before) {
            return;
        }
        JsonArray all = new JsonArray();
        ends.forEach(all::add);
        json.add(KEY, all);
        AtomicFiles.write(
                directory.resolve(FILE), AtomicFiles.Content.of(PythonJson.write(json) + "\n"));
    }

    private static JsonObject read(ModelConfig model) throws IOException {
        Path file = model.directory().resolve(FILE);
        if (Files.isRegularFile(file)) {
            return JsonFile.readObject(file);
        }
        JsonObject json = model.json();
        json.keySet().retainAll(GENERATION_KEYS);
        json.addProperty("_from_model_config", true);
        return json;
    }
}
