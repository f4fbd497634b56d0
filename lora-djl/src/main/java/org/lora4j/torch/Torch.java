/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * PyTorch operations on NDArrays, differentiable, each run by libtorch in one call.
 *
 * <p>A result belongs to the manager of the first argument and has its dtype unless a method says
 * otherwise. Gradients are recorded when the thread's {@link GradMode} is on and an argument
 * requires them; see {@link Autograd}. bfloat16 arrays, which DJL reports as {@link
 * DataType#UNKNOWN}, are allowed in every method of this class.
 *
 * <p>Letters: B batch, T positions, H hidden size, C classes, r rank. All methods are thread-safe;
 * they throw {@link ai.djl.engine.EngineException} with libtorch's message when shapes do not fit.
 */
public final class Torch {
    private Torch() {}

    /**
     * Y = X Wᵀ. Up to 16 rows of which nothing is recorded go to oneDNN, whose sums may differ in
     * their last digits from those of a product that is recorded.
     *
     * @param x [.., in]
     * @param weight [out, in], cast to x's dtype if it has another
     * @return [.., out]
     */
    public static NDArray linear(NDArray x, NDArray weight) {
        return OperationKit.get().call("linear", x, weight);
    }

    /**
     * Y = X Wᵀ + b.
     *
     * @param x [.., in]
     * @param weight [out, in]
     * @param bias [out]
     * @return [.., out]
     */
    public static NDArray linear(NDArray x, NDArray weight, NDArray bias) {
        return OperationKit.get().call("linear_bias", x, weight, bias);
    }

    /**
     * Y + s (X Aᵀ) Bᵀ, the product in x's dtype.
     *
     * @param y [.., out]
     * @param x [.., in]
     * @param a [r, in], any float dtype
     * @param b [out, r], any float dtype
     * @param scaling s
     * @return [.., out], y's dtype
     */
    public static NDArray addLowRank(NDArray y, NDArray x, NDArray a, NDArray b, double scaling) {
        return kitCall("add_low_rank", scaling, y, x, a, b);
    }

    /** As {@link #addLowRank}, but the sum is written into y's memory where it can be. */
    static NDArray addLowRankInto(NDArray y, NDArray x, NDArray a, NDArray b, double scaling) {
        return kitCall("add_low_rank_", scaling, y, x, a, b);
    }

    /** As {@link #addLowRank}, with the product and the sum in float32, cast to y's dtype once. */
    public static NDArray addLowRankFloat32(
            NDArray y, NDArray x, NDArray a, NDArray b, double scaling) {
        return kitCall("add_low_rank_f32", scaling, y, x, a, b);
    }

    /**
     * s B A in float32.
     *
     * @param a [r, in]
     * @param b [out, r]
     * @param scaling s
     * @return [out, in], float32
     */
    public static NDArray delta(NDArray a, NDArray b, double scaling) {
        return kitCall("delta", scaling, a, b);
    }

    /**
     * Returns a number that grows whenever the memory of one of two arrays is written, through
     * these arrays or any view of them.
     *
     * @param x any array
     * @param y any array
     */
    public static long version(NDArray x, NDArray y) {
        try (NDArray version = OperationKit.get().call("versions", x, y)) {
            return version.getLong();
        }
    }

    /**
     * W + delta, summed in float32 and cast once to W's dtype.
     *
     * @param weight any shape
     * @param delta as many elements as weight
     * @return a new array shaped as weight
     */
    public static NDArray merge(NDArray weight, NDArray delta) {
        return OperationKit.get().call("merge", weight, delta);
    }

    /**
     * Rows of a table.
     *
     * @param ids int64, any shape; the result belongs to its manager
     * @param weight [entries, H]
     * @return [.., H], weight's dtype
     */
    public static NDArray embedding(NDArray ids, NDArray weight) {
        return OperationKit.get().call("embedding", ids, weight);
    }

    /**
     * Y + s Aᵀ[ids] Bᵀ, the product in y's dtype.
     *
     * @param y [.., H]
     * @param ids int64 [..]
     * @param a [r, entries], any float dtype
     * @param b [H, r], any float dtype
     * @param scaling s
     * @param paddingIndex the column of a that gets no gradient, or -1
     * @return [.., H], y's dtype
     */
    public static NDArray addEmbedding(
            NDArray y, NDArray ids, NDArray a, NDArray b, double scaling, long paddingIndex) {
        return kitCall("add_embedding", scaling, (double) paddingIndex, y, ids, a, b);
    }

    /** As {@link #addEmbedding}, with product and sum in float32, cast to y's dtype once. */
    public static NDArray addEmbeddingFloat32(
            NDArray y, NDArray ids, NDArray a, NDArray b, double scaling, long paddingIndex) {
        return kitCall("add_embedding_f32", scaling, (double) paddingIndex, y, ids, a, b);
    }

    /**
     * Layer normalisation over the last dimension.
     *
     * @param x [.., H]
     * @param weight [H]
     * @param bias [H]
     * @param eps added to the variance
     * @return shaped as x
     */
    public static NDArray layerNorm(NDArray x, NDArray weight, NDArray bias, double eps) {
        return kitCall("layer_norm", eps, x, weight, bias);
    }

    /** Layer normalisation of x + residual, both [.., H], in one call. */
    public static NDArray addLayerNorm(
            NDArray x, NDArray residual, NDArray weight, NDArray bias, double eps) {
        return kitCall("add_layer_norm", eps, x, residual, weight, bias);
    }

    /**
     * Root mean square normalisation over the last dimension (Zhang and Sennrich, 2019,
     * arXiv:1910.07467): w ∘ x / √(mean x² + ε), in float32, cast to x's dtype before it is
     * multiplied by w, as Llama does.
     *
     * @param x [.., H]
     * @param weight w [H]
     * @param eps ε
     * @return shaped as x
     */
    public static NDArray rmsNorm(NDArray x, NDArray weight, double eps) {
        return kitCall("rms_norm", eps, x, weight);
    }

    /** silu(x) ∘ y, both of one shape. */
    public static NDArray siluMultiply(NDArray x, NDArray y) {
        return OperationKit.get().call("silu_mul", x, y);
    }

    /** x Φ(x), Φ the normal distribution function, exact. */
    public static NDArray gelu(NDArray x) {
        return OperationKit.get().call("gelu", x);
    }

    /** The tanh approximation of {@link #gelu}, as GPT-2 uses it. */
    public static NDArray geluTanh(NDArray x) {
        return OperationKit.get().call("gelu_tanh", x);
    }

    /** max(x, 0). */
    public static NDArray relu(NDArray x) {
        return OperationKit.get().call("relu", x);
    }

    /** x σ(x). */
    public static NDArray silu(NDArray x) {
        return OperationKit.get().call("silu", x);
    }

    /** The hyperbolic tangent. */
    public static NDArray tanh(NDArray x) {
        return OperationKit.get().call("tanh", x);
    }

    /** The logistic function. */
    public static NDArray sigmoid(NDArray x) {
        return OperationKit.get().call("sigmoid", x);
    }

    /** The sum x + y of arrays of one shape and dtype. */
    public static NDArray add(NDArray x, NDArray y) {
        return OperationKit.get().call("add", x, y);
    }

    /** The product x y in x's dtype; y is broadcast. */
    public static NDArray multiply(NDArray x, NDArray y) {
        return OperationKit.get().call("mul", x, y);
    }

    /**
     * Multi-head attention without a mask: softmax(Q Kᵀ / √d) V for each head.
     *
     * @param query [B, T, heads d]
     * @param key [B, T, heads d]
     * @param value [B, T, heads d]
     * @param heads the number of heads
     * @return [B, T, heads d]
     */
    public static NDArray attention(NDArray query, NDArray key, NDArray value, int heads) {
        return kitCall("attention", heads, query, key, value);
    }

    /**
     * Multi-head attention with an additive mask: softmax(Q Kᵀ / √d + M) V.
     *
     * @param query [B, T, heads d]
     * @param key [B, T, heads d]
     * @param value [B, T, heads d]
     * @param heads the number of heads
     * @param mask M, broadcastable to [B, heads, T, T]
     * @return [B, T, heads d]
     */
    public static NDArray attention(
            NDArray query, NDArray key, NDArray value, int heads, NDArray mask) {
        OperationKit kit = OperationKit.get();
        NDArray n = kit.number(query.getManager(), heads);
        return kit.call("attention_mask", query, key, value, n, mask);
    }

    /**
     * Σ -log softmax(logits)[label] in float32; label -100 is left out.
     *
     * @param logits [N, C]
     * @param labels [N], int64
     * @return a float32 scalar
     */
    public static NDArray crossEntropySum(NDArray logits, NDArray labels) {
        return OperationKit.get().call("cross_entropy_sum", logits, labels);
    }

    /** Σ (x - y)² in float32, over arrays of equal shape. */
    public static NDArray squaredErrorSum(NDArray x, NDArray y) {
        return OperationKit.get().call("squared_error_sum", x, y);
    }

    /**
     * x / n for a number, safe under gradients.
     *
     * <p>{@link NDArray#div(Number)} and its like are not on a CPU: they wrap the number in Java
     * memory, which the gradient reads after Java may have freed it.
     */
    public static NDArray divide(NDArray x, double n) {
        OperationKit kit = OperationKit.get();
        try (NDArray number = kit.passingNumber(x.getManager(), n)) {
            return kit.call("div_number", x, number);
        }
    }

    /**
     * Copies x, differentiably, into memory of libtorch's own.
     *
     * <p>On a CPU, an array that DJL makes from Java data stays in Java's memory, which is freed
     * some time after the array is closed, even where a recorded gradient still needs it.
     */
    public static NDArray copy(NDArray x) {
        return OperationKit.get().call("copy", x);
    }

    /** Casts differentiably, which {@link NDArray#toType} does not. */
    public static NDArray toFloat32(NDArray x) {
        return OperationKit.get().call("to_float32", x);
    }

    /** Casts differentiably to float64. */
    public static NDArray toFloat64(NDArray x) {
        return OperationKit.get().call("to_float64", x);
    }

    /** Casts differentiably to float16. */
    public static NDArray toFloat16(NDArray x) {
        return OperationKit.get().call("to_float16", x);
    }

    /**
     * Factors a matrix by its singular values, the largest first: x = (U S) Vᵀ.
     *
     * @param x [m, n], float32 or float64
     * @return U S [m, k] and Vᵀ [k, n], k = min(m, n)
     */
    public static NDList svd(NDArray x) {
        return OperationKit.get().callWithLists("svd", x, List.of());
    }

    /** Casts differentiably to bfloat16; DJL reports the result's type as UNKNOWN. */
    public static NDArray toBfloat16(NDArray x) {
        return OperationKit.get().call("to_bfloat16", x);
    }

    /** Casts differentiably to another array's dtype, bfloat16 too; x itself if it has it. */
    public static NDArray toTypeOf(NDArray x, NDArray other) {
        return OperationKit.get().call("to_type_of", x, other);
    }

    /**
     * Returns a bfloat16 array whose elements are not set; DJL reports its type as UNKNOWN.
     *
     * @param manager who owns it, on whose device it is
     * @param shape its shape
     */
    public static NDArray emptyBfloat16(NDManager manager, Shape shape) {
        try (NDManager scope = manager.newSubManager()) {
            // one element seen as the whole shape, which takes no memory of its own
            NDArray model = scope.zeros(new Shape()).broadcast(shape);
            NDArray array = OperationKit.get().call("empty_bfloat16", model);
            array.attach(manager);
            return array;
        }
    }

    /** Copies x into an array of the same number of elements, in place, casting. */
    public static void copyInto(NDArray into, NDArray x) {
        try (GradMode off = GradMode.off()) {
            OperationKit.get().call("copy_", into, x).close();
        }
    }

    private static NDArray kitCall(String method, double number, NDArray... arrays) {
        OperationKit kit = OperationKit.get();
        NDArray[] all = java.util.Arrays.copyOf(arrays, arrays.length + 1);
        all[arrays.length] = kit.number(arrays[0].getManager(), number);
        return kit.call(method, all);
    }

    private static NDArray kitCall(String method, double first, double second, NDArray... arrays) {
        OperationKit kit = OperationKit.get();
        NDArray[] all = java.util.Arrays.copyOf(arrays, arrays.length + 2);
        all[arrays.length] = kit.number(arrays[0].getManager(), first);
        all[arrays.length + 1] = kit.number(arrays[0].getManager(), second);
        return kit.call(method, all);
    }
}
