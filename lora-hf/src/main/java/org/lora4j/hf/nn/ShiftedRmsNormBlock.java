/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import org.lora4j.torch.Torch;

/**
 * Gemma's root mean square normalisation over the last dimension: (1 + w) ∘ x / √(mean x² + ε), all
 * of it in float32.
 *
 * <p>Shapes: x [.., H]; w [H].
 */
public final class ShiftedRmsNormBlock extends FamilyBlock {
    private final Parameter weight;
    private final double eps;

    /**
     * Wraps a loaded array.
     *
     * @param weight w
     * @param eps ε
     */
    @SuppressWarnings("this-escape")
    public ShiftedRmsNormBlock(NDArray weight, double eps) {
        this.weight = loaded("weight", Parameter.Type.GAMMA, weight);
        this.eps = eps;
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.singletonOrThrow();
        return new NDList(Torch.shiftedRmsNorm(x, pass.value(weight, x), eps));
    }
}
