/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import java.io.IOException;
import java.util.List;
import org.lora4j.hf.model.ModelConfig;

/** Writes down the modules of each known family from the numbers of its configuration. */
final class ConfiguredShapes {
    /** No model has so many; a number from a file must not fill the memory. */
    private static final int MOST_LAYERS = 10_000;

    private final ModelConfig config;
    private final String architecture;
    private final ModuleShapes shapes = new ModuleShapes();

    private ConfiguredShapes(ModelConfig config) throws IOException {
        this.config = config;
        this.architecture = config.architecture();
    }

    static List<ModuleShape> of(ModelConfig config) throws IOException {
        ConfiguredShapes all = new ConfiguredShapes(config);
        String type = config.modelType();
        switch (type) {
            case "bert" -> all.bert("bert");
            case "roberta", "xlm-roberta", "camembert" -> all.bert("roberta");
            case "distilbert" -> all.distilbert();
            case "llama", "mistral", "qwen2", "qwen3", "gemma2", "phi3" ->
                    new DecoderShapes(config, all.shapes).add();
            case "gpt2" -> all.gpt2();
            default ->
                    throw new IOException(
                            "config.json: the shapes of model_type \""
                                    + type
                                    + "\" are not known without its weights; expected bert,"
                                    + " roberta, xlm-roberta, camembert, distilbert, llama,"
                                    + " mistral, qwen2, qwen3, gemma2, phi3 or gpt2");
        }
        return all.shapes.all();
    }

    private int layers(String key) throws IOException {
        return layers(config, key);
    }

    /** Reads a number of layers. */
    static int layers(ModelConfig config, String key) throws IOException {
        int layers = config.positive(key);
        if (layers > MOST_LAYERS) {
            throw new IOException(
                    "config.json: " + key + " is " + layers + "; expected at most " + MOST_LAYERS);
        }
        return layers;
    }

    private int labels() throws IOException {
        return labels(config);
    }

    /** Returns the number of a classifier's outputs. */
    static int labels(ModelConfig config) throws IOException {
        List<String> labels = config.labels();
        return labels == null ? config.integer("num_labels", 2) : labels.size();
    }

    private boolean isClassifier() {
        return architecture.endsWith("ForSequenceClassification");
    }

    /** BERT, and RoBERTa, whose classifier has no pooler and a head of two layers. */
    private void bert(String model) throws IOException {
        int hidden = config.positive("hidden_size");
        int inner = config.positive("intermediate_size");
        String embeddings = model + ".embeddings.";
        shapes.embedding(embeddings + "word_embeddings", config.positive("vocab_size"), hidden);
        shapes.embedding(
                embeddings + "position_embeddings",
                config.positive("max_position_embeddings"),
                hidden);
        shapes.embedding(
                embeddings + "token_type_embeddings", config.integer("type_vocab_size", 2), hidden);
        shapes.layerNorm(embeddings + "LayerNorm", hidden);
        int layers = layers("num_hidden_layers");
        for (int i = 0; i < layers; i++) {
            String layer = model + ".encoder.layer." + i + ".";
            shapes.linear(layer + "attention.self.query", hidden, hidden, true);
            shapes.linear(layer + "attention.self.key", hidden, hidden, true);
            shapes.linear(layer + "attention.self.value", hidden, hidden, true);
            shapes.linear(layer + "attention.output.dense", hidden, hidden, true);
            shapes.layerNorm(layer + "attention.output.LayerNorm", hidden);
            shapes.linear(layer + "intermediate.dense", hidden, inner, true);
            shapes.linear(layer + "output.dense", inner, hidden, true);
            shapes.layerNorm(layer + "output.LayerNorm", hidden);
        }
        boolean plain = model.equals("bert");
        boolean bare = architecture.isEmpty() || architecture.endsWith("Model");
        if (bare || (plain && isClassifier())) {
            shapes.linear(model + ".pooler.dense", hidden, hidden, true);
        }
        if (isClassifier() && !plain) {
            shapes.linear("classifier.dense", hidden, hidden, true);
        }
        if (isClassifier()) {
            shapes.output(plain ? "classifier" : "classifier.out_proj", hidden, labels(), true);
        }
    }

    private void distilbert() throws IOException {
        int hidden = config.integer("dim", 768);
        int inner = config.integer("hidden_dim", Math.multiplyExact(4, hidden));
        String embeddings = "distilbert.embeddings.";
        shapes.embedding(embeddings + "word_embeddings", config.positive("vocab_size"), hidden);
        shapes.embedding(
                embeddings + "position_embeddings",
                config.integer("max_position_embeddings", 512),
                hidden);
        shapes.layerNorm(embeddings + "LayerNorm", hidden);
        int layers = layers("n_layers");
        for (int i = 0; i < layers; i++) {
            String layer = "distilbert.transformer.layer." + i + ".";
            for (String name : List.of("q_lin", "k_lin", "v_lin", "out_lin")) {
                shapes.linear(layer + "attention." + name, hidden, hidden, true);
            }
            shapes.layerNorm(layer + "sa_layer_norm", hidden);
            shapes.linear(layer + "ffn.lin1", hidden, inner, true);
            shapes.linear(layer + "ffn.lin2", inner, hidden, true);
            shapes.layerNorm(layer + "output_layer_norm", hidden);
        }
        if (isClassifier()) {
            shapes.linear("pre_classifier", hidden, hidden, true);
            shapes.output("classifier", hidden, labels(), true);
        }
    }

    private void gpt2() throws IOException {
        int hidden = config.positive("n_embd");
        int inner = config.integer("n_inner", Math.multiplyExact(4, hidden));
        int vocabulary = config.positive("vocab_size");
        shapes.embedding("transformer.wte", vocabulary, hidden);
        shapes.embedding("transformer.wpe", config.positive("n_positions"), hidden);
        int layers = layers("n_layer");
        for (int i = 0; i < layers; i++) {
            String layer = "transformer.h." + i + ".";
            shapes.layerNorm(layer + "ln_1", hidden);
            shapes.linear(layer + "attn.c_attn", hidden, 3L * hidden, true);
            shapes.linear(layer + "attn.c_proj", hidden, hidden, true);
            shapes.layerNorm(layer + "ln_2", hidden);
            shapes.linear(layer + "mlp.c_fc", hidden, inner, true);
            shapes.linear(layer + "mlp.c_proj", inner, hidden, true);
        }
        shapes.layerNorm("transformer.ln_f", hidden);
        if (isClassifier()) {
            shapes.output("score", hidden, labels(), false);
        } else if (architecture.isEmpty() || architecture.endsWith("LMHeadModel")) {
            shapes.head("lm_head", hidden, vocabulary, config.flag("tie_word_embeddings", true));
        }
    }
}
