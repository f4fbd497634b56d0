/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/**
 * One step of a forward pass, usually a layer: a function of its input and of the model's weights
 * and of nothing else, so that it may be run again to recompute what was not kept.
 */
@FunctionalInterface
public interface Stage {
    /**
     * Applies the stage.
     *
     * @param scope lives until gradients are computed: what is made from Java data ({@code
     *     scope.create}) belongs here, since gradients read it
     * @param hidden the previous stage's result, attached to a manager of the stage's own, which is
     *     closed right after the stage with everything attached to it but the result; what later
     *     stages need as well, such as an attention mask, is handed on in the result
     * @return the next stage's input, attached to any manager; the trainer takes it over
     */
    NDList apply(NDManager scope, NDList hidden);
}
