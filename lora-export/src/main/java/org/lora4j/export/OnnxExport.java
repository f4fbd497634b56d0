/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.lora4j.export.encoder.EncoderGraph;
import org.lora4j.export.encoder.EncoderStates;
import org.lora4j.export.encoder.PoolingNodes;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.text.TextTarget;

/** Writes an encoder as an ONNX file of opset 17, in float32. */
public final class OnnxExport {
    private static final String BATCH = "batch_size";
    private static final String LENGTH = "sequence_length";

    private OnnxExport() {}

    /**
     * Writes a model: inputs {@code input_ids}, {@code attention_mask} and, where the model has
     * several token types, {@code token_type_ids}, all int64 [batch, sequence] of any size.
     *
     * <p>The output of a classifier is {@code logits} [batch, labels], of tokens [batch, sequence,
     * labels]. One that answers questions has {@code start_logits} and {@code end_logits} [batch,
     * sequence], as those of optimum do. One for embeddings has {@code last_hidden_state} [batch,
     * sequence, H] first, which LangChain4j's and Spring AI's embedding models read, and {@code
     * sentence_embedding} [batch, D], pooled and normalised as the model's own.
     *
     * @param model a model without adapters, such as one that they were merged into
     * @param file the file, written whole or not at all
     * @throws IOException if its family has no graph, or the file cannot be written
     * @throws IllegalStateException if the model has adapters, or layers drawn at random
     */
    public static void write(LoraModel model, Path file) throws IOException {
        EncoderGraph family = EncoderGraph.of(model.config());
        Map<String, NDArray> weights = ModelWeights.merged(model);
        OnnxGraph graph = new OnnxGraph(model.config().modelType());
        EncoderStates states = family.states(graph, weights, model.config());
        if (model.block() instanceof TextEncoder) {
            EmbeddingForm form = model.textVectors().form();
            if (!form.includePrompt() && !form.prompts().isEmpty()) {
                throw new IOException(
                        "the model's pooling leaves the tokens of a prompt out, and a graph does"
                                + " not know which they are; expected include_prompt");
            }
            graph.output("last_hidden_state", states.hidden(), BATCH, LENGTH, "" + states.size());
            int size = states.size() * form.poolings().size();
            graph.output(
                    "sentence_embedding", PoolingNodes.of(graph, states, form), BATCH, "" + size);
        } else if (model.block() instanceof SequenceClassifier) {
            int classes = Math.max(1, model.labels().size());
            graph.output(
                    "logits",
                    family.logits(graph, weights, states, model.config()),
                    BATCH,
                    "" + classes);
        } else if (model.block() instanceof TokenClassifier block) {
            String head = block.headPaths().get(0);
            String all = family.tokens(graph, weights, states, head, model.config());
            if (model.target() == TextTarget.SPAN) {
                graph.output("start_logits", column(graph, all, 0), BATCH, LENGTH);
                graph.output("end_logits", column(graph, all, 1), BATCH, LENGTH);
            } else {
                graph.output("logits", all, BATCH, LENGTH, "" + model.labels().size());
            }
        } else {
            throw new IOException(
                    ("a %s has no ONNX graph here; expected a model for embeddings, a classifier"
                                    + " of texts or tokens, or one that answers questions")
                            .formatted(model.block().getClass().getSimpleName()));
        }
        graph.write(file, Map.of());
    }

    /** One of the last axis: [B, T, C] to [B, T]. */
    private static String column(OnnxGraph graph, String x, int index) {
        return graph.apply("Gather", Map.of("axis", 2L), x, graph.integer(index));
    }
}
