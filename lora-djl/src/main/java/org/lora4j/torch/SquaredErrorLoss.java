/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;

/**
 * DJL's {@link ai.djl.training.loss.L2Loss}, w · mean (y - ŷ)², computed by libtorch in one call.
 *
 * <p>L2Loss multiplies by its weight as a number. On a CPU, DJL keeps such a number in Java memory,
 * which Java may free in a garbage collection before the gradients are formed; they are then wrong,
 * without an error. This loss has no such operand. Thread-safe.
 */
public final class SquaredErrorLoss extends Loss {
    private final double weight;

    /** Creates the loss with the weight of L2Loss, 1/2. */
    public SquaredErrorLoss() {
        this("SquaredErrorLoss", 0.5);
    }

    /**
     * Creates the loss.
     *
     * @param name its name in metrics
     * @param weight w, above 0
     * @throws IllegalArgumentException if the weight is not a finite number above 0
     */
    public SquaredErrorLoss(String name, double weight) {
        super(name);
        if (!(weight > 0) || Double.isInfinite(weight)) {
            throw new IllegalArgumentException(
                    "weight " + weight + "; expected a finite number above 0");
        }
        this.weight = weight;
    }

    /**
     * Returns the loss.
     *
     * @param labels one array, of as many elements as the prediction
     * @param predictions one array
     * @return a float32 scalar
     */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray prediction = predictions.singletonOrThrow();
        NDArray label = Torch.copy(labels.singletonOrThrow().reshape(prediction.getShape()));
        NDArray sum = Torch.squaredErrorSum(prediction, label);
        return Torch.divide(sum, prediction.size() / weight);
    }
}
