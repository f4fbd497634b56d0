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
 * A frozen linear layer with low-rank corrections: Y = X W0ᵀ + b + Σ wᵢ sᵢ drop(X) Aᵢᵀ Bᵢᵀ.
 *
 * <p>Shapes: X [.., in]; W0 [out, in], or [in, out] in a {@link TransposedLinear}; b [out]; A [r,
 * in]; B [out, r]; Y [.., out]; s = alpha / r or alpha / √r. A new adapter has B = 0, so Y is the
 * base's to the bit. Gradients reach A and B and, through both terms, X; never W0. Dropout acts on
 * A's input in training only. A and B are float32; the product is computed in X's dtype or in
 * float32 ({@link org.lora4j.core.DeltaDtype}), the delta and the merge in float32.
 *
 * <p>It extends {@link Linear} so that it fits the typed fields of DJL's blocks; the original layer
 * stays inside, unchanged, computes the first two terms as it always did, and can be put back.
 * {@link #saveParameters} writes the base and the adapters; {@link #loadParameters} also reads what
 * the base alone wrote. An adapter may have its own copy of b ({@link #addBiases}); the layer then
 * also stands for a layer that carries nothing else of that adapter.
 *
 * <p>Forward with training = false is safe from any number of threads, also while {@link #merge} or
 * {@link #unmerge} runs; training is for one thread. A training pass drops a merged weight that one
 * of its adapters has part in.
 *
 * <p>Follows Hu et al. 2021 (arXiv:2106.09685), section 4.1, and PEFT's tuners/lora/layer.py,
 * Linear.forward; merging differs: W0 is never written.
 */
public final class LoraLinear extends AdaptedLinear {
    /**
     * Wraps a linear layer whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the layer's module path
     * @param base the layer
     * @param context what the blocks of the tree share
     * @throws IllegalStateException if the layer is not initialised
     */
    public LoraLinear(String path, Linear base, LoraContext context) {
        super(new LinearBase(path, base, false), context);
    }
}
