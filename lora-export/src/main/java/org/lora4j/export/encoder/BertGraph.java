/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.encoder;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.Map;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.model.ModelConfig;

/**
 * BERT and what is like it but for names, positions and the head: modeling_bert.py,
 * modeling_roberta.py and modeling_distilbert.py of transformers.
 */
enum BertGraph implements EncoderGraph {
    /** Pooled by tanh(dense(first)). */
    BERT("bert", "encoder") {
        @Override
        String head(EncoderNodes nodes, String first) {
            String pooled = nodes.graph().apply("Tanh", nodes.linear(first, "bert.pooler.dense"));
            return nodes.linear(pooled, "classifier");
        }
    },
    /** Positions begin behind the padding token's id; a head of two layers. */
    ROBERTA("roberta", "encoder") {
        @Override
        String positions(EncoderNodes nodes, String ids, String path, ModelConfig config)
                throws IOException {
            OnnxGraph graph = nodes.graph();
            String padding = graph.integer(config.integer("pad_token_id", 1));
            String absent = graph.apply("Equal", ids, padding);
            String token = graph.apply("Cast", Map.of("to", 7L), graph.apply("Not", absent));
            String counted = graph.apply("CumSum", token, graph.integer(1));
            String place = graph.apply("Add", nodes.times(counted, token), padding);
            return nodes.rows(path, place);
        }

        @Override
        String head(EncoderNodes nodes, String first) {
            String middle = nodes.graph().apply("Tanh", nodes.linear(first, "classifier.dense"));
            return nodes.linear(middle, "classifier.out_proj");
        }
    },
    /** No token types; layers under names of their own. */
    DISTILBERT("distilbert", "transformer") {
        @Override
        LayerNames names() {
            return LayerNames.DISTILBERT;
        }

        @Override
        EncoderConfig numbers(ModelConfig config) throws IOException {
            return EncoderConfig.ofDistilBert(config);
        }

        @Override
        String head(EncoderNodes nodes, String first) {
            String middle = nodes.graph().apply("Relu", nodes.linear(first, "pre_classifier"));
            return nodes.linear(middle, "classifier");
        }
    };

    private final String model;
    private final String stack;

    BertGraph(String model, String stack) {
        this.model = model;
        this.stack = stack;
    }

    LayerNames names() {
        return LayerNames.BERT;
    }

    EncoderConfig numbers(ModelConfig config) throws IOException {
        return EncoderConfig.ofBert(config);
    }

    /** The vectors of positions: [T, H], or [B, T, H]. */
    String positions(EncoderNodes nodes, String ids, String path, ModelConfig config)
            throws IOException {
        OnnxGraph graph = nodes.graph();
        String length =
                graph.apply(
                        "Slice", graph.apply("Shape", ids), graph.integers(1), graph.integers(2));
        return graph.apply(
                "Slice",
                nodes.weight(path + ".weight"),
                graph.integers(0),
                length,
                graph.integers(0));
    }

    abstract String head(EncoderNodes nodes, String first);

    @Override
    public EncoderStates states(OnnxGraph graph, Map<String, NDArray> weights, ModelConfig config)
            throws IOException {
        EncoderConfig numbers = numbers(config);
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        String ids = graph.integers("input_ids", "batch_size", "sequence_length");
        String mask = graph.integers("attention_mask", "batch_size", "sequence_length");
        String root = root(weights);
        String path = root + "embeddings.";
        String sum = nodes.rows(path + "word_embeddings", ids);
        if (numbers.types() > 0) {
            // with one type each token is of it, and exporters leave the input out
            String types =
                    numbers.types() == 1
                            ? graph.integer(0)
                            : graph.integers("token_type_ids", "batch_size", "sequence_length");
            sum = graph.apply("Add", sum, nodes.rows(path + "token_type_embeddings", types));
        }
        String places = positions(nodes, ids, path + "position_embeddings", config);
        sum = graph.apply("Add", sum, places);
        String hidden = nodes.norm(sum, path + "LayerNorm", numbers.layerNormEps());
        String scoreMask = nodes.scoreMask(mask);
        for (int i = 0; i < numbers.layers(); i++) {
            String layer = root + stack + ".layer." + i + ".";
            hidden = layer(nodes, hidden, layer, numbers, scoreMask);
        }
        return new EncoderStates(hidden, mask, numbers.hiddenSize());
    }

    /**
     * What comes before the encoder's own paths: its name, or nothing in a model without a head.
     */
    private String root(Map<String, NDArray> weights) {
        String named = model + ".";
        return weights.containsKey(named + "embeddings.word_embeddings.weight") ? named : "";
    }

    private String layer(
            EncoderNodes nodes, String x, String path, EncoderConfig numbers, String scoreMask) {
        OnnxGraph graph = nodes.graph();
        LayerNames names = names();
        String attended =
                nodes.attend(
                        nodes.linear(x, path + names.query()),
                        nodes.linear(x, path + names.key()),
                        nodes.linear(x, path + names.value()),
                        numbers.heads(),
                        numbers.hiddenSize(),
                        scoreMask);
        String sum = graph.apply("Add", nodes.linear(attended, path + names.attended()), x);
        String middle = nodes.norm(sum, path + names.attentionNorm(), numbers.layerNormEps());
        String wide =
                nodes.activation(numbers.activation(), nodes.linear(middle, path + names.wide()));
        String out = graph.apply("Add", nodes.linear(wide, path + names.narrow()), middle);
        return nodes.norm(out, path + names.outputNorm(), numbers.layerNormEps());
    }

    @Override
    public String logits(OnnxGraph graph, Map<String, NDArray> weights, EncoderStates states) {
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        return head(nodes, nodes.first(states.hidden()));
    }
}
