/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.concurrent.atomic.AtomicBoolean;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * The adapters of work that takes several passes, such as a generation that is pulled token by
 * token. Each pass, on any thread, uses the adapters that were active when the work began. Between
 * passes nobody waits for the work, and its adapters stay in memory even if they are deleted or
 * replaced.
 *
 * <p>Thread-safe. Several passes may run at the same time.
 */
public final class HeldAdapters implements AutoCloseable {
    private final ActiveAdapters active;
    private final SelectedAdapters adapters;
    private final int era;
    private final AtomicBoolean closed = new AtomicBoolean();

    HeldAdapters(ActiveAdapters active, SelectedAdapters adapters, int era) {
        this.active = active;
        this.adapters = adapters;
        this.era = era;
    }

    /**
     * Opens a pass with the adapters on the calling thread.
     *
     * @return the pass; close it on the same thread
     * @throws IllegalStateException if this or the model was closed, or the model was merged and
     *     unloaded since the work began
     */
    public ActiveAdapters.Scope pass() {
        if (closed.get()) {
            throw new IllegalStateException("the work with these adapters has ended");
        }
        return active.enter(adapters, era);
    }

    /** Ends the work; the adapters are freed if they were deleted and nobody else reads them. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            adapters.release();
        }
    }
}
