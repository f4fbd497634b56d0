/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.testkit;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lora4j.files.AtomicFiles;
import org.lora4j.files.AtomicFiles.Content;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.safetensors.SafeTensorsWriter;

/** Makes a BERT with random weights that knows a few whole words: a model of a few kilobytes. */
public final class WordBert {
    private static final List<String> SPECIAL =
            List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

    /** Far from the usual start, where each layer is nearly linear and all texts look alike. */
    private static final double DEVIATION = 0.2;

    private WordBert() {}

    /** Writes config.json, tokenizer.json and model.safetensors, without a head. */
    public static void write(Path directory, List<String> words, long seed) throws IOException {
        Files.createDirectories(directory);
        List<String> vocabulary = new ArrayList<>(SPECIAL);
        vocabulary.addAll(words);
        AtomicFiles.write(
                directory.resolve("tokenizer.json"), Content.of(tokenizer(vocabulary).toString()));
        AtomicFiles.write(
                directory.resolve(ModelConfig.FILE),
                Content.of(config(vocabulary.size()).toString()));
        try (NDManager manager = Engine.getEngine("PyTorch").newBaseManager()) {
            SafeTensorsWriter weights = new SafeTensorsWriter();
            Random random = new Random(seed);
            for (ModuleShape module :
                    ParameterInventory.of(ModelConfig.read(directory)).modules()) {
                add(weights, manager, random, module);
            }
            weights.writeModel(directory, SafeTensorsWriter.DEFAULT_MAX_SHARD_BYTES);
        }
    }

    private static void add(
            SafeTensorsWriter weights, NDManager manager, Random random, ModuleShape module) {
        int in = (int) module.inputs();
        int out = (int) module.outputs();
        String path = module.path();
        switch (module.kind()) {
            case EMBEDDING ->
                    weights.add(
                            path + ".weight",
                            manager.create(draw(random, in * out, 0), new Shape(in, out)));
            case NORM -> {
                weights.add(path + ".weight", manager.create(draw(random, out, 1)));
                weights.add(path + ".bias", manager.create(draw(random, out, 0)));
            }
            case LINEAR, OUTPUT -> {
                weights.add(
                        path + ".weight",
                        manager.create(draw(random, in * out, 0), new Shape(out, in)));
                weights.add(path + ".bias", manager.create(draw(random, out, 0)));
            }
        }
    }

    private static float[] draw(Random random, int count, double mean) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (mean + DEVIATION * random.nextGaussian());
        }
        return values;
    }

    private static JsonObject config(int vocabulary) {
        JsonObject json = new JsonObject();
        JsonArray architectures = new JsonArray();
        architectures.add("BertModel");
        json.add("architectures", architectures);
        json.addProperty("model_type", "bert");
        json.addProperty("vocab_size", vocabulary);
        json.addProperty("hidden_size", 48);
        json.addProperty("num_hidden_layers", 2);
        json.addProperty("num_attention_heads", 4);
        json.addProperty("intermediate_size", 96);
        json.addProperty("max_position_embeddings", 32);
        json.addProperty("type_vocab_size", 2);
        json.addProperty("hidden_act", "gelu");
        json.addProperty("hidden_dropout_prob", 0.1);
        json.addProperty("attention_probs_dropout_prob", 0.1);
        json.addProperty("layer_norm_eps", 1e-12);
        json.addProperty("initializer_range", 0.02);
        json.addProperty("pad_token_id", 0);
        return json;
    }

    private static JsonObject tokenizer(List<String> vocabulary) {
        JsonObject json =
                JsonParser.parseString(
                                """
                                {
                                  "version": "1.0",
                                  "truncation": null,
                                  "padding": null,
                                  "added_tokens": [],
                                  "normalizer": {"type": "BertNormalizer", "clean_text": true,
                                    "handle_chinese_chars": true, "strip_accents": null,
                                    "lowercase": true},
                                  "pre_tokenizer": {"type": "BertPreTokenizer"},
                                  "post_processor": {"type": "TemplateProcessing",
                                    "single": [
                                      {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                                      {"Sequence": {"id": "A", "type_id": 0}},
                                      {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                                    "pair": [
                                      {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                                      {"Sequence": {"id": "A", "type_id": 0}},
                                      {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                                      {"Sequence": {"id": "B", "type_id": 1}},
                                      {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                                    "special_tokens": {
                                      "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                                      "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
                                  "decoder": {"type": "WordPiece", "prefix": "##",
                                    "cleanup": true},
                                  "model": {"type": "WordPiece", "unk_token": "[UNK]",
                                    "continuing_subword_prefix": "##",
                                    "max_input_chars_per_word": 100}
                                }
                                """)
                        .getAsJsonObject();
        JsonObject ids = new JsonObject();
        for (int i = 0; i < vocabulary.size(); i++) {
            ids.addProperty(vocabulary.get(i), i);
        }
        json.getAsJsonObject("model").add("vocab", ids);
        for (int i = 0; i < SPECIAL.size(); i++) {
            JsonObject token = new JsonObject();
            token.addProperty("id", i);
            token.addProperty("content", SPECIAL.get(i));
            token.addProperty("single_word", false);
            token.addProperty("lstrip", false);
            token.addProperty("rstrip", false);
            token.addProperty("normalized", false);
            token.addProperty("special", true);
            json.getAsJsonArray("added_tokens").add(token);
        }
        return json;
    }
}
