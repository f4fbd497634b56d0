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
import org.lora4j.hf.mpnet.RelativeBuckets;

/**
 * BERT and what is like it but for names, positions and the head: modeling_bert.py,
 * modeling_roberta.py, modeling_distilbert.py and modeling_mpnet.py of transformers.
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
            return afterPadding(nodes, ids, path, config.integer("pad_token_id", 1));
        }

        @Override
        String head(EncoderNodes nodes, String first) {
            return twoLayers(nodes, first);
        }
    },
    /** RoBERTa without token types, with a bias on scores by the distance of two positions. */
    MPNET("mpnet", "encoder") {
        @Override
        LayerNames names() {
            return LayerNames.MPNET;
        }

        @Override
        EncoderConfig numbers(ModelConfig config) throws IOException {
            return EncoderConfig.ofBert(config, 0);
        }

        @Override
        String positions(EncoderNodes nodes, String ids, String path, ModelConfig config) {
            return afterPadding(nodes, ids, path, 1);
        }

        @Override
        String scores(EncoderNodes nodes, String ids, String mask, String root, int longest) {
            OnnxGraph graph = nodes.graph();
            long[] buckets = new long[2 * longest - 1];
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] = RelativeBuckets.bucket(longest - 1L - i);
            }
            String rows =
                    nodes.rows(
                            root + "encoder.relative_attention_bias",
                            nodes.byDistance(ids, buckets));
            return graph.apply("Add", nodes.turned(rows, 2, 0, 1), nodes.scoreMask(mask));
        }

        @Override
        String head(EncoderNodes nodes, String first) {
            return twoLayers(nodes, first);
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

    /** RoBERTa's positions, counted from a padding token's id on. */
    private static String afterPadding(EncoderNodes nodes, String ids, String path, int id) {
        OnnxGraph graph = nodes.graph();
        String padding = graph.integer(id);
        String absent = graph.apply("Equal", ids, padding);
        String token = graph.apply("Cast", Map.of("to", 7L), graph.apply("Not", absent));
        String counted = graph.apply("CumSum", token, graph.integer(1));
        return nodes.rows(path, graph.apply("Add", nodes.times(counted, token), padding));
    }

    /**
     * What is added to scores: [B, 1, 1, T], or [B, heads, T, T].
     *
     * @param longest how many tokens a text can have
     */
    String scores(EncoderNodes nodes, String ids, String mask, String root, int longest) {
        return nodes.scoreMask(mask);
    }

    abstract String head(EncoderNodes nodes, String first);

    private static String twoLayers(EncoderNodes nodes, String first) {
        String middle = nodes.graph().apply("Tanh", nodes.linear(first, "classifier.dense"));
        return nodes.linear(middle, "classifier.out_proj");
    }

    @Override
    public EncoderStates states(OnnxGraph graph, Map<String, NDArray> weights, ModelConfig config)
            throws IOException {
        EncoderConfig numbers = numbers(config);
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        String ids = graph.integers("input_ids", "batch_size", "sequence_length");
        String mask = graph.integers("attention_mask", "batch_size", "sequence_length");
        String root = nodes.root(model, "embeddings.word_embeddings.weight");
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
        String scores = scores(nodes, ids, mask, root, numbers.positions());
        for (int i = 0; i < numbers.layers(); i++) {
            String layer = root + stack + ".layer." + i + ".";
            hidden = layer(nodes, hidden, layer, numbers, scores);
        }
        return new EncoderStates(hidden, mask, numbers.hiddenSize());
    }

    private String layer(
            EncoderNodes nodes, String x, String path, EncoderConfig numbers, String scores) {
        LayerNames names = names();
        String attended =
                nodes.attend(
                        nodes.linear(x, path + names.query()),
                        nodes.linear(x, path + names.key()),
                        nodes.linear(x, path + names.value()),
                        numbers.heads(),
                        numbers.hiddenSize(),
                        scores);
        return nodes.afterAttention(x, attended, path, names, numbers);
    }

    @Override
    public String logits(
            OnnxGraph graph,
            Map<String, NDArray> weights,
            EncoderStates states,
            ModelConfig config) {
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        return head(nodes, nodes.first(states.hidden()));
    }
}
