/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.deberta.DebertaConfig;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.torch.DisentangledAttention;

/** DeBERTa-v2 and v3: modeling_deberta_v2.py of transformers. */
final class DebertaGraph implements EncoderGraph {
    private static final LayerNames NAMES = LayerNames.BERT;

    /**
     * What scores read of relative positions.
     *
     * @param vectors the table, normalised if it is so [2 span, H]
     * @param rows the row of each pair of positions [T, T]
     */
    private record Relative(String vectors, String rows) {}

    @Override
    public EncoderStates states(OnnxGraph graph, Map<String, NDArray> weights, ModelConfig config)
            throws IOException {
        DebertaConfig settings = DebertaConfig.of(config);
        EncoderConfig numbers = settings.numbers();
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        String ids = graph.integers("input_ids", "batch_size", "sequence_length");
        String mask = graph.integers("attention_mask", "batch_size", "sequence_length");
        String root = nodes.root("deberta", "embeddings.word_embeddings.weight");
        String x = embedded(nodes, ids, root + "embeddings.", settings);
        String scoreMask = nodes.scoreMask(mask);
        Relative relative = relative(nodes, ids, root + "encoder.", settings);
        for (int i = 0; i < numbers.layers(); i++) {
            String path = root + "encoder.layer." + i + ".";
            String attended = attended(nodes, x, path, settings, relative, scoreMask);
            x = nodes.afterAttention(x, attended, path, NAMES, numbers);
        }
        return new EncoderStates(x, mask, numbers.hiddenSize());
    }

    private static String embedded(
            EncoderNodes nodes, String ids, String path, DebertaConfig settings) {
        OnnxGraph graph = nodes.graph();
        EncoderConfig numbers = settings.numbers();
        String sum = nodes.rows(path + "word_embeddings", ids);
        if (numbers.types() > 0) {
            String types =
                    numbers.types() == 1
                            ? graph.integer(0)
                            : graph.integers("token_type_ids", "batch_size", "sequence_length");
            sum = graph.apply("Add", sum, nodes.rows(path + "token_type_embeddings", types));
        }
        if (settings.absolute()) {
            String places = nodes.rows(path + "position_embeddings", nodes.places(ids));
            sum = graph.apply("Add", sum, places);
        }
        if (settings.embeddingSize() != numbers.hiddenSize()) {
            sum = nodes.linear(sum, path + "embed_proj");
        }
        return nodes.norm(sum, path + "LayerNorm", numbers.layerNormEps());
    }

    private static @Nullable Relative relative(
            EncoderNodes nodes, String ids, String path, DebertaConfig settings) {
        DebertaConfig.Relative numbers = settings.relative();
        if (numbers == null || !(settings.keys() || settings.queries())) {
            return null;
        }
        String table = nodes.weight(path + "rel_embeddings.weight");
        String vectors =
                settings.normed()
                        ? nodes.norm(table, path + "LayerNorm", settings.numbers().layerNormEps())
                        : table;
        NDManager manager = nodes.weights().values().iterator().next().getManager();
        long[] rows = rows(manager, settings.numbers().positions(), numbers);
        return new Relative(vectors, nodes.byDistance(ids, rows));
    }

    /** The table's row of positions that are 1 - n to n - 1 apart, of n positions. */
    private static long[] rows(NDManager manager, int n, DebertaConfig.Relative numbers) {
        try (NDManager scope = manager.newSubManager();
                NDArray like = scope.create(0f)) {
            NDList found =
                    DisentangledAttention.positions(
                            like, n, numbers.span(), numbers.buckets(), numbers.longest());
            found.attach(scope);
            long first = found.get(1).getLong(0);
            long[] pairs = found.get(0).toLongArray();
            long[] rows = new long[2 * n - 1];
            for (int i = 0; i < n; i++) {
                rows[n - 1 - i] = first + pairs[i]; // of 0 and i
                rows[n - 1 + i] = first + pairs[i * n]; // of i and 0
            }
            return rows;
        }
    }

    private static String attended(
            EncoderNodes nodes,
            String x,
            String path,
            DebertaConfig settings,
            @Nullable Relative relative,
            String scoreMask) {
        OnnxGraph graph = nodes.graph();
        int hidden = settings.numbers().hiddenSize();
        int heads = settings.numbers().heads();
        int width = hidden / heads;
        String self = path + "attention.self.";
        String q = nodes.heads(nodes.linear(x, self + "query_proj"), heads, width);
        String k = nodes.heads(nodes.linear(x, self + "key_proj"), heads, width);
        String v = nodes.heads(nodes.linear(x, self + "value_proj"), heads, width);
        String scores = graph.apply("MatMul", q, nodes.turned(k, 0, 1, 3, 2));
        if (relative != null) {
            boolean shared = settings.relative() != null && settings.relative().shared();
            String shape = graph.apply("Shape", scores);
            String all = scores;
            if (settings.keys()) {
                String read =
                        positions(nodes, relative, self + (shared ? "key_proj" : "pos_key_proj"))
                                .of(q, heads, width, relative.rows(), shape);
                all = graph.apply("Add", all, read);
            }
            if (settings.queries()) {
                String rows = nodes.turned(relative.rows(), 1, 0);
                String read =
                        positions(
                                        nodes,
                                        relative,
                                        self + (shared ? "query_proj" : "pos_query_proj"))
                                .of(k, heads, width, rows, shape);
                all = graph.apply("Add", all, nodes.turned(read, 0, 1, 3, 2));
            }
            scores = all;
        }
        String scaled = nodes.times(scores, nodes.real(settings.scale()));
        return nodes.gathered(graph.apply("Add", scaled, scoreMask), v, hidden);
    }

    /** Keys or queries of relative positions, to be read by contents. */
    private record Positions(EncoderNodes nodes, String projected) {
        /** x·pᵀ, of which each pair of positions reads its row: [B, heads, T, T]. */
        String of(String x, int heads, int width, String rows, String shape) {
            OnnxGraph graph = nodes.graph();
            String parted =
                    graph.apply("Reshape", projected, graph.integers(0, heads, width)); // [R, n, d]
            String all = graph.apply("MatMul", x, nodes.turned(parted, 1, 2, 0));
            String index = graph.apply("Expand", rows, shape);
            return graph.apply("GatherElements", Map.of("axis", -1L), all, index);
        }
    }

    private static Positions positions(EncoderNodes nodes, Relative relative, String path) {
        return new Positions(nodes, nodes.linear(relative.vectors(), path));
    }

    @Override
    public String logits(
            OnnxGraph graph, Map<String, NDArray> weights, EncoderStates states, ModelConfig config)
            throws IOException {
        DebertaConfig settings = DebertaConfig.of(config);
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        String dense = nodes.linear(nodes.first(states.hidden()), "pooler.dense");
        return nodes.linear(nodes.activation(settings.pooler().activation(), dense), "classifier");
    }
}
