/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** Counts the users of a base's weights, which are freed with the last one. Thread-safe. */
public final class BaseUserCount {
    private final NDManager manager;
    private int users = 1;
    private boolean shared;

    public BaseUserCount(NDManager manager) {
        this.manager = manager;
    }

    /** Adds a user; from then on the weights must not be written. */
    public synchronized void share() {
        if (users == 0) {
            throw new IllegalStateException("the base was closed; load it anew");
        }
        users++;
        shared = true;
    }

    synchronized boolean isShared() {
        return shared;
    }

    /** Ends one use. */
    public synchronized void end() {
        users--;
        if (users == 0) {
            // a thread may be reading a result that belongs to a manager below this one, and that
            // manager is its own to close
            manager.getManagedArrays().stream()
                    .filter(array -> array.getManager() == manager)
                    .forEach(NDArray::close);
        }
    }

    /** Checks that the weights may be written, since no other model reads them. */
    public synchronized void requireSole(String attempt) {
        if (shared) {
            throw new IllegalStateException(
                    attempt
                            + " would write weights that other models read; expected a model that"
                            + " was loaded with LoraModel.load");
        }
    }
}
