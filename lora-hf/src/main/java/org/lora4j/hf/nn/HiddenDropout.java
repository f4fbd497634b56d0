/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.StepContext;
import org.lora4j.torch.Dropout;

/**
 * One of the base model's dropouts, counted by the step: x ∘ m / (1 - p) with m of 0 and 1.
 *
 * <p>It acts in training passes of a model whose {@link DropoutSwitch} is on.
 */
public final class HiddenDropout {
    private final double probability;
    private final long pathKey;
    private final DropoutSwitch dropout;

    /**
     * Creates the dropout of one place.
     *
     * @param path where it is, as Hugging Face would name the module
     * @param probability p in [0, 1)
     * @param dropout the model's switch
     */
    public HiddenDropout(String path, double probability, DropoutSwitch dropout) {
        if (!(probability >= 0 && probability < 1)) {
            throw new IllegalArgumentException(
                    path + ": dropout probability is " + probability + "; expected [0, 1)");
        }
        this.probability = probability;
        this.pathKey = StepContext.pathKey(path);
        this.dropout = dropout;
    }

    /** Returns p. */
    public double probability() {
        return probability;
    }

    /**
     * Drops elements of x, or returns x itself when nothing is to be dropped.
     *
     * @param pass how the model is run
     * @param x [B, .., C]
     */
    public NDArray apply(FamilyBlock.Pass pass, NDArray x) {
        if (!acts(pass)) {
            return x;
        }
        try (NDArray kept = dropout.steps().mask(x, probability, pathKey)) {
            return Dropout.of(x, kept, probability);
        }
    }

    /**
     * Draws the mask of attention probabilities of some texts of a batch that follow one another,
     * or returns null when nothing is to be dropped.
     *
     * @param pass how the model is run
     * @param manager who owns the mask
     * @param shape [b, heads, queries, keys]
     * @param first the place in the batch of the first of the b texts
     * @param batch the texts of the batch
     * @return booleans, true where a probability is kept
     */
    public @Nullable NDArray attentionMask(
            FamilyBlock.Pass pass, NDManager manager, Shape shape, int first, int batch) {
        return acts(pass)
                ? dropout.steps().attentionMask(manager, shape, probability, pathKey, first, batch)
                : null;
    }

    /**
     * Draws the mask of the attention probabilities of sequences without padding, or returns null
     * when nothing is to be dropped.
     *
     * @param pass how the model is run
     * @param like whose manager owns the mask
     * @param lengths the rows of each sequence [S]
     * @param heads the number of heads
     * @return booleans, true where a probability is kept: [heads, t, t] of each sequence, one after
     *     another [Σ heads t t]
     */
    public @Nullable NDArray causalMask(
            FamilyBlock.Pass pass, NDArray like, NDArray lengths, int heads) {
        if (!acts(pass)) {
            return null;
        }
        return dropout.steps()
                .attentionMasks(
                        like.getManager(), lengths.toLongArray(), heads, probability, pathKey);
    }

    private boolean acts(FamilyBlock.Pass pass) {
        return pass.training() && probability > 0 && dropout.isOn();
    }
}
