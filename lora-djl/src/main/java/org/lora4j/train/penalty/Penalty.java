/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.penalty;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;

/** A term of the loss that depends on what is trained, and on no batch. */
@FunctionalInterface
public interface Penalty {
    /** No term. */
    Penalty NONE = (arrays, gradients) -> 0;

    /**
     * Adds the term's gradients, once for each step of the optimiser.
     *
     * @param arrays what is trained
     * @param gradients of each of them, which are changed in place
     * @return the term's value
     */
    double add(List<NDArray> arrays, NDList gradients);
}
