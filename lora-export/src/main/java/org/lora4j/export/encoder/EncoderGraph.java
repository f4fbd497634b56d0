/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.encoder;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.Map;
import java.util.TreeSet;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.model.ModelConfig;

/** How a family of encoders computes, as an ONNX graph. Stateless. */
public interface EncoderGraph {
    /**
     * Adds the inputs and the layers.
     *
     * @param graph the graph
     * @param weights the model's weights by path
     * @param config the model's configuration
     * @return the hidden states of all tokens [B, T, H], and what else readers of them need
     * @throws IOException if the configuration is broken
     */
    EncoderStates states(OnnxGraph graph, Map<String, NDArray> weights, ModelConfig config)
            throws IOException;

    /**
     * Adds the classification head.
     *
     * @param graph the graph
     * @param weights the model's weights by path
     * @param states what {@link #states} gave
     * @param config the model's configuration
     * @return the logits [B, C]
     * @throws IOException if the configuration is broken
     */
    String logits(
            OnnxGraph graph, Map<String, NDArray> weights, EncoderStates states, ModelConfig config)
            throws IOException;

    /**
     * Adds a head that reads each token, by default one linear layer.
     *
     * @param graph the graph
     * @param weights the model's weights by path
     * @param states what {@link #states} gave
     * @param path the path of the head's last layer
     * @param config the model's configuration
     * @return what it gives for each token, padding included [B, T, C]
     * @throws IOException if the configuration is broken
     */
    default String tokens(
            OnnxGraph graph,
            Map<String, NDArray> weights,
            EncoderStates states,
            String path,
            ModelConfig config)
            throws IOException {
        return new EncoderNodes(graph, weights).linear(states.hidden(), path);
    }

    /** The families, by model_type. */
    private static Map<String, EncoderGraph> families() {
        return Map.of(
                "bert", BertGraph.BERT,
                "roberta", BertGraph.ROBERTA,
                "xlm-roberta", BertGraph.ROBERTA,
                "camembert", BertGraph.ROBERTA,
                "distilbert", BertGraph.DISTILBERT,
                "mpnet", BertGraph.MPNET,
                "modernbert", new ModernBertGraph(),
                "deberta-v2", new DebertaGraph());
    }

    /**
     * Finds the graph of a model's family.
     *
     * @param config the model's configuration
     * @throws IOException if there is none
     */
    static EncoderGraph of(ModelConfig config) throws IOException {
        Map<String, EncoderGraph> families = families();
        EncoderGraph found = families.get(config.modelType());
        if (found == null) {
            throw new IOException(
                    ("%s: there is no ONNX graph for model_type \"%s\"; expected one of %s, or an"
                                    + " ONNX file of this model, made by optimum for example, to"
                                    + " write merged weights into")
                            .formatted(
                                    config.file(),
                                    config.modelType(),
                                    new TreeSet<>(families.keySet())));
        }
        return found;
    }
}
