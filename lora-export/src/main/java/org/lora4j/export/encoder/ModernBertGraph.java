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
import org.lora4j.hf.modernbert.ModernBertConfig;
import org.lora4j.hf.modernbert.ModernBertRotary;
import org.lora4j.hf.rotary.RotaryFrequencies;

/** ModernBERT: modeling_modernbert.py of transformers. */
final class ModernBertGraph implements EncoderGraph {
    /** Cosines and sines of the positions' angles: [T, 1, d]. */
    private record Turn(String cos, String sin) {}

    @Override
    public EncoderStates states(OnnxGraph graph, Map<String, NDArray> weights, ModelConfig config)
            throws IOException {
        ModernBertConfig settings = ModernBertConfig.of(config);
        EncoderConfig numbers = settings.numbers();
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        String ids = graph.integers("input_ids", "batch_size", "sequence_length");
        String mask = graph.integers("attention_mask", "batch_size", "sequence_length");
        String root = nodes.root("model", "embeddings.tok_embeddings.weight");
        int width = numbers.hiddenSize() / numbers.heads();
        String places = graph.apply("Cast", Map.of("to", 1L), nodes.places(ids));
        Turn whole = turn(nodes, places, ModernBertRotary.ofWhole(config, width), width);
        Turn window = turn(nodes, places, ModernBertRotary.ofWindow(config, width), width);
        String scores = nodes.scoreMask(mask);
        String near = settings.local().contains(true) ? near(nodes, ids, scores, settings) : scores;
        String words = nodes.rows(root + "embeddings.tok_embeddings", ids);
        String x = nodes.norm(words, root + "embeddings.norm", numbers.layerNormEps());
        for (int i = 0; i < numbers.layers(); i++) {
            boolean local = settings.local().get(i);
            String path = root + "layers." + i + ".";
            x = layer(nodes, x, path, numbers, local ? window : whole, local ? near : scores);
        }
        String hidden = nodes.norm(x, root + "final_norm", numbers.layerNormEps());
        return new EncoderStates(hidden, mask, numbers.hiddenSize());
    }

    /** What is added to scores that reach no further than the window: [B, 1, T, T]. */
    private static String near(
            EncoderNodes nodes, String ids, String scores, ModernBertConfig settings) {
        OnnxGraph graph = nodes.graph();
        String distance = graph.apply("Abs", nodes.apart(ids));
        String far = graph.apply("Greater", distance, graph.integer(settings.reach()));
        String number = graph.apply("Cast", Map.of("to", 1L), far);
        return graph.apply("Min", nodes.times(number, graph.real(-Float.MAX_VALUE)), scores);
    }

    private static Turn turn(
            EncoderNodes nodes, String places, RotaryFrequencies frequencies, int width)
            throws IOException {
        if (frequencies.channels() != width) {
            throw ModelConfig.invalid(
                    "rotary positions turn %s of a head's %s channels, which has no ONNX graph"
                            + " here",
                    frequencies.channels(), width);
        }
        OnnxGraph graph = nodes.graph();
        String inverse = graph.reals(frequencies.inverse(1));
        String column = graph.apply("Unsqueeze", places, graph.integers(1, 2));
        String half = nodes.times(column, inverse);
        String angles = graph.apply("Concat", Map.of("axis", -1L), half, half);
        String factor = nodes.real(frequencies.attentionFactor());
        return new Turn(
                nodes.times(graph.apply("Cos", angles), factor),
                nodes.times(graph.apply("Sin", angles), factor));
    }

    private static String layer(
            EncoderNodes nodes,
            String x,
            String path,
            EncoderConfig numbers,
            Turn turn,
            String scores) {
        OnnxGraph graph = nodes.graph();
        int hidden = numbers.hiddenSize();
        int heads = numbers.heads();
        double epsilon = numbers.layerNormEps();
        String normed =
                nodes.weights().containsKey(path + "attn_norm.weight")
                        ? nodes.norm(x, path + "attn_norm", epsilon)
                        : x;
        String all = nodes.linear(normed, path + "attn.Wqkv");
        String attended =
                nodes.attend(
                        turned(nodes, nodes.columns(all, 0, hidden), turn, heads, hidden),
                        turned(nodes, nodes.columns(all, hidden, 2 * hidden), turn, heads, hidden),
                        nodes.columns(all, 2 * hidden, 3 * hidden),
                        heads,
                        hidden,
                        scores);
        String middle = graph.apply("Add", x, nodes.linear(attended, path + "attn.Wo"));
        String both = nodes.linear(nodes.norm(middle, path + "mlp_norm", epsilon), path + "mlp.Wi");
        int inner = numbers.intermediateSize();
        String active = nodes.activation(numbers.activation(), nodes.columns(both, 0, inner));
        String gated = nodes.times(active, nodes.columns(both, inner, 2 * inner));
        return graph.apply("Add", middle, nodes.linear(gated, path + "mlp.Wo"));
    }

    /** x·cos + (-x₂, x₁)·sin of each head's halves: [B, T, heads, d]. */
    private static String turned(EncoderNodes nodes, String x, Turn turn, int heads, int hidden) {
        OnnxGraph graph = nodes.graph();
        int width = hidden / heads;
        String parted = nodes.parted(x, heads, width);
        String axis = graph.integers(3);
        String middle = graph.integers(width / 2);
        String first = graph.apply("Slice", parted, graph.integers(0), middle, axis);
        String second = graph.apply("Slice", parted, middle, graph.integers(width), axis);
        String other =
                graph.apply("Concat", Map.of("axis", -1L), graph.apply("Neg", second), first);
        return graph.apply("Add", nodes.times(parted, turn.cos()), nodes.times(other, turn.sin()));
    }

    @Override
    public String logits(
            OnnxGraph graph, Map<String, NDArray> weights, EncoderStates states, ModelConfig config)
            throws IOException {
        ModernBertConfig settings = ModernBertConfig.of(config);
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        String text =
                settings.head().mean()
                        ? nodes.mean(states.hidden(), states.mask())
                        : nodes.first(states.hidden());
        return nodes.linear(transformed(nodes, text, settings), "classifier");
    }

    @Override
    public String tokens(
            OnnxGraph graph,
            Map<String, NDArray> weights,
            EncoderStates states,
            String path,
            ModelConfig config)
            throws IOException {
        EncoderNodes nodes = new EncoderNodes(graph, weights);
        return nodes.linear(transformed(nodes, states.hidden(), ModernBertConfig.of(config)), path);
    }

    /** What goes into the last layer of every head. */
    private static String transformed(EncoderNodes nodes, String x, ModernBertConfig settings) {
        String active =
                nodes.activation(settings.head().activation(), nodes.linear(x, "head.dense"));
        return nodes.norm(active, "head.norm", settings.numbers().layerNormEps());
    }
}
