/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;

/**
 * The life of a model: whether it can still be used, and which thread may change it. No thread
 * waits for a forward pass during a change, since the pass may itself be waiting to change the
 * model.
 */
public final class ModelLife {
    /** The message for a model that was closed. */
    static final String CLOSED = "the model is closed; load it again to use it";

    private static final String MERGED =
            "this model was merged and unloaded; use the model that mergeAndUnload() returned";

    private final ActiveAdapters active;
    private volatile @Nullable String ended;

    public ModelLife(ActiveAdapters active) {
        this.active = active;
    }

    /** A change of the model, or a view of it without changes; closing it lets others begin. */
    public interface Change extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Begins a change.
     *
     * @throws IllegalStateException if the model was closed, or merged and unloaded
     */
    public Change change() {
        ActiveAdapters.Scope alone = active.change();
        try {
            requireOpen();
        } catch (IllegalStateException e) {
            alone.close();
            throw e;
        }
        return alone::close;
    }

    /**
     * Checks that the model can still be used.
     *
     * @throws IllegalStateException if the model was closed, or merged and unloaded
     */
    public void requireOpen() {
        String why = ended;
        if (why != null) {
            throw new IllegalStateException(why);
        }
    }

    /** Closes the model; returns false if it had ended before. */
    public boolean close() {
        try (ActiveAdapters.Scope alone = active.change()) {
            boolean first = ended == null;
            if (first) {
                ended = CLOSED;
            }
            return first;
        }
    }

    /** Hands the model's weights to another object. */
    public void consume() {
        ended = MERGED;
    }

    /** Takes the weights back, since they could not be handed on. */
    public void restore() {
        ended = null;
    }
}
