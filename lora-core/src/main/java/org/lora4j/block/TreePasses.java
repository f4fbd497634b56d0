/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.pass.Readers;

/** The passes of one tree: how many run, and whether further ones may begin. Thread-safe. */
final class TreePasses {
    private final Readers running = new Readers();
    private final AtomicInteger looseLayers = new AtomicInteger();
    private volatile @Nullable Refusal refusal;
    private final AtomicInteger era = new AtomicInteger();

    /**
     * Why no pass may begin.
     *
     * @param message what is wrong and what to do
     * @param endsRunning whether running passes end too, at their next layer
     */
    private record Refusal(String message, boolean endsRunning) {}

    /** Begins a pass. */
    void enter() {
        if (!running.enter()) {
            Refusal why = refusal;
            throw new IllegalStateException(
                    why == null
                            ? "the model's layers were just replaced; run it again"
                            : why.message);
        }
    }

    void leave() {
        running.leave();
    }

    /** Begins the run of a layer on a thread that is in no pass and in no scope. */
    void enterLoose() {
        looseLayers.incrementAndGet();
    }

    void leaveLoose() {
        looseLayers.decrementAndGet();
    }

    void requireNoLooseLayer(String change) {
        if (looseLayers.get() > 0) {
            throw new IllegalStateException(
                    ("%s while another thread runs the tree outside of any pass, which could mix"
                                    + " adapters in its result. Open a pass around each run of a"
                                    + " tree of DJL's blocks with ActiveAdapters.pass(), or"
                                    + " select each thread's adapters with use()")
                            .formatted(change));
        }
    }

    /** Requires that the tree is not closed. */
    void requireOpen() {
        Refusal why = refusal;
        if (why != null && why.endsRunning) {
            throw new IllegalStateException(why.message);
        }
    }

    /** Returns a number that changes when the tree is rebuilt. */
    int era() {
        return era.get();
    }

    void close(String message, Runnable free) {
        synchronized (this) {
            refusal = new Refusal(message, true);
        }
        running.retire(free);
    }

    void awaitNone() {
        running.awaitNone();
    }

    void suspend(String message) {
        synchronized (this) {
            requireOpen();
            refusal = new Refusal(message, false);
            running.retire(() -> {});
        }
        running.awaitNone();
    }

    /** Lets passes begin again, unless the tree was closed meanwhile. */
    synchronized void resume() {
        Refusal why = refusal;
        if (why == null || !why.endsRunning) {
            era.incrementAndGet();
            running.reopen();
            refusal = null;
        }
    }
}
