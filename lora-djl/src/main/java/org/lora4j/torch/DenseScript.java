/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jspecify.annotations.Nullable;

/** What {@code dense.py} defines for Java. */
interface DenseScript {
    DenseScript OPS = Script.bind("dense.py", DenseScript.class);

    NDArray linear(NDArray x, NDArray w, @Nullable NDArray b);

    NDArray addLowRank(NDArray y, NDArray x, NDArray a, NDArray lb, double s);

    NDArray addLowRankInto(NDArray y, NDArray x, NDArray a, NDArray lb, double s);

    NDArray addLowRankFloat32(NDArray y, NDArray x, NDArray a, NDArray lb, double s);

    NDArray delta(NDArray a, NDArray lb, double s);

    NDArray merge(NDArray w, NDArray delta);

    long versions(NDArray x, NDArray y);

    NDList svd(NDArray x);

    NDArray embedding(NDArray ids, NDArray w, long pad);

    NDArray addEmbedding(NDArray y, NDArray ids, NDArray a, NDArray lb, double s, long pad);

    NDArray addEmbeddingFloat32(NDArray y, NDArray ids, NDArray a, NDArray lb, double s, long pad);

    NDArray layerNorm(NDArray x, NDArray w, NDArray b, double eps);

    NDArray addLayerNorm(NDArray x, NDArray y, NDArray w, NDArray b, double eps);

    NDArray rmsNorm(NDArray x, NDArray w, double eps);

    NDArray shiftedRmsNorm(NDArray x, NDArray w, double eps);

    NDArray gelu(NDArray x);

    NDArray geluTanh(NDArray x);

    NDArray relu(NDArray x);

    NDArray silu(NDArray x);

    NDArray siluMultiply(NDArray x, NDArray y);

    NDArray tanh(NDArray x);

    NDArray sigmoid(NDArray x);

    NDArray softCap(NDArray x, double c);

    NDArray add(NDArray x, NDArray y);

    NDArray multiply(NDArray x, NDArray y);

    NDArray divide(NDArray x, double n);

    NDArray scale(NDArray x, double c);

    NDArray dropped(NDArray x, NDArray kept, double scale);

    NDArray copy(NDArray x);

    NDArray copyInto(NDArray into, NDArray x);

    NDArray toFloat16(NDArray x);

    NDArray toBfloat16(NDArray x);

    NDArray toFloat32(NDArray x);

    NDArray toFloat64(NDArray x);

    NDArray toTypeOf(NDArray x, NDArray y);

    NDArray emptyBfloat16(NDArray like, long[] shape);
}
