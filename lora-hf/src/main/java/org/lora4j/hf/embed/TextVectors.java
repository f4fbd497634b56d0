/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.Embeddings;

/**
 * Makes embeddings of tokenized texts. Thread-safe.
 *
 * @param encoder the model
 * @param form how its hidden states become an embedding
 * @param hiddenSize H
 */
public record TextVectors(TextEncoder encoder, EmbeddingForm form, int hiddenSize) {
    /** Returns D, how many numbers a vector has before a caller's part of them is taken. */
    public int size() {
        return hiddenSize * form.poolings().size();
    }

    /**
     * Runs the model.
     *
     * @param scope who owns the result
     * @param pass how
     * @param texts the texts
     * @param promptTokens how many tokens of each text are those of its prompt, special ones before
     *     it included
     * @return [B, D], float32, in the order of the texts
     * @throws IllegalStateException if the active adapter has a soft prompt
     */
    public NDArray of(NDManager scope, Pass pass, PaddedBatch texts, int promptTokens) {
        requireNoPrompt();
        try (NDManager inner = scope.newSubManager()) {
            Shape shape = new Shape(texts.rows(), texts.columns());
            TokenLayout layout = encoder.layout(texts.ids(), texts.attentionMask(), texts.rows());
            NDArray hidden =
                    encoder.logits(
                            pass,
                            inner.create(texts.ids(), shape),
                            inner.create(texts.typeIds(), shape),
                            layout);
            NDArray vectors = pooled(inner, hidden, layout, promptTokens);
            vectors.attach(scope);
            return vectors;
        }
    }

    /** Pools hidden states [N, H] that the layout says the texts of. */
    NDArray pooled(NDManager scope, NDArray hidden, TokenLayout layout, int promptTokens) {
        NDArray pooled = TokenPooling.of(form, layout, promptTokens).apply(scope, hidden);
        pooled.attach(scope);
        return form.normalize() ? Embeddings.normalised(pooled) : pooled;
    }

    void requireNoPrompt() {
        if (encoder.virtualTokens() > 0) {
            throw new IllegalStateException(
                    "a soft prompt is not supported in embeddings; expected an adapter of LoRA or"
                            + " (IA)³");
        }
    }
}
