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
    private final ThreadLocal<@Nullable Selected> override = new ThreadLocal<>();

    private volatile AdapterSelection selection = AdapterSelection.none();

    /** Returns the calling thread's selection. */
    public AdapterSelection current() {
        Selected own = override.get();
        return own == null ? selection : own.selection;
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
        Selected opened = new Selected(selection, override.get());
        override.set(opened);
        return opened;
    }

    /** A scope in which a thread uses its own selection. */
    public interface Scope extends AutoCloseable {
        /**
         * Restores the selection that the thread had before; closing again does nothing.
         *
         * @throws IllegalStateException if called on another thread, or before a scope that was
         *     opened later is closed
         */
        @Override
        void close();
    }

    private final class Selected implements Scope {
        private final AdapterSelection selection;
        private final @Nullable Selected before;
        private boolean closed;

        Selected(AdapterSelection selection, @Nullable Selected before) {
            this.selection = selection;
            this.before = before;
        }

        @Override
        public void close() {
            if (closed) {
                return;
            }
            if (override.get() != this) {
                throw new IllegalStateException(
                        "a scope of "
                                + selection.weights().keySet()
                                + " is closed out of order; expected the thread that opened it,"
                                + " innermost scope first. Open scopes with try-with-resources");
            }
            closed = true;
            if (before == null) {
                override.remove();
            } else {
                override.set(before);
            }
        }
    }
}
