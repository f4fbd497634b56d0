/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import org.jspecify.annotations.Nullable;

/**
 * Says which adapters are active in a block tree: a default for all threads, and scopes in which
 * one thread uses another selection.
 *
 * <p>Thread-safe: serving threads may each use their own adapter of one model at the same time.
 */
public final class ActiveAdapters {
    // one for each tree on purpose: two models in one thread do not share a selection
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable AdapterSelection> override = new ThreadLocal<>();

    private volatile AdapterSelection selection = AdapterSelection.none();

    /** Returns the calling thread's selection. */
    public AdapterSelection current() {
        AdapterSelection own = override.get();
        return own == null ? selection : own;
    }

    /** Returns the selection of threads that are in no scope. */
    public AdapterSelection getDefault() {
        return selection;
    }

    /**
     * Sets the selection of all threads that are in no scope.
     *
     * @param selection the new default
     */
    public void setDefault(AdapterSelection selection) {
        this.selection = selection;
    }

    /**
     * Opens a scope in which the calling thread uses a selection.
     *
     * @param selection what the thread uses; {@link AdapterSelection#none()} disables all adapters
     * @return the scope; close it on the same thread, innermost first
     */
    public Scope use(AdapterSelection selection) {
        AdapterSelection before = override.get();
        override.set(selection);
        return () -> {
            if (before == null) {
                override.remove();
            } else {
                override.set(before);
            }
        };
    }

    /** A scope in which a thread uses its own selection. */
    @FunctionalInterface
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }
}
