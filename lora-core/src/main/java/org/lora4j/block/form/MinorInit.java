/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.weight.PackedWeight;

/**
 * What MiCA begins with: A zero, and B the left singular vectors of the r smallest singular values
 * of W0. Follows PEFT's tuners/lora/layer.py, mica_init.
 */
final class MinorInit {
    private MinorInit() {}

    /** Makes the matrices, in float32; a table's W0 [entries, size] is read transposed. */
    static LoraAdapter.Pair pair(
            LoraKernels kernels, String path, AdapterSpec spec, LowRankForm form, NDArray weight) {
        String reason = null;
        if (!(form instanceof LinearForm || form instanceof EmbeddingForm)) {
            reason = "it is for whole linear layers and embeddings";
        } else if (weight instanceof PackedWeight packed) {
            reason =
                    "its weight is held in %s; begin in full precision, and load the adapter on the"
                                    .formatted(packed.format())
                            + " quantised base";
        } else if (weight.getDataType() == DataType.FLOAT64) {
            reason = "its weight is in float64; expected float32 or 16 bits, as in PEFT";
        } else {
            long most = Math.min(weight.getShape().get(0), weight.getShape().get(1));
            if (spec.rank() > most) {
                reason = "its rank %d is above the %d of W0".formatted(spec.rank(), most);
            }
        }
        if (reason != null) {
            throw new IllegalArgumentException(
                    "%s cannot begin with MICA: %s. Leave it out of the targets, or begin otherwise"
                            .formatted(path, reason));
        }
        boolean outputsLast = form instanceof EmbeddingForm || form.outputsLast();
        NDArray b = kernels.minor(weight, spec.rank(), outputsLast);
        b.attach(weight.getManager());
        NDArray a =
                weight.getManager()
                        .zeros(form.shapeA(spec.rank()), DataType.FLOAT32, weight.getDevice());
        return new LoraAdapter.Pair(a, b);
    }
}
