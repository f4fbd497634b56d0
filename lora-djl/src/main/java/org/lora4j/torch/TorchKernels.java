/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraKernels;
import org.lora4j.core.DeltaDtype;

/**
 * The arithmetic of the LoRA blocks by libtorch: one native call each, any float dtype.
 * Thread-safe.
 */
public final class TorchKernels implements LoraKernels {
    @Override
    public NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return bias == null ? Torch.linear(x, weight) : Torch.linear(x, weight, bias);
    }

    @Override
    public NDArray addLowRank(
            NDArray y, NDArray x, NDArray a, NDArray b, double scaling, DeltaDtype dtype) {
        return dtype == DeltaDtype.FLOAT32
                ? Torch.addLowRankFloat32(y, x, a, b, scaling)
                : Torch.addLowRank(y, x, a, b, scaling);
    }

    @Override
    public NDArray delta(NDArray a, NDArray b, double scaling) {
        return Torch.delta(a, b, scaling);
    }

    @Override
    public NDArray merge(NDArray weight, NDArray delta) {
        return Torch.merge(weight, delta);
    }

    @Override
    public NDArray multiply(NDArray x, NDArray mask) {
        return Torch.multiply(x, mask);
    }

    @Override
    public void copyInto(NDArray into, NDArray x) {
        Torch.copyInto(into, x);
    }
}
