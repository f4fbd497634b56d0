/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.lora4j.hf.LoraModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes adapters on a thread of its own, which waits for the passes that use them. The thread
 * ends when it has been idle for some seconds.
 */
final class Deletions {
    private static final Logger logger = LoggerFactory.getLogger(Deletions.class);
    private static final int IDLE_SECONDS = 5;

    private final LoraModel model;
    private final Set<TenantAdapter> present = ConcurrentHashMap.newKeySet();
    private final ThreadPoolExecutor thread;

    /** What could not be deleted yet; used by the thread only. */
    private final List<TenantAdapter> due = new ArrayList<>();

    Deletions(LoraModel model) {
        this.model = model;
        this.thread =
                new ThreadPoolExecutor(
                        1,
                        1,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        work -> {
                            Thread made = new Thread(work, "lora4j-tenant-deletions");
                            made.setDaemon(true);
                            return made;
                        });
        thread.allowCoreThreadTimeOut(true);
    }

    /** Counts an adapter that was loaded. */
    void add(TenantAdapter adapter) {
        present.add(adapter);
    }

    /** Returns the adapters that are in the model. */
    Set<TenantAdapter> present() {
        return present;
    }

    /** Deletes an adapter soon. */
    void delete(TenantAdapter adapter) {
        thread.execute(
                () -> {
                    due.add(adapter);
                    due.removeIf(this::isDeleted);
                });
    }

    /** Waits for the deletions that were asked for; an interrupt is kept for later. */
    void await() {
        boolean interrupted = false;
        while (true) {
            try {
                thread.submit(() -> due.removeIf(this::isDeleted)).get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Deletes an adapter; returns false if that must be tried again. */
    private boolean isDeleted(TenantAdapter adapter) {
        try {
            model.deleteAdapter(adapter.name());
        } catch (IllegalArgumentException e) {
            logger.debug("{} was deleted by others", adapter.name());
        } catch (IllegalStateException e) {
            if (modelIsOpen()) {
                logger.warn("{} stays in memory for now: {}", adapter.name(), e.getMessage());
                return false;
            }
        }
        present.remove(adapter);
        return true;
    }

    private boolean modelIsOpen() {
        try {
            model.adapterNames();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }
}
