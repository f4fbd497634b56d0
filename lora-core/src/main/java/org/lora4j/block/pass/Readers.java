/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the passes that read a resource. After {@link #retire} no pass begins to read it, and it
 * is freed when the last reader has left.
 *
 * <p>A holder is work that has begun and is not running, such as a stream of text that nobody
 * pulls. The resource is not freed while it is held, and a holder may read it again; nobody waits
 * for a holder.
 */
public final class Readers {
    private final AtomicInteger running = new AtomicInteger();
    private volatile boolean retired;
    // guarded by this
    private int holders;
    private int waiters;
    private long drained;
    private @Nullable Runnable free;

    /** Begins to read; returns false if the resource is retired. */
    public boolean enter() {
        // readers count first and check then; retire() marks first and counts then
        running.incrementAndGet();
        if (retired) {
            leave();
            return false;
        }
        return true;
    }

    /** Ends reading. */
    public void leave() {
        if (running.decrementAndGet() == 0 && retired) {
            Runnable last;
            synchronized (this) {
                drained++;
                notifyAll();
                last = waiters == 0 ? takeIfUnread() : null;
            }
            run(last);
        }
    }

    /**
     * Begins to hold; the caller must be reading, so that the resource cannot be freed meanwhile.
     */
    public synchronized void hold() {
        holders++;
    }

    /** Begins to read as a holder, retired or not. */
    public void enterAsHolder() {
        running.incrementAndGet();
    }

    /** Ends holding. */
    public void release() {
        Runnable last;
        synchronized (this) {
            holders--;
            last = takeIfUnread();
        }
        run(last);
    }

    /**
     * Refuses readers from now on.
     *
     * @param free frees the resource; called once, on the thread that finds that nobody reads or
     *     holds it
     */
    public void retire(Runnable free) {
        Runnable last;
        synchronized (this) {
            this.free = free;
            retired = true;
            last = takeIfUnread();
        }
        run(last);
    }

    /** Accepts readers again; the caller must have waited for the earlier ones. */
    public synchronized void reopen() {
        free = null;
        retired = false;
    }

    /** Waits until nobody is reading; an interrupt is kept for later. */
    public void awaitNone() {
        boolean interrupted = false;
        Runnable last;
        synchronized (this) {
            waiters++;
            long before = drained;
            // a holder may come back at once, so having been drained is what counts
            while (running.get() > 0 && drained == before) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            waiters--;
            last = takeIfUnread();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        run(last);
    }

    private @Nullable Runnable takeIfUnread() {
        if (!retired || running.get() > 0 || holders > 0) {
            return null;
        }
        Runnable taken = free;
        free = null;
        return taken;
    }

    private static void run(@Nullable Runnable action) {
        if (action != null) {
            action.run();
        }
    }
}
