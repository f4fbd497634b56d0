/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.score;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Hands numbered things on in the order of their numbers, from 0; those that come before their turn
 * wait. Not thread-safe.
 *
 * @param <T> what is numbered
 */
public final class InOrder<T> {
    private final Consumer<? super T> receiver;
    private final Map<Integer, T> waiting = new HashMap<>();
    private int next;

    public InOrder(Consumer<? super T> receiver) {
        this.receiver = receiver;
    }

    public void put(int number, T thing) {
        waiting.put(number, thing);
        for (T due = waiting.remove(next); due != null; due = waiting.remove(next)) {
            receiver.accept(due);
            next++;
        }
    }

    /** Checks that nothing waits for one that did not come. */
    public void end() {
        if (!waiting.isEmpty()) {
            throw new IllegalStateException(
                    "the data have no example " + next + ", though later ones were in its batches");
        }
    }
}
