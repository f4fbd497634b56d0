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
import java.util.Random;
import org.lora4j.safetensors.SafeTensorsWriter;

/** Makes a Llama with random weights that reads and writes bytes: a model of 200 kilobytes. */
public final class TinyLlama {
    /** The 256 bytes, then the tokens that begin and end a text. */
    public static final int VOCABULARY = 258;

    public static final int BEGIN = 256;
    public static final int END = 257;

    private static final int HIDDEN = 48;
    private static final int HEADS = 4;
    private static final int KEY_HEADS = 2;
    private static final int INTERMEDIATE = 80;
    private static final int LAYERS = 2;
    private static final double DEVIATION = 0.15;

    private final SafeTensorsWriter weights = new SafeTensorsWriter();
    private final NDManager manager;
    private final Random random;

    private TinyLlama(NDManager manager, long seed) {
        this.manager = manager;
        this.random = new Random(seed);
    }

    /** Writes config.json, tokenizer.json, tokenizer_config.json and model.safetensors. */
    public static Path write(Path directory, long seed) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), config().toString());
        Files.writeString(directory.resolve("tokenizer.json"), tokenizer().toString());
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"}");
        try (NDManager manager = Engine.getEngine("PyTorch").newBaseManager()) {
            TinyLlama llama = new TinyLlama(manager, seed);
            llama.add();
            llama.weights.writeModel(directory, SafeTensorsWriter.DEFAULT_MAX_SHARD_BYTES);
        }
        return directory;
    }

    private void add() {
        int width = HIDDEN / HEADS;
        matrix("model.embed_tokens", VOCABULARY, HIDDEN);
        for (int i = 0; i < LAYERS; i++) {
            String layer = "model.layers." + i + ".";
            norm(layer + "input_layernorm");
            matrix(layer + "self_attn.q_proj", HIDDEN, HIDDEN);
            matrix(layer + "self_attn.k_proj", KEY_HEADS * width, HIDDEN);
            matrix(layer + "self_attn.v_proj", KEY_HEADS * width, HIDDEN);
            matrix(layer + "self_attn.o_proj", HIDDEN, HIDDEN);
            norm(layer + "post_attention_layernorm");
            matrix(layer + "mlp.gate_proj", INTERMEDIATE, HIDDEN);
            matrix(layer + "mlp.up_proj", INTERMEDIATE, HIDDEN);
            matrix(layer + "mlp.down_proj", HIDDEN, INTERMEDIATE);
        }
        norm("model.norm");
        matrix("lm_head", VOCABULARY, HIDDEN);
    }

    private void matrix(String path, int out, int in) {
        weights.add(path + ".weight", manager.create(draw(out * in, 0), new Shape(out, in)));
    }

    private void norm(String path) {
        weights.add(path + ".weight", manager.create(draw(HIDDEN, 1)));
    }

    private float[] draw(int count, double mean) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (mean + DEVIATION * random.nextGaussian());
        }
        return values;
    }

    private static JsonObject config() {
        return JsonParser.parseString(
                        """
                        {
                          "architectures": ["LlamaForCausalLM"], "model_type": "llama",
                          "vocab_size": %d, "hidden_size": %d, "intermediate_size": %d,
                          "num_hidden_layers": %d, "num_attention_heads": %d,
                          "num_key_value_heads": %d, "max_position_embeddings": 512,
                          "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
                          "tie_word_embeddings": false, "initializer_range": 0.02,
                          "bos_token_id": %d, "eos_token_id": %d, "torch_dtype": "float32"
                        }
                        """
                                .formatted(
                                        VOCABULARY,
                                        HIDDEN,
                                        INTERMEDIATE,
                                        LAYERS,
                                        HEADS,
                                        KEY_HEADS,
                                        BEGIN,
                                        END))
                .getAsJsonObject();
    }

    private static JsonObject tokenizer() {
        JsonObject json =
                JsonParser.parseString(
                                """
                                {
                                  "version": "1.0", "truncation": null, "padding": null,
                                  "added_tokens": [], "normalizer": null,
                                  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false,
                                    "trim_offsets": true, "use_regex": true},
                                  "post_processor": {"type": "TemplateProcessing",
                                    "single": [
                                      {"SpecialToken": {"id": "<s>", "type_id": 0}},
                                      {"Sequence": {"id": "A", "type_id": 0}}],
                                    "pair": [
                                      {"SpecialToken": {"id": "<s>", "type_id": 0}},
                                      {"Sequence": {"id": "A", "type_id": 0}},
                                      {"Sequence": {"id": "B", "type_id": 1}}],
                                    "special_tokens": {
                                      "<s>": {"id": "<s>", "ids": [256], "tokens": ["<s>"]}}},
                                  "decoder": {"type": "ByteLevel", "add_prefix_space": true,
                                    "trim_offsets": true, "use_regex": true},
                                  "model": {"type": "BPE", "dropout": null, "unk_token": null,
                                    "continuing_subword_prefix": null, "end_of_word_suffix": null,
                                    "fuse_unk": false, "byte_fallback": false, "merges": []}
                                }
                                """)
                        .getAsJsonObject();
        JsonObject vocabulary = new JsonObject();
        int shifted = 256; // where GPT-2 puts the bytes that are no visible character
        for (int b = 0; b < 256; b++) {
            boolean visible = (b >= 33 && b <= 126) || (b >= 161 && b != 173);
            vocabulary.addProperty(Character.toString(visible ? b : shifted++), b);
        }
        JsonArray added = json.getAsJsonArray("added_tokens");
        added.add(special("<s>", BEGIN, vocabulary));
        added.add(special("</s>", END, vocabulary));
        json.getAsJsonObject("model").add("vocab", vocabulary);
        return json;
    }

    private static JsonObject special(String content, int id, JsonObject vocabulary) {
        vocabulary.addProperty(content, id);
        JsonObject token = new JsonObject();
        token.addProperty("id", id);
        token.addProperty("content", content);
        token.addProperty("single_word", false);
        token.addProperty("lstrip", false);
        token.addProperty("rstrip", false);
        token.addProperty("normalized", false);
        token.addProperty("special", true);
        return token;
    }
}
