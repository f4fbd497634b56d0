/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.encoder;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.nn.Activation;

/**
 * The parts that encoders are made of, as nodes of a graph; weights come by their paths in the
 * model. Not thread-safe.
 *
 * @param graph the graph
 * @param weights the model's weights by path
 */
record EncoderNodes(OnnxGraph graph, Map<String, NDArray> weights) {
    /** x·Wᵀ + b. */
    String linear(String x, String path) {
        String weight = path + ".weight";
        String product = graph.apply("MatMul", x, graph.transposed(weight, array(weight)));
        return weights.containsKey(path + ".bias")
                ? graph.apply("Add", product, weight(path + ".bias"))
                : product;
    }

    /** LayerNorm over the last dimension. */
    String norm(String x, String path, double epsilon) {
        return graph.apply(
                "LayerNormalization",
                Map.of("axis", -1L, "epsilon", (float) epsilon),
                x,
                weight(path + ".weight"),
                weight(path + ".bias"));
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

    /** softmax(q·kᵀ/√d + mask)·v of heads of width d: [B, T, H] each. */
    String attend(String q, String k, String v, int heads, int hidden, String scoreMask) {
        int width = hidden / heads;
        String shape = graph.integers(0, 0, heads, width);
        String scaled = graph.apply("Mul", q, graph.real((float) (1 / Math.sqrt(width))));
        String queries = turned(graph.apply("Reshape", scaled, shape), 0, 2, 1, 3);
        String keys = turned(graph.apply("Reshape", k, shape), 0, 2, 3, 1);
        String values = turned(graph.apply("Reshape", v, shape), 0, 2, 1, 3);
        String scores = graph.apply("Add", graph.apply("MatMul", queries, keys), scoreMask);
        String shares = graph.apply("Softmax", Map.of("axis", -1L), scores);
        String attended = turned(graph.apply("MatMul", shares, values), 0, 2, 1, 3);
        return graph.apply("Reshape", attended, graph.integers(0, 0, hidden));
    }

    private String turned(String x, long... order) {
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
