/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.lora4j.torch.operation.Script;

/**
 * PyTorch operations on embeddings of texts, and the losses that these are learnt by, as sums. The
 * terms of {@link Torch} hold. Thread-safe.
 *
 * <p>Of losses, e [C, B, D] are the embeddings of B examples with C texts each: all first texts,
 * then all second ones, and so on.
 */
public final class Embeddings {
    private Embeddings() {}

    /**
     * Sums rows of each text: sᵦ Σ wₙ xₙ over the rows n of text b.
     *
     * @param x [N, H]
     * @param texts the text of each row, int64 [N]
     * @param weights w [N]
     * @param scales s [B]
     * @return [B, H]
     */
    public static NDArray weightedSum(NDArray x, NDArray texts, NDArray weights, NDArray scales) {
        return Script.EMBEDDINGS.array("weighted_sum", x, texts, weights, scales);
    }

    /**
     * The largest number of each channel over the rows of each text.
     *
     * @param x [N, H]
     * @param places which rows are each text's, as many for each: a row may be named twice; int64
     *     [B T]
     * @param texts B
     * @return [B, H]
     */
    public static NDArray maximum(NDArray x, NDArray places, int texts) {
        return Script.EMBEDDINGS.array("maximum", x, places, texts);
    }

    /** Puts embeddings of the same texts side by side: [B, H] each to [B, Σ H]. */
    public static NDArray joined(NDList parts) {
        return Script.EMBEDDINGS.array("joined", parts);
    }

    /** x / max(‖x‖, 10⁻¹²) over the last dimension, shaped as x. */
    public static NDArray normalised(NDArray x) {
        return Script.EMBEDDINGS.array("normalised", x);
    }

    /**
     * The first numbers of each embedding, normalised.
     *
     * @param x [.., D]
     * @param size d, at most D
     * @return [.., d]
     */
    public static NDArray firstDimensions(NDArray x, int size) {
        return Script.EMBEDDINGS.array("first_dimensions", x, size);
    }

    /**
     * Σᵦ -log softmax(s cos(aᵦ, ·))ᵦ over all texts but the anchors a, of which text b of the
     * second column is the right one.
     *
     * @param e [C, B, D]
     * @param scale s
     * @return a scalar
     */
    public static NDArray ranking(NDArray e, double scale) {
        return Script.EMBEDDINGS.array("ranking", e, scale);
    }

    /**
     * Σᵦ max(0, d(aᵦ, pᵦ) - d(aᵦ, nᵦ) + margin).
     *
     * @param e anchors a, positives p and negatives n [3, B, D]
     * @param margin the margin
     * @param cosine whether d is 1 - cos, or else ‖x - y + 10⁻⁶‖
     * @return a scalar
     */
    public static NDArray triplet(NDArray e, double margin, boolean cosine) {
        return Script.EMBEDDINGS.array("triplet", e, margin, cosine);
    }

    /**
     * Σᵦ (cos(xᵦ, yᵦ) - tᵦ)².
     *
     * @param e [2, B, D]
     * @param scores t [B]
     * @return a scalar
     */
    public static NDArray cosineError(NDArray e, NDArray scores) {
        return Script.EMBEDDINGS.array("cosine_error", e, scores);
    }

    /**
     * log(1 + Σ exp(s (cosⱼ - cosᵢ))) over all pairs of examples with tᵢ above tⱼ.
     *
     * @param e [2, B, D]
     * @param scores t [B]
     * @param scale s
     * @return a scalar
     */
    public static NDArray coSent(NDArray e, NDArray scores, double scale) {
        return Script.EMBEDDINGS.array("cosent", e, scores, scale);
    }

    /** Σ wᵢ xᵢ of scalars. */
    public static NDArray scaledSum(NDList parts, double[] weights) {
        return Script.EMBEDDINGS.array("scaled_sum", parts, weights);
    }

    /**
     * The cosines of two columns.
     *
     * @param e [C, B, D]
     * @param one a column
     * @param other another
     * @return [B]
     */
    public static NDArray cosines(NDArray e, int one, int other) {
        return Script.EMBEDDINGS.array("cosines", e, one, other);
    }
}
