/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.export.encoder.EncoderGraph;
import org.lora4j.export.encoder.EncoderStates;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.LoraModel;

/** Writes an encoder as an ONNX file of opset 17, in float32. */
public final class OnnxExport {
    private OnnxExport() {}

    /**
     * Writes a classifier: inputs {@code input_ids}, {@code attention_mask} and, where the model
     * has several token types, {@code token_type_ids}, all int64 [batch, sequence] of any size;
     * output {@code logits} [batch, labels].
     *
     * @param model a model without adapters, such as one that they were merged into
     * @param file the file, written whole or not at all
     * @throws IOException if its family has no graph, or the file cannot be written
     * @throws IllegalStateException if the model has adapters
     */
    public static void writeClassifier(LoraModel model, Path file) throws IOException {
        EncoderGraph family = EncoderGraph.of(model.config());
        Map<String, NDArray> weights = ModelWeights.merged(model);
        OnnxGraph graph = new OnnxGraph(model.config().modelType());
        EncoderStates states = family.states(graph, weights, model.config());
        int classes = Math.max(1, model.labels().size());
        graph.output("logits", family.logits(graph, weights, states), "batch_size", "" + classes);
        graph.write(file, new LinkedHashMap<>());
    }
}
