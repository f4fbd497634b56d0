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
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientTape;

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
        return Products.linear(x, weight, null);
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
        return Products.linear(x, weight, bias);
    }

    /**
     * Rows of a table.
     *
     * @param ids int64, any shape; the result belongs to its manager
     * @param weight [entries, H]
     * @return [.., H], weight's dtype
     */
    public static NDArray embedding(NDArray ids, NDArray weight) {
        return Script.DENSE.array("embedding", ids, weight, -1);
    }

    /**
     * Layer normalisation over the last dimension.
     *
     * @param x [.., H]
     * @param weight [H]
     * @param bias [H], or null for none
     * @param eps added to the variance
     * @return shaped as x
     */
    public static NDArray layerNorm(NDArray x, NDArray weight, @Nullable NDArray bias, double eps) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("layer_norm", x, weight, bias, eps)
                : TapedNorms.layer(tape, x, weight, bias, eps);
    }

    /** Layer normalisation of x + residual, both [.., H], in one call. */
    public static NDArray addLayerNorm(
            NDArray x, NDArray residual, NDArray weight, @Nullable NDArray bias, double eps) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("add_layer_norm", x, residual, weight, bias, eps)
                : TapedNorms.addLayer(tape, x, residual, weight, bias, eps);
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
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("rms_norm", x, weight, eps)
                : TapedNorms.rms(tape, x, weight, eps, false);
    }

    /**
     * Root mean square normalisation as Gemma has it: (1 + w) ∘ x / √(mean x² + ε), in float32,
     * cast to x's dtype at the end.
     *
     * @param x [.., H]
     * @param weight w [H]
     * @param eps ε
     * @return shaped as x
     */
    public static NDArray shiftedRmsNorm(NDArray x, NDArray weight, double eps) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("shifted_rms_norm", x, weight, eps)
                : TapedNorms.rms(tape, x, weight, eps, true);
    }

    /** c tanh(x / c). */
    public static NDArray softCap(NDArray x, double c) {
        GradientTape tape = GradientTape.current();
        NDArray y = Script.DENSE.array("soft_cap", x, c);
        return tape == null
                ? y
                : TapedElements.saturation(
                        tape, x, y, (g, out) -> Script.PARTS.array("soft_cap_back", g, out, c));
    }

    /** c x, with c rounded to x's dtype first. */
    public static NDArray scale(NDArray x, double c) {
        GradientTape tape = GradientTape.current();
        return tape == null ? Script.DENSE.array("scale", x, c) : TapedElements.scale(tape, x, c);
    }

    /** silu(x) ∘ y, both of one shape. */
    public static NDArray siluMultiply(NDArray x, NDArray y) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("silu_multiply", x, y)
                : TapedElements.siluMultiply(tape, x, y);
    }

    /** x Φ(x), Φ the normal distribution function, exact. */
    public static NDArray gelu(NDArray x) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("gelu", x)
                : TapedElements.activation(
                        tape,
                        x,
                        in -> Script.DENSE.array("gelu", in),
                        (g, in) -> Script.PARTS.array("gelu_back", g, in));
    }

    /** The tanh approximation of {@link #gelu}, as GPT-2 uses it. */
    public static NDArray geluTanh(NDArray x) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("gelu_tanh", x)
                : TapedElements.activation(
                        tape,
                        x,
                        in -> Script.DENSE.array("gelu_tanh", in),
                        (g, in) -> Script.PARTS.array("gelu_tanh_back", g, in));
    }

    /** max(x, 0). */
    public static NDArray relu(NDArray x) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("relu", x)
                : TapedElements.activation(
                        tape,
                        x,
                        in -> Script.DENSE.array("relu", in),
                        (g, in) -> Script.PARTS.array("relu_back", g, in));
    }

    /** x σ(x). */
    public static NDArray silu(NDArray x) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("silu", x)
                : TapedElements.activation(
                        tape,
                        x,
                        in -> Script.DENSE.array("silu", in),
                        (g, in) -> Script.PARTS.array("silu_back", g, in));
    }

    /** The hyperbolic tangent. */
    public static NDArray tanh(NDArray x) {
        GradientTape tape = GradientTape.current();
        NDArray y = Script.DENSE.array("tanh", x);
        return tape == null
                ? y
                : TapedElements.saturation(
                        tape, x, y, (g, out) -> Script.PARTS.array("tanh_back", g, out));
    }

    /** The logistic function. */
    public static NDArray sigmoid(NDArray x) {
        return Script.DENSE.array("sigmoid", x);
    }

    /** The sum x + y of arrays of one shape and dtype. */
    public static NDArray add(NDArray x, NDArray y) {
        GradientTape tape = GradientTape.current();
        return tape == null ? Script.DENSE.array("add", x, y) : TapedElements.add(tape, x, y);
    }

    /** The product x y in x's dtype; y is broadcast. */
    public static NDArray multiply(NDArray x, NDArray y) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("multiply", x, y)
                : TapedElements.multiply(tape, x, y);
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
        return Script.ATTENTION.array("attention", query, key, value, heads, null, null, 1.0);
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
        return Script.ATTENTION.array("attention", query, key, value, heads, mask, null, 1.0);
    }

    /**
     * Σ -log softmax(logits)[label] in float32; label -100 is left out.
     *
     * @param logits [N, C]
     * @param labels [N], int64
     * @return a float32 scalar
     */
    public static NDArray crossEntropySum(NDArray logits, NDArray labels) {
        return Script.LOSSES.array("cross_entropy_sum", logits, labels);
    }

    /**
     * Σ -(y log σ(x) + (1 - y) log(1 - σ(x))) in float32, over arrays of equal shape: PyTorch's
     * binary_cross_entropy_with_logits, summed.
     *
     * @param logits x
     * @param targets y, from 0 to 1
     */
    public static NDArray binaryCrossEntropySum(NDArray logits, NDArray targets) {
        return Script.LOSSES.array("binary_cross_entropy_sum", logits, targets);
    }

    /**
     * Cross-entropy of rows that weigh differently, in float32: N Σ w l / Σ w, which is N times
     * PyTorch's weighted mean.
     *
     * @param logits [N, C]
     * @param labels int64 [N]
     * @param weights w, float32 [N]
     */
    public static NDArray weightedCrossEntropySum(NDArray logits, NDArray labels, NDArray weights) {
        return Script.LOSSES.array("weighted_cross_entropy_sum", logits, labels, weights);
    }

    /**
     * How badly spans of texts are found, in float32: Σ (-log softmax(s)[start] - log
     * softmax(e)[end]) / 2, where s and e are the logits of a text's own tokens.
     *
     * @param logits s and e of each token [N, 2]
     * @param places the row of each token of B texts, -1 at padding, int64 [B, T]
     * @param labels in which column each span starts, then in which each ends, int64 [2 B]
     * @return a float32 scalar
     */
    public static NDArray spanLossSum(NDArray logits, NDArray places, NDArray labels) {
        return Script.LOSSES.array("span_loss_sum", logits, places, labels);
    }

    /** Σ (x - y)² in float32, over arrays of equal shape. */
    public static NDArray squaredErrorSum(NDArray x, NDArray y) {
        return Script.LOSSES.array("squared_error_sum", x, y);
    }

    /**
     * x / n for a number, safe under gradients.
     *
     * <p>{@link NDArray#div(Number)} and its like are not on a CPU: they wrap the number in Java
     * memory, which the gradient reads after Java may have freed it.
     */
    public static NDArray divide(NDArray x, double n) {
        return Script.DENSE.array("divide", x, n);
    }

    /**
     * Copies x, differentiably, into memory of libtorch's own.
     *
     * <p>On a CPU, an array that DJL makes from Java data stays in Java's memory, which is freed
     * some time after the array is closed, even where a recorded gradient still needs it.
     */
    public static NDArray copy(NDArray x) {
        return Script.DENSE.array("copy", x);
    }

    /** Copies x into an array of the same number of elements, in place, casting. */
    public static void copyInto(NDArray into, NDArray x) {
        Script.DENSE.change("copy_into", into, x);
    }

    /**
     * Copies arrays into others of the same shapes, in place, in one call.
     *
     * @param into what is written
     * @param xs as many arrays, not empty
     */
    public static void copyAllInto(NDList into, NDList xs) {
        Script.DENSE.change("copy_all_into", into, xs);
    }

    /** Casts differentiably, which {@link NDArray#toType} does not. */
    public static NDArray toFloat32(NDArray x) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("to_float32", x)
                : TapedElements.toFloat32(tape, x);
    }

    /** Casts differentiably to float64. */
    public static NDArray toFloat64(NDArray x) {
        return Script.DENSE.array("to_float64", x);
    }

    /** Casts differentiably to float16. */
    public static NDArray toFloat16(NDArray x) {
        return Script.DENSE.array("to_float16", x);
    }

    /** Casts differentiably to bfloat16; DJL reports the result's type as UNKNOWN. */
    public static NDArray toBfloat16(NDArray x) {
        return Script.DENSE.array("to_bfloat16", x);
    }

    /**
     * Returns a bfloat16 array whose elements are not set; DJL reports its type as UNKNOWN.
     *
     * @param manager who owns it, on whose device it is
     * @param shape its shape
     */
    public static NDArray emptyBfloat16(NDManager manager, Shape shape) {
        try (NDArray like = manager.zeros(new Shape())) {
            return Script.DENSE.array("empty_bfloat16", like, shape.getShape());
        }
    }

    /** Casts differentiably to another array's dtype, bfloat16 too; x itself if it has it. */
    public static NDArray toTypeOf(NDArray x, NDArray other) {
        return Script.DENSE.array("to_type_of", x, other);
    }

    /**
     * Factors a matrix by its singular values, the largest first: x = (U S) Vᵀ.
     *
     * @param x [m, n], float32 or float64
     * @return U S [m, k] and Vᵀ [k, n], k = min(m, n)
     */
    public static NDList svd(NDArray x) {
        return Script.DENSE.list("svd", x);
    }
}
