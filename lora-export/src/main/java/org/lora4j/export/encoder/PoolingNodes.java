/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;

/**
 * How the states of a text's tokens become one vector, as nodes: sentence-transformers' Pooling.
 */
public final class PoolingNodes {
    private final OnnxGraph graph;
    private final String hidden;

    /** 1 at tokens [B, T, 1]. */
    private final String tokens;

    /** 1, 2, ... at tokens and 0 at padding [B, T, 1]. */
    private final String places;

    private PoolingNodes(OnnxGraph graph, EncoderStates states) {
        this.graph = graph;
        this.hidden = states.hidden();
        String mask = graph.apply("Cast", Map.of("to", 1L), states.mask());
        this.tokens = graph.apply("Unsqueeze", mask, graph.integers(2));
        String counted = graph.apply("CumSum", tokens, graph.integer(1));
        this.places = graph.apply("Mul", counted, tokens);
    }

    /**
     * Adds the pooling of a form, its normalisation, and the cut to its dimensions.
     *
     * @return the vectors [B, D]
     */
    public static String of(OnnxGraph graph, EncoderStates states, EmbeddingForm form) {
        PoolingNodes nodes = new PoolingNodes(graph, states);
        List<String> parts = new ArrayList<>();
        for (Pooling pooling : form.poolings()) {
            parts.add(nodes.pooled(pooling));
        }
        String vectors =
                parts.size() == 1
                        ? parts.get(0)
                        : graph.apply("Concat", Map.of("axis", -1L), parts.toArray(String[]::new));
        if (form.normalize()) {
            vectors = graph.apply("LpNormalization", Map.of("axis", -1L, "p", 2L), vectors);
        }
        return form.dimensions() == 0
                ? vectors
                : graph.apply(
                        "Slice",
                        vectors,
                        graph.integers(0),
                        graph.integers(form.dimensions()),
                        graph.integers(-1));
    }

    private String pooled(Pooling pooling) {
        return switch (pooling) {
            case CLS -> graph.apply("Gather", Map.of("axis", 1L), hidden, graph.integer(0));
            case MEAN -> graph.apply("Div", weighted(tokens), summed(tokens));
            case MEAN_SQRT_LENGTH ->
                    graph.apply("Div", weighted(tokens), graph.apply("Sqrt", summed(tokens)));
            case WEIGHTED_MEAN -> graph.apply("Div", weighted(places), summed(places));
            case LAST_TOKEN -> {
                String count = graph.apply("Unsqueeze", summed(tokens), graph.integers(1));
                String last = graph.apply("Equal", places, count);
                yield weighted(graph.apply("Cast", Map.of("to", 1L), last));
            }
            case MAX -> {
                String absent = graph.apply("Sub", graph.real(1), tokens);
                String low = graph.apply("Mul", absent, graph.real(-Float.MAX_VALUE));
                yield graph.apply(
                        "ReduceMax",
                        Map.of("axes", new long[] {1}, "keepdims", 0L),
                        graph.apply("Add", hidden, low));
            }
        };
    }

    /** The sum of the states, each times a weight: [B, H]. */
    private String weighted(String weights) {
        return summed(graph.apply("Mul", hidden, weights));
    }

    /** The sum over the tokens. */
    private String summed(String values) {
        return graph.apply("ReduceSum", Map.of("keepdims", 0L), values, graph.integers(1));
    }
}
