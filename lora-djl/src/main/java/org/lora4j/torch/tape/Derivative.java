/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.tape;

import ai.djl.ndarray.NDArray;

/** Carries the gradient of an operation's result to the operation's inputs. */
@FunctionalInterface
public interface Derivative {
    /**
     * Adds to the gradients of the inputs.
     *
     * @param gradient of the result, shaped as it; not to be changed
     * @param flow takes the gradients of the inputs
     */
    void apply(NDArray gradient, GradientFlow flow);
}
