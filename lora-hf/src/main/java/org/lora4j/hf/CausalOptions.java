/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import org.lora4j.text.batch.LossOn;

/**
 * How texts become the batches of a causal language model. A batch never holds padding.
 *
 * @param batches how texts are cut and ordered: with packing, the batch size counts rows of
 *     maxLength tokens and bucketing has no effect; without, it counts texts
 * @param packing whether a row holds as many texts as fit; each still sees only itself
 * @param lossOn which tokens are learnt
 */
public record CausalOptions(BatchOptions batches, boolean packing, LossOn lossOn) {
    /** Returns 4 rows of 512 tokens, packed, the loss on completions, seed 0. */
    public static CausalOptions defaults() {
        return new CausalOptions(new BatchOptions(4, 512, false, true, 0), true, LossOn.COMPLETION);
    }

    /**
     * Returns these options with others for cutting and ordering.
     *
     * @param value batch size, maximum length and order
     */
    public CausalOptions withBatches(BatchOptions value) {
        return new CausalOptions(value, packing, lossOn);
    }

    /**
     * Returns these options with another batch size.
     *
     * @param value rows of a batch, or texts without packing
     */
    public CausalOptions withBatchSize(int value) {
        return withBatches(batches.withBatchSize(value));
    }

    /**
     * Returns these options with another maximum length.
     *
     * @param value tokens of a text, and of a row
     */
    public CausalOptions withMaxLength(int value) {
        return withBatches(batches.withMaxLength(value));
    }

    /**
     * Returns these options with or without packing.
     *
     * @param value whether a row holds as many texts as fit
     */
    public CausalOptions withPacking(boolean value) {
        return new CausalOptions(batches, value, lossOn);
    }

    /**
     * Returns these options with the loss on other tokens.
     *
     * @param value which tokens are learnt
     */
    public CausalOptions withLossOn(LossOn value) {
        return new CausalOptions(batches, packing, value);
    }
}
