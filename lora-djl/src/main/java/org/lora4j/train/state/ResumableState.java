/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The state of a training between two steps. */
public interface ResumableState {
    /** Returns the steps that were taken. */
    int steps();

    /** Returns a number that differs after each step and each validation. */
    long moment();

    /** Copies the state; the manager owns the copies. */
    Copy copy(NDManager owner);

    /**
     * Goes on from a state.
     *
     * @param numbers as {@link Copy#numbers} gave them
     * @param tensors copied from
     * @param check is told how the data differ before anything is changed
     * @throws IllegalArgumentException if the tensors do not fit
     */
    void restore(JsonObject numbers, Map<String, NDArray> tensors, Check check);

    /** Takes differences between a state and its training, and throws unless they are ignored. */
    interface Check {
        void differ(List<String> differences);
    }

    /**
     * A copy of a state.
     *
     * @param steps the steps that were taken
     * @param numbers writes its numbers, on any thread
     * @param tensors its tensors by name
     */
    record Copy(int steps, Supplier<JsonObject> numbers, Map<String, NDArray> tensors) {}
}
