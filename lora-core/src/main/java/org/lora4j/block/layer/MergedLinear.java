/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.nn.core.Linear;
import org.lora4j.block.LoraContext;
import org.lora4j.block.weight.TransposedLinear;

/**
 * A frozen fused linear layer, such as GPT-2's c_attn for query, key and value, of which only some
 * slices are corrected: loralib's MergedLinear.
 *
 * <p>The outputs are n equal slices; with the flags {@code enableLora}, g of them set, an adapter
 * has A [r g, in] and B [out/n g, r], and for the j-th enabled slice Y[.., slice] += s drop(X)
 * A[j]ᵀ B[j]ᵀ, where A[j] is the j-th r rows of A and B[j] the j-th out/n rows of B. All other
 * outputs are the base's. One dropout mask serves all slices. The weight may be [out, in] or, in a
 * {@link TransposedLinear}, [in, out]. What PEFT reads is the equal plain adapter of rank r g with
 * a block-diagonal B. Adapters without flags are plain ones, as on a {@link LoraLinear}, and may
 * stand beside those that have them.
 *
 * <p>All else, its superclass too, is as in {@link LoraLinear}: it extends {@link Linear} so that
 * it fits the typed fields of DJL's blocks.
 *
 * <p>Follows loralib's layers.py, MergedLinear, at a low-rank layer's cost: loralib forms the whole
 * change of the weight in each pass.
 */
public final class MergedLinear extends AdaptedLinear {
    /**
     * Wraps a linear layer whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the layer's module path
     * @param base the layer
     * @param context what the blocks of the tree share
     * @throws IllegalStateException if the layer is not initialised
     */
    public MergedLinear(String path, Linear base, LoraContext context) {
        super(new LinearBase(path, base, true), context);
    }
}
