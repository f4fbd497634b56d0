/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a forward pass that was run, and through which gradients can be carried back once. */
public interface Segment {
    /** Returns what it computed. */
    NDList outputs();

    /** Returns for each output whether its gradient is wanted. */
    boolean[] needed();

    /** Returns whether the gradient of an output is wanted. */
    default boolean isNeeded() {
        for (boolean each : needed()) {
            if (each) {
                return true;
            }
        }
        return false;
    }

    /** Returns how much memory is kept for the gradients, as far as that is known. */
    long keptBytes();

    /** Frees what was kept, where no gradient will be carried back; the outputs stay. */
    void discard();

    /**
     * Carries gradients back and frees what was kept for it.
     *
     * @param gradients of each output, null where there is none; taken over
     * @param sums gets the gradients of what is trained
     * @return the gradient of each input, null where there is none; of the segment's manager
     */
    List<@Nullable NDArray> pullback(List<@Nullable NDArray> gradients, GradientSums sums);
}
