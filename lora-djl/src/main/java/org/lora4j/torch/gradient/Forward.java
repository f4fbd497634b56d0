/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/** Computes a segment's outputs. */
@FunctionalInterface
public interface Forward {
    /**
     * Computes the outputs.
     *
     * @param scope lives until gradients were carried back
     * @param inputs the segment's inputs
     */
    NDList apply(NDManager scope, NDList inputs);
}
