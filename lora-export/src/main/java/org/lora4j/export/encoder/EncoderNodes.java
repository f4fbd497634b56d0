/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.encoder;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.nn.Activation;

/**
 * The parts that encoders are made of, as nodes of a graph; weights come by their paths in the
 * model. Not thread-safe.
 *
 * @param graph the graph
 * @param weights the model's weights by path
 */
record EncoderNodes(OnnxGraph graph, Map<String, NDArray> weights) {
    /**
     * What comes before the encoder's own paths: its name, or nothing in a model without a head.
     *
     * @param name the encoder's name in models with a head
     * @param words the path of its word table below it
     */
    String root(String name, String words) {
        return weights.containsKey(name + "." + words) ? name + "." : "";
    }

    /** x·Wᵀ + b. */
    String linear(String x, String path) {
        String weight = path + ".weight";
        String product = graph.apply("MatMul", x, graph.transposed(weight, array(weight)));
        return weights.containsKey(path + ".bias")
                ? graph.apply("Add", product, weight(path + ".bias"))
                : product;
    }

    /** LayerNorm over the last dimension, with or without a bias. */
    String norm(String x, String path, double epsilon) {
        Map<String, Object> attributes = Map.of("axis", -1L, "epsilon", (float) epsilon);
        String scale = weight(path + ".weight");
        return weights.containsKey(path + ".bias")
                ? graph.apply("LayerNormalization", attributes, x, scale, weight(path + ".bias"))
                : graph.apply("LayerNormalization", attributes, x, scale);
    }

    /** Rows of a table. */
    String rows(String path, String ids) {
        return graph.apply("Gather", weight(path + ".weight"), ids);
    }

    /** The states of the first token of each text: [B, T, H] to [B, H]. */
    String first(String hidden) {
        return graph.apply("Gather", Map.of("axis", 1L), hidden, graph.integer(0));
    }

    /**
     * What is added to scores: 0 at tokens, the smallest float at padding; [B, T] to [B, 1, 1, T].
     */
    String scoreMask(String attentionMask) {
        String mask = graph.apply("Cast", Map.of("to", 1L), attentionMask);
        String absent = graph.apply("Sub", graph.real(1), mask);
        String added = graph.apply("Mul", absent, graph.real(-Float.MAX_VALUE));
        return graph.apply("Unsqueeze", added, graph.integers(1, 2));
    }

    /**
     * softmax(q·kᵀ/√d + mask)·v of heads of width d: q, k and v [B, T, H] or [B, T, heads, d] each,
     * what is added to the scores [B, heads, T, T] or smaller.
     */
    String attend(String q, String k, String v, int heads, int hidden, String scoreMask) {
        int width = hidden / heads;
        String scaled = times(q, real(1 / Math.sqrt(width)));
        String queries = heads(scaled, heads, width);
        String keys = turned(parted(k, heads, width), 0, 2, 3, 1);
        String scores = graph.apply("Add", graph.apply("MatMul", queries, keys), scoreMask);
        return gathered(scores, heads(v, heads, width), hidden);
    }

    /** softmax(scores)·v, of heads [B, heads, T, d], as rows [B, T, H]. */
    String gathered(String scores, String values, int hidden) {
        String shares = graph.apply("Softmax", Map.of("axis", -1L), scores);
        String attended = turned(graph.apply("MatMul", shares, values), 0, 2, 1, 3);
        return graph.apply("Reshape", attended, graph.integers(0, 0, hidden));
    }

    /** [B, T, H] to [B, T, heads, d]. */
    String parted(String x, int heads, int width) {
        return graph.apply("Reshape", x, graph.integers(0, 0, heads, width));
    }

    /** [B, T, H] to [B, heads, T, d]. */
    String heads(String x, int heads, int width) {
        return turned(parted(x, heads, width), 0, 2, 1, 3);
    }

    /** What follows a layer's attention in BERT: two sums, each normalised. */
    String afterAttention(
            String x, String attended, String path, LayerNames names, EncoderConfig numbers) {
        double epsilon = numbers.layerNormEps();
        String sum = graph.apply("Add", linear(attended, path + names.attended()), x);
        String middle = norm(sum, path + names.attentionNorm(), epsilon);
        String wide = activation(numbers.activation(), linear(middle, path + names.wide()));
        String out = graph.apply("Add", linear(wide, path + names.narrow()), middle);
        return norm(out, path + names.outputNorm(), epsilon);
    }

    /** The positions 0, 1, ... of the longest text: [T]. */
    String places(String ids) {
        String length = graph.apply("Gather", graph.apply("Shape", ids), graph.integer(1));
        return graph.apply("Range", graph.integer(0), length, graph.integer(1));
    }

    /** i - j for each pair of positions: [T, T]. */
    String apart(String ids) {
        String places = places(ids);
        String column = graph.apply("Unsqueeze", places, graph.integers(1));
        return graph.apply("Sub", column, graph.apply("Unsqueeze", places, graph.integers(0)));
    }

    /** What a number is for each pair of positions: [T, T], of its values at 1 - n to n - 1. */
    String byDistance(String ids, long[] values) {
        String shift = graph.integer(values.length / 2);
        String at = graph.apply("Add", apart(ids), shift);
        return graph.apply("Gather", graph.integers(values), at);
    }

    /** The mean of each text's tokens: [B, T, H] and the mask [B, T] to [B, H]. */
    String mean(String hidden, String attentionMask) {
        String mask = graph.apply("Cast", Map.of("to", 1L), attentionMask);
        String tokens = graph.apply("Unsqueeze", mask, graph.integers(2));
        return graph.apply("Div", summed(times(hidden, tokens)), summed(tokens));
    }

    private String summed(String x) {
        return graph.apply("ReduceSum", Map.of("keepdims", 0L), x, graph.integers(1));
    }

    /** Columns of the last of three dimensions. */
    String columns(String x, int from, int to) {
        return graph.apply("Slice", x, graph.integers(from), graph.integers(to), graph.integers(2));
    }

    String turned(String x, long... order) {
        return graph.apply("Transpose", Map.of("perm", order), x);
    }

    /** An activation of each element. */
    String activation(Activation activation, String x) {
        return switch (activation) {
            case GELU ->
                    times(x, halfOfOnePlus(graph.apply("Erf", times(x, real(Math.sqrt(0.5))))));
            case GELU_TANH -> {
                String cube = times(times(x, x), times(x, real(0.044715)));
                String inner = times(graph.apply("Add", x, cube), real(Math.sqrt(2 / Math.PI)));
                yield times(x, halfOfOnePlus(graph.apply("Tanh", inner)));
            }
            case RELU -> graph.apply("Relu", x);
            case SILU -> times(x, graph.apply("Sigmoid", x));
            case TANH -> graph.apply("Tanh", x);
        };
    }

    private String halfOfOnePlus(String x) {
        return times(graph.apply("Add", x, real(1)), real(0.5));
    }

    String times(String x, String y) {
        return graph.apply("Mul", x, y);
    }

    String real(double value) {
        return graph.real((float) value);
    }

    String weight(String path) {
        return graph.weight(path, array(path));
    }

    private NDArray array(String path) {
        NDArray found = weights.get(path);
        if (found == null) {
            throw new IllegalStateException(
                    path + ": the model has no such weight; it has " + weights.keySet());
        }
        return found;
    }
}
