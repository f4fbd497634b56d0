/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.lora4j.torch.operation.Script;

/** Losses whose gradient is formed with them, without a graph. Thread-safe. */
public final class LossGradients {
    private LossGradients() {}

    /**
     * The sum that {@link #crossEntropyGradient} gives, bit for bit, without a gradient.
     *
     * @param logits [N, C]
     * @param labels [N], int64, each in [0, C)
     * @return the sum, a float64 scalar
     */
    public static NDArray crossEntropy(NDArray logits, NDArray labels) {
        return Script.LOSSES.array("cross_entropy_value", logits, labels);
    }

    /**
     * The cross-entropy of {@link Torch#crossEntropySum} with its gradient, formed at once and not
     * recorded.
     *
     * @param logits [N, C]
     * @param labels [N], int64, each in [0, C)
     * @return the sum, a float64 scalar, and ∂sum/∂logits = softmax(logits) - one-hot(labels) [N,
     *     C] in the dtype of logits
     */
    public static NDList crossEntropyGradient(NDArray logits, NDArray labels) {
        return Script.LOSSES.list("cross_entropy_gradient", logits, labels);
    }

    /**
     * The cross-entropy of each row with its gradient, formed at once and not recorded.
     *
     * @param logits [N, C]
     * @param labels [N], int64, each in [0, C)
     * @return each row's loss [N], float64, and its gradient softmax(logits) - one-hot(labels) [N,
     *     C] in the dtype of logits
     */
    public static NDList crossEntropyRows(NDArray logits, NDArray labels) {
        return Script.LOSSES.list("cross_entropy_rows", logits, labels);
    }

    /**
     * Multiplies each row of a gradient.
     *
     * @param gradient [N, H]
     * @param weights of the rows [N], rounded to the gradient's dtype first
     */
    public static NDArray weighRows(NDArray gradient, NDArray weights) {
        return Script.LOSSES.array("weigh_rows", gradient, weights);
    }

    /**
     * The log-probability of each row's label: log softmax(logits)[label], without a gradient.
     *
     * @param logits [N, C]
     * @param labels [N], int64, each in [0, C)
     * @return [N], float64
     */
    public static NDArray labelLogProbabilities(NDArray logits, NDArray labels) {
        return Script.LOSSES.array("label_log_probabilities", logits, labels);
    }

    /**
     * The gradient of a loss whose derivative with respect to each row's log-probability is known,
     * formed at once and not recorded.
     *
     * @param logits [N, C]
     * @param labels [N], int64, each in [0, C)
     * @param slopes ∂loss/∂ the log-probability of each label [N], float64
     * @return ∂loss/∂logits = slope (one-hot(label) - softmax(logits)) [N, C] in the dtype of
     *     logits
     */
    public static NDArray weightedGradient(NDArray logits, NDArray labels, NDArray slopes) {
        return Script.LOSSES.array("weighted_gradient", logits, labels, slopes);
    }

    /**
     * β·Σ d² + γ·(‖BᵀB - I‖ + ‖A·Aᵀ - I‖), and its gradients, which are 0 for a norm that is 0.
     *
     * @param a A [r, in]
     * @param b B [out, r]
     * @param d [r]
     * @return the value [1] in float64, and the gradients of A, B and d
     */
    public static NDList kasa(NDArray a, NDArray b, NDArray d, double beta, double gamma) {
        return Script.DENSE.list("kasa", a, b, d, beta, gamma);
    }
}
